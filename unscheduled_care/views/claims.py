"""Claims after the fact: what one has booked, whom it is for, what became of it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from cpts_portal.core import audit
from cpts_portal.core.http import PortalRequest
from cpts_portal.core.models import AccessEntry
from cpts_portal.core.refusals import NotPermitted, Refused
from members.access import role_required
from members.models import Role
from members.views.layout import base_for
from patients.forms.contact import FIRST
from patients.views.filing import remember
from unscheduled_care.actions import claims as actions
from unscheduled_care.actions import gp_searches
from unscheduled_care.forms.claim_pages import CancelForm, GpSearchForm, OutcomeForm, known_of
from unscheduled_care.models import Claim
from unscheduled_care.queries import claims as queries
from unscheduled_care.queries.claims import Doer

CLAIMERS = (Role.COORDINATOR, Role.PROFESSIONAL, Role.SECRETARY, Role.BOARD, Role.PARTNER)


def _find(request: PortalRequest, pk: int) -> tuple[Claim, Doer]:
    """A claim that the member keeps, and as whom; anybody else's does not exist."""
    claim = get_object_or_404(queries.claim_to_show(), pk=pk)
    by = queries.keeper_of(claim, request.membership)
    if by is None:
        raise Http404
    return claim, by


@require_GET
@role_required(*CLAIMERS)
def claim_list(request: PortalRequest, cpts: str) -> HttpResponse:
    """What she has booked, for herself or for those she acts for."""
    context = {"base": base_for(request), "claims": queries.claims_of(request.membership)}
    return render(request, "unscheduled_care/claim_list.html", context)


def _show(
    request: PortalRequest,
    claim: Claim,
    by: Doer,
    *,
    opens_contact: bool = False,
    status: int = 200,
    refusal: str = "",
    **forms: Any,
) -> HttpResponse:
    """The card; each opening of the contact is logged."""
    card = queries.card_of(claim, by, is_contact_open=opens_contact)
    if card.is_contact_open:
        audit.record_access(
            by=by,
            purpose=AccessEntry.Purpose.OPEN,
            patient_ids=[claim.contact.pk],
            kind=gp_searches.CONTACT,
        )
    context = {
        "base": base_for(request),
        "card": card,
        "claim": claim,
        "slot": claim.slot,
        "refusal": refusal,
        "cancel_form": CancelForm(),
        "gp_form": GpSearchForm(),
        "form": next(iter(forms.values()), None),
        **forms,
    }
    return render(request, "unscheduled_care/claim_show.html", context, status=status)


@require_GET
@role_required(*CLAIMERS)
def claim_show(request: PortalRequest, cpts: str, claim: int) -> HttpResponse:
    found, by = _find(request, claim)
    return _show(request, found, by, opens_contact="contact" in request.GET)


@require_POST
@role_required(*CLAIMERS)
def claim_cancel(request: PortalRequest, cpts: str, claim: int) -> HttpResponse:
    found, by = _find(request, claim)
    form = CancelForm(request.POST)
    if not form.is_valid():
        return _show(request, found, by, status=422, cancel_form=form)
    try:
        actions.cancel(found, reason=form.cleaned_data["reason"], by=by)
    except NotPermitted:
        raise
    except Refused as refusal:
        return _refused(request, claim, refusal)
    messages.success(request, _("Rendez-vous annulé : le créneau est de nouveau libre."))
    return redirect("unscheduled_care:claim_show", cpts=cpts, claim=claim)


@require_POST
@role_required(*CLAIMERS)
def claim_outcome(request: PortalRequest, cpts: str, claim: int) -> HttpResponse:
    """One tap, from the claim or from the day; another tap corrects it."""
    found, by = _find(request, claim)
    form = OutcomeForm(request.POST)
    if not form.is_valid():
        return _show(request, found, by, status=422, refusal=_("Choisissez ce qu’il en a été."))
    try:
        noted = actions.note_outcome(found, verb=form.cleaned_data["verb"], by=by)
    except NotPermitted:
        raise
    except Refused as refusal:
        return _refused(request, claim, refusal)
    messages.success(request, _("C’est noté : %(state)s.") % {"state": noted.get_status_display()})
    query = form.way_back()
    if query is None:
        return redirect("unscheduled_care:claim_show", cpts=cpts, claim=claim)
    return redirect(reverse("unscheduled_care:day_show", args=[cpts], query=query))


@require_POST
@role_required(*CLAIMERS)
def claim_gp_search(request: PortalRequest, cpts: str, claim: int) -> HttpResponse:
    """The search for a GP, filled in here with her, or its form sent to her."""
    found, by = _find(request, claim)
    form = GpSearchForm(request.POST)
    if not form.is_valid():
        return _show(request, found, by, status=422, gp_form=form)
    try:
        if form.cleaned_data["way"] == GpSearchForm.SEND:
            gp_searches.propose_search(found, by=by)
            messages.success(request, _("Le formulaire lui est envoyé."))
            return redirect("unscheduled_care:claim_show", cpts=cpts, claim=claim)
        draft = gp_searches.start_search(found, known=known_of(found.contact), by=by)
    except NotPermitted:
        raise
    except Refused as refusal:
        return _refused(request, claim, refusal)
    return remember(redirect("patients:filing_step", FIRST), draft)


def _refused(request: PortalRequest, pk: int, refusal: Refused) -> HttpResponse:
    """The claim as it stands now, and why not."""
    claim, by = _find(request, pk)
    return _show(request, claim, by, status=refusal.status, refusal=str(refusal))
