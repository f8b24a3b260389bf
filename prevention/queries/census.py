"""What there is to see in public, counted once for as long as it stays true.

A CPTS may have thousands of sessions to come: what narrows their list is counted by PostgreSQL in
one statement, then kept under the number of the last change (`EventsChange`) and until the next
session ends. So nothing shown is ever out of date, but the label of a topic, for a day at most.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.core.cache import cache
from django.db.models import Count, Min
from django.utils import timezone
from django.utils.translation import get_language

from members.models import Cpts
from prevention.models import Campaign, EventsChange, Session, SessionQuerySet
from prevention.models.sessions import LONGEST

KEPT_FOR = 24 * 3600
NEVER = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Change:
    """When the public events of a CPTS last changed; `number` tells two changes apart."""

    number: int
    at: datetime

    def tag(self, *more: object) -> str:
        """Text that no other state of the events has."""
        return "-".join(map(str, (self.number, f"{self.at.timestamp():.6f}", *more)))


@dataclass(frozen=True)
class Line:
    """So many sessions to come of one topic in one commune."""

    commune: str
    commune_name: str
    topic: str
    label: str
    label_en: str
    count: int

    def answers(self, commune: str, topic: str) -> bool:
        return commune in ("", self.commune) and topic in ("", self.topic)


@dataclass(frozen=True)
class Running:
    """A campaign under way, for its link."""

    pk: int
    title: str
    audience_note: str


@dataclass(frozen=True)
class Option:
    """One value of a filter, and how many sessions it would leave."""

    code: str
    label: str
    count: int
    is_chosen: bool


@dataclass(frozen=True)
class Census:
    """`until`: the moment at which time alone changes it."""

    lines: tuple[Line, ...]
    running: tuple[Running, ...]
    until: datetime

    def count(self, commune: str = "", topic: str = "") -> int:
        return sum(line.count for line in self.lines if line.answers(commune, topic))

    def communes(self, commune: str, topic: str) -> list[Option]:
        """By name; the counts are those that the topic asked for leaves."""
        found = ((line.commune, line.commune_name, line) for line in self.lines)
        kept = ((code, name, line.count * line.answers("", topic)) for code, name, line in found)
        return _options(kept, commune)

    def topics(self, commune: str, topic: str) -> list[Option]:
        is_english = get_language() == "en"
        found = ((line, line.label_en if is_english else line.label) for line in self.lines)
        kept = ((line.topic, name, line.count * line.answers(commune, "")) for line, name in found)
        return _options(kept, topic)


def _options(found: Iterator[tuple[str, str, int]], chosen: str) -> list[Option]:
    names: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for code, name, count in found:
        names[code] = name
        counts[code] += count
    by_name = sorted(names.items(), key=lambda one: one[1].casefold())
    return [Option(code, name, counts[code], code == chosen) for code, name in by_name]


def last_change() -> Change:
    """Of the open CPTS; one small row."""
    found = EventsChange.objects.values_list("xid", "at").first()
    return Change(*found) if found else Change(0, NEVER)


def to_come(now: datetime) -> SessionQuerySet:
    """What the public list shows, earliest first; bounded by the index on the start."""
    shown: SessionQuerySet = Session.objects.shown()
    return shown.to_come_at(now).filter(starts_at__gt=now - LONGEST).order_by("starts_at", "pk")


def census_of(cpts: Cpts, change: Change, now: datetime) -> Census:
    """Of the sessions to come; counted again when something has changed or ended."""
    key = f"prevention:census:{cpts.pk}:{change.tag()}"
    known = cache.get(key)
    if isinstance(known, Census) and now < known.until:
        return known
    counted = _counted(now)
    cache.set(key, counted, KEPT_FOR)
    return counted


def _counted(now: datetime) -> Census:
    columns = (
        *("commune_id", "commune__name", "campaign__topic_id"),
        *("campaign__topic__label", "campaign__topic__label_en"),
    )
    rows = to_come(now).order_by().values_list(*columns)
    counts = list(rows.annotate(count=Count("pk"), first=Min("ends_at")))
    today = timezone.localdate(now)
    ends = [row[-1] for row in counts]
    lines = tuple(Line(*row[:-1]) for row in counts)
    return Census(lines, _running(today), min([*ends, _midnight_after(today)]))


def _running(today: date) -> tuple[Running, ...]:
    campaigns = Campaign.objects.published().filter(is_for_professionals=False, ends_on__gte=today)
    rows = campaigns.order_by("starts_on", "title").values_list("pk", "title", "audience_note")
    return tuple(Running(*row) for row in rows)


def _midnight_after(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), datetime.min.time()))
