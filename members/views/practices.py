"""Where one works: a known place joined, a new one described, a shared one corrected."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cpts_portal.core.http import PortalRequest
from cpts_portal.core.territory import LONGEST_SEARCH
from members.access import role_required
from members.actions import practices as actions
from members.forms.practices import PracticeForm, first_values
from members.models import Membership, Practice, Role
from members.queries import practices as queries
from members.views.layout import base_for

workers = role_required(*(role for role in Role if role is not Role.FUNDER))
"""Whoever works in the territory: colleagues are named on these pages."""


@require_safe
@workers
def practice_choose(request: PortalRequest, cpts: str) -> HttpResponse:
    typed = request.GET.get("q", "").strip()[:LONGEST_SEARCH]
    context = {
        "practices": queries.practices_to_join(request.membership, typed),
        "typed": typed,
        "base": base_for(request),
    }
    return render(request, "members/practice_choose.html", context)


@require_http_methods(["GET", "POST"])
@workers
def practice_new(request: PortalRequest, cpts: str) -> HttpResponse:
    form = PracticeForm(request.POST or None)
    if not form.is_valid():
        return _page(request, form)
    twin = add_place(form, request.membership, by=request.membership)
    return _page(request, form, twin=twin) if twin else _saved(request, cpts)


def add_place(form: PracticeForm, member: Membership, *, by: Membership) -> Practice | None:
    """Write down where `member` works, as a valid form tells it; sent twice, it is one place.

    The known place that it repeats, said in the form, where she does not work yet; else None.
    """
    place = form.place
    twin = queries.twin_of(place.name, place.commune, place.finess)
    if twin is None:
        actions.save_place(member, place, by=by)
        return None
    if twin in queries.practices_of(member):
        return None
    form.add_error(
        "finess" if place.finess and place.finess == twin.finess else "name",
        _("Ce lieu est déjà connu : choisissez-le ci-dessous plutôt que de l’écrire deux fois."),
    )
    return twin


@require_http_methods(["GET", "POST"])
@workers
def practice_edit(request: PortalRequest, cpts: str, practice: int) -> HttpResponse:
    edited = get_object_or_404(queries.practices_of(request.membership), pk=practice)
    form = PracticeForm(request.POST or None, initial=first_values(edited))
    if form.is_valid():
        actions.save_place(request.membership, form.place, by=request.membership, practice=edited)
        return _saved(request, cpts)
    colleagues = queries.colleagues_at(edited, request.membership)
    return _page(request, form, practice=edited, colleagues=colleagues)


@require_POST
@workers
def practice_join(request: PortalRequest, cpts: str, practice: int) -> HttpResponse:
    joined = get_object_or_404(Practice, pk=practice)
    actions.join_place(request.membership, joined, by=request.membership)
    messages.success(request, _("Vous exercez maintenant à « %(name)s ».") % {"name": joined.name})
    return redirect("members:profile_edit", cpts=cpts)


@require_POST
@workers
def practice_leave(request: PortalRequest, cpts: str, practice: int) -> HttpResponse:
    left = get_object_or_404(Practice, pk=practice)
    actions.leave_place(request.membership, left, by=request.membership)
    messages.success(request, _("Vous n’exercez plus à « %(name)s ».") % {"name": left.name})
    return redirect("members:profile_edit", cpts=cpts)


@require_POST
@workers
def practice_main(request: PortalRequest, cpts: str, practice: int) -> HttpResponse:
    chosen = get_object_or_404(Practice, pk=practice)
    actions.set_main(request.membership, chosen, by=request.membership)
    messages.success(request, _("« %(name)s » est votre lieu principal.") % {"name": chosen.name})
    return redirect("members:profile_edit", cpts=cpts)


def _saved(request: PortalRequest, cpts: str) -> HttpResponse:
    messages.success(request, _("Le lieu est enregistré."))
    return redirect("members:profile_edit", cpts=cpts)


def _page(request: PortalRequest, form: PracticeForm, **more: Any) -> HttpResponse:
    context = {"form": form, "base": base_for(request), **more}
    status = 422 if form.errors else 200
    return render(request, "members/practice_edit.html", context, status=status)
