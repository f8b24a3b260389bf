"""Who did what: state changes (AuditEntry) and readings of identities (AccessEntry)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models

from cpts_portal.core.models import AccessEntry, AuditEntry


@dataclass(frozen=True)
class System:
    """The portal itself: a deadline passed, a nightly task."""

    label: str = "system"
    user_id: None = None


@dataclass(frozen=True)
class PatientOf:
    """Whoever holds the private link, or the confirmed form, of one request."""

    request_id: int
    label: str = "patient"
    user_id: None = None


SYSTEM = System()


def kind_of(subject: models.Model) -> str:
    return subject._meta.label_lower


def record(
    subject: models.Model,
    verb: str,
    *,
    by: Any,
    source: str = "",
    target: str = "",
    reason: str = "",
) -> AuditEntry:
    """Append one trace, in the caller's transaction; `by` is a membership, PatientOf or SYSTEM."""
    return AuditEntry.objects.create(
        cpts_id=getattr(subject, "cpts_id", None),
        subject_kind=kind_of(subject),
        subject_id=str(subject.pk),
        verb=verb,
        source=source,
        target=target,
        by_id=by.user_id,
        by_label=getattr(by, "role", None) or by.label,
        reason=reason,
    )


def record_access(*, by: Any, purpose: AccessEntry.Purpose, patient_ids: Iterable[int]) -> None:
    """Append one reading of identities by the membership `by`; nothing for an empty page."""
    ids = list(patient_ids)
    if ids:
        AccessEntry.objects.create(
            cpts_id=by.cpts_id, by_id=by.user_id, role=by.role, purpose=purpose, patient_ids=ids
        )
