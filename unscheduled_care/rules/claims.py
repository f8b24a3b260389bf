"""Who takes a slot for a patient, who sees whom it is for, who says what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cpts_portal.core.audit import System
from members.models import Role
from unscheduled_care.models import Claim, Hold


@dataclass(frozen=True)
class ClaimPatient:
    """Whoever holds the private link of one claim."""

    claim_id: int
    label: str = "patient"
    user_id: None = None


def is_holder(by: Any, hold: Hold) -> bool:
    """The person on the phone, or somebody acting for the same professional."""
    return getattr(by, "pk", None) == hold.holder_id and by.cpts_id == hold.cpts_id


def keeps_claim(by: Any, claim: Claim) -> bool:
    """Claimer, offering professional, their delegates as such, and the coordination."""
    if getattr(by, "cpts_id", None) != claim.cpts_id:
        return False
    return bool(
        by.role == Role.COORDINATOR or by.pk in (claim.claimer_id, claim.slot.professional_id)
    )


may_see_contact = keeps_claim
"""Identity is for those who keep the claim, and each opening is logged."""


def is_its_patient(by: Any, claim: Claim) -> bool:
    return isinstance(by, ClaimPatient) and by.claim_id == claim.pk


def may_cancel(by: Any, claim: Claim) -> bool:
    """Those who keep it, the patient by her link, the portal when the slot is withdrawn."""
    return keeps_claim(by, claim) or is_its_patient(by, claim) or isinstance(by, System)


def notes_outcome(by: Any, claim: Claim) -> bool:
    """The offering professional, whoever acts for him, or the coordination."""
    if getattr(by, "cpts_id", None) != claim.cpts_id:
        return False
    return bool(by.role == Role.COORDINATOR or by.pk == claim.slot.professional_id)
