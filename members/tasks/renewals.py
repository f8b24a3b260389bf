"""What the clock does for yearly memberships; standing is judged by its dates without it."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from cpts_portal.core.scoping import open_scope
from members.actions import renewals as actions
from members.models import Cpts


@shared_task(name="members.renew_memberships", ignore_result=True)
def renew_memberships() -> int:
    """Once a night; how many years were opened and reminders posted, in every open CPTS."""
    return sum(_renew_in(cpts) for cpts in Cpts.objects.filter(is_active=True))


def _renew_in(cpts: Cpts) -> int:
    with open_scope(cpts=cpts):
        return sum(actions.renew_and_remind(timezone.localdate()))
