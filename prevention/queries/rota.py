"""Who keeps which shift, and where hands are wanted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, QuerySet

from members.models import Membership
from prevention.models import Session, SessionStatus, Shift, Volunteer

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
