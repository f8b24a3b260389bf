"""Whether a door is open at a moment, from the weekly hours alone: holidays are not known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

WEEK = 7 * 24 * 60
Openings = Sequence[tuple[int, int, int]]
"""(ISO weekday, opens, closes), in minutes since midnight, Paris."""


@dataclass(frozen=True)
class Door:
    """Open, or shut, until `minutes` since midnight of `weekday` (ISO)."""

    is_open: bool
    weekday: int
    minutes: int
    is_today: bool


def door_at(openings: Openings, moment: datetime) -> Door | None:
    """The door at an aware moment; None for a place whose hours nobody has told."""
    if not openings:
        return None
    local = timezone.localtime(moment)
    today, now = local.isoweekday(), local.hour * 60 + local.minute
    for weekday, opens, closes in openings:
        if weekday == today and opens <= now < closes:
            return Door(is_open=True, weekday=weekday, minutes=closes, is_today=True)
    wait, weekday, minutes = min(
        (((weekday - today) * 1440 + opens - now) % WEEK, weekday, opens)
        for weekday, opens, _closes in openings
    )
    return Door(is_open=False, weekday=weekday, minutes=minutes, is_today=wait < 1440 - now)
