"""Out in one click: `/desabonnement/<token>/`, and the reminders of a private page."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from cpts_portal.core import throttle
from cpts_portal.core.http import secretive
from cpts_portal.core.scoping import open_scope
from members.models import Cpts
from patients.queries.filing import open_teams
from prevention.actions import unsubscribing as actions
from prevention.models import OptOut, Registration
from prevention.queries import unsubscribing as queries
from prevention.queries.unsubscribing import Standing
from prevention.rules.unsubscribing import RECIPIENT, WayOut, way_of_token
from prevention.views.private import registration_page, token_in

ONE_CLICK = ("List-Unsubscribe", "One-Click")
"""What a mail program sends by itself when its reader presses « Se désabonner » (RFC 8058)."""


@csrf_exempt  # a mail program has no cookie: the signed address alone is the right
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, way: str) -> HttpResponse:
    """A GET stops nothing: programs that look for viruses follow every link."""
    told = way_of_token(way)
    cpts = queries.cpts_of(told) if told else None
    if told is None or cpts is None:
        return secretive(_unknown_way(request))
    request.cpts = cpts  # type: ignore[attr-defined]
    with open_scope(cpts=cpts):
        return secretive(_unsubscribe(request, told, cpts))


def _unknown_way(request: HttpRequest) -> HttpResponse:
    throttle.hit(request, "unsubscribe_unknown", limit=30, seconds=3600)
    context = {"teams": open_teams()}
    return render(request, "prevention/registration_unknown.html", context, status=404)


def _unsubscribe(request: HttpRequest, way: WayOut, cpts: Cpts) -> HttpResponse:
    standing = queries.standing_of(way)
    if request.method == "POST":
        _answer(request, standing, cpts)
        if _is_one_click(request):
            return HttpResponse(status=200)
        return redirect(request.path)
    return _page(request, [standing])


def _is_one_click(request: HttpRequest) -> bool:
    name, value = ONE_CLICK
    return request.POST.get(name) == value


def _answer(request: HttpRequest, standing: Standing, cpts: Cpts) -> None:
    """« topic » unless something else is asked: a one-click body says no more."""
    what = request.POST.get("what", "topic")
    if what == "back":
        actions.lift(standing, by=RECIPIENT)
        return
    way = OptOut.Way.ONE_CLICK if _is_one_click(request) else OptOut.Way.PAGE
    everything = what == "all" or standing.topic is None
    actions.refuse(standing, cpts=cpts, way=way, everything=everything, by=RECIPIENT)


def _page(request: HttpRequest, standings: list[Standing], **also: object) -> HttpResponse:
    context = {"standings": standings, "base": "base_public.html", **also}
    return render(request, "prevention/unsubscribe.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@registration_page
def registration_reminders(request: HttpRequest, registration: Registration) -> HttpResponse:
    """Each channel that she has: a text message has no room for a way out of its own."""
    standings = queries.standings_of(registration)
    if request.method == "POST":
        for standing in standings:
            if standing.channel == request.POST.get("channel"):
                _answer(request, standing, registration.cpts)
        return redirect("prevention:registration_reminders", token_in(request))
    return _page(request, standings, token=token_in(request))
