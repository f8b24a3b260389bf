"""Until when one may come in, when a freed seat is told, and how long there is to answer."""

from __future__ import annotations

from datetime import datetime, timedelta

from cpts_portal.core import outbox
from cpts_portal.core.icalendar import PARIS
from prevention.models import (
    CampaignStatus,
    PreventionTerms,
    Registration,
    RegistrationStatus,
    Session,
    SessionStatus,
)

TOO_LATE = timedelta(hours=3)
"""News that polite hours would bring later than this before a session leaves at once."""


def takes_registrations(session: Session, now: datetime) -> bool:
    """Planned, of a published campaign, and not begun: seats are given until then."""
    is_shown = session.campaign.status == CampaignStatus.PUBLISHED
    return is_shown and session.status == SessionStatus.PLANNED and session.starts_at > now


def is_for_members(session: Session) -> bool:
    """Kept for those who work in the CPTS: it, or its whole campaign."""
    return session.is_for_professionals or session.campaign.is_for_professionals


def is_overdue(registration: Registration, now: datetime) -> bool:
    """Offered a seat and silent until its deadline, whether or not it has been written down."""
    until = registration.offer_until
    is_offered = registration.status == RegistrationStatus.OFFERED
    return is_offered and until is not None and until <= now


def told_at(starts_at: datetime, now: datetime) -> datetime:
    """When to write about a session: at once about today, else at a polite hour if in time."""
    polite = outbox.polite_time(now)
    is_today = starts_at.astimezone(PARIS).date() == now.astimezone(PARIS).date()
    return now if is_today or polite > starts_at - TOO_LATE else polite


def answer_by(terms: PreventionTerms, starts_at: datetime, told: datetime) -> datetime:
    """The deadline of a seat offered at `told`: shorter near the session, never beyond its start.

    Nights and Sundays do not count against her: the delay runs from the hour at which she is told.
    """
    is_near = starts_at - told <= timedelta(hours=terms.near_hours)
    minutes = terms.near_offer_minutes if is_near else terms.offer_minutes
    return min(told + timedelta(minutes=minutes), starts_at)
