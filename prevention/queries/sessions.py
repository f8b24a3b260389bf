"""A session for its hub, those of a campaign, those of a week."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from prevention.models import (
    Campaign,
    HeadCount,
    Registration,
    RegistrationStatus,
    Session,
    SessionQuerySet,
    SessionStatus,
    Volunteer,
)
from prevention.rules.sessions import CLOSED_AFTER


def in_full() -> SessionQuerySet:
    """Sessions with what their pages and their messages say of them."""
    rows: SessionQuerySet = Session.objects.select_related(
        "cpts", "campaign__topic", "practice", "commune"
    )
    return rows


def door_keepers(session: Session) -> frozenset[int]:
    """Memberships that hold a shift of it, also kept on `session` for the rules."""
    booked = Volunteer.objects.filter(shift__session=session, status=Volunteer.Status.BOOKED)
    keepers = frozenset(booked.values_list("membership", flat=True))
    session.door_keepers = keepers  # type: ignore[attr-defined]
    return keepers


def told_title(session: Session) -> str:
    """What messages call it: nothing of a topic that is discreet."""
    if session.campaign.topic.is_discreet:
        return _("Séance de prévention")
    return str(session)


def has_people_noted(session: Session) -> bool:
    """Whether somebody is noted or counted as having come."""
    came = Registration.objects.filter(session=session, status=RegistrationStatus.ATTENDED)
    return came.exists() or HeadCount.objects.filter(session=session, people__gt=0).exists()


def to_close_at(now: datetime) -> QuerySet[Session]:
    """Planned sessions that have been over for some days."""
    return Session.objects.filter(status=SessionStatus.PLANNED, ends_at__lte=now - CLOSED_AFTER)


def panel_of_campaign(campaign: Campaign) -> dict[str, Any]:
    """The sessions of a campaign: those to come first, then the past, latest first."""
    sessions = list(in_full().filter(campaign=campaign))
    return {"sessions": sessions}
