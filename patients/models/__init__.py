"""A person without a médecin traitant, her request, and the GPs it is proposed to."""

from patients.models.doors import PrivateLink, RequestDraft
from patients.models.people import Patient
from patients.models.referrals import (
    HOLDING,
    LIVE,
    Intake,
    Referral,
    ReferralQuerySet,
    ReferralStatus,
)
from patients.models.requests import (
    ENDED,
    IN_PROGRESS,
    TO_HANDLE,
    GPRequest,
    GPRequestQuerySet,
    ReferenceCounter,
    Status,
)
from patients.models.rule_sets import PriorityRuleSet
from patients.models.work import ContactAttempt, Note

__all__ = [
    "ENDED",
    "HOLDING",
    "IN_PROGRESS",
    "LIVE",
    "TO_HANDLE",
    "ContactAttempt",
    "GPRequest",
    "GPRequestQuerySet",
    "Intake",
    "Note",
    "Patient",
    "PriorityRuleSet",
    "PrivateLink",
    "ReferenceCounter",
    "Referral",
    "ReferralQuerySet",
    "ReferralStatus",
    "RequestDraft",
    "Status",
]
