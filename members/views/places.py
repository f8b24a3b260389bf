"""The desk's pages of where a member works: her places, one added, mended or left."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cpts_portal.core.http import PortalRequest
from cpts_portal.core.refusals import Refused
from cpts_portal.core.territory import LONGEST_SEARCH
from members.access import governance_required
from members.actions import practices as actions
from members.forms.practices import PracticeForm, first_values
from members.models import Membership, Practice
from members.queries import practices as queries
from members.queries.cards import inside_card, with_cards
from members.views.practices import add_place

read_and_write = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@governance_required
def place_list(request: PortalRequest, cpts: str, member: int) -> HttpResponse:
    found = get_object_or_404(with_cards(Membership.objects.select_related("cpts")), pk=member)
    typed = request.GET.get("q", "").strip()[:LONGEST_SEARCH]
    context = {
        "member": found,
        "places": inside_card(found).places,
        "practices": queries.practices_to_join(found, typed),
        "typed": typed,
    }
    return render(request, "members/place_list.html", context)


@read_and_write
@governance_required
def place_new(request: PortalRequest, cpts: str, member: int) -> HttpResponse:
    found, form = _member(member), PracticeForm(_typed(request))
    if not form.is_valid():
        return _page(request, found, form)
    try:
        twin = add_place(form, found, by=request.membership)
    except Refused as refusal:
        return _page(request, found, form, refusal)
    if twin:
        return _page(request, found, form, twin=twin)
    return _done(request, found, _("Le lieu est enregistré."))


@read_and_write
@governance_required
def place_edit(request: PortalRequest, cpts: str, member: int, practice: int) -> HttpResponse:
    found = _member(member)
    edited = _worked_in(request, found, practice)
    shown: dict[str, Any] = {"practice": edited, "colleagues": queries.colleagues_at(edited, found)}
    form = PracticeForm(_typed(request), initial=first_values(edited))
    if not form.is_valid():
        return _page(request, found, form, **shown)
    try:
        actions.save_place(found, form.place, by=request.membership, practice=edited)
    except Refused as refusal:
        return _page(request, found, form, refusal, **shown)
    return _done(request, found, _("Le lieu est enregistré."))


@require_POST
@governance_required
def place_join(request: PortalRequest, cpts: str, member: int, practice: int) -> HttpResponse:
    found, joined = _member(member), get_object_or_404(Practice, pk=practice)
    actions.join_place(found, joined, by=request.membership)
    return _done(request, found, _("%(name)s exerce maintenant à « %(place)s »."), joined)


@require_POST
@governance_required
def place_main(request: PortalRequest, cpts: str, member: int, practice: int) -> HttpResponse:
    found, chosen = _member(member), get_object_or_404(Practice, pk=practice)
    actions.set_main(found, chosen, by=request.membership)
    return _done(request, found, _("« %(place)s » est le lieu principal de %(name)s."), chosen)


@read_and_write
@governance_required
def place_leave(request: PortalRequest, cpts: str, member: int, practice: int) -> HttpResponse:
    """What leaving changes is said first; the button of that page does it, once."""
    found, left = _member(member), get_object_or_404(Practice, pk=practice)
    if request.method == "POST":
        actions.leave_place(found, left, by=request.membership)
        return _done(request, found, _("%(name)s n’exerce plus à « %(place)s »."), left)
    left = _worked_in(request, found, practice)
    place = get_object_or_404(found.places, practice=left)
    context = {"member": found, "practice": left, "heir": queries.heir_of(place)}
    return render(request, "members/place_leave.html", context)


def _member(pk: int) -> Membership:
    return get_object_or_404(Membership.objects.select_related("user", "cpts"), pk=pk)


def _worked_in(request: PortalRequest, member: Membership, pk: int) -> Practice:
    """One of her places; Refused for one that she has left, 404 for one of another CPTS."""
    known = get_object_or_404(Practice, pk=pk)
    hers = queries.practices_of(member).filter(pk=known.pk).first()
    if hers is None:
        raise actions.not_there(member, by=request.membership)
    return hers


def _typed(request: PortalRequest) -> Any:
    """What was sent, even nothing at all; None for a page that is only read."""
    return request.POST if request.method == "POST" else None


def _page(
    request: PortalRequest,
    member: Membership,
    form: PracticeForm,
    refusal: Refused | None = None,
    **more: Any,
) -> HttpResponse:
    """The form, with what was typed beside what is wrong or refused."""
    if refusal:
        form.add_error(None, str(refusal))
    status = refusal.status if refusal else 422 if form.errors else 200
    context = {"form": form, "member": member, **more}
    return render(request, "members/place_edit.html", context, status=status)


def _done(
    request: PortalRequest, member: Membership, sentence: str, practice: Practice | None = None
) -> HttpResponse:
    messages.success(request, sentence % {"name": member.user, "place": practice})
    return redirect("members:place_list", cpts=request.cpts.slug, member=member.pk)
