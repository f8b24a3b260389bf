"""The census as the filters leave it: what each day and each chip counts, who is on which page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.utils.translation import gettext as _

from members.models import Profession
from unscheduled_care.models import Kind
from unscheduled_care.queries.census import (
    SOON,
    Filters,
    Line,
    Window,
    comes_so_far,
    distances,
)

NEAR_KM = 10
NEVER = float("inf")
CHIP_KINDS = (Kind.HOME, Kind.REMOTE)

Key = tuple[int, int | None]
"""A professional and a place."""


@dataclass(frozen=True)
class Day:
    on: date
    free: int
    is_chosen: bool


@dataclass(frozen=True)
class Chip:
    """A filter one presses: what it would leave free, and what it changes in `Filters`."""

    label: str
    count: int
    is_pressed: bool
    changes: dict[str, Any]


class Sieve:
    """`left` is what every filter leaves; `day` is the one asked, else the first free."""

    def __init__(self, filters: Filters, window: Window, counted: list[Line]) -> None:
        self.filters, self.window = filters, window
        self.km = _distances(filters, counted)
        if filters.commune is not None:
            counted = [
                line for line in counted if comes_so_far(line.kind, line.radius_km, self.far(line))
            ]
        self.lines = counted
        self.left = [line for line in counted if self._keeps(line)]
        self._free = Counter[int]()
        for line in self.left:
            self._free[line.day] += self.free(line)
        self.day = self._chosen_day()

    # --- Days ---------------------------------------------------------------------------------
    def days(self) -> list[Day]:
        return [
            Day(on, self._free[n], is_chosen=on == self.day)
            for n, on in enumerate(self.window.days)
        ]

    def _chosen_day(self) -> date:
        days = self.window.days
        if self.filters.day in days:
            return self.filters.day
        return next((day for n, day in enumerate(days) if self._free[n]), days[0])

    # --- Lines --------------------------------------------------------------------------------
    def free(self, line: Line) -> int:
        return line.soon if self.filters.is_soon else line.free

    def far(self, line: Line) -> float | None:
        """Kilometres to the place of a line; None from afar, and where nothing was asked."""
        return None if line.practice_id is None else self.km.get(line.practice_id)

    def _keeps(self, line: Line, *, but: str = "") -> bool:
        """Whether the chips pressed leave that line, the one named `but` aside."""
        asked = self.filters
        return (
            (but == "profession" or asked.profession in ("", line.profession))
            and (but == "kind" or asked.kind in ("", line.kind))
            and (but == "km" or not asked.km or self._is_near(line, asked.km))
        )

    def _is_near(self, line: Line, km: int) -> bool:
        found = self.far(line)
        return line.kind != Kind.REMOTE and found is not None and found <= km

    # --- Chips --------------------------------------------------------------------------------
    def chips(self) -> list[Chip]:
        """Each with what it would leave of the chosen day, those already pressed being kept."""
        on = self.window.days.index(self.day)
        today = [line for line in self.lines if line.day == on]
        return [
            self._everything(today),
            *self._professions(today),
            *self._kinds(today),
            self._soon(),
            *self._near(today),
        ]

    def _everything(self, today: list[Line]) -> Chip:
        asked = self.filters
        is_all = not (asked.profession or asked.kind or asked.km or asked.is_soon)
        cleared = {"profession": "", "kind": "", "km": None, "is_soon": False}
        return Chip(_("Tous"), sum(line.free for line in today), is_all, cleared)

    def _professions(self, today: list[Line]) -> Iterator[Chip]:
        """The professions that offer something in these days, by name."""
        counts, chosen = Counter[str](), self.filters.profession
        for line in today:
            if self._keeps(line, but="profession"):
                counts[line.profession or ""] += self.free(line)
        offering = {line.profession for line in self.lines if line.profession} | {chosen}
        for one in Profession.objects.filter(pk__in=offering):
            yield self._toggle(str(one), counts[one.pk], profession=one.pk)

    def _kinds(self, today: list[Line]) -> Iterator[Chip]:
        counts, offered = Counter[str](), {line.kind for line in self.lines}
        for line in today:
            if self._keeps(line, but="kind"):
                counts[line.kind] += self.free(line)
        for kind in CHIP_KINDS:
            if kind in offered or kind == self.filters.kind:
                label = _("À domicile") if kind == Kind.HOME else _("Téléconsultation")
                yield self._toggle(label, counts[kind], kind=kind.value)

    def _toggle(self, label: str, count: int, **value: str) -> Chip:
        """One value of a filter: pressed, a second press lifts it."""
        [(name, chosen)] = value.items()
        is_pressed = getattr(self.filters, name) == chosen
        return Chip(label, count, is_pressed, {name: "" if is_pressed else chosen})

    def _soon(self) -> Chip:
        """Within two hours, whatever the day on the screen."""
        is_pressed = self.filters.is_soon
        changes = {"is_soon": not is_pressed, "day": None, "first": None}
        return Chip(
            _("Libres maintenant"), sum(line.soon for line in self.left), is_pressed, changes
        )

    def _near(self, today: list[Line]) -> Iterator[Chip]:
        if self.filters.commune is None:
            return
        km = self.filters.km or NEAR_KM
        near = (line for line in today if self._keeps(line, but="km") and self._is_near(line, km))
        yield Chip(
            _("À moins de %(km)d km") % {"km": km},
            sum(map(self.free, near)),
            bool(self.filters.km),
            {"km": None if self.filters.km else km},
        )

    # --- Pages --------------------------------------------------------------------------------
    def in_order(self) -> list[Key]:
        """The nearest first when a commune is asked, then who is free the soonest that day."""
        on, ranks = self.window.days.index(self.day), dict[Key, tuple[Any, ...]]()
        for line in self.left:
            if self.filters.is_soon and not line.soon:
                continue
            key, first = (line.professional_id, line.practice_id), line.first_at or NEVER
            km = self._rank_of(line)
            rank = (km, first if line.day == on else NEVER, first, line.professional_id)
            known = ranks.get(key, rank)
            ranks[key] = (km, min(rank[1], known[1]), min(rank[2], known[2]), rank[3])
        return sorted(ranks, key=lambda key: ranks[key])

    def _rank_of(self, line: Line) -> float:
        """Kilometres; those who are not on the map, or nowhere, come last."""
        if self.filters.commune is None:
            return 0.0
        found = self.far(line)
        return NEVER if found is None else found

    # --- Time ---------------------------------------------------------------------------------
    def until(self) -> datetime:
        """When time alone changes a count: a slot leaves the board, or is two hours away."""
        leaving = (line.changes_at for line in self.lines)
        ahead = SOON.total_seconds()
        nearing = (line.soon_from - ahead for line in self.lines if line.soon_from)
        first = min([*leaving, *nearing, self.window.tonight.timestamp()])
        return datetime.fromtimestamp(first, UTC)


def _distances(filters: Filters, counted: list[Line]) -> dict[int, float | None]:
    if filters.commune is None:
        return {}
    places = {line.practice_id for line in counted if line.practice_id is not None}
    return distances(filters.commune, places)
