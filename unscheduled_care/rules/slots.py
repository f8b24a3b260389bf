"""Who offers, changes and withdraws."""

from __future__ import annotations

from typing import Any

from cpts_portal.core.audit import System
from members.models import Role
from unscheduled_care.models import Absence, Availability, Slot
from unscheduled_care.rules.claims import ClaimPatient
from unscheduled_care.rules.reach import is_clinician
from unscheduled_care.rules.waiting import WaitingPatient


def may_offer(by: Any) -> bool:
    """A clinician, or the delegate who acts for him; standing is asked apart."""
    return is_clinician(getattr(by, "principal", by))


def keeps_agenda(by: Any, subject: Slot | Availability | Absence) -> bool:
    """The professional himself, his delegate as such, or the coordination of the CPTS."""
    owner = getattr(subject, "professional_id", None) or getattr(subject, "membership_id", None)
    if getattr(by, "cpts_id", None) != subject.cpts_id:
        return False
    return bool(by.pk == owner or by.role == Role.COORDINATOR)


def follows_its_claim(by: Any, slot: Slot) -> bool:
    """A slot is sold and freed by whoever the rule of its claim lets through, and nobody else."""
    is_known = isinstance(by, (ClaimPatient, WaitingPatient, System))
    return is_known or getattr(by, "cpts_id", None) == slot.cpts_id
