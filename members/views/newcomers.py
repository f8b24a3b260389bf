"""« Mes premiers pas » for each member; where newcomers are, for the governance."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cpts_portal.core.http import PortalRequest
from cpts_portal.core.refusals import Refused
from members import rules
from members.access import governance_required, role_required
from members.actions import newcomers as actions
from members.forms.newcomers import ConsentForm, MentorForm, NewcomerForm
from members.models import Membership, Role, WelcomeStep
from members.queries import newcomers as queries
from members.queries.directory import card_of
from members.views.layout import base_for

members_only = role_required(
    Role.PROFESSIONAL, Role.COORDINATOR, Role.SECRETARY, Role.BOARD, Role.PARTNER
)


# --- One's own path -------------------------------------------------------------------------
@require_safe
@members_only
def welcome_show(request: PortalRequest, cpts: str) -> HttpResponse:
    return _own_page(request)


def _own_page(
    request: PortalRequest, form: ConsentForm | None = None, *, status: int = 200
) -> HttpResponse:
    member, today = request.membership, timezone.localdate()
    path = queries.path_of(member)
    welcome = path.welcome if path else None
    is_running = welcome is not None and rules.is_path_running(welcome, today)
    context: dict[str, Any] = {
        "base": base_for(request),
        "path": path if is_running else None,
        "finished_at": welcome.finished_at if welcome else None,
        "mentor": card_of(welcome.mentor_id) if welcome and welcome.mentor_id else None,
        "kit": queries.kit(),
        "newcomers": queries.paths_with(member, today),
        "form": form or _consent_form(welcome),
        "asks_consent": is_running and welcome and rules.may_still_be_introduced(welcome, today),
    }
    return render(request, "members/welcome_show.html", context, status=status)


def _consent_form(welcome: Any) -> ConsentForm:
    names = ("may_introduce", "words")
    return ConsentForm(initial={name: getattr(welcome, name) for name in names} if welcome else {})


@require_POST
@members_only
def welcome_tick(request: PortalRequest, cpts: str, welcome_step: int) -> HttpResponse:
    """`fait` is 1 to tick, anything else to untick."""
    found = get_object_or_404(WelcomeStep, pk=welcome_step, is_active=True)
    actions.tick(found, is_done=request.POST.get("fait") == "1", by=request.membership)
    return redirect("members:welcome_show", cpts=cpts)


@require_POST
@members_only
def welcome_consent(request: PortalRequest, cpts: str) -> HttpResponse:
    form = ConsentForm(request.POST)
    if not form.is_valid():
        return _own_page(request, form, status=422)
    welcome = actions.consent(by=request.membership, **form.cleaned_data)
    told = (
        _("C’est noté : vos voisins feront connaissance avec vous.")
        if welcome.may_introduce
        else _("C’est noté : personne ne recevra de présentation.")
    )
    messages.success(request, told)
    return redirect("members:welcome_show", cpts=cpts)


# --- The governance -------------------------------------------------------------------------
@require_safe
@governance_required
def newcomer_list(request: PortalRequest, cpts: str) -> HttpResponse:
    return _list(request, NewcomerForm())


def _list(request: PortalRequest, form: NewcomerForm, *, status: int = 200) -> HttpResponse:
    context = {
        "base": base_for(request),
        "paths": queries.running_paths(timezone.localdate()),
        "form": form,
    }
    return render(request, "members/newcomer_list.html", context, status=status)


@require_POST
@governance_required
def newcomer_start(request: PortalRequest, cpts: str) -> HttpResponse:
    form = NewcomerForm(request.POST)
    if not form.is_valid():
        return _list(request, form, status=422)
    member: Membership = form.cleaned_data["member"]
    welcome = actions.start(member, by=request.membership)
    messages.success(request, _("Le parcours de %(member)s est ouvert.") % {"member": member})
    return redirect("members:newcomer_detail", cpts=cpts, welcome=welcome.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@governance_required
def newcomer_detail(request: PortalRequest, cpts: str, welcome: int) -> HttpResponse:
    """One path, and who accompanies it."""
    path = queries.path(welcome)
    if path is None:
        raise Http404
    data = request.POST if request.method == "POST" else None
    form = MentorForm(data, welcome=path.welcome, initial={"mentor": path.welcome.mentor_id})
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        try:
            actions.choose_mentor(path.welcome, by=request.membership, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
        else:
            messages.success(request, _("Le référent est enregistré."))
            return redirect("members:newcomer_list", cpts=cpts)
    context = {"base": base_for(request), "path": path, "form": form}
    return render(request, "members/newcomer_detail.html", context, status=status)


@require_POST
@governance_required
def newcomer_finish(request: PortalRequest, cpts: str, welcome: int) -> HttpResponse:
    path = queries.path(welcome)
    if path is None:
        raise Http404
    actions.finish(path.welcome, by=request.membership)
    messages.success(request, _("Le parcours est terminé."))
    return redirect("members:newcomer_list", cpts=cpts)
