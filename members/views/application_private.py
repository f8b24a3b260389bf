"""The candidate's own page: `/ma-candidature/<token>/`, no account, the token is the right."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cpts_portal.core import throttle
from cpts_portal.core.http import secretive
from cpts_portal.core.scoping import open_scope
from members.actions import applications as actions
from members.lifecycle import WITHDRAW, Applicant
from members.models import Application
from members.queries import applications as queries
from members.rules.applications import awaits_assembly

PrivateView = Callable[..., HttpResponse]


def private_page(view: PrivateView) -> PrivateView:
    """Find the application, open its CPTS, and leave no trace of the address anywhere."""

    @login_not_required
    @wraps(view)
    def opened(request: HttpRequest, candidate: str) -> HttpResponse:
        application = queries.application_of_token(candidate)
        if application is None:
            throttle.hit(request, "application_unknown", limit=30, seconds=3600)
            page = render(request, "members/application_unknown.html", status=404)
            return secretive(page)
        request.cpts = application.cpts  # type: ignore[attr-defined]
        with open_scope(cpts=application.cpts):
            return secretive(view(request, application, candidate))

    return opened


@require_safe
@private_page
def application_private(
    request: HttpRequest, application: Application, candidate: str
) -> HttpResponse:
    """Where the application stands, in plain words, and what was told."""
    title, lead = standing(application)
    context: dict[str, Any] = {
        "application": application,
        "places": queries.places_of(application),
        "title": title,
        "lead": lead,
        "token": candidate,
        "may_withdraw": WITHDRAW.is_open(application, by=Applicant(application.pk)),
    }
    return render(request, "members/application_private.html", context)


@require_POST
@private_page
def application_leave(
    request: HttpRequest, application: Application, candidate: str
) -> HttpResponse:
    actions.withdraw(application, by=Applicant(application.pk))
    messages.success(request, _("Votre candidature est retirée."))
    return redirect("members:application_private", candidate)


def standing(application: Application) -> tuple[str, str]:
    """A title and a sentence; the reason of a refusal is in neither."""
    told = {
        "submitted": (
            _("Votre candidature est à l’étude"),
            _("Le bureau l’examine à sa prochaine réunion. Nous vous écrivons dès qu’il a décidé."),
        ),
        "admitted": (
            _("Bienvenue, vous êtes membre"),
            _("Le bureau a accepté votre candidature."),
        ),
        "refused": (
            _("Votre candidature n’est pas retenue"),
            _("Le bureau ne peut pas y donner suite. Vous pouvez nous appeler pour en parler."),
        ),
        "withdrawn": (
            _("Votre candidature est retirée"),
            _("Rien ne vous sera demandé. Vous pourrez candidater de nouveau quand vous voudrez."),
        ),
    }
    title, lead = told[application.status]
    if awaits_assembly(application):
        lead = _("Le bureau a accepté votre candidature. La prochaine assemblée la ratifiera.")
    return title, lead
