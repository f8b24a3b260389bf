"""Recall lists: those of the coordination, the people one follows, and one's own page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cpts_portal.core import audit, throttle
from cpts_portal.core.http import PortalRequest, secretive
from cpts_portal.core.models import AccessEntry
from cpts_portal.core.refusals import NotPermitted, Refused
from cpts_portal.core.scoping import open_scope
from members.access import role_required
from members.models import Role
from members.views.layout import base_for
from patients.queries.filing import open_teams
from prevention.actions import recalls as actions
from prevention.forms.recalls import RecalledForm, RecallListForm
from prevention.models import RecallContact, RecallEntry, RecallList
from prevention.queries import recalls as queries
from prevention.queries.recalls import Doer
from prevention.rules.recalls import RecalledPerson, keeps_recall

PER_PAGE = 50
View = Callable[..., HttpResponse]
PrivateView = Callable[[HttpRequest, RecallContact], HttpResponse]
coordination = role_required(Role.COORDINATOR)


def recallers(view: View) -> View:
    """Clinicians, those who act for them, and the coordination; `doers` says as whom."""

    @role_required(Role.COORDINATOR, Role.PROFESSIONAL, Role.BOARD, Role.SECRETARY)
    @wraps(view)
    def guarded(request: PortalRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        doers = queries.doers_of(request.membership)
        if not doers:
            raise NotPermitted(
                _("Cette page est ouverte aux soignants, et à qui agit pour l’un d’eux.")
            )
        return view(request, *args, doers=doers, **kwargs)

    return guarded


# --- The lists --------------------------------------------------------------------------------
@require_safe
@recallers
def recall_list(request: PortalRequest, cpts: str, *, doers: list[Doer]) -> HttpResponse:
    context = {
        "base": base_for(request),
        "shelves": queries.shelves_of(doers, queries.lists_for(doers)),
        "is_desk": queries.sees_all(doers),
    }
    return render(request, "prevention/recall_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@coordination
def recall_new(request: PortalRequest, cpts: str) -> HttpResponse:
    typed = request.POST if request.method == "POST" else None
    form = RecallListForm(typed, initial={"campaign": request.GET.get("campagne", "")})
    status = 422 if form.errors else 200
    if form.is_valid():
        try:
            made = actions.create(form.words, by=request.membership)
        except NotPermitted:
            raise
        except Refused as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
        else:
            messages.success(request, _("La liste de rappel est ouverte."))
            return redirect("prevention:recall_detail", cpts=cpts, recall_list=made.pk)
    return render(request, "prevention/recall_new.html", {"form": form}, status=status)


@require_POST
@coordination
def recall_close(request: PortalRequest, cpts: str, recall_list: int) -> HttpResponse:
    actions.close(get_object_or_404(RecallList, pk=recall_list), by=request.membership)
    messages.success(request, _("La liste est close : plus aucun rappel n’en part."))
    return redirect("prevention:recall_detail", cpts=cpts, recall_list=recall_list)


# --- The people -------------------------------------------------------------------------------
@require_safe
@recallers
def recall_detail(
    request: PortalRequest, cpts: str, recall_list: int, *, doers: list[Doer]
) -> HttpResponse:
    """Whom one follows, by name; the coordination opens one contact at a time, `?contact=`."""
    return _people(request, _found(recall_list, doers), doers)


def _found(pk: int, doers: list[Doer]) -> RecallList:
    found: RecallList = get_object_or_404(queries.lists_for(doers), pk=pk)
    return found


def _people(
    request: PortalRequest,
    found: RecallList,
    doers: list[Doer],
    *,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    rows = queries.in_order(queries.entries_of(doers).filter(recall_list=found))
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    contacts = _contacts(request, page, doers)
    context = {
        "base": base_for(request),
        "shelf": queries.shelf_of(doers, found),
        "recall_list": found,
        "page": page,
        "people": [(entry, contacts.get(entry.pk)) for entry in page],
        "is_desk": queries.sees_all(doers),
        "refusal": refusal,
    }
    return render(request, "prevention/recall_detail.html", context, status=status)


def _contacts(
    request: PortalRequest, page: Page[RecallEntry], doers: list[Doer]
) -> dict[int, RecallContact]:
    """Of one's own people all, of the others the one that is asked; each reading is logged."""
    own = {one.pk for one in doers}
    listed = queries.contacts_of(one for one in page if one.added_by_id in own)
    _log(request, listed.values(), AccessEntry.Purpose.LIST)
    asked = request.GET.get("contact", "")
    opened = queries.contacts_of(
        one for one in page if str(one.pk) == asked and one.pk not in listed
    )
    _log(request, opened.values(), AccessEntry.Purpose.OPEN)
    return {**listed, **opened}


