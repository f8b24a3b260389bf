"""Material ordered from a phone, handed over at the desk."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cpts_portal.core.http import PortalRequest
from cpts_portal.core.refusals import Refused
from members.access import role_required
from members.models import Role
from members.views.layout import base_for
from prevention.actions import orders as actions
from prevention.forms.materials import OrderForm
from prevention.models import MaterialOrder
from prevention.queries import materials as queries
from prevention.rules.materials import may_cancel_order
from prevention.views.campaigns import desk_only, note, read_and_write, typed

members_only = role_required(Role.COORDINATOR, Role.BOARD, Role.PROFESSIONAL, Role.SECRETARY)


# --- Who asks -------------------------------------------------------------------------------
@read_and_write
@members_only
def order_new(request: PortalRequest, cpts: str) -> HttpResponse:
    member = request.membership
    places = queries.places_of(member)
    initial = {"key": uuid.uuid4(), "practice": places[0] if places else None}
    form = OrderForm(typed(request), member=member, initial=initial)
    status = 422 if form.errors else 200
    if form.is_valid():
        told = {name: form.cleaned_data[name] for name in ("key", "practice")}
        try:
            actions.order(form.quantities, by=member, **told)
        except Refused as refusal:
            status = note(form, refusal)
        else:
            messages.success(request, _("Votre commande est partie à la coordination."))
            return redirect("prevention:order_mine", cpts=cpts)
    context = {"base": base_for(request), "form": form}
    return render(request, "prevention/order_new.html", context, status=status)


@require_safe
@members_only
def order_mine(request: PortalRequest, cpts: str) -> HttpResponse:
    orders = queries.orders_of(request.membership)
    context = {"base": base_for(request), "orders": orders}
    return render(request, "prevention/order_mine.html", context)


@require_POST
@members_only
def order_cancel(request: PortalRequest, cpts: str, order: int) -> HttpResponse:
    """Somebody else's order does not exist for a member."""
    found = get_object_or_404(MaterialOrder, pk=order)
    if not may_cancel_order(request.membership, found):
        raise Http404
    actions.cancel(found, by=request.membership)
    messages.success(request, _("La commande est annulée."))
    is_own = found.asked_by_id == request.membership.pk
    return redirect(f"prevention:order_{'mine' if is_own else 'list'}", cpts=cpts)


# --- Who hands over -------------------------------------------------------------------------
@require_safe
@desk_only
def order_list(request: PortalRequest, cpts: str) -> HttpResponse:
    return _desk(request)


def _desk(request: PortalRequest, *, status: int = 200, refusal: str = "") -> HttpResponse:
    context = {"asked": queries.to_settle(), "settled": queries.settled(), "refusal": refusal}
    return render(request, "prevention/order_list.html", context, status=status)


@require_POST
@desk_only
def order_serve(request: PortalRequest, cpts: str, order: int) -> HttpResponse:
    found = get_object_or_404(MaterialOrder, pk=order)
    try:
        actions.serve(found, by=request.membership)
    except Refused as refusal:
        return _desk(request, status=refusal.status, refusal=str(refusal))
    messages.success(request, _("La commande est remise, le stock est à jour."))
    return redirect("prevention:order_list", cpts=cpts)


@require_POST
@desk_only
def order_refuse(request: PortalRequest, cpts: str, order: int) -> HttpResponse:
    actions.refuse(get_object_or_404(MaterialOrder, pk=order), by=request.membership)
    messages.success(request, _("La commande est refusée, la personne est prévenue."))
    return redirect("prevention:order_list", cpts=cpts)
