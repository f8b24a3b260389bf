"""The waiting list at the desk, and the private page of whoever stands in it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cpts_portal.core import audit, throttle
from cpts_portal.core.http import PortalRequest, secretive
from cpts_portal.core.models import AccessEntry
from cpts_portal.core.refusals import NotPermitted, Refused
from cpts_portal.core.scoping import open_scope
from members.models import Membership, Role
from members.views.layout import base_for
from patients.queries.filing import open_teams
from unscheduled_care import rules
from unscheduled_care.actions import waiting as actions
from unscheduled_care.forms.waiting import AnswerForm, WaitingForm, first_values
from unscheduled_care.models import WaitingContact, WaitingEntry, WaitingOffer
from unscheduled_care.queries import waiting as queries
from unscheduled_care.rules import WaitingPatient
from unscheduled_care.views.needs import care_staff

CONTACT = "unscheduled_care.waitingcontact"
PrivateView = Callable[[HttpRequest, WaitingContact], HttpResponse]


# --- The desk and the members ---------------------------------------------------------------
@require_safe
@care_staff
def waiting_list(request: PortalRequest, cpts: str) -> HttpResponse:
    """The line, anonymous; `?contact=` opens one contact, and its reading is logged."""
    return _list(request, _opened(request))


def _opened(request: PortalRequest) -> WaitingContact | None:
    asked = request.GET.get("contact", "")
    if not (asked.isascii() and asked.isdigit() and len(asked) < 19):
        return None
    entry = _kept(request, int(asked))
    audit.record_access(
        by=request.membership,
        purpose=AccessEntry.Purpose.OPEN,
        patient_ids=[entry.contact.pk],
        kind=CONTACT,
    )
    contact: WaitingContact = entry.contact
    return contact


def _list(
    request: PortalRequest, contact: WaitingContact | None, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    member: Membership = request.membership
    context = {
        "base": base_for(request),
        "places": queries.places_of(member),
        "past": queries.past_of(member),
        "contact": contact,
        "is_desk": member.role == Role.COORDINATOR,
        "refusal": refusal,
    }
    return render(request, "unscheduled_care/waiting_list.html", context, status=status)


def _kept(request: PortalRequest, pk: int) -> WaitingEntry:
    """An entry that she keeps; anybody else's does not exist."""
    entry = get_object_or_404(queries.entries().select_related("contact"), pk=pk)
    if not rules.keeps_entry(request.membership, entry):
        raise Http404
    return entry


@require_http_methods(["GET", "HEAD", "POST"])
@care_staff
def waiting_new(request: PortalRequest, cpts: str) -> HttpResponse:
    typed = request.POST if request.method == "POST" else None
    form, status = WaitingForm(typed, initial=first_values(request.GET)), 200
    if form.is_valid():
        try:
            actions.join(
                form.wanted, form.words, by=request.membership, key=form.cleaned_data["key"]
            )
        except NotPermitted:
            raise
        except Refused as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
        else:
            messages.success(request, _("La personne est en liste d’attente, à son rang."))
            return redirect("unscheduled_care:waiting_list", cpts=cpts)
    status = 422 if form.errors and status == 200 else status
    context = {"form": form, "base": base_for(request)}
    return render(request, "unscheduled_care/waiting_new.html", context, status=status)


@require_POST
@care_staff
def waiting_remove(request: PortalRequest, cpts: str, entry: int) -> HttpResponse:
    kept = _kept(request, entry)
    try:
        actions.remove(kept, by=request.membership)
    except NotPermitted:
        raise
    except Refused as refusal:
        return _list(request, None, refusal=str(refusal), status=refusal.status)
    messages.success(request, _("La personne est retirée de la liste d’attente."))
    return redirect("unscheduled_care:waiting_list", cpts=cpts)


@require_POST
@care_staff
def waiting_answer(request: PortalRequest, cpts: str, entry: int) -> HttpResponse:
    """What she said by voice, noted for her."""
    kept, form = _kept(request, entry), AnswerForm(request.POST)
    if not form.is_valid():
        return _list(request, None, refusal=_("Choisissez une réponse."), status=422)
    try:
        said = _answer(kept, form.cleaned_data, by=request.membership)
    except NotPermitted:
        raise
    except Refused as refusal:
        return _list(request, None, refusal=str(refusal), status=refusal.status)
    messages.success(request, said)
    return redirect("unscheduled_care:waiting_list", cpts=cpts)


