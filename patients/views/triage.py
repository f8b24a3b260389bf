"""One request: everything on it, and what the coordination does about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from cpts_portal.core import audit
from cpts_portal.core.forms import PortalForm
from cpts_portal.core.http import PortalRequest
from cpts_portal.core.models import AccessEntry
from cpts_portal.core.refusals import NotPermitted, Refused
from members.access import role_required
from members.models import Membership, Role
from patients import lifecycle, notifications
from patients.actions import referrals, triage
from patients.forms.triage import (
    AssignForm,
    AttemptForm,
    CallBackForm,
    EndForm,
    FirstVisitForm,
    NoteForm,
    OnceForm,
    PriorityForm,
    QuestionForm,
    ReferForm,
)
from patients.models import GPRequest
from patients.queries.inbox import coordinators
from patients.queries.triage import Dossier, dossier, requests_in_full
from patients.views.inbox import queue_context

ENDINGS = {ending.verb: ending for ending in lifecycle.ENDINGS}


def _find(reference: str) -> GPRequest:
    return get_object_or_404(requests_in_full(), reference=reference)


def _forms(file: Dossier, bound: dict[str, PortalForm]) -> dict[str, PortalForm]:
    """Each form of the page under its name, the one just sent in place of its empty twin."""
    found = file.request
    override = {"priority": found.priority_override, "reason": found.override_reason}
    empty: dict[str, PortalForm] = {
        "note_form": NoteForm(auto_id="note_%s"),
        "question_form": QuestionForm(auto_id="question_%s"),
        "attempt_form": AttemptForm(auto_id="attempt_%s"),
        "call_back_form": CallBackForm(auto_id="call_back_%s", initial={"on": found.call_back_on}),
        "first_visit_form": FirstVisitForm(
            auto_id="first_visit_%s", initial={"on": found.first_visit_on}
        ),
        "priority_form": PriorityForm(auto_id="priority_%s", initial=override),
        "end_form": EndForm(auto_id="end_%s", endings=file.endings),
    }
    return {**empty, **bound}


def _show(
    request: PortalRequest,
    found: GPRequest,
    bound: dict[str, PortalForm] | None = None,
    *,
    status: int = 200,
    refusal: str = "",
) -> HttpResponse:
    """The request's pane alone for htmx, with the queue beside it without; the reading is logged.

    A refusal comes with the request as it stands now, so that a stale tab catches up.
    """
    bound = bound or {}
    file = dossier(found, by=request.membership)
    audit.record_access(
        by=request.membership, purpose=AccessEntry.Purpose.OPEN, patient_ids=[found.patient_id]
    )
    context: dict[str, Any] = {
        "file": file,
        "gp_request": found,
        "coordinators": coordinators(),
        "refusal": refusal,
        "must_be_called": notifications.must_be_called(found),
        "form": next(iter(bound.values()), None),
        **_forms(file, bound),
    }
    if request.htmx:
        part = "#refused" if refusal else "#pane"
        return render(request, f"patients/request_detail.html{part}", context, status=status)
    context |= queue_context(request)
    return render(request, "patients/request_detail.html", context, status=status)


def _perform(
    request: PortalRequest,
    reference: str,
    act: Callable[[GPRequest], object],
    done: str,
    **forms: PortalForm,
) -> HttpResponse:
    """Check the form if there is one, act, and show the request again: 422, 409 or done."""
    found = _find(reference)
    if not all(form.is_valid() for form in forms.values()):
        return _show(request, found, forms, status=422)
    try:
        act(found)
    except NotPermitted:
        raise
    except Refused as refusal:
        for form in forms.values():
            if isinstance(form, OnceForm):
                form.renew_key()
        return _show(request, _find(reference), forms, status=refusal.status, refusal=str(refusal))
    if request.htmx:
        return trigger_client_event(_show(request, _find(reference)), "requests-changed")
    messages.success(request, done)
    return redirect("patients:request_detail", cpts=request.cpts.slug, reference=reference)


@require_GET
@role_required(Role.COORDINATOR)
def request_detail(request: PortalRequest, cpts: str, reference: str) -> HttpResponse:
    return _show(request, _find(reference))


@require_POST
@role_required(Role.COORDINATOR)
def request_assign(request: PortalRequest, cpts: str, reference: str) -> HttpResponse:
    form = AssignForm(
        request.POST, coordinators=Membership.objects.current().filter(role=Role.COORDINATOR)
    )

    def act(found: GPRequest) -> object:
        return triage.assign(found, to=form.cleaned_data["to"], by=request.membership)

    return _perform(request, reference, act, _("Suivi modifié."), assign_form=form)


@require_POST
@role_required(Role.COORDINATOR)
def note_add(request: PortalRequest, cpts: str, reference: str) -> HttpResponse:
    form = NoteForm(request.POST, auto_id="note_%s")

    def act(found: GPRequest) -> object:
        return triage.add_note(found, by=request.membership, **form.cleaned_data)

    return _perform(request, reference, act, _("Note ajoutée."), note_form=form)


@require_POST
@role_required(Role.COORDINATOR)
def attempt_add(request: PortalRequest, cpts: str, reference: str) -> HttpResponse:
    form = AttemptForm(request.POST, auto_id="attempt_%s")

    def act(found: GPRequest) -> object:
        return triage.log_attempt(found, by=request.membership, **form.cleaned_data)

    return _perform(request, reference, act, _("Tentative notée."), attempt_form=form)


@require_POST
@role_required(Role.COORDINATOR)
def call_back_plan(request: PortalRequest, cpts: str, reference: str) -> HttpResponse:
    form = CallBackForm(request.POST, auto_id="call_back_%s")

    def act(found: GPRequest) -> object:
        return triage.plan_call_back(found, on=form.cleaned_data["on"], by=request.membership)

    return _perform(request, reference, act, _("Rappel noté."), call_back_form=form)


@require_POST
@role_required(Role.COORDINATOR)
def call_back_cancel(request: PortalRequest, cpts: str, reference: str) -> HttpResponse:
    def act(found: GPRequest) -> object:
        return triage.plan_call_back(found, on=None, by=request.membership)

    return _perform(request, reference, act, _("Rappel annulé."))


@require_POST
@role_required(Role.COORDINATOR)
def priority_override(request: PortalRequest, cpts: str, reference: str) -> HttpResponse:
    form = PriorityForm(request.POST, auto_id="priority_%s")

    def act(found: GPRequest) -> object:
        return triage.override_priority(found, by=request.membership, **form.cleaned_data)

    return _perform(request, reference, act, _("Priorité modifiée."), priority_form=form)


@require_POST
@role_required(Role.COORDINATOR)
def request_ask(request: PortalRequest, cpts: str, reference: str) -> HttpResponse:
    form = QuestionForm(request.POST, auto_id="question_%s")

    def act(found: GPRequest) -> object:
        question = form.cleaned_data["question"]
        return triage.ask_for_more(found, question=question, by=request.membership)

    return _perform(request, reference, act, _("Complément demandé."), question_form=form)


@require_POST
@role_required(Role.COORDINATOR)
def request_qualify(request: PortalRequest, cpts: str, reference: str) -> HttpResponse:
    def act(found: GPRequest) -> object:
        return triage.qualify(found, by=request.membership)

    return _perform(request, reference, act, _("Demande qualifiée."))


@require_POST
@role_required(Role.COORDINATOR)
def request_refer(request: PortalRequest, cpts: str, reference: str) -> HttpResponse:
    form = ReferForm(request.POST, auto_id="refer_%s")

    def act(found: GPRequest) -> object:
        return referrals.refer(found, gp=form.cleaned_data["gp"], by=request.membership)

    return _perform(request, reference, act, _("Demande proposée au médecin."), refer_form=form)


@require_POST
@role_required(Role.COORDINATOR)
def referral_take_back(request: PortalRequest, cpts: str, reference: str) -> HttpResponse:
    def act(found: GPRequest) -> object:
        return referrals.take_back(found, by=request.membership)

    return _perform(request, reference, act, _("Demande remise dans la file, à son rang."))


@require_POST
@role_required(Role.COORDINATOR)
def first_visit_set(request: PortalRequest, cpts: str, reference: str) -> HttpResponse:
    form = FirstVisitForm(request.POST, auto_id="first_visit_%s")

    def act(found: GPRequest) -> object:
        return triage.set_first_visit(found, on=form.cleaned_data["on"], by=request.membership)

    return _perform(request, reference, act, _("Rendez-vous noté."), first_visit_form=form)


@require_POST
@role_required(Role.COORDINATOR)
def request_declare(request: PortalRequest, cpts: str, reference: str) -> HttpResponse:
    def act(found: GPRequest) -> object:
        return triage.declare(found, by=request.membership)

    return _perform(request, reference, act, _("Médecin traitant déclaré : demande terminée."))


@require_POST
@role_required(Role.COORDINATOR)
def request_end(request: PortalRequest, cpts: str, reference: str) -> HttpResponse:
    endings = [(ending.verb, str(ending.label)) for ending in lifecycle.ENDINGS]
    form = EndForm(request.POST, auto_id="end_%s", endings=endings)

    def act(found: GPRequest) -> object:
        ending = ENDINGS[form.cleaned_data["ending"]]
        reason = form.cleaned_data["reason"]
        return triage.end_request(found, ending, by=request.membership, reason=reason)

    return _perform(request, reference, act, _("Demande close."), end_form=form)


@require_POST
@role_required(Role.COORDINATOR)
def request_reopen(request: PortalRequest, cpts: str, reference: str) -> HttpResponse:
    def act(found: GPRequest) -> object:
        return triage.reopen(found, by=request.membership)

    return _perform(request, reference, act, _("Demande rouverte, à son rang."))
