"""How many slots a member might claim, by professional, place, form and day, in one query.

What the days, the chips and the pages of the board say is told from these lines: a few for each
professional who offers, however many slots there are.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    Case,
    Count,
    DateTimeField,
    F,
    FloatField,
    Func,
    IntegerField,
    Min,
    Q,
    QuerySet,
    Value,
    When,
)

from cpts_portal.core.models import Commune
from cpts_portal.core.territory import distance_km
from members.models import Practice
from unscheduled_care.models import Kind, Slot, SlotStatus
from unscheduled_care.queries.reach import visible_to
from unscheduled_care.rules import Reach

PARIS = ZoneInfo("Europe/Paris")
DAYS = 5
HORIZON = 14
"""Days shown at once, and days one may look ahead, today among them."""
SOON = timedelta(hours=2)


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What narrows the board; empty values narrow nothing. `km` is counted from `commune`."""

    first: date | None = None
    day: date | None = None
    profession: str = ""
    kind: str = ""
    act: str = ""
    commune: Commune | None = None
    km: int | None = None
    is_soon: bool = False
    professional: int | None = None
    page: int = 1

    def __bool__(self) -> bool:
        narrowed = (self.profession, self.kind, self.act, self.commune, self.professional)
        return any(narrowed) or self.is_soon


@dataclass(frozen=True)
class Window:
    """Five Paris days from `first`; `now` is the database's clock."""

    first: date
    now: datetime

    @classmethod
    def around(cls, first: date | None, now: datetime) -> Window:
        """From the day asked, kept within the horizon."""
        today = now.astimezone(PARIS).date()
        asked = first or today
        return cls(min(max(asked, today), today + timedelta(days=HORIZON - DAYS)), now)

    @property
    def today(self) -> date:
        return self.now.astimezone(PARIS).date()

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range(DAYS)]

    @property
    def midnights(self) -> list[datetime]:
        """The Paris midnights between the days, and the one that ends them."""
        return [
            datetime.combine(self.first + timedelta(days=n), time(), PARIS)
            for n in range(1, DAYS + 1)
        ]

    @property
    def tonight(self) -> datetime:
        """The next Paris midnight, when the first day goes."""
        return datetime.combine(self.today + timedelta(days=1), time(), PARIS)

    @property
    def begins_at(self) -> datetime:
        return max(self.now, datetime.combine(self.first, time(), PARIS))

    @property
    def previous(self) -> date | None:
        if self.first <= self.today:
            return None
        return max(self.today, self.first - timedelta(days=DAYS))

    @property
    def next(self) -> date | None:
        last = self.today + timedelta(days=HORIZON - DAYS)
        return min(last, self.first + timedelta(days=DAYS)) if self.first < last else None


class Seconds(Func):
    """A moment as seconds of the epoch: a number is read ten times faster than a date."""

    template = "EXTRACT(EPOCH FROM %(expressions)s)::float8"
    output_field = FloatField()


class Line(NamedTuple):
    """One professional at one place, in one form, on one day of the window, counted."""

    professional_id: int
    profession: str | None
    practice_id: int | None
    kind: str
    radius_km: int | None
    day: int
    shown: int
    free: int
    soon: int
    first_at: float | None
    """Of those that are free, as seconds of the epoch, like the moments below."""
    changes_at: float
    """When time alone takes one of them off the board."""
    soon_from: float | None
    """The first that is not within two hours yet."""


def on_board(reach: Reach, window: Window, filters: Filters) -> QuerySet[Slot]:
    """What one may claim or could have: free, kept by somebody, or taken, by the window's clock."""
    is_open = Q(status=SlotStatus.OPEN, is_hidden=False, closes_at__gt=window.now)
    shown: QuerySet[Slot] = Slot.objects.filter(
        visible_to(reach),
        is_open | Q(status=SlotStatus.CLAIMED),
        starts_at__gte=window.begins_at,
        starts_at__lt=window.midnights[-1],
    )
    if filters.act:
        shown = shown.filter(acts__contains=[filters.act])
    if filters.professional:
        shown = shown.filter(professional=filters.professional)
    return shown


def lines(reach: Reach, window: Window, filters: Filters, held: Collection[int]) -> list[Line]:
    """The whole window, counted; slots of `held` are kept by somebody, hence not free."""
    edges = Value(window.midnights[:-1], ArrayField(DateTimeField()))
    day = Func(F("starts_at"), edges, function="width_bucket", output_field=IntegerField())
    free = Q(status=SlotStatus.OPEN) & ~Q(pk__in=held)
    soon_end = window.now + SOON
    ends = Case(When(status=SlotStatus.OPEN, then="closes_at"), default="starts_at")
    where = ("professional_id", "professional__profession_id", "practice_id", "kind", "radius_km")
    counted = (
        on_board(reach, window, filters)
        .values_list(*where, day)
        .annotate(
            shown=Count("pk"),
            free=Count("pk", filter=free),
            soon=Count("pk", filter=free & Q(starts_at__lte=soon_end)),
            first_at=Seconds(Min("starts_at", filter=free)),
            changes_at=Seconds(Min(ends)),
            soon_from=Seconds(Min("starts_at", filter=free & Q(starts_at__gt=soon_end))),
        )
        .order_by()
    )
    return [Line._make(row) for row in counted]


def distances(commune: Commune, practice_ids: Collection[int]) -> dict[int, float | None]:
    """Kilometres from the commune to each place, None where either is not on the map."""
    placed = Practice.objects.filter(pk__in=practice_ids).values_list(
        "pk", "latitude", "longitude", "commune__latitude", "commune__longitude"
    )
    return {
        pk: distance_km(
            commune.latitude,
            commune.longitude,
            town_latitude if latitude is None else latitude,
            town_longitude if longitude is None else longitude,
        )
        for pk, latitude, longitude, town_latitude, town_longitude in placed
    }


def comes_so_far(kind: str, radius_km: int | None, km: float | None) -> bool:
    """A visit at home stays within its radius; whatever is not on the map is not promised."""
    return kind != Kind.HOME or (km is not None and radius_km is not None and km <= radius_km)
