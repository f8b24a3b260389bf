"""Figures of the ACI: sums by profession, kind, reason, commune and week; nobody is ranked."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Case, CharField, Count, F, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Now, TruncWeek
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from cpts_portal.core.aggregates import Median
from cpts_portal.core.small_numbers import SMALLEST_SHOWN, shown_count
from members.models import Profession
from unscheduled_care.models import Claim, ClaimStatus, Kind, Reason, Slot, SlotStatus

PARIS = ZoneInfo("Europe/Paris")
COUNTS = ("offered", "claimed", "unused", "seen", "missed")
USED_OR_NOT = {"claimed", "unused"}
"""Once a period is over, what was offered less the one is the other."""


@dataclass(frozen=True)
class Period:
    """Days of Paris, both included."""

    first: date
    last: date

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """Aware bounds, the second left out."""
        return (
            datetime.combine(self.first, time(), PARIS),
            datetime.combine(self.last + timedelta(days=1), time(), PARIS),
        )


@dataclass(frozen=True)
class Line:
    """Sums of the slots, or of the claims, that share one thing.

    `delay` is the median from the search to the appointment; `offered` and `unused` are None
    where the thing is only known of a claim.
    """

    label: str
    offered: int | None
    claimed: int
    unused: int | None
    seen: int
    missed: int
    delay: timedelta | None

    @property
    def delay_hours(self) -> float | None:
        return None if self.delay is None else round(self.delay / timedelta(hours=1), 1)

    def counts(self) -> dict[str, int]:
        """Those that are known of the thing."""
        known = {name: getattr(self, name) for name in COUNTS}
        return {name: count for name, count in known.items() if count is not None}

    def cells(self, *, hidden: Collection[str] = ()) -> list[Any]:
        """For a page or a sheet: of what is `hidden`, few become words and many are left out."""
        told = [_told(getattr(self, name), is_hidden=name in hidden) for name in COUNTS]
        return [self.label, *told, None if "claimed" in hidden else self.delay_hours]


@dataclass(frozen=True)
class Table:
    title: str
    lines: list[Line]

    def cells(self, *, is_masked: bool) -> list[list[Any]]:
        """Masked, counts below five are hidden, and those that would give them away."""
        hidden = _hidden(self.lines) if is_masked else [set()] * len(self.lines)
        return [line.cells(hidden=names) for line, names in zip(self.lines, hidden, strict=True)]


def _told(count: int | None, *, is_hidden: bool) -> Any:
    if count is None or not is_hidden:
        return count
    return shown_count(count, is_masked=True) if count < SMALLEST_SHOWN else None


def _hidden(lines: list[Line]) -> list[set[str]]:
    """The names of the counts to hide, line by line, such that no subtraction brings one back."""
    hidden = [
        {name for name, count in line.counts().items() if count < SMALLEST_SHOWN} for line in lines
    ]
    while _spread(lines, hidden):
        pass
    return hidden


def _spread(lines: list[Line], hidden: list[set[str]]) -> bool:
    """Hide what a total, or the rest of its line, would tell; whether there was anything."""
    before = sum(map(len, hidden))
    for name in COUNTS:
        shown = {
            rank: line.counts()[name]
            for rank, line in enumerate(lines)
            if name in line.counts() and name not in hidden[rank]
        }
        if shown and sum(name in names for names in hidden) == 1:
            hidden[min(shown, key=lambda rank: shown[rank])].add(name)
    for line, names in zip(lines, hidden, strict=True):
        if line.offered is not None and names & USED_OR_NOT:
            names.update(USED_OR_NOT)
    return sum(map(len, hidden)) > before


def header() -> list[str]:
    return [
        *(_("Proposés"), _("Réservés"), _("Non utilisés"), _("Vus"), _("Non venus")),
        _("Délai médian, en heures"),
    ]


LIVE = ~Q(claims__status=ClaimStatus.CANCELLED) & Q(claims__isnull=False)
SLOT_SUMS: dict[str, Any] = {
    "offered": Count("pk", distinct=True),
    "claimed": Count("claims", filter=LIVE),
    "unused": Count("pk", distinct=True, filter=Q(status=SlotStatus.OPEN, closes_at__lte=Now())),
    "seen": Count("claims", filter=Q(claims__status=ClaimStatus.SEEN)),
    "missed": Count("claims", filter=Q(claims__status=ClaimStatus.NO_SHOW)),
    "delay": Median(F("starts_at") - F("claims__searched_at"), filter=LIVE),
}
CLAIM_SUMS: dict[str, Any] = {
    "claimed": Count("pk"),
    "seen": Count("pk", filter=Q(status=ClaimStatus.SEEN)),
    "missed": Count("pk", filter=Q(status=ClaimStatus.NO_SHOW)),
    "delay": Median(F("slot__starts_at") - F("searched_at")),
}


def _slots(period: Period) -> QuerySet[Slot]:
    """Of those days, but those withdrawn: a slot that nobody could use was not offered."""
    first, after = period.moments
    rows: QuerySet[Slot] = Slot.objects.filter(starts_at__gte=first, starts_at__lt=after)
    return rows.exclude(status=SlotStatus.WITHDRAWN).order_by()


def _claims(period: Period) -> QuerySet[Claim]:
    first, after = period.moments
    rows: QuerySet[Claim] = Claim.objects.filter(
        slot__starts_at__gte=first, slot__starts_at__lt=after
    )
    return rows.exclude(status=ClaimStatus.CANCELLED).order_by()


def total(period: Period) -> Line:
    return Line(label=_("Tous les créneaux"), **_slots(period).aggregate(**SLOT_SUMS))


def ensemble(period: Period) -> Table:
    return Table(_("Ensemble"), [total(period)])


def tables(period: Period) -> list[Table]:
    """One table a dimension, in the order of names, or of time: never of counts."""
    return [
        Table(_("Par profession"), _by_profession(period)),
        Table(_("Par forme"), _by_kind(period)),
        Table(_("Par motif"), _by_reason(period)),
        Table(_("Par commune du lieu"), _by_commune(period)),
        Table(_("Par semaine"), _by_week(period)),
    ]


def _grouped(period: Period, **group: Any) -> Iterable[dict[str, Any]]:
    (name,) = group
    rows: Any = _slots(period)
    found: Iterable[dict[str, Any]] = (
        rows.annotate(**group).values(name).annotate(**SLOT_SUMS).order_by(name)
    )
    return found


def _lines(rows: Iterable[dict[str, Any]], labels: dict[Any, str | Promise]) -> list[Line]:
    """`group` of each row becomes its label; sorted by label."""
    found = [Line(label=str(labels.get(row.pop("group"), _("Autre"))), **row) for row in rows]
    return sorted(found, key=lambda line: line.label)


def _by_profession(period: Period) -> list[Line]:
    labels: dict[Any, str | Promise] = {one.pk: str(one) for one in Profession.objects.all()}
    return _lines(_grouped(period, group=F("professional__profession_id")), labels)


def _by_kind(period: Period) -> list[Line]:
    return _lines(_grouped(period, group=F("kind")), dict(Kind.choices))


def _by_commune(period: Period) -> list[Line]:
    place = Case(
        When(practice=None, then=Value("")),
        default=Cast("practice__commune__name", CharField()),
    )
    rows = list(_grouped(period, group=place))
    labels: dict[Any, str | Promise] = {row["group"]: row["group"] for row in rows}
    return _lines(rows, {**labels, "": _("À distance")})


def _by_week(period: Period) -> list[Line]:
    """Weeks of Paris, from Monday; in the order of time."""
    rows = _grouped(period, group=TruncWeek("starts_at", tzinfo=PARIS))
    return [Line(label=_week(row.pop("group")), **row) for row in rows]


def _week(monday: datetime) -> str:
    return _("Semaine du %(day)s") % {"day": f"{monday:%d/%m/%Y}"}


def _by_reason(period: Period) -> list[Line]:
    labels: dict[Any, str | Promise] = {one.pk: str(one) for one in Reason.objects.all()}
    rows = _claims(period).values(group=F("reason")).annotate(**CLAIM_SUMS)
    return _lines([{**row, "offered": None, "unused": None} for row in rows], labels)
