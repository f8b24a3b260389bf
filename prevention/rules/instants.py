"""When a reminder leaves, and until when it is worth sending; pure, in Paris days and hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from cpts_portal.core.outbox import PARIS, polite_time

A_DAY = timedelta(days=1)
AFTER = timedelta(days=3)
LAST_MINUTES = timedelta(minutes=30)
"""In the last half hour before a session a reminder helps nobody any more."""
SHORTEST_NOTICE = timedelta(hours=1)
LAST_CALL = time(18)
"""What is brought forward leaves an hour before the evening: many need time to leave."""


@dataclass(frozen=True)
class Offset:
    """Days with an hour of the day, or minutes; negative is before."""

    days: int | None
    at: time | None
    minutes: int | None

    def from_moment(self, moment: datetime) -> datetime:
        """In days: the local calendar day, whatever the clocks did. In minutes: absolute."""
        if self.minutes is not None:
            return moment.astimezone(UTC) + timedelta(minutes=self.minutes)
        return self.from_day(moment.astimezone(PARIS).date())

    def from_day(self, day: date) -> datetime:
        assert self.days is not None
        assert self.at is not None
        return datetime.combine(day + timedelta(days=self.days), self.at, PARIS)

    @property
    def span(self) -> timedelta:
        """How long a reminder that is late still says something new."""
        return A_DAY if self.minutes is None else timedelta(minutes=abs(self.minutes)) / 2


@dataclass(frozen=True)
class Window:
    """Leaves at `due_at`, or later when nobody was there to send it, never after `useful_until`."""

    due_at: datetime
    useful_until: datetime


@dataclass(frozen=True)
class Instants:
    """`wished_at` is the plan's own moment; `due` a polite one.

    Who got her place only once `due` was past, but before `wished_at`, is served by `second`.
    """

    wished_at: datetime
    due: Window
    second: Window | None = None
    is_before: bool = True


def instants(offset: Offset, starts_at: datetime) -> Instants:
    """Of a session: a reminder comes forward rather than too late, thanks wait for their hour."""
    starts_at = starts_at.astimezone(UTC)
    wished_at = offset.from_moment(starts_at)
    if wished_at >= starts_at:
        return _after(wished_at)
    early, late = polite_time_before(wished_at), polite_time(wished_at)
    has_second = early < wished_at and late <= starts_at - SHORTEST_NOTICE
    return Instants(
        wished_at,
        _before(early, wished_at + offset.span, starts_at),
        _before(late, late + offset.span, starts_at) if has_second else None,
    )


def instants_of_day(offset: Offset, day: date) -> Instants:
    """Of a recall list, counted from its first day."""
    return _after(offset.from_day(day))


def _before(due_at: datetime, stale_at: datetime, starts_at: datetime) -> Window:
    last = starts_at - min(LAST_MINUTES, (starts_at - due_at) / 2)
    return Window(due_at, min(last, stale_at))


def _after(wished_at: datetime) -> Instants:
    due_at = polite_time(wished_at)
    return Instants(wished_at, Window(due_at, due_at + AFTER), is_before=False)


def polite_time_before(moment: datetime) -> datetime:
    """`moment`, or the evening before it at which people may be written to; see `polite_time`."""
    if polite_time(moment) == moment:
        return moment
    local = moment.astimezone(PARIS)
    evening = datetime.combine(local.date(), LAST_CALL, PARIS)
    while evening > local or polite_time(evening) != evening:
        evening -= A_DAY
    return evening