def _answer(entry: WaitingEntry, said: dict[str, Any], *, by: Any) -> str:
    """Accept or decline the offer that was on the page; the sentence that says it is done."""
    offer = get_object_or_404(WaitingOffer, pk=said["offer"], entry=entry)
    if said["answer"] == "accept":
        actions.accept(offer, by=by)
        return _("Le rendez-vous est réservé.")
    actions.decline(offer, by=by)
    return _("C’est noté : le créneau est proposé à la personne suivante.")


# --- Her private page ---------------------------------------------------------------------------
def private_page(view: PrivateView) -> Callable[[HttpRequest, str], HttpResponse]:
    """Find the entry, open its CPTS, and leave no trace of the address anywhere."""

    @login_not_required
    @wraps(view)
    def opened(request: HttpRequest, token: str) -> HttpResponse:
        contact = queries.contact_of_token(token)
        if contact is None:
            return secretive(_unknown_link(request))
        request.cpts = contact.cpts  # type: ignore[attr-defined]
        with open_scope(cpts=contact.cpts):
            return secretive(view(request, contact))

    return opened


def _unknown_link(request: HttpRequest) -> HttpResponse:
    """The same page for a wrong token and for an erased one."""
    throttle.hit(request, "waiting_unknown", limit=30, seconds=3600)
    context = {"teams": open_teams()}
    return render(request, "unscheduled_care/waiting_unknown.html", context, status=404)


def _shown(
    request: HttpRequest, contact: WaitingContact, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    """Where she stands: waiting, offered until a deadline, booked, or out of the line."""
    assert request.resolver_match is not None
    entry = queries.entries().get(pk=contact.entry_id)
    is_waiting = queries.line().filter(pk=entry.pk).exists()
    context = {
        "entry": entry,
        "token": request.resolver_match.kwargs["token"],
        "is_waiting": is_waiting,
        "ahead": queries.ahead_of(entry) if is_waiting else 0,
        "offer": queries.live_offer_of(entry) if entry.status == "waiting" else None,
        "slot": queries.booked_slot(entry),
        "refusal": refusal,
    }
    return render(request, "unscheduled_care/waiting_show.html", context, status=status)


@require_safe
@private_page
def waiting_show(request: HttpRequest, contact: WaitingContact) -> HttpResponse:
    return _shown(request, contact)


def _private_act(
    request: HttpRequest, contact: WaitingContact, act: Callable[[WaitingPatient], str]
) -> HttpResponse:
    """Act for whoever holds the link; a refusal is said on her page as it stands now."""
    assert request.resolver_match is not None
    try:
        said = act(WaitingPatient(contact.entry_id))
    except Refused as refusal:
        return _shown(request, contact, refusal=str(refusal), status=refusal.status)
    messages.success(request, said)
    return redirect("unscheduled_care:waiting_show", request.resolver_match.kwargs["token"])


def _private_answer(request: HttpRequest, contact: WaitingContact, answer: str) -> HttpResponse:
    form = AnswerForm({"answer": answer, "offer": request.POST.get("offer", "")})
    if not form.is_valid():
        return _shown(request, contact, refusal=_("Choisissez une réponse."), status=422)
    return _private_act(
        request, contact, lambda by: _answer(contact.entry, form.cleaned_data, by=by)
    )


@require_POST
@private_page
def waiting_accept(request: HttpRequest, contact: WaitingContact) -> HttpResponse:
    return _private_answer(request, contact, "accept")


@require_POST
@private_page
def waiting_decline(request: HttpRequest, contact: WaitingContact) -> HttpResponse:
    return _private_answer(request, contact, "decline")


@require_POST
@private_page
def waiting_leave(request: HttpRequest, contact: WaitingContact) -> HttpResponse:
    def act(by: WaitingPatient) -> str:
        actions.leave(contact.entry, by=by)
        return _("Vous n’êtes plus en liste d’attente.")

    return _private_act(request, contact, act)
