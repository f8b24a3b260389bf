"""Pictures of the campaigns' public pages, known without reading them."""

from __future__ import annotations

from django.db.models import F, Func, TextField

from prevention.models import CampaignStatus, Picture


def public_digest(pk: int) -> str | None:
    """What tells its bytes from others; None for a picture that is not public."""
    rows = Picture.objects.filter(pk=pk, page__campaign__is_for_professionals=False)
    shown = rows.exclude(page__campaign__status=CampaignStatus.DRAFT)
    digest = Func(F("content"), function="md5", output_field=TextField())
    found: str | None = shown.values_list(digest, flat=True).first()
    return found


def content_of(pk: int) -> bytes:
    return bytes(Picture.objects.values_list("content", flat=True).get(pk=pk))
