"""A weekly template as moments: Paris wall times, right on the nights when clocks change."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from unscheduled_care.models import Availability

PARIS = ZoneInfo("Europe/Paris")
EXTRA = {"57": "57", "67": "6AE", "68": "6AE"} | {
    code: code for code in ("971", "972", "973", "974", "976")
}
"""Departments that have public holidays of their own, and their name in the `holidays` package."""

Stretch = tuple[datetime, datetime]
"""From a moment, included, to another, left out."""


@lru_cache(maxsize=256)
def public_holidays(year: int, department: str = "") -> frozenset[date]:
    """Those of the Code du travail (L. 3133-1), and of the department where it has more."""
    return frozenset(holidays.country_holidays("FR", EXTRA.get(department), years=year))


def is_holiday(day: date, department: str = "") -> bool:
    return day in public_holidays(day.year, department)


def slots_between(
    week: Availability,
    first: date,
    last: date,
    *,
    exceptions: Collection[date] = (),
    absences: Sequence[Stretch] = (),
    department: str = "",
) -> Iterator[Stretch]:
    """What the template makes from `first` to `last`, both included, in UTC and in order.

    `department` is that of the place, for its public holidays. A wall time that the clock skips in
    spring makes no slot, one that it strikes twice in autumn makes one, the first.
    """
    length = timedelta(minutes=week.slot_minutes)
    free_from = datetime.min.replace(tzinfo=UTC)
    for day in _days_of(week, first, last):
        is_off = not week.works_on_holidays and is_holiday(day, department)
        if is_off or day in exceptions:
            continue
        for minute in range(week.opens, week.closes - week.slot_minutes + 1, week.slot_minutes):
            start = wall_time(day, minute)
            if start is None or start < free_from or overlaps((start, start + length), absences):
                continue
            free_from = start + length
            yield start, free_from


def _days_of(week: Availability, first: date, last: date) -> Iterator[date]:
    day = max(first, week.valid_from)
    end = last if week.valid_until is None else min(last, week.valid_until)
    while day <= end:
        if day.isoweekday() in week.weekdays:
            yield day
        day += timedelta(days=1)


def wall_time(day: date, minute: int) -> datetime | None:
    """The UTC moment of a Paris wall time, in minutes since midnight; None when it never is."""
    midnight, is_plain = _midnight(day)
    if is_plain:
        return midnight + timedelta(minutes=minute)
    wall = datetime.combine(day, time()) + timedelta(minutes=minute)
    moment = wall.replace(tzinfo=PARIS).astimezone(UTC)
    return moment if moment.astimezone(PARIS).replace(tzinfo=None) == wall else None


@lru_cache(maxsize=1024)
def _midnight(day: date) -> tuple[datetime, bool]:
    """When a Paris day begins, and whether it has 24 hours."""
    begins = datetime.combine(day, time(), PARIS).astimezone(UTC)
    ends = datetime.combine(day + timedelta(days=1), time(), PARIS).astimezone(UTC)
    return begins, ends - begins == timedelta(days=1)


def overlaps(slot: Stretch, stretches: Sequence[Stretch]) -> bool:
    starts_at, ends_at = slot
    return any(begins < ends_at and ends > starts_at for begins, ends in stretches)
