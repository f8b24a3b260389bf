"""Reminders at the desk: plans of a campaign, what goes out tomorrow, and the stop button."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cpts_portal.core import throttle
from cpts_portal.core.http import PortalRequest
from cpts_portal.core.refusals import NotPermitted, Refused
from members.access import governance_required, role_required
from members.models import Role
from prevention import lifecycle
from prevention.actions import plans as actions
from prevention.forms.plans import PlanForm, ReadForm
from prevention.models import Audience, Campaign, ReminderPlan
from prevention.notifications.reminders import preview_of
from prevention.queries import reminders as queries
from prevention.queries.terms import terms_of
from prevention.rules.campaigns import runs_campaigns
from prevention.rules.reminders import may_approve
from prevention.rules.wording import VARIABLES, WITHOUT_A_SESSION

desk_only = role_required(Role.COORDINATOR)
read_and_write = require_http_methods(["GET", "HEAD", "POST"])


def _plan(pk: int) -> ReminderPlan:
    return get_object_or_404(queries.plans(), pk=pk)


# --- Writing ------------------------------------------------------------------------------------
@read_and_write
@desk_only
def plan_new(request: PortalRequest, cpts: str, campaign: int) -> HttpResponse:
    of = get_object_or_404(Campaign.objects.select_related("topic"), pk=campaign)
    form = PlanForm(_typed(request), campaign=of)

    def write() -> ReminderPlan:
        return actions.write(form.words, campaign=of, by=request.membership)

    return _write(request, form, of, write, _("Le rappel est écrit. Relisez-le, puis activez-le."))


@read_and_write
@desk_only
def plan_edit(request: PortalRequest, cpts: str, plan: int) -> HttpResponse:
    found = _plan(plan)
    form = PlanForm(_typed(request), campaign=found.campaign, plan=found)

    def edit() -> ReminderPlan:
        return actions.edit(found, form.words, by=request.membership)

    return _write(request, form, found.campaign, edit, _("Le rappel est modifié."), found)


def _typed(request: PortalRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _write(
    request: PortalRequest,
    form: PlanForm,
    campaign: Campaign,
    act: Callable[[], ReminderPlan],
    said: str,
    plan: ReminderPlan | None = None,
) -> HttpResponse:
    status = 200
    if form.is_valid():
        try:
            written = act()
        except NotPermitted:
            raise
        except Refused as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
        else:
            messages.success(request, said)
            return redirect("prevention:plan_preview", request.cpts.slug, written.pk)
    context = {
        "form": form,
        "campaign": campaign,
        "plan": plan,
        "variables": VARIABLES.items(),
        "without_a_session": WITHOUT_A_SESSION,
    }
    status = 422 if form.errors and status == 200 else status
    return render(request, "prevention/plan_edit.html", context, status=status)


# --- Reading ------------------------------------------------------------------------------------
@require_safe
@governance_required
def plan_preview(request: PortalRequest, cpts: str, plan: int) -> HttpResponse:
    return _show(request, _plan(plan))


def _show(
    request: PortalRequest, plan: ReminderPlan, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    by = request.membership
    session = queries.next_session(plan)
    [shelf] = queries.shelves(queries.plans().filter(pk=plan.pk))
    context = {
        "plan": plan,
        "shelf": shelf,
        "session": session,
        "previews": [preview_of(plan, session, code) for code in ("fr", "en")],
        "needs_session": session is None and plan.audience != Audience.RECALLED,
        "sendings": queries.sendings_of_plan(plan),
        "verbs": lifecycle.PLAN.open_to(plan, by=by),
        "can_write": runs_campaigns(by, plan),
        "can_approve": may_approve(by, plan) and plan.approved_at is None,
        "approval_above": terms_of(request.cpts).approval_above,
        "refusal": refusal,
    }
    return render(request, "prevention/plan_preview.html", context, status=status)


def _act(
    request: PortalRequest, plan: ReminderPlan, act: Callable[[], Any], said: str
) -> HttpResponse:
    """Do it and say so on the plan's page; a refusal is said there too."""
    try:
        act()
    except NotPermitted:
        raise
    except Refused as refusal:
        return _show(request, _plan(plan.pk), refusal=str(refusal), status=refusal.status)
    messages.success(request, said)
    return redirect("prevention:plan_preview", request.cpts.slug, plan.pk)


@require_POST
@desk_only
def plan_activate(request: PortalRequest, cpts: str, plan: int) -> HttpResponse:
    found = _plan(plan)
    return _act(
        request,
        found,
        lambda: actions.activate(found, by=request.membership),
        _("Le rappel est actif : il partira de lui-même."),
    )


@require_POST
@desk_only
def plan_stop(request: PortalRequest, cpts: str, plan: int) -> HttpResponse:
    found = _plan(plan)
    return _act(
        request,
        found,
        lambda: actions.stop(found, by=request.membership),
        _("Le rappel est arrêté : plus rien n’en part."),
    )


@require_POST
@governance_required
def plan_approve(request: PortalRequest, cpts: str, plan: int) -> HttpResponse:
    found, form = _plan(plan), ReadForm(request.POST)
    if not form.is_valid():
        return _show(request, found, refusal=_("Relisez ce rappel sur cette page."), status=422)
    return _act(
        request,
        found,
        lambda: actions.approve(found, read_at=form.cleaned_data["read_at"], by=request.membership),
        _("Relu et approuvé : le rappel partira à son heure."),
    )


@require_POST
@governance_required
def plan_test(request: PortalRequest, cpts: str, plan: int) -> HttpResponse:
    found = _plan(plan)
    throttle.hit(None, "plan_test", limit=20, seconds=3600, key=str(request.membership.pk))
    return _act(
        request,
        found,
        lambda: actions.try_out(found, by=request.membership),
        _("L’essai part à votre adresse."),
    )


# --- What goes out tomorrow -----------------------------------------------------------------
@require_safe
@governance_required
def reminder_tomorrow(request: PortalRequest, cpts: str) -> HttpResponse:
    context = {
        "days": queries.days_ahead(timezone.localdate()),
        "active": queries.active_plans().count(),
        "can_write": runs_campaigns(request.membership, request.membership),
    }
    return render(request, "prevention/reminder_tomorrow.html", context)


@require_POST
@desk_only
def reminder_stop_all(request: PortalRequest, cpts: str) -> HttpResponse:
    stopped = actions.stop_all(by=request.membership)
    messages.success(
        request,
        ngettext(
            "%(n)d rappel arrêté : plus rien ne part.",
            "%(n)d rappels arrêtés : plus rien ne part.",
            stopped,
        )
        % {"n": stopped},
    )
    return redirect("prevention:reminder_tomorrow", cpts)
