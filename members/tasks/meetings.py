"""The eve of a meeting."""

from __future__ import annotations

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from cpts_portal.core.scoping import open_scope
from members.models import Cpts, Meeting
from members.notifications import meetings as notifications
from members.queries import meetings as queries

NOT_BEFORE, NOT_AFTER = 9, 20
"""Hours of Paris between which people are written to."""


@shared_task(name="members.remind_meetings", ignore_result=True)
def remind_meetings() -> int:
    """Write to those expected tomorrow; how many mails, none for who has had hers already."""
    now = timezone.now()
    if not NOT_BEFORE <= timezone.localtime(now).hour < NOT_AFTER:
        return 0
    return sum(_remind_in(cpts) for cpts in Cpts.objects.filter(is_active=True))


def _remind_in(cpts: Cpts) -> int:
    with open_scope(cpts=cpts):
        return sum(_remind(meeting) for meeting in queries.to_remind(timezone.now()))


@transaction.atomic
def _remind(meeting: Meeting) -> int:
    return notifications.meeting_reminder(meeting)
