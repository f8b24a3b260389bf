"""Needs: what I may answer now, what I asked, the clock of each."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

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
from members.delegations import ActingFor
from members.models import Membership, Role
from members.views.layout import base_for
from unscheduled_care import lifecycle, rules
from unscheduled_care.actions import needs as actions
from unscheduled_care.forms.needs import NeedForm, TakeForm, WithdrawNeedForm
from unscheduled_care.models import CareNeed, NeedStatus
from unscheduled_care.queries import needs as queries
from unscheduled_care.queries.needs import Doer
from unscheduled_care.rules.needs import may_ask_for_care, may_see_need_contact

CONTACT = "unscheduled_care.needcontact"
View = Callable[..., HttpResponse]


def care_staff(view: View) -> View:
    """Clinicians, secretaries and the desk: those who ask for care and answer."""

    @role_required(Role.PROFESSIONAL, Role.SECRETARY, Role.COORDINATOR, Role.BOARD)
    @wraps(view)
    def guarded(request: PortalRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may_ask_for_care(request.membership):
            raise NotPermitted(_("Cette page est ouverte aux soignants et aux secrétariats."))
        return view(request, *args, **kwargs)

    return guarded


def polled(
    request: PortalRequest, template: str, context: dict[str, Any], versions: Iterable[str]
) -> HttpResponse:
    """The page, or its part `#board` for the poll; 304 when none of `versions` has changed."""
    seen = hashlib.sha256("|".join(versions).encode()).hexdigest()[:24]
    etag = f'"{seen}"'
    if request.htmx and request.headers.get("If-None-Match") == etag:
        unchanged = HttpResponse(status=304)
        unchanged["HX-Reswap"] = "none"
        return unchanged
    context |= {"base": base_for(request), "version": seen}
    return render(request, f"{template}#board" if request.htmx else template, context)


# --- The list -----------------------------------------------------------------------------------
@require_safe
@care_staff
def need_list(request: PortalRequest, cpts: str) -> HttpResponse:
    member: Membership = request.membership
    asked = queries.needs_for(member)
    mine = [(need, queries.promise(need)) for need in queries.asked_by(member)]
    past = queries.past_of(member)
    shown = [*(one.need for one in asked), *(need for need, _promise in mine), *past]
    context = {
        "asked": asked,
        "mine": mine,
        "past": past,
        "is_desk": member.role == Role.COORDINATOR,
        "answers": bool(queries.doers_of(member)),
    }
    versions = [
        *(f"{one.need.pk}/{one.by.pk}" for one in asked),
        "",
        *(queries.version_of(need) for need in shown),
    ]
    return polled(request, "unscheduled_care/need_list.html", context, versions)


# --- Posting --------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@care_staff
def need_new(request: PortalRequest, cpts: str) -> HttpResponse:
    member: Membership = request.membership
    doers: dict[int, Doer] = {member.pk: member, **queries.doers_of(member)}
    askers = {key: by.principal if isinstance(by, ActingFor) else by for key, by in doers.items()}
    typed = request.POST if request.method == "POST" else None
    form, status = NeedForm(typed, askers=askers), 200
    if form.is_valid():
        by = doers[form.cleaned_data.get("asker", member.pk)]
        try:
            need = actions.post(form.words, by=by, key=form.cleaned_data["key"])
        except NotPermitted:
            raise
        except Refused as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
        else:
            messages.success(request, _("C’est publié : les professionnels sont prévenus."))
            return redirect("unscheduled_care:need_show", cpts=cpts, need=need.pk)
    status = 422 if form.errors and status == 200 else status
    context = {"form": form, "base": base_for(request)}
    return render(request, "unscheduled_care/need_new.html", context, status=status)


# --- One need -----------------------------------------------------------------------------------
def _doers(member: Membership) -> dict[int, Doer]:
    """Everybody as whom the member may look at it, herself first."""
    return {member.pk: member, **queries.doers_of(member)}


def _find(request: PortalRequest, pk: int) -> tuple[CareNeed, list[Doer]]:
    """A need that she asked, keeps or took, or that has reached her; no other exists.

    With those as whom she may answer it.
    """
    need = get_object_or_404(queries.needs().select_related("contact"), pk=pk)
    doers = _doers(request.membership)
    answering = queries.reaches_any(need, queries.doers_of(request.membership))
    if not answering and _reader(need, doers.values()) is None:
        raise Http404
    return need, [doers[key] for key in answering]


def _reader(need: CareNeed, doers: Iterable[Doer]) -> Doer | None:
    """As whom she may read whom it is for; None for anonymous."""
    return next((by for by in doers if may_see_need_contact(by, need)), None)


def _page(
    request: PortalRequest,
    need: CareNeed,
    answering: list[Doer],
    *,
    refusal: str = "",
    status: int = 200,
    **bound: Any,
) -> HttpResponse:
    """The clock and what may be done; each showing of the identity is logged."""
    doers = _doers(request.membership)
    reader = _reader(need, doers.values())
    context = _told(need, doers, answering) | {
        "contact": need.contact if reader else None,
        "refusal": refusal,
        "form": next(iter(bound.values()), None),
        **bound,
    }
    template = "unscheduled_care/need_show.html"
    if status == 200:
        response = polled(request, template, context, [queries.version_of(need)])
    else:
        context["base"] = base_for(request)
        response = render(request, template, context, status=status)
    if response.status_code != 304:
        _log(reader, need)
    return response


def _told(need: Any, doers: dict[int, Doer], answering: list[Doer]) -> dict[str, Any]:
    """What the page says of a need, and what may be done with it, whoever it is for."""
    is_live = need.status == NeedStatus.OPEN and need.wanted_until > need.judged_at
    return {
        "need": need,
        "promise": queries.promise(need) if is_live else None,
        "is_taker": need.taken_by_id in doers,
        "professions": queries.profession_names(need),
        "answering": answering if is_live else [],
        "take_form": TakeForm(doers=answering),
        "withdraw_form": WithdrawNeedForm(),
        "can_withdraw": any(lifecycle.WITHDRAW_NEED.is_open(need, by=by) for by in doers.values()),
    }


def _log(reader: Doer | None, need: CareNeed) -> None:
    if reader is not None:
        audit.record_access(
            by=reader,
            purpose=AccessEntry.Purpose.OPEN,
            patient_ids=[need.contact.pk],
            kind=CONTACT,
        )


@require_safe
@care_staff
def need_show(request: PortalRequest, cpts: str, need: int) -> HttpResponse:
    return _page(request, *_find(request, need))


@require_POST
@care_staff
def need_take(request: PortalRequest, cpts: str, need: int) -> HttpResponse:
    """One tap; with an hour if it is known. A stale tab reads that it has just been taken."""
    found, answering = _find(request, need)
    form = TakeForm(request.POST, doers=answering)
    if not form.is_valid():
        return _page(request, found, answering, status=422, take_form=form)
    by = _named(form.cleaned_data["pour"], answering) or request.membership
    refused = _attempt(
        request, need, lambda: actions.take(found, by=by, visit_at=form.cleaned_data["visit_at"])
    )
    if refused is not None:
        return refused
    messages.success(request, _("Vous vous en chargez, merci."))
    return redirect("unscheduled_care:need_show", cpts=cpts, need=need)


def _named(key: Any, answering: list[Doer]) -> Doer | None:
    """As whom it is taken: the one chosen, else the first whom it has reached."""
    return next((by for by in answering if by.pk == key), next(iter(answering), None))


def _attempt(request: PortalRequest, need: int, act: Callable[[], object]) -> HttpResponse | None:
    """Act; a refusal is said on the page as it stands now."""
    try:
        act()
    except NotPermitted:
        raise
    except Refused as refusal:
        now = _find(request, need)
        return _page(request, *now, status=refusal.status, refusal=str(refusal))
    return None


@require_POST
@care_staff
def need_withdraw(request: PortalRequest, cpts: str, need: int) -> HttpResponse:
    found, answering = _find(request, need)
    doers = _doers(request.membership).values()
    by = next((one for one in doers if rules.keeps_need(one, found)), None)
    if by is None:
        raise NotPermitted(_("Seuls l’auteur du besoin et la coordination le retirent."))
    form = WithdrawNeedForm(request.POST)
    if not form.is_valid():
        return _page(request, found, answering, status=422, withdraw_form=form)
    refused = _attempt(
        request, need, lambda: actions.withdraw(found, reason=form.cleaned_data["reason"], by=by)
    )
    if refused is not None:
        return refused
    messages.success(request, _("Le besoin est retiré."))
    return redirect("unscheduled_care:need_list", cpts=cpts)
