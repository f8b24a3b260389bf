"""The stock and the kits, at the desk."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cpts_portal.core.http import PortalRequest
from cpts_portal.core.refusals import Refused
from prevention.actions import materials as actions
from prevention.forms.materials import KitForm, MaterialForm, StockForm
from prevention.models import Material
from prevention.queries import materials as queries
from prevention.views.campaigns import desk_only, note, read_and_write, typed

HOME = "prevention:material_list"
GESTURES = {"received": actions.receive, "counted": actions.count}


@require_safe
@desk_only
def material_list(request: PortalRequest, cpts: str) -> HttpResponse:
    context = {
        "materials": queries.stock(),
        "kits": queries.kits(),
        "waiting": len(queries.to_settle()),
    }
    return render(request, "prevention/material_list.html", context)


# --- Stock ----------------------------------------------------------------------------------
@read_and_write
@desk_only
def material_new(request: PortalRequest, cpts: str) -> HttpResponse:
    form = MaterialForm(typed(request))
    status = 422 if form.errors else 200
    if form.is_valid():
        try:
            actions.add_material(by=request.membership, **form.cleaned_data)
        except Refused as refusal:
            status = note(form, refusal)
        else:
            messages.success(request, _("Le matériel est ajouté."))
            return redirect(HOME, cpts=cpts)
    context = {"form": form, "material": None}
    return render(request, "prevention/material_edit.html", context, status=status)


@read_and_write
@desk_only
def material_edit(request: PortalRequest, cpts: str, material: int) -> HttpResponse:
    found = get_object_or_404(Material.objects.select_related("campaign"), pk=material)
    form = MaterialForm(typed(request), material=found)
    status = 422 if form.errors else 200
    if form.is_valid():
        try:
            actions.edit_material(found, by=request.membership, **form.cleaned_data)
        except Refused as refusal:
            status = note(form, refusal)
        else:
            messages.success(request, _("Le matériel est modifié."))
            return redirect(HOME, cpts=cpts)
    context = {"form": form, "material": found, "stock_form": StockForm()}
    return render(request, "prevention/material_edit.html", context, status=status)


@read_and_write
@desk_only
def material_stock(request: PortalRequest, cpts: str, material: int) -> HttpResponse:
    """What was received, or counted on the shelf."""
    found = get_object_or_404(Material, pk=material)
    form = StockForm(typed(request))
    status = 422 if form.errors else 200
    if form.is_valid():
        gesture = GESTURES[form.cleaned_data["gesture"]]
        try:
            gesture(found, form.cleaned_data["quantity"], by=request.membership)
        except Refused as refusal:
            status = note(form, refusal)
        else:
            messages.success(request, _("Le stock est à jour."))
            return redirect(HOME, cpts=cpts)
    context = {"form": form, "material": found}
    return render(request, "prevention/material_stock_edit.html", context, status=status)


# --- Kits -----------------------------------------------------------------------------------
@read_and_write
@desk_only
def kit_new(request: PortalRequest, cpts: str) -> HttpResponse:
    form = KitForm(typed(request))
    status = 422 if form.errors else 200
    if form.is_valid():
        try:
            actions.add_kit(form.items, by=request.membership, **form.columns)
        except Refused as refusal:
            status = note(form, refusal)
        else:
            messages.success(request, _("Le kit est composé."))
            return redirect(HOME, cpts=cpts)
    return render(request, "prevention/kit_edit.html", {"form": form, "kit": None}, status=status)


@read_and_write
@desk_only
def kit_edit(request: PortalRequest, cpts: str, kit: int) -> HttpResponse:
    found = get_object_or_404(queries.kits(), pk=kit)
    form = KitForm(typed(request), kit=found)
    status = 422 if form.errors else 200
    if form.is_valid():
        try:
            actions.edit_kit(found, form.items, by=request.membership, **form.columns)
        except Refused as refusal:
            status = note(form, refusal)
        else:
            messages.success(request, _("Le kit est modifié."))
            return redirect(HOME, cpts=cpts)
    context = {"form": form, "kit": found}
    return render(request, "prevention/kit_edit.html", context, status=status)
