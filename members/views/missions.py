"""The missions and what an hour of each is paid back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from cpts_portal.core.http import PortalRequest
from members.access import governance_required
from members.actions import missions as actions
from members.forms.groups import MissionForm
from members.models import Mission


@require_GET
@governance_required
def mission_list(request: PortalRequest, cpts: str) -> HttpResponse:
    return render(request, "members/mission_list.html", {"missions": Mission.objects.all()})


@require_http_methods(["GET", "POST"])
@governance_required
def mission_new(request: PortalRequest, cpts: str) -> HttpResponse:
    return _mission_form(request, Mission(cpts=request.cpts))


@require_http_methods(["GET", "POST"])
@governance_required
def mission_edit(request: PortalRequest, cpts: str, mission: int) -> HttpResponse:
    return _mission_form(request, get_object_or_404(Mission, pk=mission))


def _mission_form(request: PortalRequest, mission: Mission) -> HttpResponse:
    is_new, label = mission.pk is None, mission.label
    form = MissionForm(request.POST or None, instance=mission)
    if request.method == "GET" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        context = {"form": form, "is_new": is_new, "label": label}
        return render(request, "members/mission_edit.html", context, status=status)
    if is_new:
        actions.add_mission(by=request.membership, **form.cleaned_data)
    else:
        actions.edit_mission(mission, by=request.membership, **form.cleaned_data)
    messages.success(request, _("La mission est enregistrée."))
    return redirect("members:mission_list", cpts=request.cpts.slug)
