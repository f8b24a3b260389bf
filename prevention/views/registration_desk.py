"""The list of a session at the desk, and a member's own place in a session for professionals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cpts_portal.core import audit
from cpts_portal.core.http import PortalRequest
from cpts_portal.core.models import AccessEntry
from cpts_portal.core.refusals import NotPermitted, Refused
from members.access import role_required
from members.models import Role
from members.views.layout import base_for
from prevention.actions import registrations as actions
from prevention.forms.registrations import DeskForm, KeyForm, conditions_of
from prevention.models import Registration, RegistrationStatus, Session
from prevention.queries import registrations as queries
from prevention.queries.sessions import in_full
from prevention.rules.line import is_for_members

CONTACT = "prevention.registrationcontact"
Status = RegistrationStatus
desk = role_required(Role.COORDINATOR)
members = role_required(Role.PROFESSIONAL, Role.BOARD, Role.SECRETARY, Role.COORDINATOR)


def _session(pk: int) -> Session:
    found: Session = get_object_or_404(in_full(), pk=pk)
    return found


# --- The desk -----------------------------------------------------------------------------------
@require_safe
@desk
def registration_list(request: PortalRequest, cpts: str, session: int) -> HttpResponse:
    """Names and ways to reach them, in the order of arrival; each opening is logged."""
    return _list(request, _session(session))


def _list(
    request: PortalRequest, session: Session, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    rows = list(queries.of_session(session))
    contacts = [contact.pk for row in rows if (contact := queries.contact_of(row))]
    audit.record_access(
        by=request.membership,
        purpose=AccessEntry.Purpose.LIST,
        patient_ids=contacts,
        kind=CONTACT,
    )
    context = {"session": session, "lines": queries.lines_of(rows), "refusal": refusal}
    return render(request, "prevention/registration_list.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def registration_add(request: PortalRequest, cpts: str, session: int) -> HttpResponse:
    """Somebody who calls; she gets the same messages as who registers online."""
    found = _session(session)
    form = DeskForm(request.POST if request.method == "POST" else None, session=found)
    status = 200
    if form.is_valid():
        try:
            row = actions.register(
                found,
                form.words,
                by=request.membership,
                door=Registration.Door.DESK,
                key=form.cleaned_data["key"],
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
        else:
            messages.success(request, _said(row))
            return redirect("prevention:registration_list", cpts, session)
    context = {"form": form, "session": found, "conditions": conditions_of(found)}
    status = 422 if form.errors and status == 200 else status
    return render(request, "prevention/registration_add.html", context, status=status)


def _said(row: Registration) -> str:
    if row.status == Status.WAITING:
        rank = queries.ahead_of(row) + 1
        return _("La séance est complète : la personne est en liste d’attente, rang %(rank)d.") % {
            "rank": rank
        }
    return _("La personne a sa place.")


def _deed(
    request: PortalRequest, session: int, registration: int, act: Callable[[Registration], str]
) -> HttpResponse:
    """Do it to a registration of that session; a refusal is said on the list as it stands."""
    row = get_object_or_404(queries.registrations(), pk=registration, session=session)
    try:
        said = act(row)
    except NotPermitted:
        raise
    except Refused as refusal:
        return _list(request, row.session, refusal=str(refusal), status=refusal.status)
    messages.success(request, said)
    return redirect("prevention:registration_list", request.cpts.slug, session)


@require_POST
@desk
def registration_remove(
    request: PortalRequest, cpts: str, session: int, registration: int
) -> HttpResponse:
    """She is told, and whoever is next in line gets her seat."""

    def act(row: Registration) -> str:
        actions.cancel(row, by=request.membership)
        return _("L’inscription est annulée.")

    return _deed(request, session, registration, act)


@require_POST
@desk
def registration_take(
    request: PortalRequest, cpts: str, session: int, registration: int
) -> HttpResponse:
    """The seat that was offered, for whoever says yes by telephone."""

    def act(row: Registration) -> str:
        actions.accept(row, by=request.membership)
        return _("La place est confirmée.")

    return _deed(request, session, registration, act)


# --- A member's own place -------------------------------------------------------------------
def _own_page(
    request: PortalRequest, session: Session, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    row = queries.of_member(session, request.membership.pk)
    context: dict[str, Any] = {
        "base": base_for(request),
        "session": session,
        "standing": queries.standing_of(row) if row is not None else None,
        "is_open": queries.is_open(session),
        "key": uuid4(),
        "refusal": refusal,
    }
    return render(request, "prevention/member_register.html", context, status=status)


def _for_members(pk: int) -> Session:
    session = _session(pk)
    if not is_for_members(session):
        raise Http404
    return session


@require_http_methods(["GET", "HEAD", "POST"])
@members
def member_register(request: PortalRequest, cpts: str, session: int) -> HttpResponse:
    """A session for professionals and one's place in it; a POST registers in one tap."""
    found = _for_members(session)
    if request.method != "POST":
        return _own_page(request, found)
    form = KeyForm(request.POST)
    key = form.cleaned_data["key"] if form.is_valid() else uuid4()

    def act() -> str:
        row = actions.register_member(found, by=request.membership, key=key)
        is_waiting = row.status == Status.WAITING
        return _("Vous êtes en liste d’attente.") if is_waiting else _("Vous avez votre place.")

    return _own_deed(request, found, act)


def _own_deed(request: PortalRequest, session: Session, act: Callable[[], str]) -> HttpResponse:
    try:
        said = act()
    except NotPermitted:
        raise
    except Refused as refusal:
        return _own_page(request, session, refusal=str(refusal), status=refusal.status)
    messages.success(request, said)
    return redirect("prevention:member_register", request.cpts.slug, session.pk)


def _own(request: PortalRequest, session: Session) -> Registration:
    row = queries.of_member(session, request.membership.pk)
    if row is None:
        raise Refused(_("Vous n’êtes pas inscrit à cette séance."))
    return row


@require_POST
@members
def member_leave(request: PortalRequest, cpts: str, session: int) -> HttpResponse:
    found = _for_members(session)

    def act() -> str:
        actions.cancel(_own(request, found), by=request.membership)
        return _("Votre inscription est annulée.")

    return _own_deed(request, found, act)


@require_POST
@members
def member_accept(request: PortalRequest, cpts: str, session: int) -> HttpResponse:
    found = _for_members(session)

    def act() -> str:
        actions.accept(_own(request, found), by=request.membership)
        return _("Votre place est confirmée.")

    return _own_deed(request, found, act)
