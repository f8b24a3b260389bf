"""Hours spent on the missions, and what they are paid back, over some days."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby

from django.db.models import Count, QuerySet, Sum

from members.models import Attendance, Meeting, Membership, Mission

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Days:
    """From a day to a day, both included."""

    starts_on: date
    ends_on: date


@dataclass(frozen=True)
class Line:
    """One person's time on one mission at one rate; `rate` and `amount` in euros.

    A person has two lines when the mission's rate changed between two presences.
    """

    mission: Mission | None
    member: Membership
    meetings: int
    minutes: int
    rate: Decimal

    @property
    def amount(self) -> Decimal:
        return (self.rate * self.minutes / 60).quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True)
class Part:
    """One mission's lines, by name."""

    mission: Mission | None
    lines: list[Line]

    @property
    def minutes(self) -> int:
        return sum(line.minutes for line in self.lines)

    @property
    def amount(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal(0))


@dataclass(frozen=True)
class Statement:
    days: Days
    parts: list[Part]

    @property
    def lines(self) -> list[Line]:
        return [line for part in self.parts for line in part.lines]

    @property
    def minutes(self) -> int:
        return sum(part.minutes for part in self.parts)

    @property
    def amount(self) -> Decimal:
        """The sum of rounded lines: what is paid is what is read."""
        return sum((part.amount for part in self.parts), Decimal(0))


def attended(days: Days) -> QuerySet[Attendance]:
    """Presences at meetings that began in those days, Paris time."""
    found: QuerySet[Attendance] = Attendance.objects.filter(
        present_at__isnull=False,
        meeting__starts_at__date__gte=days.starts_on,
        meeting__starts_at__date__lte=days.ends_on,
    ).exclude(meeting__status=Meeting.Status.CANCELLED)
    return found


def statement(days: Days, *, membership: Membership | None = None) -> Statement:
    """Of everybody, or of one member; missions in their order, what has none last."""
    found = attended(days)
    if membership is not None:
        found = found.filter(membership=membership)
    sums = list(
        found.order_by()
        .values("meeting__mission", "membership", "hourly_rate")
        .annotate(meetings=Count("pk"), minutes_sum=Sum("minutes"))
    )
    missions = Mission.objects.in_bulk([row["meeting__mission"] for row in sums])
    members = Membership.objects.select_related("user", "profession").in_bulk(
        [row["membership"] for row in sums]
    )
    lines = [
        Line(
            missions.get(row["meeting__mission"]),
            members[row["membership"]],
            row["meetings"],
            row["minutes_sum"],
            row["hourly_rate"] or Decimal(0),
        )
        for row in sums
    ]
    return Statement(days, _parts(lines))


def _parts(lines: Iterable[Line]) -> list[Part]:
    ordered = sorted(lines, key=_place)
    return [Part(mission, list(found)) for mission, found in groupby(ordered, lambda x: x.mission)]


def _place(line: Line) -> tuple[bool, int, str, int, str, str, int, Decimal]:
    mission, user = line.mission, line.member.user
    rank = (mission.position, mission.label, mission.pk) if mission else (0, "", 0)
    return (mission is None, *rank, user.last_name, user.first_name, line.member.pk, line.rate)


def attendances_of(membership: Membership, days: Days) -> list[Attendance]:
    """What a certificate lists, in the order of time."""
    found = attended(days).filter(membership=membership)
    return list(
        found.select_related("meeting__group", "meeting__mission").order_by("meeting__starts_at")
    )
