"""Who sits where, and since when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from members.models import Group, Mandate, Meeting, Membership, Mission

RANK = {function: rank for rank, function in enumerate(Mandate.Function)}
KIND_RANK = {Group.Kind.BUREAU: 0, Group.Kind.BOARD: 1, Group.Kind.WORKING: 2}


def running(day: date) -> Q:
    """Mandates, memberships: whatever has a first and a last day, and holds on `day`."""
    return Q(Q(ends_on=None) | Q(ends_on__gte=day), starts_on__lte=day)


def mandates() -> QuerySet[Mandate]:
    """With the names that a screen shows beside them."""
    found: QuerySet[Mandate] = Mandate.objects.select_related(
        "group", "membership__user", "membership__profession"
    )
    return found


def by_rank(seats: Iterable[Mandate]) -> list[Mandate]:
    """The presidency first, members by name."""
    return sorted(
        seats,
        key=lambda seat: (
            RANK[Mandate.Function(seat.function)],
            seat.membership.user.last_name,
            seat.starts_on,
        ),
    )


@dataclass(frozen=True)
class Seats:
    """A group and who sits in it today."""

    group: Group
    seats: list[Mandate]


@dataclass(frozen=True)
class Instances:
    """The page « Instances »: bureau and board, then working groups by mission, then the past."""

    governing: list[Seats] = field(default_factory=list)
    by_mission: dict[Mission | None, list[Seats]] = field(default_factory=dict)
    closed: list[Group] = field(default_factory=list)
    mine: list[Mandate] = field(default_factory=list)


def instances(membership: Membership, today: date) -> Instances:
    found = Instances(mine=mandates_of(membership))
    seats = Prefetch("mandates", mandates().filter(running(today)), to_attr="seats_today")
    groups = Group.objects.select_related("mission").prefetch_related(seats)
    for group in sorted(groups, key=_place):
        if group.closed_on is not None and group.closed_on < today:
            found.closed.append(group)
            continue
        shown = Seats(group, by_rank(group.seats_today))
        if group.kind == Group.Kind.WORKING:
            found.by_mission.setdefault(group.mission, []).append(shown)
        else:
            found.governing.append(shown)
    return found


def _place(group: Group) -> tuple[int, bool, int, str]:
    mission = group.mission
    rank = KIND_RANK[Group.Kind(group.kind)]
    return (rank, mission is None, mission.position if mission else 0, group.name)


def mandates_of(membership: Membership) -> list[Mandate]:
    """A member's own, the latest first."""
    return list(mandates().filter(membership=membership).order_by("-starts_on", "group__name"))


@dataclass(frozen=True)
class Sitting:
    """The mandates of one group, on each side of today."""

    now: list[Mandate]
    coming: list[Mandate]
    past: list[Mandate]


def sitting(group: Group, today: date) -> Sitting:
    every = by_rank(mandates().filter(group=group))
    past = [seat for seat in every if seat.ends_on is not None and seat.ends_on < today]
    coming = [seat for seat in every if seat.starts_on > today]
    now = [seat for seat in every if seat not in past and seat not in coming]
    return Sitting(now, coming, sorted(past, key=lambda seat: seat.starts_on, reverse=True))


def functions_in(group_id: int | None, membership: Membership, day: date) -> set[str]:
    """What the member does in that group on that day."""
    if group_id is None:
        return set()
    seats = Mandate.objects.filter(running(day), group=group_id, membership=membership)
    return set(seats.values_list("function", flat=True))


def has_sat_with(membership: Membership, today: date) -> Exists:
    """Of meetings: their group counts the member today, or counted her on their day."""
    own = Mandate.objects.filter(group=OuterRef("group"), membership=membership)
    that_day = Q(
        Q(ends_on=None) | Q(ends_on__gte=OuterRef("starts_at__date")),
        starts_on__lte=OuterRef("starts_at__date"),
    )
    return Exists(own.filter(running(today) | that_day))


def planned_meetings(group: Group) -> QuerySet[Meeting]:
    return Meeting.objects.filter(group=group, status=Meeting.Status.PLANNED)
