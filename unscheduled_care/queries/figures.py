"""Figures of the ACI: sums by profession, kind, reason, commune and week; nobody is ranked."""

from __future__ import annotations

from collections.abc import Iterable
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

    def cells(self, *, is_masked: bool) -> list[Any]:
        """For a page or a sheet: below five, counts become words and the delay is left out."""
        counts = (self.offered, self.claimed, self.unused, self.seen, self.missed)
        is_few = is_masked and self.claimed < SMALLEST_SHOWN
        told = [_shown(count, is_masked=is_masked) for count in counts]
        return [self.label, *told, None if is_few else self.delay_hours]


@dataclass(frozen=True)
class Table:
    title: str
    lines: list[Line]


def _shown(count: int | None, *, is_masked: bool) -> Any:
    if count is None or not is_masked or count >= SMALLEST_SHOWN:
        return count
    return shown_count(count, is_masked=True)


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
