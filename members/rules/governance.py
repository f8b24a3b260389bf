"""Meetings and mandates: who keeps the register, when one signs it, who votes."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

from members.models import Mandate, Meeting, Membership
from members.rules.people import governs
from members.rules.standing import may_take_part

OPENS_BEFORE = timedelta(minutes=30)
CLOSES_AFTER = timedelta(hours=2)
F = Mandate.Function
KEEPERS = frozenset({F.PRESIDENT, F.VICE_PRESIDENT, F.SECRETARY, F.LEAD})


def keeps_attendance(by: Membership, meeting: Meeting, functions: Collection[str]) -> bool:
    """Ticks who is there and writes the minutes; `functions` are those of `by` in the group."""
    return governs(by, meeting) or not KEEPERS.isdisjoint(functions)


def is_attendance_open(meeting: Meeting, now: datetime) -> bool:
    """From half an hour before the beginning; whoever keeps it may still correct it later."""
    return meeting.status != Meeting.Status.CANCELLED and now >= meeting.starts_at - OPENS_BEFORE


def is_presence_open(meeting: Meeting, now: datetime) -> bool:
    """Whether the QR code counts: until two hours after the end."""
    return is_attendance_open(meeting, now) and now <= meeting.ends_at + CLOSES_AFTER


def takes_answers(meeting: Meeting, now: datetime) -> bool:
    """« Vient » or « ne vient pas » make sense until the meeting begins."""
    return meeting.status == Meeting.Status.PLANNED and now < meeting.starts_at


def may_vote(membership: Membership, on: date) -> bool:
    """A voting college, and a fee not overdue beyond the grace period; asks `with_standing`."""
    college = membership.college
    return college is not None and college.has_vote and may_take_part(membership, on)
