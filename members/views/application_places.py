"""Where a candidate works: the places already told, and one more."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cpts_portal.core.territory import search_communes
from members.actions import applications as actions
from members.forms.applications import ApplicationPlaceForm, WhereForm
from members.models import Application, Cpts, Practice
from members.queries import applications as queries
from members.queries import documents
from members.rules.applications import PLACES, reachable_steps
from members.views.application_drafts import (
    RETURN,
    back_url,
    current_draft,
    frame,
    next_url,
    of_cpts,
    posted,
    restart,
    step_url,
)

COMMUNES_SHOWN = 12


def show_places(request: HttpRequest, draft: Application | None) -> HttpResponse:
    assert draft is not None
    context = {
        "places": queries.places_of(draft),
        "back_url": back_url(request, draft, PLACES),
        "next_url": next_url(request, draft, PLACES, documents.texts()),
        "is_returning": bool(request.GET.get(RETURN)),
        **frame(draft, PLACES),
    }
    return render(request, "members/application_places.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@of_cpts
def application_place(request: HttpRequest, cpts: Cpts) -> HttpResponse:
    """Where first, then which known place there, or a new one in her words."""
    draft = current_draft(request, cpts)
    if draft is None or PLACES not in reachable_steps(draft, documents.texts()):
        return restart(request, cpts) if draft is None else _to_places(request, cpts)
    where = WhereForm(request.GET if "ou" in request.GET else None)
    communes = search_communes(where.data["ou"], COMMUNES_SHOWN) if where.is_valid() else []
    if where.is_valid() and not communes:
        where.add_error(
            "ou",
            _("Aucune commune ne répond à ce nom ni à ce code postal : vérifiez l’écriture."),
        )
    known = queries.practices_in(communes)
    form: Any = ApplicationPlaceForm(posted(request), initial={"where": where.data.get("ou")})
    if request.method == "POST":
        if "practice" in request.POST:
            return _add_known(request, cpts, draft)
        if form.is_valid():
            actions.add_place(draft, form.answers())
            return _to_places(request, cpts)
    context = {
        "form": form if form.errors else where,
        "place_form": form if communes or form.is_bound else None,
        "where_form": where,
        "known": known if communes and not form.is_bound else [],
        "back_url": step_url(request, cpts, PLACES),
        **frame(draft, PLACES),
    }
    status = 422 if form.errors else 200
    return render(request, "members/application_place.html", context, status=status)


def _add_known(request: HttpRequest, cpts: Cpts, draft: Application) -> HttpResponse:
    chosen = request.POST["practice"]
    is_key = chosen.isdecimal() and len(chosen) < 19
    practice = Practice.objects.filter(pk=chosen).first() if is_key else None
    if practice is None:
        raise Http404
    actions.add_practice(draft, practice)
    return _to_places(request, cpts)


@require_POST
@of_cpts
def application_place_remove(request: HttpRequest, cpts: Cpts, place: int) -> HttpResponse:
    draft = current_draft(request, cpts)
    if draft is None:
        return restart(request, cpts)
    actions.remove_place(draft, place)
    return _to_places(request, cpts)


def _to_places(request: HttpRequest, cpts: Cpts) -> HttpResponse:
    return redirect(step_url(request, cpts, PLACES))
