"""Who keeps which shift, and where hands are wanted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Prefetch, Q, QuerySet, Sum
from django.utils import timezone

from members.models import Membership
from prevention.models import (
    CampaignStatus,
    Registration,
    Session,
    SessionStatus,
    Shift,
    Volunteer,
)
from prevention.rules.campaigns import HELPERS
from prevention.rules.door import CLOSES_AFTER, has_begun_at_door
from prevention.rules.sessions import wants_hands

BOOKED = Volunteer.Status.BOOKED


def booked(sessions: Iterable[Session]) -> QuerySet[Volunteer]:
    """Volunteers who hold a shift of these sessions, with whom they are and what they keep."""
    rows: QuerySet[Volunteer] = Volunteer.objects.filter(
        shift__session__in=list(sessions), status=BOOKED
    )
    return rows.select_related("membership__user", "shift__session").order_by(
        "shift__starts_at", "shift", "booked_at"
    )


def overlapping(
    membership: Membership, starts_at: datetime, ends_at: datetime
) -> QuerySet[Volunteer]:
    """The shifts she keeps at these hours, in sessions that will take place."""
    rows: QuerySet[Volunteer] = Volunteer.objects.filter(
        membership=membership,
        status=BOOKED,
        shift__session__status=SessionStatus.PLANNED,
        shift__starts_at__lt=ends_at,
        shift__ends_at__gt=starts_at,
    )
    return rows.select_related("shift__session__campaign")


def hands_on(shift: Shift) -> int:
    """How many keep it."""
    return Volunteer.objects.filter(shift=shift, status=BOOKED).count()


def could_replace(volunteer: Volunteer) -> QuerySet[Membership]:
    """Members who help in the same campaign, and keep nothing else at these hours."""
    shift = volunteer.shift
    helpers = Volunteer.objects.filter(
        shift__session__campaign=shift.session.campaign_id, status=BOOKED
    )
    busy = Volunteer.objects.filter(
        status=BOOKED,
        shift__session__status=SessionStatus.PLANNED,
        shift__starts_at__lt=shift.ends_at,
        shift__ends_at__gt=shift.starts_at,
    )
    rows: QuerySet[Membership] = Membership.objects.current().filter(
        pk__in=helpers.values("membership")
    )
    return rows.exclude(pk__in=busy.values("membership")).select_related("user")


# --- The rota of a session, for the desk ------------------------------------------------------
def panel_of(session: Session) -> dict[str, Any]:
    """Its shifts, each with who keeps it (`kept`)."""
    booked_now = Volunteer.objects.filter(status=BOOKED).select_related("membership__user")
    kept = Prefetch("volunteers", booked_now.order_by("booked_at"), to_attr="kept")
    return {"shifts": list(Shift.objects.filter(session=session).prefetch_related(kept))}


def members_for(shift: Shift) -> QuerySet[Membership]:
    """Those whom the desk may put down for it, by name: not the ones who keep it already."""
    kept = Volunteer.objects.filter(shift=shift, status=BOOKED)
    rows: QuerySet[Membership] = Membership.objects.current().filter(role__in=HELPERS)
    rows = rows.exclude(pk__in=kept.values("membership")).select_related("user")
    return rows.order_by("user__last_name", "user__first_name", "pk")


# --- What a member finds ----------------------------------------------------------------------
@dataclass(frozen=True)
class Mine:
    """A shift that she keeps: `is_over` once she can neither leave nor be relieved."""

    volunteer: Volunteer
    is_over: bool
    opens_door: bool


@dataclass(frozen=True)
class Wanted:
    """A shift with hands lacking; `busy_with` is what she keeps at the same hours."""

    shift: Shift
    left: int
    busy_with: Shift | None = None


@dataclass(frozen=True)
class Swap:
    """A shift whose volunteer seeks a replacement."""

    volunteer: Volunteer
    busy_with: Shift | None = None


def mine(member: Membership, now: datetime) -> list[Mine]:
    """The shifts that she keeps, as long as she may note who came; the cancelled ones say so."""
    rows = Volunteer.objects.filter(
        membership=member, status=BOOKED, shift__session__ends_at__gt=now - CLOSES_AFTER
    )
    return [
        Mine(one, not wants_hands(one.shift, now), has_begun_at_door(one.shift.session, now))
        for one in _with_session(rows).order_by("shift__starts_at", "pk")
    ]


def _with_session(rows: QuerySet[Volunteer]) -> QuerySet[Volunteer]:
    return rows.select_related("shift__session__campaign", "shift__session__commune")


def wanted(kept: Iterable[Mine], now: datetime) -> list[tuple[Session, list[Wanted]]]:
    """Shifts lacking hands in published campaigns, by session; not those that she keeps."""
    hers = [one.volunteer.shift for one in kept]
    booked_now = Count("volunteers", filter=Q(volunteers__status=BOOKED))
    shifts = Shift.objects.annotate(hands=booked_now).filter(_open_at(now), wanted__gt=F("hands"))
    found: dict[Session, list[Wanted]] = {}
    rows = shifts.select_related("session__campaign", "session__commune")
    for shift in rows.order_by("session__starts_at", "session", "starts_at", "pk"):
        if shift not in hers:
            left = shift.wanted - shift.hands
            found.setdefault(shift.session, []).append(Wanted(shift, left, _clash(shift, hers)))
    return list(found.items())


def _open_at(now: datetime) -> Q:
    return Q(
        session__status=SessionStatus.PLANNED,
        session__campaign__status=CampaignStatus.PUBLISHED,
        ends_at__gt=now,
    )


def _clash(shift: Shift, others: Iterable[Shift]) -> Shift | None:
    """The first of `others` at the same hours; what is cancelled keeps nobody."""
    for other in others:
        is_on = other.session.status == SessionStatus.PLANNED and other.pk != shift.pk
        if is_on and other.starts_at < shift.ends_at and shift.starts_at < other.ends_at:
            return other
    return None


def swaps(member: Membership, kept: Iterable[Mine], now: datetime) -> list[Swap]:
    """Colleagues who seek somebody in their place."""
    rows = Volunteer.objects.filter(
        status=BOOKED,
        seeks_swap=True,
        shift__ends_at__gt=now,
        shift__session__status=SessionStatus.PLANNED,
    ).exclude(membership=member)
    hers = [one.volunteer.shift for one in kept]
    found = _with_session(rows).select_related("membership__user")
    kept_shifts = {shift.pk for shift in hers}
    return [
        Swap(one, _clash(one.shift, hers))
        for one in found.order_by("shift__starts_at", "pk")
        if one.shift_id not in kept_shifts
    ]


def sessions_for_members(
    member: Membership, now: datetime
) -> list[tuple[Session, Registration | None]]:
    """Sessions for professionals, to come, of published campaigns, each with her own place."""
    rows = Session.objects.to_come_at(now).filter(
        is_for_professionals=True, campaign__status=CampaignStatus.PUBLISHED
    )
    sessions = list(rows.select_related("campaign", "commune"))
    own = Registration.objects.live().filter(membership=member, session__in=sessions)
    places = {one.session_id: one for one in own}
    return [(session, places.get(session.pk)) for session in sessions]


# --- Hours given ------------------------------------------------------------------------------
def minutes_given(sessions: QuerySet[Session], **who: Any) -> dict[int, int]:
    """By membership, the minutes of the shifts kept in those of the sessions that took place.

    `who` narrows it to some volunteers.
    """
    length = F("shift__ends_at") - F("shift__starts_at")
    kept = Volunteer.objects.filter(
        status=BOOKED,
        shift__session__in=sessions,
        shift__session__status=SessionStatus.HELD,
        **who,
    )
    sums = kept.order_by().values("membership").annotate(given=Sum(length))
    return {row["membership"]: int(row["given"].total_seconds() // 60) for row in sums}


def minutes_this_year(member: Membership) -> int:
    """What she has given since the first of January, in Paris."""
    year = timezone.localdate().year
    sessions = Session.objects.filter(starts_at__year=year)
    return minutes_given(sessions, membership=member).get(member.pk, 0)
