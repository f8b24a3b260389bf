"""Who is told of an ad: a link, never an address nor what was written."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from cpts_portal.core import outbox
from cpts_portal.core.models import Message
from members.models import Ad, AdMessage, Membership
from members.queries import ads as queries


def _absolute(name: str, slug: str, *args: int) -> str:
    return f"{settings.PUBLIC_URL}{reverse(name, args=[slug, *args])}"


def _tell(
    member: Membership, event: str, occurrence: str, subject: models.Model, context: dict[str, Any]
) -> Message | None:
    if not member.contact_email:
        return None
    return outbox.post(
        channel=Message.Channel.EMAIL,
        recipient=member.contact_email,
        purpose=f"members.{event}",
        occurrence=occurrence,
        template=f"members/notifications/{event}",
        context=context,
        subject=subject,
    )


def ad_answered(said: AdMessage) -> Message | None:
    """The other side of the talk."""
    ad, slug = said.ad, said.cpts.slug
    if said.author_id == ad.author_id:
        reader, url = said.correspondent, _absolute("members:ad_talk", slug, ad.pk)
    else:
        reader = ad.author
        url = _absolute("members:ad_talk_with", slug, ad.pk, said.correspondent_id)
    return _tell(reader, "ad_answered", str(said.pk), said, {"url": url})


def ad_expiring(ad: Ad) -> Message | None:
    """The author, once per last day: a prolonged ad has another."""
    url = _absolute("members:ad_detail", ad.cpts.slug, ad.pk)
    occurrence = f"{ad.pk}/{ad.expires_on.isoformat()}"
    return _tell(ad.author, "ad_expiring", occurrence, ad, {"ad": ad, "url": url})


def ad_withdrawn(ad: Ad) -> Message | None:
    """The author whose ad was taken off by somebody else."""
    url = _absolute("members:ad_detail", ad.cpts.slug, ad.pk)
    return _tell(ad.author, "ad_withdrawn", str(ad.pk), ad, {"ad": ad, "url": url})


def ads_digest(member: Membership, friday: date, ads: Collection[Ad]) -> Message | None:
    """Titles only, once per member and week, whoever asks."""
    slug = member.cpts.slug
    context = {
        "ads": ads,
        "url": _absolute("members:ad_list", slug),
        "profile_url": _absolute("members:profile_edit", slug),
    }
    return _tell(member, "ads_digest", f"{member.pk}/{friday.isoformat()}", member, context)


# --- Asked again before sending -------------------------------------------------------------
@outbox.needed("members.ad_answered")
def _is_still_unread(message: Message) -> bool:
    return AdMessage.objects.filter(pk=message.subject_id, read_at=None).exists()


@outbox.needed("members.ad_expiring")
def _is_still_expiring(message: Message) -> bool:
    """Neither prolonged, nor closed, nor over since."""
    last_day = date.fromisoformat(message.occurrence.rpartition("/")[2])
    found = Ad.objects.open_on(timezone.localdate())
    return found.filter(pk=message.subject_id, expires_on=last_day).exists()


@outbox.needed("members.ads_digest")
def _is_still_wanted(message: Message) -> bool:
    """She still wants it, and something of that week is still on the board."""
    friday = date.fromisoformat(message.occurrence.rpartition("/")[2])
    ads = queries.new_for_digest(friday).exclude(author=int(message.subject_id))
    still_open = ads.open_on(timezone.localdate())  # type: ignore[attr-defined]
    wanting = queries.digest_readers().filter(pk=message.subject_id)
    return wanting.exists() and still_open.exists()
