"""What may still be done with a session or a shift, by the clock; Paris hours that stay put."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cpts_portal.core.icalendar import PARIS
from prevention.models import Session, SessionStatus, Shift

CLOSED_AFTER = timedelta(days=3)
"""How long after its end a session is closed by the night, if nobody has done it."""


def is_to_come(session: Session, now: datetime) -> bool:
    """Planned and not over: people come, or are on their way."""
    return session.status == SessionStatus.PLANNED and session.ends_at > now


def has_begun(session: Session, now: datetime) -> bool:
    return session.starts_at <= now


def wants_hands(shift: Shift, now: datetime) -> bool:
    """Whether somebody may still take it, whatever the places left."""
    return shift.session.status == SessionStatus.PLANNED and shift.ends_at > now


# --- Paris hours ----------------------------------------------------------------------------
def same_hour_on(moment: datetime, days: int) -> datetime | None:
    """The same Paris hour `days` later, in UTC; None for an hour that the spring night lacks."""
    local = moment.astimezone(PARIS)
    at = _at(local.replace(tzinfo=None) + timedelta(days=days))
    return at if at.astimezone(PARIS).time() == local.time() else None


def carried(moment: datetime, *, before: datetime, after: datetime) -> datetime:
    """`moment` moved as the clock on the wall moves from `before` to `after`, in UTC."""
    return _at(_wall(moment) + (_wall(after) - _wall(before)))


def _wall(moment: datetime) -> datetime:
    return moment.astimezone(PARIS).replace(tzinfo=None)


def _at(wall: datetime) -> datetime:
    return wall.replace(tzinfo=PARIS).astimezone(UTC)
