"""What the patient does from her private page."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cpts_portal.core import audit
from cpts_portal.core.fields import keyed_hash
from cpts_portal.core.lifecycle import Transition
from cpts_portal.core.refusals import Refused
from cpts_portal.core.scoping import open_scope
from patients import lifecycle, notifications
from patients.actions.filing import Situation, identity_of, rank
from patients.actions.ranking import RANKED
from patients.actions.steps import change, lock_request, move
from patients.actions.triage import end_request
from patients.models import GPRequest, PrivateLink
from patients.queries import private as queries

FACTS = tuple(
    field.name for field in fields(Situation) if field.name not in ("commune", "filed_for")
)


def _patient_of(request: GPRequest) -> audit.PatientOf:
    return audit.PatientOf(request.pk)


def _lock_in_progress(request: GPRequest) -> GPRequest:
    request = lock_request(request)
    if not request.is_in_progress:
        raise Refused(_("Cette demande est terminée : appelez-nous pour la rouvrir."))
    return request


@transaction.atomic
def correct_contact(request: GPRequest, contact: dict[str, Any]) -> GPRequest:
    """Replace how to reach her; the trace says that it changed, never from what to what.

    Raises Refused once the identity is erased.
    """
    request = lock_request(request)
    identity_of(request.patient)
    patient = request.patient
    for name, value in contact.items():
        setattr(patient, name, value)
    patient.phone_hash, patient.email_hash = keyed_hash(patient.phone), keyed_hash(patient.email)
    patient.save(update_fields=[*contact, "phone_hash", "email_hash"])
    audit.record(request, "correct_contact", by=_patient_of(request))
    return request


@transaction.atomic
def update_situation(request: GPRequest, facts: dict[str, Any]) -> GPRequest:
    """Write the new facts and rank again; the first date, hence the place in a class, is kept."""
    request = _lock_in_progress(request)
    for name in FACTS:
        setattr(request, name, facts.get(name, getattr(request, name)))
    rank(request)
    written = {name: getattr(request, name) for name in (*FACTS, *RANKED)}
    return change(request, "update_situation", by=_patient_of(request), **written)


@transaction.atomic
def complete(request: GPRequest, answer: str) -> GPRequest:
    """Answer the coordination, which finds the words in the request's history."""
    request = lock_request(request)
    return move(request, lifecycle.COMPLETE, by=_patient_of(request), reason=answer)


@transaction.atomic
def withdraw(request: GPRequest, ending: Transition) -> GPRequest:
    """End it as she says: WITHDRAW, FIND_ALONE or MOVE_AWAY; a GP who holds it is freed."""
    request = end_request(request, ending, by=_patient_of(request))
    notifications.request_withdrawn(request)
    return request


@transaction.atomic
def revoke_others(link: PrivateLink) -> int:
    """Close every other key to the same request; how many were open."""
    others = PrivateLink.objects.filter(request_id=link.request_id, revoked_at=None)
    closed = others.exclude(pk=link.pk).update(revoked_at=timezone.now())
    audit.record(link.request, "revoke_links", by=_patient_of(link.request))
    return closed


def resend_link(*, reference: str, birth_date: date, contact: str) -> None:
    """Send a new link to the very phone or e-mail given, if all three agree; silent otherwise."""
    request = queries.request_to_find(reference=reference, birth_date=birth_date, contact=contact)
    if request is None:
        return
    way = notifications.way_of(contact)
    if way is None:
        return
    with open_scope(cpts=request.cpts), transaction.atomic():
        token = notifications.open_link(request)
        notifications.link_resent(request, token, way=way)
