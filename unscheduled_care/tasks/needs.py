"""What the clock does for needs; who may answer is already true without it."""

from __future__ import annotations

from celery import shared_task

from cpts_portal.core.scoping import open_scope, scopes_disabled
from unscheduled_care.actions import needs as actions
from unscheduled_care.models import CareNeed
from unscheduled_care.queries import needs as queries

BATCH = 500


@shared_task(name="unscheduled_care.widen_needs", ignore_result=True)
def widen_needs() -> int:
    """Tell the waves whose moment has come, alert desks, end what is late; how many needs."""
    with scopes_disabled():
        due = list(queries.to_widen().values_list("cpts", "pk")[:BATCH])
    return sum(_widen_one(cpts_id, need_id) for cpts_id, need_id in due)


def _widen_one(cpts_id: int, need_id: int) -> bool:
    with open_scope(cpts=cpts_id):
        return actions.widen(CareNeed(pk=need_id))
