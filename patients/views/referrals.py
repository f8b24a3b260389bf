"""A GP's referrals, on the phone between two patients, or at his secretary's desk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from cpts_portal.core import audit
from cpts_portal.core.http import PortalRequest
from cpts_portal.core.models import AccessEntry
from cpts_portal.core.refusals import NotPermitted, Refused
from members.access import role_required
from members.delegations import ActingFor
from members.models import Role
from patients import lifecycle
from patients.actions import referrals as actions
from patients.actions import triage
from patients.forms.referrals import DeclineForm
from patients.forms.triage import FirstVisitForm
from patients.models import Referral
from patients.queries.board import referral_boards
from patients.queries.intakes import intake_of
from patients.queries.referrals import Doer, card_of, doers_of, referrals_of, takes_part

OFFICE = (Role.PROFESSIONAL, Role.SECRETARY)


def _find(request: PortalRequest, pk: int) -> tuple[Referral, Doer]:
    """A referral that the member answers, and as whom; anybody else's does not exist."""
    doers = doers_of(request.membership)
    referral = get_object_or_404(referrals_of(doers), pk=pk)
    return referral, doers[referral.gp_id]


@require_GET
@role_required(*OFFICE)
def referral_list(request: PortalRequest, cpts: str) -> HttpResponse:
    """A GP's own referrals; to a secretary, those of every GP she acts for, on one screen."""
    doers = doers_of(request.membership)
    boards = referral_boards(doers)
    for gp_id, by in doers.items():
        ids = boards[gp_id].named_ids
        audit.record_access(by=by, purpose=AccessEntry.Purpose.LIST, patient_ids=ids)
    if request.membership.role == Role.SECRETARY:
        desks = [
            (by.principal, boards[by.pk]) for by in doers.values() if isinstance(by, ActingFor)
        ]
        return render(request, "patients/referral_list.html", {"desks": desks})
    context = {"board": boards[request.membership.pk], "intake": intake_of(request.membership)}
    return render(request, "patients/referral_list.html", context)


def _show(
    request: PortalRequest,
    referral: Referral,
    by: Doer,
    *,
    status: int = 200,
    refusal: str = "",
    **bound: Any,
) -> HttpResponse:
    """The card; anonymous until reserved, and each showing of the identity is logged."""
    card = card_of(referral, timezone.now())
    if card.is_identity_open:
        audit.record_access(
            by=by,
            purpose=AccessEntry.Purpose.OPEN,
            patient_ids=[referral.request.patient_id],
        )
    verbs = set() if card.is_late else lifecycle.REFERRAL.open_to(referral, by=by)
    is_lapsed = "reserve" in verbs and not takes_part(by)
    context = {
        "card": card,
        "principal": by.principal if isinstance(by, ActingFor) else None,
        "verbs": verbs - {"reserve"} if is_lapsed else verbs,
        "is_lapsed": is_lapsed,
        "refusal": refusal,
        "decline_form": DeclineForm(),
        "visit_form": FirstVisitForm(initial={"on": referral.request.first_visit_on}),
        "form": next(iter(bound.values()), None),
        **bound,
    }
    part = ""
    if request.htmx:
        part = "#refused" if refusal else "#referral-card"
    return render(request, f"patients/referral_detail.html{part}", context, status=status)


@require_GET
@role_required(*OFFICE)
def referral_detail(request: PortalRequest, cpts: str, pk: int) -> HttpResponse:
    return _show(request, *_find(request, pk))


def _perform(
    request: PortalRequest,
    pk: int,
    act: Callable[[Referral, Doer], object],
    done: str,
    **forms: Any,
) -> HttpResponse:
    """Check the form if there is one, act, and show the card as it stands: 422, 409 or done."""
    referral, by = _find(request, pk)
    if not all(form.is_valid() for form in forms.values()):
        return _show(request, referral, by, status=422, **forms)
    try:
        act(referral, by)
    except NotPermitted:
        raise
    except Refused as refusal:
        now = _find(request, pk)
        return _show(request, *now, status=refusal.status, refusal=str(refusal), **forms)
    if request.htmx:
        return _show(request, *_find(request, pk))
    messages.success(request, done)
    return redirect("patients:referral_detail", cpts=request.cpts.slug, pk=pk)


@require_POST
@role_required(*OFFICE)
def referral_reserve(request: PortalRequest, cpts: str, pk: int) -> HttpResponse:
    def act(referral: Referral, by: Doer) -> object:
        return actions.reserve(referral, by=by)

    return _perform(request, pk, act, _("Demande réservée : l’identité est ouverte."))


@require_POST
@role_required(*OFFICE)
def referral_accept(request: PortalRequest, cpts: str, pk: int) -> HttpResponse:
    def act(referral: Referral, by: Doer) -> object:
        return actions.accept(referral, by=by)

    return _perform(request, pk, act, _("Demande acceptée : la personne est prévenue."))


@require_POST
@role_required(*OFFICE)
def referral_decline(request: PortalRequest, cpts: str, pk: int) -> HttpResponse:
    """Before accepting or after: the same gesture, the same reasons."""
    form = DeclineForm(request.POST)

    def act(referral: Referral, by: Doer) -> object:
        reason = form.cleaned_data["reason"]
        if referral.status == "accepted":
            return actions.give_back(referral, reason=reason, by=by)
        return actions.decline(referral, reason=reason, by=by)

    done = _("C’est noté : la demande est revenue à la coordination, à son rang.")
    return _perform(request, pk, act, done, decline_form=form)


@require_POST
@role_required(*OFFICE)
def referral_visit(request: PortalRequest, cpts: str, pk: int) -> HttpResponse:
    form = FirstVisitForm(request.POST)

    def act(referral: Referral, by: Doer) -> object:
        return triage.set_first_visit(referral.request, on=form.cleaned_data["on"], by=by)

    return _perform(
        request, pk, act, _("Rendez-vous noté : la personne est prévenue."), visit_form=form
    )
