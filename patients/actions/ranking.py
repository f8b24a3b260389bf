"""What time alone changes: a hospital stay recedes, a treatment ends, a birthday passes."""

from __future__ import annotations

from django.db import transaction

from cpts_portal.core import audit
from patients.actions.filing import rank
from patients.actions.steps import change, lock_request
from patients.models import GPRequest, PriorityRuleSet

RANKED = ("rule_set_id", "priority", "priority_reasons", "age_band")


@transaction.atomic
def rank_again(request: GPRequest) -> bool:
    """Bring one request's class up to today; False when there is nothing to change.

    The first date is untouched, and a coordinator's correction keeps the last word.
    """
    request = lock_request(request)
    if not (request.is_in_progress and is_outdated(request)):
        return False
    today = {name: getattr(request, name) for name in RANKED}
    change(request, "rank_again", by=audit.SYSTEM, reason=f"P{request.priority}", **today)
    return True


def is_outdated(request: GPRequest, rule_set: PriorityRuleSet | None = None) -> bool:
    """Whether today's class differs from the written one; `request` is left ranked, unsaved."""
    written = [getattr(request, name) for name in RANKED]
    rank(request, rule_set)
    return [getattr(request, name) for name in RANKED] != written
