"""What the clock does for the patients' app; everything is already true without it."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from cpts_portal.core.scoping import open_scope, scopes_disabled
from patients.actions import referrals
from patients.models import GPRequest, Referral

BATCH = 500


@shared_task(name="patients.return_late_referrals", ignore_result=True)
def return_late_referrals() -> int:
    """Write down the referrals that their deadline has ended; how many, 500 at most."""
    with scopes_disabled():
        late = list(
            Referral.objects.late_at(timezone.now())
            .order_by("expires_at")
            .values_list("cpts", "request")[:BATCH]
        )
    return sum(_return_one(cpts_id, request_id) for cpts_id, request_id in late)


def _return_one(cpts_id: int, request_id: int) -> bool:
    with open_scope(cpts=cpts_id):
        return referrals.return_late(GPRequest(pk=request_id))
