"""When the weekly page goes out."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

MINUTES_FROM_HOUR = 7


def is_time_for_minutes(now: datetime) -> bool:
    """Monday from 7 h in Paris, until the end of Tuesday for a clock that was late."""
    local = timezone.localtime(now)
    return local.isoweekday() == 2 or (local.isoweekday() == 1 and local.hour >= MINUTES_FROM_HOUR)
