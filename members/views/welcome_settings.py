"""The checklist of newcomers, and the aids for who settles here: read by all, kept at the desk."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cpts_portal.core.http import PortalRequest
from members import rules
from members.access import governance_required, in_public, role_required
from members.actions import welcome_settings as actions
from members.forms.newcomers import InstallationAidForm, WelcomeStepForm, aid_values, step_values
from members.models import InstallationAid, Role, WelcomeStep
from members.queries import newcomers as queries
from members.views.layout import base_for

read_and_write = require_http_methods(["GET", "HEAD", "POST"])


def _typed(request: PortalRequest) -> Any:
    return request.POST if request.method == "POST" else None


# --- The checklist --------------------------------------------------------------------------
@require_safe
@governance_required
def welcome_step_list(request: PortalRequest, cpts: str) -> HttpResponse:
    context = {"base": base_for(request), "steps": WelcomeStep.objects.all()}
    return render(request, "members/welcome_step_list.html", context)


@read_and_write
@governance_required
def welcome_step_new(request: PortalRequest, cpts: str) -> HttpResponse:
    return _step(request, WelcomeStep(position=WelcomeStep.objects.count()))


@read_and_write
@governance_required
def welcome_step_edit(request: PortalRequest, cpts: str, welcome_step: int) -> HttpResponse:
    return _step(request, get_object_or_404(WelcomeStep, pk=welcome_step))


def _step(request: PortalRequest, step: WelcomeStep) -> HttpResponse:
    form = WelcomeStepForm(_typed(request), initial=step_values(step))
    if request.method == "POST" and form.is_valid():
        actions.save(step, by=request.membership, **form.cleaned_data)
        messages.success(request, _("L’étape est enregistrée."))
        return redirect("members:welcome_step_list", cpts=request.cpts.slug)
    context = {"base": base_for(request), "form": form, "step": step}
    status = 422 if form.errors else 200
    return render(request, "members/welcome_step_edit.html", context, status=status)


# --- Aids -----------------------------------------------------------------------------------
@require_safe
@role_required(Role.PROFESSIONAL, Role.COORDINATOR, Role.SECRETARY, Role.BOARD, Role.PARTNER)
def aid_list(request: PortalRequest, cpts: str) -> HttpResponse:
    """Those out of use are for who keeps the page."""
    governs = rules.governs(request.membership, request.membership)
    found = InstallationAid.objects.all() if governs else queries.aids()
    context = {"base": base_for(request), "aids": found, "governs": governs}
    return render(request, "members/aid_list.html", context)


@require_safe
@login_not_required
@in_public
def aid_public(request: PortalRequest, cpts: str) -> HttpResponse:
    """The same page for who thinks of settling here."""
    context = {"cpts": request.cpts, "aids": queries.aids()}
    return render(request, "members/aid_public.html", context)


@read_and_write
@governance_required
def aid_new(request: PortalRequest, cpts: str) -> HttpResponse:
    position = InstallationAid.objects.count()
    return _aid(request, InstallationAid(position=position, checked_on=timezone.localdate()))


@read_and_write
@governance_required
def aid_edit(request: PortalRequest, cpts: str, aid: int) -> HttpResponse:
    return _aid(request, get_object_or_404(InstallationAid, pk=aid))


def _aid(request: PortalRequest, aid: InstallationAid) -> HttpResponse:
    form = InstallationAidForm(_typed(request), initial=aid_values(aid))
    if request.method == "POST" and form.is_valid():
        actions.save(aid, by=request.membership, **form.cleaned_data)
        messages.success(request, _("L’aide est enregistrée."))
        return redirect("members:aid_list", cpts=request.cpts.slug)
    context = {"base": base_for(request), "form": form, "aid": aid}
    status = 422 if form.errors else 200
    return render(request, "members/aid_edit.html", context, status=status)
