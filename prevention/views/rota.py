"""Hands wanted and shifts kept: one tap each on a phone; the desk's rota of a session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cpts_portal.core.http import PortalRequest
from cpts_portal.core.refusals import NotPermitted, Refused
from members.access import role_required
from members.models import Membership
from members.views.layout import base_for
from prevention.actions import rota as actions
from prevention.forms.rota import ShiftForm, VolunteerForm, initial_of
from prevention.models import Session, Shift, Volunteer
from prevention.queries import rota as queries
from prevention.rules.campaigns import HELPERS
from prevention.views.sessions import desk_only, find, read_and_write, sent

helpers_only = role_required(*HELPERS)


# --- What a member finds --------------------------------------------------------------------
@require_safe
@helpers_only
def rota_list(request: PortalRequest, cpts: str) -> HttpResponse:
    return _list(request)


def _list(request: PortalRequest, *, refusal: str = "", status: int = 200) -> HttpResponse:
    member, now = request.membership, timezone.now()
    kept = queries.mine(member, now)
    context = {
        "base": base_for(request),
        "kept": kept,
        "wanted": queries.wanted(kept, now),
        "swaps": queries.swaps(member, kept, now),
        "sessions": queries.sessions_for_members(member, now),
        "minutes": queries.minutes_this_year(member),
        "refusal": refusal,
    }
    return render(request, "prevention/rota_list.html", context, status=status)


def _tapped(
    request: PortalRequest, action: Callable[..., Any], subject: Any, done: str
) -> HttpResponse:
    """One tap, then the page one came from: her list, or the session on the desk."""
    try:
        action(subject, by=request.membership)
    except Refused as refusal:
        if isinstance(refusal, NotPermitted) or _at_desk(request):
            raise
        return _list(request, refusal=str(refusal), status=refusal.status)
    messages.success(request, done)
    return redirect(_back(request, subject))


def _at_desk(request: PortalRequest) -> bool:
    return "desk" in request.POST


def _back(request: PortalRequest, subject: Shift | Volunteer) -> str:
    slug = request.cpts.slug
    if not _at_desk(request):
        return reverse("prevention:rota_list", args=[slug])
    shift = subject.shift if isinstance(subject, Volunteer) else subject
    return reverse("prevention:session_show", args=[slug, shift.session_id]) + "#rota"


def _shift(pk: int) -> Shift:
    return get_object_or_404(Shift.objects.select_related("session__campaign"), pk=pk)


def _volunteer(pk: int) -> Volunteer:
    rows = Volunteer.objects.select_related("shift__session", "membership__user")
    return get_object_or_404(rows, pk=pk)


@require_POST
@helpers_only
def shift_take(request: PortalRequest, cpts: str, shift: int) -> HttpResponse:
    return _tapped(request, actions.take, _shift(shift), _("Merci : ce poste est à vous."))


@require_POST
@helpers_only
def volunteer_leave(request: PortalRequest, cpts: str, volunteer: int) -> HttpResponse:
    found = _volunteer(volunteer)
    if found.membership_id == request.membership.pk:
        done = _("Vous êtes retiré de ce poste, la coordination est prévenue.")
    else:
        done = _("La personne est retirée de ce poste et prévenue.")
    return _tapped(request, actions.leave, found, done)


@require_POST
@helpers_only
def volunteer_seek(request: PortalRequest, cpts: str, volunteer: int) -> HttpResponse:
    done = _("C’est noté : le poste reste le vôtre jusqu’à ce que quelqu’un le reprenne.")
    return _tapped(request, actions.seek_swap, _volunteer(volunteer), done)


@require_POST
@helpers_only
def volunteer_keep(request: PortalRequest, cpts: str, volunteer: int) -> HttpResponse:
    return _tapped(request, actions.keep, _volunteer(volunteer), _("Vous gardez ce poste."))


@require_POST
@helpers_only
def volunteer_relieve(request: PortalRequest, cpts: str, volunteer: int) -> HttpResponse:
    done = _("Merci : vous prenez ce poste, et la personne est prévenue.")
    return _tapped(request, actions.relieve, _volunteer(volunteer), done)


# --- The desk's rota ------------------------------------------------------------------------
@read_and_write
@desk_only
def shift_new(request: PortalRequest, cpts: str, session: int) -> HttpResponse:
    found = find(session)
    form = ShiftForm(sent(request), session=found, initial=initial_of(found))
    return _shift_page(
        request, form, found, lambda words: actions.add_shift(found, words, by=request.membership)
    )


@read_and_write
@desk_only
def shift_edit(request: PortalRequest, cpts: str, shift: int) -> HttpResponse:
    known = _shift(shift)
    found = find(known.session_id)
    form = ShiftForm(sent(request), session=found, initial=initial_of(known))
    return _shift_page(
        request,
        form,
        found,
        lambda words: actions.edit_shift(known, words, by=request.membership),
        shift=known,
    )


def _shift_page(
    request: PortalRequest,
    form: ShiftForm,
    session: Session,
    write: Callable[[actions.ShiftWords], Shift],
    *,
    shift: Shift | None = None,
) -> HttpResponse:
    status = 422 if form.errors else 200
    if form.is_valid():
        try:
            write(form.words)
        except Refused as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
        else:
            messages.success(request, _("Le poste est enregistré."))
            return redirect(_hub(request, session.pk))
    context = {"form": form, "session": session, "shift": shift}
    return render(request, "prevention/shift_edit.html", context, status=status)


def _hub(request: PortalRequest, session: int) -> str:
    return reverse("prevention:session_show", args=[request.cpts.slug, session]) + "#rota"


@require_POST
@desk_only
def shift_remove(request: PortalRequest, cpts: str, shift: int) -> HttpResponse:
    found = _shift(shift)
    actions.remove_shift(found, by=request.membership)
    messages.success(request, _("Le poste est retiré."))
    return redirect(_hub(request, found.session_id))


@read_and_write
@desk_only
def volunteer_add(request: PortalRequest, cpts: str, shift: int) -> HttpResponse:
    found = _shift(shift)
    form = VolunteerForm(sent(request), shift=found)
    status = 422 if form.errors else 200
    if form.is_valid():
        member: Membership = form.cleaned_data["member"]
        try:
            actions.add(found, member, by=request.membership)
        except Refused as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
        else:
            messages.success(request, _("C’est noté, la personne est prévenue."))
            return redirect(_hub(request, found.session_id))
    context = {"form": form, "shift": found, "session": find(found.session_id)}
    return render(request, "prevention/volunteer_add.html", context, status=status)
