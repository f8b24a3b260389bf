"""Who did what: state changes (AuditEntry) and readings of identities (AccessEntry).

Both tables are only added to; PostgreSQL refuses the rest but inside `erasing()`. An account with
traces is never deleted, it is made anonymous.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, models, transaction
from django.db.models import Count, Q
from django.db.models.functions import TruncDate

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
    """Append one trace, in the caller's transaction.

    `by` is a membership, a delegate acting for one, PatientOf or SYSTEM.
    """
    made = entry(subject, verb, by=by, source=source, target=target, reason=reason)
    made.save(force_insert=True)
    return made


def record_all(
    subjects: Iterable[models.Model], verb: str, *, by: Any, target: str = "", reason: str = ""
) -> None:
    """Append one trace a subject, of the same gesture, in a few statements; as `record`."""
    entries = [entry(one, verb, by=by, target=target, reason=reason) for one in subjects]
    AuditEntry.objects.bulk_create(entries, batch_size=1000)


def entry(
    subject: models.Model,
    verb: str,
    *,
    by: Any,
    source: str = "",
    target: str = "",
    reason: str = "",
) -> AuditEntry:
    """As `record`, for the caller to insert with the other rows of its gesture."""
    return AuditEntry(
        cpts_id=getattr(subject, "cpts_id", None),
        subject_kind=kind_of(subject),
        subject_id=str(subject.pk),
        verb=verb,
        source=source,
        target=target,
        by_id=by.user_id,
        by_label=_label(by),
        behalf_id=_behalf_id(by),
        reason=reason,
    )


PATIENTS = "patients.patient"


def record_access(
    *,
    by: Any,
    purpose: AccessEntry.Purpose,
    patient_ids: Iterable[int],
    kind: str = PATIENTS,
) -> None:
    """Append one reading of identities by a membership, or by a delegate acting for one.

    `patient_ids` are keys of `kind`, the table (label in lower case) that holds the identities.
    Nothing for an empty page.
    """
    ids = list(patient_ids)
    if ids:
        AccessEntry.objects.create(
            cpts_id=by.cpts_id,
            by_id=by.user_id,
            role=_label(by),
            behalf_id=_behalf_id(by),
            purpose=purpose,
            subject_kind=kind,
            patient_ids=ids,
        )


def _label(by: Any) -> str:
    """A delegate keeps her own role here, while `by.role` is the role that she borrows."""
    return str(getattr(by, "label", "") or by.role)


def _behalf_id(by: Any) -> int | None:
    behalf_id: int | None = getattr(by, "behalf_id", None)
    return behalf_id


@dataclass(frozen=True)
class Access:
    """How many times people of one role showed an identity on one day, for one purpose."""

    day: date
    role: str
    is_on_behalf: bool
    purpose: AccessEntry.Purpose
    times: int


def accesses_of(patient_id: int, kind: str = PATIENTS) -> list[Access]:
    """Who opened a patient's file, latest day first (Paris days): roles and counts, no name."""
    counted = (
        AccessEntry.objects.filter(patient_ids__contains=[patient_id], subject_kind=kind)
        .values("role", "purpose", day=TruncDate("at"), is_on_behalf=Q(behalf__isnull=False))
        .annotate(times=Count("id"))
        .order_by("-day", "role", "is_on_behalf", "purpose")
    )
    return [
        Access(
            row["day"],
            row["role"],
            row["is_on_behalf"],
            AccessEntry.Purpose(row["purpose"]),
            row["times"],
        )
        for row in counted
    ]


@contextmanager
def erasing() -> Iterator[None]:
    """The one transaction in which traces may go: for the retention calendar, nobody else."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL portal.retention = 'on'")
        yield
        cursor.execute("SET LOCAL portal.retention = 'off'")


def erase_reasons(subject_kind: str, subject_ids: Iterable[Any]) -> int:
    """Empty the free text of these subjects' traces, kept otherwise; returns how many had one."""
    traces = AuditEntry.objects.filter(
        subject_kind=subject_kind, subject_id__in=[str(subject_id) for subject_id in subject_ids]
    )
    with erasing():
        return traces.exclude(reason="").update(reason="")


def forget_accesses(keys: Iterable[int]) -> None:
    """Delete these readings of identities, in the caller's transaction."""
    with erasing():
        AccessEntry.objects.filter(pk__in=list(keys)).delete()
