"""Where things are and how they stand, in fewer words than the tests that ask."""

from __future__ import annotations

from django.urls import reverse

from patients.models import GPRequest, Referral


def address(request: GPRequest, step: str = "") -> str:
    """The desk's page of a request of Artois Lys, or one of its steps."""
    return f"/artois-lys/demandes/{request.reference}/{step}"


def private_url(name: str, token: str) -> str:
    return reverse(f"patients:private_{name}", args=[token])


def statuses(referral: Referral) -> tuple[str, str]:
    """Those of the request and of the referral, as the database has them."""
    referral.refresh_from_db()
    return GPRequest.objects.get(pk=referral.request_id).status, referral.status
