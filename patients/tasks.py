"""What the clock does for the patients' app; everything is already true without it."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from cpts_portal.core.scoping import open_scope, scopes_disabled
from members.models import Cpts
from patients.actions import referrals
from patients.actions.filing import active_rule_set
from patients.actions.ranking import is_outdated, rank_again
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


@shared_task(name="patients.rank_waiting_again", ignore_result=True)
def rank_waiting_again() -> int:
    """Each night, bring the classes of the requests in progress up to date; how many changed."""
    return sum(_rank_again_in(cpts) for cpts in Cpts.objects.filter(is_active=True))


def _rank_again_in(cpts: Cpts) -> int:
    """Read all, lock only what today changes."""
    with open_scope(cpts=cpts):
        rule_set = active_rule_set(cpts)
        waiting = GPRequest.objects.in_progress().select_related("patient").iterator(BATCH)
        outdated = [request.pk for request in waiting if is_outdated(request, rule_set)]
        return sum(rank_again(GPRequest(pk=pk)) for pk in outdated)
