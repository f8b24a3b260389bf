"""Who may, and how urgent: pure predicates over loaded rows, no query, no write."""

from __future__ import annotations

from typing import Any

from cpts_portal.core.audit import PatientOf, System
from members.models import Role
from patients.models import GPRequest, Referral


def is_coordinator(by: Any, subject: Any) -> bool:
    """The coordination of the subject's own CPTS."""
    return getattr(by, "role", None) == Role.COORDINATOR and by.cpts_id == subject.cpts_id


def is_the_patient(by: Any, request: GPRequest) -> bool:
    """Whoever holds the private link of this very request."""
    return isinstance(by, PatientOf) and by.request_id == request.pk


def is_coordinator_or_patient(by: Any, request: GPRequest) -> bool:
    return is_coordinator(by, request) or is_the_patient(by, request)


def is_coordinator_or_portal(by: Any, subject: Any) -> bool:
    return is_coordinator(by, subject) or isinstance(by, System)


def is_addressed_gp(by: Any, referral: Referral) -> bool:
    return getattr(by, "pk", None) == referral.gp_id and by.cpts_id == referral.cpts_id


def is_coordinator_or_professional(by: Any, request: GPRequest) -> bool:
    """Professionals act on a request only through their referral, which the action checks first."""
    same = getattr(by, "cpts_id", None) == request.cpts_id
    return same and by.role in (Role.COORDINATOR, Role.PROFESSIONAL)
