"""What the app forgets, and when: drafts after a week, identities half a year after the end."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cpts_portal.core import audit, outbox, retention
from cpts_portal.core.models import Message
from patients.models import (
    GPRequest,
    Note,
    Patient,
    PrivateLink,
    Referral,
    RequestDraft,
)

ERASED = "—"
"""Stands for a reason that the database requires and nobody may read any more."""


def _old_drafts(before: datetime) -> QuerySet[RequestDraft]:
    return RequestDraft.objects.filter(updated_at__lt=before)


@retention.rule("patients.drafts", _("brouillons de demande"), after="draft", due=_old_drafts)
def delete_drafts(keys: list[Any]) -> None:
    """A confirmed draft goes too: the request has taken over what it said."""
    retention.blank_messages_about("patients.requestdraft", keys)
    RequestDraft.objects.filter(pk__in=keys).delete()


def _long_closed(before: datetime) -> QuerySet[Patient]:
    """Not erased yet, with a request, and all of them ended before that moment."""
    requests = GPRequest.objects.filter(patient=OuterRef("pk"))
    is_recent = Q(closed_at=None) | Q(closed_at__gte=before)
    return Patient.objects.filter(
        Exists(requests), ~Exists(requests.filter(is_recent)), erased_at=None
    )


@retention.rule(
    "patients.closed_requests",
    _("identité des demandes terminées"),
    after="closed_request",
    due=_long_closed,
)
def erase_patients(keys: list[Any]) -> None:
    """Forget who they are; the request's commune, age band, priority, states and dates remain."""
    requests = list(GPRequest.objects.filter(patient__in=keys).values_list("pk", flat=True))
    referrals = list(Referral.objects.filter(request__in=requests).values_list("pk", flat=True))
    drafts = list(RequestDraft.objects.filter(request__in=requests).values_list("pk", flat=True))
    _blank_messages_to(Patient.objects.filter(pk__in=keys))
    for kind, subjects in (
        ("patients.patient", keys),
        ("patients.gprequest", requests),
        ("patients.referral", referrals),
    ):
        retention.blank_messages_about(kind, subjects)
        audit.erase_reasons(kind, subjects)
    delete_drafts(drafts)
    _erase_words(requests)
    _erase_identities(keys)


def _erase_words(requests: list[Any]) -> None:
    """What was written freely about these requests, in the histories too."""
    rows = GPRequest.objects.filter(pk__in=requests)
    rows.update(words="", spoken_languages="")
    rows.exclude(override_reason="").update(override_reason=ERASED)
    history: Any = GPRequest.pgh_event_model  # type: ignore[attr-defined]
    history.objects.filter(pgh_obj__in=requests).update(spoken_languages="")
    Note.objects.filter(request__in=requests).delete()
    PrivateLink.objects.filter(request__in=requests).delete()


def _erase_identities(patients: list[Any]) -> None:
    Patient.objects.filter(pk__in=patients).update(
        civility="",
        first_name="",
        last_name="",
        search_name="",
        birth_date=None,
        phone="",
        phone_hash="",
        email="",
        email_hash="",
        contact_name="",
        contact_phone="",
        erased_at=timezone.now(),
    )


def _blank_messages_to(patients: QuerySet[Patient]) -> None:
    """Whatever was sent to their addresses; what still waits may be for a relative, and stays."""
    contacts = {contact for patient in patients for contact in (patient.email, patient.phone)}
    hashes = [outbox.recipient_hash(contact) for contact in contacts if contact]
    sent = Message.objects.filter(recipient_hash__in=hashes, status__in=retention.SETTLED)
    retention.blank_messages(list(sent.values_list("pk", flat=True)))
