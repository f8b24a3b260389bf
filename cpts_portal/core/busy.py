"""Reading somebody's own calendar (RFC 5545): when she is busy, nothing of why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice, takewhile
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events

PARIS = ZoneInfo("Europe/Paris")
MOST = 2000
"""Stretches read of one calendar: a rule that repeats every second stops there."""

Stretch = tuple[datetime, datetime]


class NotACalendar(Exception):
    """What was read is no iCalendar file."""


def busy_within(data: bytes, first: datetime, last: datetime, *, but: str = "") -> list[Stretch]:
    """Stretches marked busy between two aware moments, repetitions unrolled, joined and in order.

    Whole days are those of Paris, and so is an hour without a zone. Events whose UID begins with
    `but` are left out: they are our own, come back. Raises NotACalendar.
    """
    if not data.lstrip(b"\xef\xbb\xbf \t\r\n")[:15].upper().startswith(b"BEGIN:VCALENDAR"):
        raise NotACalendar
    try:
        events = recurring_ical_events.of(icalendar.Calendar.from_ical(data)).after(first)
        told = takewhile(lambda event: _moment(event.start) < last, islice(events, MOST))
        return _joined(_stretches(told, but), first, last)
    except (ValueError, KeyError, IndexError, AttributeError, TypeError, OverflowError) as error:
        raise NotACalendar from error


def _stretches(events: Any, but: str) -> Iterator[Stretch]:
    for event in events:
        is_free = str(event.get("TRANSP", "")).upper() == "TRANSPARENT"
        is_off = str(event.get("STATUS", "")).upper() == "CANCELLED"
        is_ours = bool(but) and str(event.get("UID", "")).startswith(but)
        if not (is_free or is_off or is_ours):
            yield _moment(event.start), _moment(event.end)


def _moment(value: date) -> datetime:
    """A day begins at midnight in Paris; an hour that says no zone is one of Paris."""
    if not isinstance(value, datetime):
        return datetime.combine(value, time(), PARIS)
    return value if value.tzinfo else value.replace(tzinfo=PARIS)


def _joined(stretches: Iterator[Stretch], first: datetime, last: datetime) -> list[Stretch]:
    """Within the bounds, those that touch made one."""
    joined: list[Stretch] = []
    within = ((max(begins, first), min(ends, last)) for begins, ends in stretches)
    for begins, ends in sorted(within):
        if ends - begins < timedelta(minutes=1):
            continue
        if joined and begins <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(ends, joined[-1][1]))
        else:
            joined.append((begins, ends))
    return joined
