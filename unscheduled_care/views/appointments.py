"""The patient's appointment: `/mon-rendez-vous/<token>/`, no account, the token is the right."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cpts_portal.core import icalendar, throttle
from cpts_portal.core.http import secretive
from cpts_portal.core.refusals import Refused
from cpts_portal.core.scoping import open_scope
from patients.queries.filing import open_teams
from unscheduled_care.actions import claims as actions
from unscheduled_care.actions.steps import token_hash
from unscheduled_care.models import Claim, ClaimStatus, OwnGp
from unscheduled_care.queries import appointments as queries
from unscheduled_care.rules import ClaimPatient

AppointmentView = Callable[[HttpRequest, Claim], HttpResponse]


def appointment_page(view: AppointmentView) -> Callable[[HttpRequest, str], HttpResponse]:
    """Find the claim, open its CPTS, and leave no trace of the address anywhere."""

    @login_not_required
    @wraps(view)
    def opened(request: HttpRequest, token: str) -> HttpResponse:
        claim = queries.appointment_of(token_hash(token))
        if claim is None:
            return secretive(_unknown_link(request))
        request.cpts = claim.cpts  # type: ignore[attr-defined]
        with open_scope(cpts=claim.cpts):
            return secretive(view(request, claim))

    return opened


def _unknown_link(request: HttpRequest) -> HttpResponse:
    """The same page for a wrong token and for one whose appointment is long past."""
    throttle.hit(request, "appointment_unknown", limit=30, seconds=3600)
    context = {"teams": open_teams()}
    return render(request, "unscheduled_care/appointment_unknown.html", context, status=404)


def _token(request: HttpRequest) -> str:
    assert request.resolver_match is not None
    return str(request.resolver_match.kwargs["token"])


def _page(
    request: HttpRequest, claim: Claim, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "claim": claim,
        "slot": claim.slot,
        "token": _token(request),
        "is_to_come": queries.is_to_come(claim),
        "is_without_gp": claim.own_gp == OwnGp.NO,
        "refusal": refusal,
    }
    return render(request, "unscheduled_care/appointment_show.html", context, status=status)


@require_safe
@appointment_page
def appointment_show(request: HttpRequest, claim: Claim) -> HttpResponse:
    """Day, hour, with whom and where; how to cancel."""
    return _page(request, claim)


@require_POST
@appointment_page
def appointment_cancel(request: HttpRequest, claim: Claim) -> HttpResponse:
    """Twice is as once; once its hour has come, nothing is left to give back."""
    by = ClaimPatient(claim_id=claim.pk)
    if claim.status != ClaimStatus.CANCELLED:
        try:
            actions.cancel(claim, reason=Claim.CancelReason.PATIENT, by=by)
        except Refused as refusal:
            sentence = _("L’heure de ce rendez-vous est passée : il ne s’annule plus.")
            return _page(request, claim, refusal=sentence, status=refusal.status)
        messages.success(request, _("Le créneau est rendu, merci de nous l’avoir dit."))
    return redirect("unscheduled_care:appointment_show", _token(request))


@require_safe
@appointment_page
def appointment_calendar(request: HttpRequest, claim: Claim) -> HttpResponse:
    response = HttpResponse(queries.calendar_of(claim), content_type=icalendar.CONTENT_TYPE)
    response["Content-Disposition"] = 'attachment; filename="rendez-vous.ics"'
    return response
