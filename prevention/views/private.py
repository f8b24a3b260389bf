"""Her registration: `/mon-inscription/<token>/`, no account, the token is the right."""

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
from prevention.actions import registrations as actions
from prevention.models import Registration, RegistrationStatus
from prevention.queries import registrations as queries
from prevention.rules.registrations import RegisteredPerson

PrivateView = Callable[[HttpRequest, Registration], HttpResponse]


def registration_page(view: PrivateView) -> Callable[[HttpRequest, str], HttpResponse]:
    """Find the registration, open its CPTS, and leave no trace of the address anywhere."""

    @login_not_required
    @wraps(view)
    def opened(request: HttpRequest, token: str) -> HttpResponse:
        contact = queries.contact_of_token(token)
        if contact is None:
            return secretive(_unknown_link(request))
        request.cpts = contact.cpts  # type: ignore[attr-defined]
        with open_scope(cpts=contact.cpts):
            return secretive(view(request, queries.registration_of(contact)))

    return opened


def _unknown_link(request: HttpRequest) -> HttpResponse:
    """The same page for a wrong token and for an erased one."""
    throttle.hit(request, "registration_unknown", limit=30, seconds=3600)
    context = {"teams": open_teams()}
    return render(request, "prevention/registration_unknown.html", context, status=404)


def token_in(request: HttpRequest) -> str:
    """The private link's own token, for the addresses of the same page."""
    assert request.resolver_match is not None
    return str(request.resolver_match.kwargs["token"])


def _shown(
    request: HttpRequest, registration: Registration, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "registration": registration,
        "session": registration.session,
        "standing": queries.standing_of(registration),
        "token": token_in(request),
        "refusal": refusal,
    }
    return render(request, "prevention/registration_show.html", context, status=status)


@require_safe
@registration_page
def registration_show(request: HttpRequest, registration: Registration) -> HttpResponse:
    """Confirmed, in line at her rank, offered a seat until a deadline, or out."""
    return _shown(request, registration)


def _act(
    request: HttpRequest, registration: Registration, act: Callable[[RegisteredPerson], str]
) -> HttpResponse:
    """Act for whoever holds the link; a refusal is said on her page as it stands now."""
    try:
        said = act(RegisteredPerson(registration.pk))
    except Refused as refusal:
        fresh = queries.registrations().get(pk=registration.pk)
        return _shown(request, fresh, refusal=str(refusal), status=refusal.status)
    messages.success(request, said)
    return redirect("prevention:registration_show", token_in(request))


@require_POST
@registration_page
def registration_accept(request: HttpRequest, registration: Registration) -> HttpResponse:
    def act(by: RegisteredPerson) -> str:
        actions.accept(registration, by=by)
        return _("Votre place est confirmée.")

    return _act(request, registration, act)


@require_POST
@registration_page
def registration_cancel(request: HttpRequest, registration: Registration) -> HttpResponse:
    """Leaves a seat, a rank or an offer; twice is as once."""

    def act(by: RegisteredPerson) -> str:
        actions.cancel(registration, by=by)
        return _("Votre inscription est annulée, merci de nous l’avoir dit.")

    return _act(request, registration, act)


@require_safe
@registration_page
def registration_calendar(request: HttpRequest, registration: Registration) -> HttpResponse:
    """Of a seat, kept or given back; whoever waits has nothing to write in a calendar yet."""
    if registration.status in (RegistrationStatus.WAITING, RegistrationStatus.OFFERED):
        return redirect("prevention:registration_show", token_in(request))
    response = HttpResponse(queries.calendar_of(registration), content_type=icalendar.CONTENT_TYPE)
    response["Content-Disposition"] = 'attachment; filename="seance.ics"'
    return response