def _log(
    request: PortalRequest, contacts: Iterable[RecallContact], purpose: AccessEntry.Purpose
) -> None:
    keys = [contact.pk for contact in contacts]
    audit.record_access(
        by=request.membership, purpose=purpose, patient_ids=keys, kind=queries.CONTACT
    )


@require_http_methods(["GET", "HEAD", "POST"])
@recallers
def recall_add(
    request: PortalRequest, cpts: str, recall_list: int, *, doers: list[Doer]
) -> HttpResponse:
    found = _found(recall_list, doers)
    typed = request.POST if request.method == "POST" else None
    first = {"pour": request.GET.get("pour", doers[0].pk)}
    form = RecalledForm(typed, recall_list=found, doers=doers, initial=first)
    status = 422 if form.errors else 200
    if form.is_valid():
        try:
            actions.add(found, form.words, by=form.by, key=form.cleaned_data["key"])
        except NotPermitted:
            raise
        except Refused as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
        else:
            messages.success(request, _("La personne est sur la liste : les rappels partiront."))
            return redirect("prevention:recall_detail", cpts=cpts, recall_list=recall_list)
    context = {"base": base_for(request), "form": form, "recall_list": found}
    return render(request, "prevention/recall_add.html", context, status=status)


@require_POST
@recallers
def recall_settle(
    request: PortalRequest, cpts: str, recalled: int, *, doers: list[Doer]
) -> HttpResponse:
    """`outcome` says done or refused; somebody whom one does not follow does not exist."""
    entry = get_object_or_404(queries.entries_of(doers), pk=recalled)
    by = next((one for one in doers if keeps_recall(one, entry)), None)
    if by is None:
        raise Http404
    found = _found(entry.recall_list_id, doers)
    step = actions.STEPS.get(request.POST.get("outcome", ""))
    if step is None:
        said = _("Touchez « fait » ou « refuse ».")
        return _people(request, found, doers, refusal=said, status=422)
    try:
        actions.settle(entry, step, by=by)
    except Refused as refusal:
        return _people(request, found, doers, refusal=str(refusal), status=refusal.status)
    messages.success(request, _("C’est noté : plus aucun rappel ne part pour cette personne."))
    return redirect("prevention:recall_detail", cpts=cpts, recall_list=found.pk)


# --- Her private page ---------------------------------------------------------------------------
def recall_page(view: PrivateView) -> Callable[[HttpRequest, str], HttpResponse]:
    """Find her place on the list, open its CPTS, and leave no trace of the address anywhere."""

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
    throttle.hit(request, "recall_unknown", limit=30, seconds=3600)
    context = {"teams": open_teams()}
    return render(request, "prevention/recall_unknown.html", context, status=404)


def _shown(
    request: HttpRequest, contact: RecallContact, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "entry": queries.entry_of(contact),
        "token": _token(request),
        "refusal": refusal,
    }
    return render(request, "prevention/recall_show.html", context, status=status)


def _token(request: HttpRequest) -> str:
    assert request.resolver_match is not None
    return str(request.resolver_match.kwargs["token"])


@require_safe
@recall_page
def recall_show(request: HttpRequest, contact: RecallContact) -> HttpResponse:
    return _shown(request, contact)


def _private_act(
    request: HttpRequest, contact: RecallContact, outcome: str, said: str
) -> HttpResponse:
    """Settle for whoever holds the link; a refusal is said on her page as it stands now."""
    by = RecalledPerson(contact.entry_id)
    try:
        actions.settle(contact.entry, actions.STEPS[outcome], by=by)
    except Refused as refusal:
        return _shown(request, contact, refusal=str(refusal), status=refusal.status)
    messages.success(request, said)
    return redirect("prevention:recall_show", _token(request))


@require_POST
@recall_page
def recall_done(request: HttpRequest, contact: RecallContact) -> HttpResponse:
    return _private_act(request, contact, "done", _("Merci, c’est noté."))


@require_POST
@recall_page
def recall_refuse(request: HttpRequest, contact: RecallContact) -> HttpResponse:
    return _private_act(request, contact, "refused", _("Vous ne serez plus rappelé."))
