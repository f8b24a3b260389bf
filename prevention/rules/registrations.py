"""Who holds a place, who takes it back, who notes that she came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cpts_portal.core.audit import System
from members.models import Role
from members.rules.people import is_of_same_cpts
from prevention.models import Registration
from prevention.rules.campaigns import keeps_the_door, runs_campaigns


@dataclass(frozen=True)
class RegisteredPerson:
    """Whoever holds the private link of one registration."""

    registration_id: int
    label: str = "patient"
    user_id: None = None


def is_its_person(by: Any, registration: Registration) -> bool:
    """By her private link, or the member whom it names."""
    if isinstance(by, RegisteredPerson):
        return by.registration_id == registration.pk
    is_member = registration.membership_id is not None
    return is_member and getattr(by, "pk", None) == registration.membership_id


def may_end_registration(by: Any, registration: Registration) -> bool:
    """Herself, the coordination, the portal when the session is cancelled."""
    is_hers = is_its_person(by, registration)
    return is_hers or runs_campaigns(by, registration) or isinstance(by, System)


def may_answer_offer(by: Any, registration: Registration) -> bool:
    """Herself; the coordination for whoever answers by telephone."""
    return is_its_person(by, registration) or runs_campaigns(by, registration)


def moves_the_line(by: Any, registration: Registration) -> bool:
    """Nobody chooses who is next: the portal alone, whoever freed the seat."""
    return isinstance(by, System)


def notes_presence(by: Any, registration: Registration) -> bool:
    return is_of_same_cpts(by, registration) and keeps_the_door(by, registration.session)


def may_see_registered(by: Any, registration: Registration) -> bool:
    """Names are for the coordination and, on the day, for those who keep the door."""
    return runs_campaigns(by, registration) or notes_presence(by, registration)


def may_register_member(by: Any, subject: Any) -> bool:
    """To a session for professionals: those who work in the CPTS."""
    allowed = (Role.PROFESSIONAL, Role.BOARD, Role.SECRETARY, Role.COORDINATOR)
    return is_of_same_cpts(by, subject) and by.role in allowed
