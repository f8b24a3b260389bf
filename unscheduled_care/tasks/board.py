"""Housekeeping of the board; every board is true without it."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.db.models.functions import Now

from cpts_portal.core.scoping import scopes_disabled
from unscheduled_care.models import BoardChange

KEPT = timedelta(days=1)
"""Far beyond `freshness.LONGEST`, after which no board asks about a change any more."""


@shared_task(name="unscheduled_care.forget_board_changes", ignore_result=True)
def forget_board_changes() -> int:
    """Forget the transactions that no board on a screen can still ask about; how many."""
    with scopes_disabled():
        forgotten, _by_table = BoardChange.objects.filter(at__lt=Now() - KEPT).delete()
    return forgotten
