"""Who prepares campaigns and sessions, who comes and helps."""

from __future__ import annotations

from typing import Any

from cpts_portal.core.audit import System
from members.models import Role
from members.rules.people import is_coordinator, is_of_same_cpts
from prevention.models import Session, Volunteer

HELPERS = (Role.PROFESSIONAL, Role.BOARD, Role.SECRETARY, Role.COORDINATOR)


def runs_campaigns(by: Any, subject: Any) -> bool:
    """The coordination: campaigns, sessions, plans, lists at the door, stock."""
    return is_coordinator(by, subject)


def may_end_session(by: Any, session: Session) -> bool:
    return runs_campaigns(by, session) or isinstance(by, System)


def may_volunteer(by: Any, subject: Any) -> bool:
    """Members who work for the CPTS: professionals, the bureau, secretaries, the coordination."""
    return is_of_same_cpts(by, subject) and by.role in HELPERS


def keeps_shift(by: Any, volunteer: Volunteer) -> bool:
    """Whoever holds it, the coordination, the portal for a member who leaves the CPTS."""
    if not is_of_same_cpts(by, volunteer):
        return isinstance(by, System)
    return bool(by.role == Role.COORDINATOR or by.pk == volunteer.membership_id)


def keeps_the_door(by: Any, session: Session) -> bool:
    """The coordination, and whoever holds a shift of it (`session.door_keepers`, loaded ids)."""
    if not is_of_same_cpts(by, session):
        return False
    keepers: frozenset[int] = getattr(session, "door_keepers", frozenset())
    return bool(by.role == Role.COORDINATOR or by.pk in keepers)
