"""The day a newcomer is introduced."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from cpts_portal.core.scoping import open_scope
from members.actions import newcomers as actions
from members.models import Cpts


@shared_task(name="members.introduce_newcomers", ignore_result=True)
def introduce_newcomers() -> int:
    """Once a day; how many neighbours were told of a newcomer who agrees."""
    return sum(_introduce_in(cpts) for cpts in Cpts.objects.filter(is_active=True))


def _introduce_in(cpts: Cpts) -> int:
    with open_scope(cpts=cpts):
        return actions.introduce_due(timezone.localdate())
