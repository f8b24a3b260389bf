"""What the clock does for the roof."""

from __future__ import annotations

from datetime import datetime

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from cpts_portal.board import notifications, rules
from cpts_portal.board.queries.minutes import asks_of
from cpts_portal.core.scoping import open_scope
from members.models import Cpts, Membership


@shared_task(name="board.send_minutes", ignore_result=True)
def send_minutes() -> int:
    """On Monday morning, or late on Monday or Tuesday if the clock stood still; how many posted."""
    now = timezone.now()
    if not rules.is_time_for_minutes(now):
        return 0
    return sum(_send_in(cpts, now) for cpts in Cpts.objects.filter(is_active=True))


def _send_in(cpts: Cpts, now: datetime) -> int:
    with open_scope(cpts=cpts):
        wanting = Membership.objects.current().filter(wants_minutes=True)
        members = wanting.with_standing().select_related("cpts", "user", "profession")
        return sum(_send_to(member, now) for member in members)


def _send_to(member: Membership, now: datetime) -> bool:
    """Quiet when nothing waits, or when nobody has given an address."""
    asks = asks_of(member) if member.contact_email else []
    if not asks:
        return False
    with transaction.atomic():
        week = timezone.localdate(now)
        return notifications.minutes_waiting(member, asks, week) is not None
