"""The professionals' own calendars, read every quarter of an hour."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.db.models import Q
from django.utils import timezone

from cpts_portal.core import wake
from cpts_portal.core.scoping import open_scope, scopes_disabled
from unscheduled_care.actions import feeds as actions
from unscheduled_care.models import BusyFeed

EVERY = timedelta(minutes=15)
MOST = 500


@shared_task(name="unscheduled_care.read_busy_feeds", ignore_result=True)
def read_busy_feeds() -> int:
    """Ask for each calendar that has not been tried for a quarter of an hour; how many."""
    is_due = Q(tried_at=None) | Q(tried_at__lte=timezone.now() - EVERY)
    with scopes_disabled():
        due = list(BusyFeed.objects.filter(is_due).values_list("cpts", "pk")[:MOST])
    for cpts_id, feed_id in due:
        wake.now(actions.READ_FEED, cpts_id, feed_id)
    return len(due)


@shared_task(name=actions.READ_FEED, ignore_result=True, soft_time_limit=40, time_limit=60)
def read_busy_feed(cpts_id: int, feed_id: int) -> bool:
    """Read one calendar; one that takes too long is too big, and holds up no other."""
    with open_scope(cpts=cpts_id):
        feed = BusyFeed.objects.filter(pk=feed_id).first()
        if feed is None:
            return False
        try:
            return actions.read(feed)
        except SoftTimeLimitExceeded:
            return actions.note_problem(feed, BusyFeed.Problem.TOO_BIG)
