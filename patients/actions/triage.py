"""The coordination's work on a request, from its arrival to its end."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cpts_portal.core.lifecycle import Transition
from cpts_portal.core.refusals import NotPermitted, Refused
from members.models import Membership, Role
from patients import lifecycle, notifications, rules
from patients.actions.filing import ask_not_waiting, identity_of
from patients.actions.steps import change, lock_request, move, take_back_holding
from patients.models import ContactAttempt, GPRequest, Note, ReferralStatus
from patients.queries.referrals import Doer

TOLD_ENDINGS = (lifecycle.FIND_ALONE, lifecycle.LEAVE_AREA, lifecycle.LOSE_TOUCH)
"""The ends that the coordination writes to her about."""


def _ask_coordinator(by: Any, request: GPRequest) -> None:
    if not rules.is_coordinator(by, request):
        raise NotPermitted(_("Cela revient à la coordination."))


def _ask_in_progress(request: GPRequest) -> None:
    if not request.is_in_progress:
        raise Refused(
            _("Cette demande est terminée : %(state)s. Rouvrez-la d’abord.")
            % {"state": request.get_status_display()}
        )


@transaction.atomic
def assign(request: GPRequest, *, to: Membership | None, by: Membership) -> GPRequest:
    """Make a coordinator answerable for the request, or nobody."""
    request = lock_request(request)
    _ask_coordinator(by, request)
    if to is not None and not rules.is_coordinator(to, request):
        raise Refused(_("Seule une personne de la coordination peut suivre une demande."))
    if to is None:
        return change(request, "unassign", by=by, assigned_to=None)
    return change(request, "assign", by=by, reason=to.user.get_full_name(), assigned_to=to)


@transaction.atomic
def add_note(
    request: GPRequest, *, body: str, by: Membership, form_key: UUID | None = None
) -> Note:
    """Refused once the identity is erased, since nothing would erase the note any more.

    The form `form_key` sent again gives the note it wrote; with another text, raises Refused.
    """
    request = lock_request(request)
    _ask_coordinator(by, request)
    identity_of(request.patient)
    written: Note | None = request.notes.filter(form_key=form_key, form_key__isnull=False).first()
    if written is None:
        return Note.objects.create(
            cpts_id=request.cpts_id, request=request, author=by, body=body, form_key=form_key
        )
    if written.body != body:
        raise Refused(
            _("Votre note est déjà ajoutée. Appuyez de nouveau pour ajouter aussi ce texte-ci.")
        )
    return written


@transaction.atomic
def log_attempt(
    request: GPRequest,
    *,
    way: str,
    has_answered: bool,
    by: Membership,
    form_key: UUID | None = None,
) -> ContactAttempt:
    """Keep one try at reaching the patient; an answer takes the call back off the list.

    The form `form_key` sent again gives the attempt it wrote; with other answers, raises Refused.
    """
    request = lock_request(request)
    _ask_coordinator(by, request)
    kept = request.attempts.filter(form_key=form_key, form_key__isnull=False).first()
    if kept is not None:
        return _same_attempt(kept, way=way, has_answered=has_answered)
    _ask_in_progress(request)
    if has_answered and request.call_back_on is not None:
        request.call_back_on = None
        request.save(update_fields=["call_back_on"])
    return ContactAttempt.objects.create(
        cpts_id=request.cpts_id,
        request=request,
        by=by,
        way=way,
        has_answered=has_answered,
        form_key=form_key,
    )


def _same_attempt(kept: ContactAttempt, *, way: str, has_answered: bool) -> ContactAttempt:
    if (kept.way, kept.has_answered) != (way, has_answered):
        raise Refused(
            _("Votre tentative est déjà notée. Appuyez de nouveau pour noter aussi celle-ci.")
        )
    return kept


@transaction.atomic
def plan_call_back(request: GPRequest, *, on: date | None, by: Membership) -> GPRequest:
    """Put the request on the call list from that day (Paris), or take it off with None."""
    request = lock_request(request)
    _ask_coordinator(by, request)
    _ask_in_progress(request)
    verb = "plan_call_back" if on else "cancel_call_back"
    return change(request, verb, by=by, reason=on.isoformat() if on else "", call_back_on=on)


@transaction.atomic
def override_priority(
    request: GPRequest, *, priority: int | None, reason: str, by: Membership
) -> GPRequest:
    """Correct the computed class, saying why; None gives the computed one back."""
    request = lock_request(request)
    _ask_coordinator(by, request)
    _ask_in_progress(request)
    if priority is not None and not reason:
        raise Refused(_("Dites pourquoi la priorité est corrigée."))
    verb = "override_priority" if priority else "cancel_override"
    kept = reason if priority else ""
    trace = f"P{priority}" if priority else ""
    return change(
        request, verb, by=by, reason=trace, priority_override=priority, override_reason=kept
    )


@transaction.atomic
def ask_for_more(request: GPRequest, *, question: str = "", by: Membership) -> GPRequest:
    """Wait for the patient, and tell her where to answer; her page alone shows the question."""
    request = move(lock_request(request), lifecycle.ASK, by=by, reason=question)
    notifications.request_to_complete(request)
    return request


@transaction.atomic
def qualify(request: GPRequest, *, by: Membership) -> GPRequest:
    return move(lock_request(request), lifecycle.QUALIFY, by=by)


@transaction.atomic
def end_request(request: GPRequest, ending: Transition, *, by: Any, reason: str = "") -> GPRequest:
    """End without a médecin traitant: `ending` is one of `lifecycle.ENDINGS`.

    `by` is a coordinator or `audit.PatientOf`. Whoever holds the referral is freed and told; so
    is she, of an end that she did not choose.
    Raises NotPermitted, then Refused: already ended, or unreachable declared too soon.
    """
    request = move(lock_request(request), ending, by=by, reason=reason)
    if ending == lifecycle.LOSE_TOUCH and not rules.may_be_called_unreachable(
        list(request.attempts.all())
    ):
        raise Refused(
            _(
                "Une personne est injoignable après trois tentatives sans réponse, par deux moyens"
                " au moins, sur 30 jours ou plus."
            )
        )
    take_back_holding(request, by=by)
    if ending in TOLD_ENDINGS and not rules.is_the_patient(by, request):
        notifications.request_ended(request)
    return request


@transaction.atomic
def reopen(request: GPRequest, *, by: Membership) -> GPRequest:
    """Put an ended request back in the queue with its first date, hence its rank.

    Raises NotPermitted, then Refused: her identity is erased, or she waits under another reference.
    """
    request = lock_request(request)
    _ask_coordinator(by, request)
    if not request.is_in_progress:
        ask_not_waiting(request.cpts, identity_of(request.patient))
    try:
        with transaction.atomic():
            move(request, lifecycle.REOPEN, by=by, closed_at=None, first_visit_on=None)
    except IntegrityError as error:
        raise Refused(_("Cette personne a déjà une autre demande en cours.")) from error
    take_back_holding(request, by=by)
    return request


@transaction.atomic
def set_first_visit(request: GPRequest, *, on: date, by: Doer) -> GPRequest:
    """Fix, or move, the first appointment: the GP who accepted, or the coordination for him."""
    request = lock_request(request)
    _ask_caretaker(by, request)
    if on < timezone.localdate():
        raise Refused(_("Le premier rendez-vous ne peut pas être dans le passé."))
    move(request, lifecycle.SET_FIRST_VISIT, by=by, reason=on.isoformat(), first_visit_on=on)
    notifications.first_visit_set(request)
    return request


def _ask_caretaker(by: Doer, request: GPRequest) -> None:
    """A professional acts only on the request that he has accepted."""
    if by.role != Role.PROFESSIONAL:
        return
    if not request.referrals.filter(gp_id=by.pk, status=ReferralStatus.ACCEPTED).exists():
        raise NotPermitted(_("Cette demande ne vous est pas confiée."))


@transaction.atomic
def declare(request: GPRequest, *, by: Membership) -> GPRequest:
    """The médecin traitant is declared at the CPAM: the real end."""
    request = move(lock_request(request), lifecycle.DECLARE, by=by)
    notifications.request_declared(request)
    return request
