"""What there is to see in public, counted once for as long as it stays true.

A CPTS may have thousands of sessions to come: what narrows their list is counted by PostgreSQL in
one statement, then kept by the process with the number of the last change (`EventsChange`), until
the next session ends. So nothing shown is out of date, but a topic's label, for a day at most.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from django.db import connection
from django.db.models import Count, Min
from django.utils import timezone
from django.utils.translation import get_language

from members.models import Cpts
from prevention.models import Campaign, Session, SessionQuerySet
from prevention.models.sessions import LONGEST

LAST_CHANGE = "SELECT xid, at FROM prevention_eventschange WHERE cpts_id = %s"
NEVER = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Change:
    """When the public events of a CPTS last changed; `number` tells two changes apart."""

    number: int
    at: datetime

    def tag(self, *more: object) -> str:
        """Text that no other state of the events has."""
        return "-".join(map(str, (self.number, f"{self.at.timestamp():.6f}", *more)))


class Line(NamedTuple):
    """So many sessions to come of one topic in one commune."""

    commune: str
    commune_name: str
    topic: str
    label: str
    label_en: str
    sessions: int

    def answers(self, commune: str, topic: str) -> bool:
        return commune in ("", self.commune) and topic in ("", self.topic)


class Told(NamedTuple):
    """A published campaign for everybody."""

    pk: int
    title: str
    topic: str
    ends_on: date


class Option(NamedTuple):
    """One value of a filter, and how many sessions it would leave."""

    code: str
    label: str
    sessions: int
    is_chosen: bool


@dataclass(frozen=True)
class Census:
    """Counted at `since`; `until` is the moment at which time alone changes it."""

    lines: tuple[Line, ...]
    campaigns: tuple[Told, ...]
    change: Change
    since: datetime
    until: datetime

    @property
    def running(self) -> list[Told]:
        today = timezone.localdate(self.since)
        return [one for one in self.campaigns if one.ends_on >= today]

    @property
    def commune_names(self) -> dict[str, str]:
        return {line.commune: line.commune_name for line in self.lines}

    def campaigns_about(self, topic: str) -> dict[int, str]:
        """Titles of the campaigns of a topic, "" for all."""
        return {one.pk: one.title for one in self.campaigns if topic in ("", one.topic)}

    def count(self, commune: str = "", topic: str = "") -> int:
        return sum(line.sessions for line in self.lines if line.answers(commune, topic))

    def communes(self, commune: str, topic: str) -> list[Option]:
        """By name; the counts are those that the topic asked for leaves."""
        found = ((line.commune, line.commune_name, line) for line in self.lines)
        kept = ((code, name, line.sessions * line.answers("", topic)) for code, name, line in found)
        return _options(kept, commune)

    def topics(self, commune: str, topic: str) -> list[Option]:
        is_english = get_language() == "en"
        found = ((line, line.label_en if is_english else line.label) for line in self.lines)
        kept = (
            (line.topic, name, line.sessions * line.answers(commune, "")) for line, name in found
        )
        return _options(kept, topic)


def _options(found: Iterator[tuple[str, str, int]], chosen: str) -> list[Option]:
    names: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for code, name, count in found:
        names[code] = name
        counts[code] += count
    by_name = sorted(names.items(), key=lambda one: one[1].casefold())
    return [Option(code, name, counts[code], code == chosen) for code, name in by_name]


def last_change(cpts: Cpts) -> Change:
    """One small row, asked for a thousand times a minute: without the ORM, which costs more."""
    with connection.cursor() as cursor:
        cursor.execute(LAST_CHANGE, [cpts.pk])
        found = cursor.fetchone()
    return Change(*found) if found else Change(0, NEVER)


def to_come(now: datetime) -> SessionQuerySet:
    """What the public list shows, earliest first; bounded by the index on the start."""
    shown: SessionQuerySet = Session.objects.shown()
    return shown.to_come_at(now).filter(starts_at__gt=now - LONGEST).order_by("starts_at", "pk")


_last: dict[int, Census] = {}
"""The last census of each CPTS, by its key; a process that has none counts its own."""


def census_of(cpts: Cpts, change: Change, now: datetime) -> Census:
    """Of the sessions to come; counted again when something has changed or ended."""
    known = _last.get(cpts.pk)
    if known is not None and known.change == change and known.since <= now < known.until:
        return known
    counted = _last[cpts.pk] = _counted(change, now)
    return counted


def _counted(change: Change, now: datetime) -> Census:
    columns = (
        *("commune_id", "commune__name", "campaign__topic_id"),
        *("campaign__topic__label", "campaign__topic__label_en"),
    )
    rows = to_come(now).order_by().values_list(*columns)
    counts = list(rows.annotate(count=Count("pk"), first=Min("ends_at")))
    return Census(
        lines=tuple(Line(*row[:-1]) for row in counts),
        campaigns=_campaigns(),
        change=change,
        since=now,
        until=min([*(row[-1] for row in counts), _midnight_after(now)]),
    )


def _campaigns() -> tuple[Told, ...]:
    told = Campaign.objects.published().filter(is_for_professionals=False)
    columns = ("pk", "title", "topic_id", "ends_on")
    return tuple(Told(*row) for row in told.order_by("starts_on", "title").values_list(*columns))


def _midnight_after(now: datetime) -> datetime:
    tomorrow = timezone.localdate(now) + timedelta(days=1)
    return timezone.make_aware(datetime.combine(tomorrow, datetime.min.time()))
