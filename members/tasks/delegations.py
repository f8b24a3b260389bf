"""What the clock does for delegations; they end by their day without it."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from cpts_portal.core.scoping import open_scope
from members.actions import delegations as actions
from members.models import Cpts


@shared_task(name="members.remind_delegations", ignore_result=True)
def remind_delegations() -> int:
    """Once a day; how many delegations end within a fortnight."""
    return sum(_remind_in(cpts) for cpts in Cpts.objects.filter(is_active=True))


def _remind_in(cpts: Cpts) -> int:
    with open_scope(cpts=cpts):
        return actions.remind_ending(timezone.localdate())
