"""Who offers, changes and withdraws."""

from __future__ import annotations

from typing import Any

from members.models import Role
from unscheduled_care.models import Absence, Availability, Slot
from unscheduled_care.rules.reach import is_clinician


def may_offer(by: Any) -> bool:
    """A clinician, or the delegate who acts for him; standing is asked apart."""
    return is_clinician(getattr(by, "principal", by))


def keeps_agenda(by: Any, subject: Slot | Availability | Absence) -> bool:
    """The professional himself, his delegate as such, or the coordination of the CPTS."""
    owner = getattr(subject, "professional_id", None) or getattr(subject, "membership_id", None)
    if getattr(by, "cpts_id", None) != subject.cpts_id:
        return False
    return bool(by.pk == owner or by.role == Role.COORDINATOR)
