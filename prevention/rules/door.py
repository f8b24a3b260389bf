"""When the door of a session is open, and to whom."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from prevention.models import Session, SessionStatus
from prevention.rules.campaigns import keeps_the_door, runs_campaigns

OPENS_BEFORE = timedelta(hours=2)
CLOSES_AFTER = timedelta(hours=12)


def has_begun_at_door(session: Session, now: datetime) -> bool:
    """From two hours before a session that is not cancelled: people may be noted and counted."""
    is_on = session.status != SessionStatus.CANCELLED
    return is_on and session.starts_at - OPENS_BEFORE <= now


def may_open_door(by: Any, session: Session, now: datetime) -> bool:
    """The coordination at any time; volunteers from two hours before to twelve hours after."""
    if runs_campaigns(by, session):
        return True
    is_in_time = has_begun_at_door(session, now) and now <= session.ends_at + CLOSES_AFTER
    return keeps_the_door(by, session) and is_in_time
