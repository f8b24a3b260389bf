"""Who is told what happened; the words are in templates/patients/notifications/.

No message carries a medical word, a patient's name, or a GP's name with a patient.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from cpts_portal.core import outbox
from cpts_portal.core.identifiers import can_get_sms
from cpts_portal.core.models import Message
from members.models import Membership
from patients.models import (
    LIVE,
    GPRequest,
    Patient,
    PrivateLink,
    Referral,
    RequestDraft,
    Status,
)
from patients.queries.private import token_hash

FOLDER = "patients/notifications"
LINK_LASTS = timedelta(days=365)


def absolute(path: str) -> str:
    return f"{settings.PUBLIC_URL}{path}"


# --- To the patient -----------------------------------------------------------------------------
def open_link(request: GPRequest) -> str:
    """Make one more key to `request` and return its token, 128 random bits kept nowhere.

    Valid one year, whatever its use: a link that leaked dies, and a new one is a form away.
    """
    token = secrets.token_urlsafe(16)
    PrivateLink.objects.create(
        cpts_id=request.cpts_id,
        request=request,
        token_hash=token_hash(token),
        expires_at=timezone.now() + LINK_LASTS,
    )
    return token


def private_url(token: str) -> str:
    return absolute(reverse("patients:private_show", args=[token]))


def way_to(patient: Patient) -> tuple[str, str] | None:
    """Channel and recipient: by e-mail if she gave one, by SMS otherwise; None for a landline."""
    return way_of(patient.email) or way_of(patient.phone)


def way_of(contact: str) -> tuple[str, str] | None:
    """Channel and recipient for an e-mail or an E.164 phone; None for a landline or ""."""
    if "@" in contact:
        return Message.Channel.EMAIL, contact
    if contact and can_get_sms(contact):
        return Message.Channel.SMS, contact
    return None


def _tell_patient(
    request: GPRequest,
    event: str,
    *,
    token: str | None = None,
    way: tuple[str, str] | None = None,
    not_before: datetime | None = None,
) -> None:
    """At a polite hour unless `not_before` says otherwise, once per change of state.

    A `token` given by the caller names the occurrence: each new link is news.
    """
    way = way or way_to(request.patient)
    if way is None:
        return
    channel, recipient = way
    now = timezone.now()
    outbox.post(
        channel=channel,
        recipient=recipient,
        purpose=f"patients.{event}",
        occurrence=_occurrence(request, token),
        template=f"{FOLDER}/{event}",
        context={
            "url": private_url(token or open_link(request)),
            "reference": request.reference,
        },
        subject=request,
        language=request.patient.language,
        not_before=not_before or outbox.polite_time(now),
    )


def _occurrence(request: GPRequest, token: str | None) -> str:
    news = token_hash(token)[:32] if token else request.status_changed_at.isoformat()
    return f"{request.pk}/{news}"


def code_asked(
    draft: RequestDraft, code: str, *, channel: str, recipient: str, minutes: int
) -> None:
    outbox.post(
        channel=channel,
        recipient=recipient,
        purpose="patients.request_code",
        occurrence=f"{draft.pk}/{draft.codes_sent}",
        template=f"{FOLDER}/request_code",
        context={"code": code, "minutes": minutes},
        cpts=draft.cpts,
        subject=draft,
        language=draft.language,
    )


@outbox.needed("patients.request_code")
def _is_code_awaited(message: Message) -> bool:
    """A code that comes too late would only confuse."""
    waiting = RequestDraft.objects.filter(pk=message.subject_id, confirmed_at=None)
    return waiting.filter(code_expires_at__gt=timezone.now()).exists()


def request_received(request: GPRequest, token: str, *, way: tuple[str, str] | None = None) -> None:
    """At once: she is waiting for it."""
    _tell_patient(request, "request_received", token=token, way=way, not_before=timezone.now())


def link_resent(request: GPRequest, token: str, *, way: tuple[str, str]) -> None:
    """At once: she has just asked for it."""
    _tell_patient(request, "link_resent", token=token, way=way, not_before=timezone.now())


def request_withdrawn(request: GPRequest) -> None:
    """At once: it answers what she has just done."""
    _tell_patient(request, "request_withdrawn", not_before=timezone.now())


def request_to_complete(request: GPRequest) -> None:
    _tell_patient(request, "request_to_complete")


def request_accepted(request: GPRequest) -> None:
    _tell_patient(request, "request_accepted")


def first_visit_set(request: GPRequest) -> None:
    _tell_patient(request, "first_visit_set")


def request_declared(request: GPRequest) -> None:
    _tell_patient(request, "request_declared")


def request_ended(request: GPRequest) -> None:
    """The coordination has ended it; her page, not the message, says why."""
    _tell_patient(request, "request_ended")


TOLD = (
    *(Status.RECEIVED, Status.TO_COMPLETE, Status.ACCEPTED, Status.FIRST_VISIT_SET),
    *(Status.DECLARED, Status.FOUND_ALONE, Status.OUT_OF_AREA, Status.UNREACHABLE),
)
"""The states that she is told of on entering them."""


def must_be_called(request: GPRequest) -> bool:
    """Whether the news of its state cannot be written to her: she gave a landline alone."""
    patient = request.patient
    return request.status in TOLD and patient.erased_at is None and way_to(patient) is None


def _stands_in(message: Message, *states: str) -> bool:
    """Whether the request is still in one of `states`, and has not entered it again since."""
    found = GPRequest.objects.filter(pk=message.subject_id, status__in=states).first()
    return found is not None and message.occurrence == _occurrence(found, None)


@outbox.needed("patients.request_to_complete")
def _is_still_to_complete(message: Message) -> bool:
    return _stands_in(message, Status.TO_COMPLETE)


@outbox.needed("patients.request_accepted")
def _is_still_accepted(message: Message) -> bool:
    return _stands_in(message, Status.ACCEPTED)


@outbox.needed("patients.first_visit_set")
def _is_visit_still_set(message: Message) -> bool:
    return _stands_in(message, Status.FIRST_VISIT_SET)


@outbox.needed("patients.request_declared")
def _is_still_declared(message: Message) -> bool:
    return _stands_in(message, Status.DECLARED)


@outbox.needed("patients.request_ended")
def _is_still_ended(message: Message) -> bool:
    return _stands_in(message, Status.FOUND_ALONE, Status.OUT_OF_AREA, Status.UNREACHABLE)


# --- To professionals and coordinators ----------------------------------------------------------
def _tell_member(member: Membership, referral: Referral, event: str, path: str) -> None:
    """By e-mail, else by SMS to the direct line, at once: these are working messages."""
    email, phone = member.user.email, member.phone
    if not (email or phone):
        return
    outbox.post(
        channel=Message.Channel.EMAIL if email else Message.Channel.SMS,
        recipient=email or phone,
        purpose=f"patients.{event}",
        occurrence=str(referral.pk),
        template=f"{FOLDER}/{event}",
        context={"url": absolute(path), "hours": referral.cpts.referral_hours},
        subject=referral,
    )


def referral_proposed(referral: Referral) -> None:
    path = _referral_path(referral)
    _tell_member(referral.gp, referral, "referral_proposed", path)


def referral_taken_back(referral: Referral) -> None:
    path = reverse("patients:referral_list", args=[referral.cpts.slug])
    _tell_member(referral.gp, referral, "referral_taken_back", path)


def referral_declined(referral: Referral) -> None:
    _tell_member(referral.proposed_by, referral, "referral_declined", _request_path(referral))


def referral_expired(referral: Referral) -> None:
    _tell_member(referral.proposed_by, referral, "referral_expired", _request_path(referral))


def referral_handed_over(referral: Referral) -> None:
    """The GP leaves the CPTS before having answered."""
    _tell_member(referral.proposed_by, referral, "referral_handed_over", _request_path(referral))


def _referral_path(referral: Referral) -> str:
    return reverse("patients:referral_detail", args=[referral.cpts.slug, referral.pk])


def _request_path(referral: Referral) -> str:
    reference: Any = referral.request.reference
    return reverse("patients:request_detail", args=[referral.cpts.slug, reference])


@outbox.needed("patients.referral_proposed")
def _is_answer_still_awaited(message: Message) -> bool:
    return (
        Referral.objects.live_at(timezone.now()).filter(pk=message.subject_id, status__in=LIVE)
    ).exists()
