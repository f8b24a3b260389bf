"""« Registre RPPS » : who is in it here, and what it says otherwise of our members."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cpts_portal.core.http import PortalRequest
from members.access import role_required
from members.actions import register as actions
from members.models import Role, RppsDifference
from members.queries import register as queries

coordination = role_required(Role.COORDINATOR)


@require_safe
@coordination
def register_list(request: PortalRequest, cpts: str) -> HttpResponse:
    asked = request.GET.get("q", "").strip()[: queries.LONGEST_SEARCH]
    context = {
        "q": asked,
        "found": queries.found_by(asked),
        "extracted_on": queries.extracted_on(),
        "differences": queries.open_differences(),
    }
    return render(request, "members/register_list.html", context)


@require_POST
@coordination
def register_approve(request: PortalRequest, cpts: str, difference: int) -> HttpResponse:
    found = get_object_or_404(RppsDifference, pk=difference)
    actions.approve(found, by=request.membership)
    messages.success(request, _("La fiche dit maintenant ce que dit le registre."))
    return redirect("members:register_list", cpts=cpts)


@require_POST
@coordination
def register_dismiss(request: PortalRequest, cpts: str, difference: int) -> HttpResponse:
    found = get_object_or_404(RppsDifference, pk=difference)
    actions.dismiss(found, by=request.membership)
    messages.success(request, _("La différence est écartée : elle ne sera plus signalée."))
    return redirect("members:register_list", cpts=cpts)
