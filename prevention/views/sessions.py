"""The desk's sessions: the week, one session as a hub, its form, its repeats, its end."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cpts_portal.core.http import PortalRequest
from cpts_portal.core.refusals import Refused
from members.access import role_required
from members.models import Role
from prevention import lifecycle
from prevention.actions import sessions as actions
from prevention.forms.sessions import (
    CancelSessionForm,
    HoldForm,
    RepeatForm,
    SessionForm,
    initial_of,
)
from prevention.models import Campaign, Session
from prevention.queries import door, events, registrations, reminders, rota
from prevention.queries import sessions as queries
from prevention.rules.sessions import has_begun, is_to_come

desk_only = role_required(Role.COORDINATOR)
read_and_write = require_http_methods(["GET", "HEAD", "POST"])

PANELS: tuple[Callable[[Session], dict[str, Any]], ...] = (
    registrations.panel_of,
    rota.panel_of,
    door.panel_of,
    reminders.panel_of,
    events.panel_of,
)
"""What each part of the hub shows, by the noun that owns it."""


def sent(request: PortalRequest) -> QueryDict | None:
    """What was typed; None for a page that is opened."""
    return request.POST if request.method == "POST" else None


def find(pk: int) -> Session:
    return get_object_or_404(queries.in_full(), pk=pk)


# --- The week -------------------------------------------------------------------------------
@require_safe
@desk_only
def session_list(request: PortalRequest, cpts: str) -> HttpResponse:
    monday = _monday(request.GET.get("semaine", ""))
    context = {
        "week": queries.week_of(monday),
        "monday": monday,
        "before": monday - timedelta(days=7),
        "after": monday + timedelta(days=7),
        "today": timezone.localdate(),
    }
    return render(request, "prevention/session_list.html", context)


def _monday(asked: str) -> date:
    """The first day of the week of « ?semaine=2026-11-23 », or of this one."""
    day = timezone.localdate()
    if asked:
        try:
            day = date.fromisoformat(asked)
        except ValueError:
            raise Http404 from None
        if not 2000 < day.year < 2200:
            raise Http404
    return day - timedelta(days=day.weekday())


# --- The hub --------------------------------------------------------------------------------
@require_safe
@desk_only
def session_show(request: PortalRequest, cpts: str, session: int) -> HttpResponse:
    return show(request, find(session))


def show(
    request: PortalRequest, session: Session, *, status: int = 200, **more: Any
) -> HttpResponse:
    """The hub of a session; `more` is what a part of it has to say of what was just sent."""
    now = timezone.now()
    context: dict[str, Any] = {
        "session": session,
        "verbs": lifecycle.SESSION.open_to(session, by=request.membership),
        "is_to_come": is_to_come(session, now),
        "has_begun": has_begun(session, now),
        "facts": queries.conditions_of(session),
    }
    for panel_of in PANELS:
        context |= panel_of(session)
    return render(request, "prevention/session_show.html", context | more, status=status)


# --- Its form -------------------------------------------------------------------------------
@read_and_write
@desk_only
def session_new(request: PortalRequest, cpts: str, campaign: int) -> HttpResponse:
    found = get_object_or_404(Campaign.objects.select_related("topic"), pk=campaign)
    first = {
        "key": uuid.uuid4(),
        "audience": "members" if found.is_for_professionals else "public",
    }
    form = SessionForm(sent(request), campaign=found, initial=first)
    if not form.is_valid():
        return _form(request, form, found)
    try:
        made = actions.create(
            found, form.words, by=request.membership, key=form.cleaned_data["key"]
        )
    except Refused as refusal:
        return _form(request, form, found, refusal=refusal)
    messages.success(request, _("La séance est prévue."))
    return redirect("prevention:session_show", cpts=cpts, session=made.pk)


@read_and_write
@desk_only
def session_edit(request: PortalRequest, cpts: str, session: int) -> HttpResponse:
    found = find(session)
    form = SessionForm(
        sent(request), campaign=found.campaign, session=found, initial=initial_of(found)
    )
    if not form.is_valid():
        return _form(request, form, found.campaign, found)
    try:
        changed = actions.edit(
            found, form.words, by=request.membership, seen=form.cleaned_data["seen"]
        )
    except Refused as refusal:
        return _form(request, form, found.campaign, found, refusal=refusal)
    if changed.sequence != found.sequence:
        messages.success(request, _("La séance est modifiée, les personnes concernées prévenues."))
    else:
        messages.success(request, _("La séance est modifiée."))
    return redirect("prevention:session_show", cpts=cpts, session=session)


def _form(
    request: PortalRequest,
    form: SessionForm,
    campaign: Campaign,
    session: Session | None = None,
    *,
    refusal: Refused | None = None,
) -> HttpResponse:
    status = 422 if form.errors else 200
    if refusal is not None:
        status = _note(form, refusal)
    context = {"form": form, "campaign": campaign, "session": session}
    return render(request, "prevention/session_edit.html", context, status=status)


def _note(form: Any, refusal: Refused) -> int:
    """Show a refusal above the form, beside what was typed; the status to answer with."""
    form.add_error(None, str(refusal))
    return refusal.status


# --- On other days --------------------------------------------------------------------------
@read_and_write
@desk_only
def session_repeat(request: PortalRequest, cpts: str, session: int) -> HttpResponse:
    found = find(session)
    form = RepeatForm(
        sent(request), first=found.starts_at, initial={"key": uuid.uuid4(), "times": 4}
    )
    status = 422 if form.errors else 200
    if form.is_valid():
        key = form.cleaned_data["key"]
        try:
            made = actions.duplicate(found, form.chosen, by=request.membership, key=key)
        except Refused as refusal:
            status = _note(form, refusal)
        else:
            messages.success(request, _repeated(len(made)))
            return redirect("prevention:session_show", cpts=cpts, session=made[0].pk)
    context = {"form": form, "session": found}
    return render(request, "prevention/session_repeat.html", context, status=status)


def _repeated(count: int) -> str:
    return ngettext("%(count)d séance est prévue.", "%(count)d séances sont prévues.", count) % {
        "count": count
    }


# --- Its end --------------------------------------------------------------------------------
@read_and_write
@desk_only
def session_cancel(request: PortalRequest, cpts: str, session: int) -> HttpResponse:
    found = find(session)
    form = CancelSessionForm(sent(request))
    status = 422 if form.errors else 200
    if form.is_valid():
        try:
            actions.cancel(found, by=request.membership, **form.cleaned_data)
        except Refused as refusal:
            status = _note(form, refusal)
        else:
            messages.success(request, _("La séance est annulée, tout le monde est prévenu."))
            return redirect("prevention:session_show", cpts=cpts, session=session)
    context = {"form": form, "session": found, "told": rota.booked([found]).count()}
    return render(request, "prevention/session_cancel.html", context, status=status)


@require_POST
@desk_only
def session_hold(request: PortalRequest, cpts: str, session: int) -> HttpResponse:
    """One tap; once more to confirm when nobody is noted as having come."""
    found, form = find(session), HoldForm(request.POST)
    is_confirmed = form.is_valid() and form.cleaned_data["is_confirmed"]
    try:
        actions.hold(found, by=request.membership, is_confirmed=is_confirmed)
    except actions.NobodyNoted as unsure:
        return show(request, found, status=unsure.status, hold_doubt=str(unsure))
    messages.success(request, _("La séance est clôturée avec ses chiffres."))
    return redirect("prevention:session_show", cpts=cpts, session=session)
