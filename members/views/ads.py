"""The board of ads, for every member; one's own, and those of whom one acts for."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cpts_portal.core.http import PortalRequest
from cpts_portal.core.refusals import NotPermitted
from members import lifecycle, rules
from members.access import role_required
from members.actions import ads as actions
from members.forms.ads import AdForm, blank_values, first_values
from members.models import Ad, Membership, Role
from members.queries import ads as queries
from members.views.layout import base_for

readers = role_required(
    Role.PROFESSIONAL, Role.COORDINATOR, Role.SECRETARY, Role.BOARD, Role.PARTNER
)
read_and_write = require_http_methods(["GET", "HEAD", "POST"])
ASKED = {"kind": "type", "side": "sens", "profession": "profession", "commune": "commune"}
"""Each filter's name in the address."""


def render_page(
    request: PortalRequest, name: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """A page of this noun, in the reader's frame, with what she may do."""
    today = timezone.localdate()
    common = {
        "base": base_for(request),
        "takes_part": rules.may_advertise(request.membership, today),
        "today": today,
    }
    return render(request, f"members/{name}.html", {**common, **context}, status=status)


def doer_of(request: PortalRequest, ad: Ad) -> queries.Doer:
    """As whom the visitor handles this ad: its author, for whom she may act, else herself."""
    member: Membership = request.membership
    return queries.doers_of(member).get(ad.author_id, member)


def find(ad: int) -> Ad:
    return get_object_or_404(queries.ads(), pk=ad)


# --- Reading --------------------------------------------------------------------------------
@require_safe
@readers
def ad_list(request: PortalRequest, cpts: str) -> HttpResponse:
    asked = {name: request.GET.get(told, "") for name, told in ASKED.items()}
    board = queries.board(queries.Filters(**asked), timezone.localdate())
    own = list(queries.ads_of(queries.doers_of(request.membership)))
    kept = request.GET.copy()
    kept.pop("type", None)
    context = {
        "board": board,
        "filters": board.filters,
        "kind_query": f"&{kept.urlencode()}" if board.filters and kept else "",
        "own": own,
        "unread": queries.unread_answers(own, request.membership),
        "answered": queries.answered_by(request.membership),
    }
    return render_page(request, "ad_list", context)


@require_safe
@readers
def ad_detail(request: PortalRequest, cpts: str, ad: int) -> HttpResponse:
    """An ad that is over is read by its author, who answered it and the coordination."""
    found, member = find(ad), request.membership
    by, today = doer_of(request, found), timezone.localdate()
    has_answered = queries.messages_between(found, member).exists()
    keeps = rules.keeps_ad(by, found)
    is_author = found.author_id == member.pk
    context = {
        "ad": found,
        "keeps": keeps,
        "is_author": is_author,
        "is_open": found.is_open(today),
        "is_shown": found.is_open(today)
        or (keeps or has_answered or rules.is_coordinator(member, found)),
        "has_answered": has_answered,
        "talks": queries.talks_about(found) if is_author else [],
        "can_fill": lifecycle.FILL_AD.is_open(found, by=by),
        "can_withdraw": lifecycle.WITHDRAW_AD.is_open(found, by=by),
        "longer": rules.prolonged_until(found, today) if keeps else None,
    }
    return render_page(request, "ad_detail", context)


# --- Writing --------------------------------------------------------------------------------
def _typed(request: PortalRequest) -> Any:
    """What was sent, even nothing at all; None for a page that is only read."""
    return request.POST if request.method == "POST" else None


@read_and_write
@readers
def ad_new(request: PortalRequest, cpts: str) -> HttpResponse:
    doers = queries.doers_of(request.membership)
    authors = {key: getattr(by, "principal", by) for key, by in doers.items()}
    given: dict[str, Any] = {"cpts": request.cpts, "authors": authors, "initial": blank_values()}
    form = AdForm(_typed(request), **given)
    if request.method == "POST" and form.is_valid():
        by = doers[form.cleaned_data.get("author", request.membership.pk)]
        ad = actions.publish(form.wording, by=by)
        messages.success(request, _("L’annonce est publiée."))
        return redirect("members:ad_detail", cpts=cpts, ad=ad.pk)
    return render_page(request, "ad_edit", {"form": form}, 422 if form.errors else 200)


@read_and_write
@readers
def ad_edit(request: PortalRequest, cpts: str, ad: int) -> HttpResponse:
    found = find(ad)
    by = doer_of(request, found)
    if not rules.keeps_ad(by, found):
        raise NotPermitted(_("Seule la personne qui a publié l’annonce la modifie."))
    given = {"cpts": request.cpts, "authors": {}, "ad": found, "initial": first_values(found)}
    form = AdForm(_typed(request), **given)
    if request.method == "POST" and form.is_valid():
        actions.edit(found, form.wording, by=by)
        messages.success(request, _("L’annonce est enregistrée."))
        return redirect("members:ad_detail", cpts=cpts, ad=ad)
    context = {"form": form, "ad": found}
    return render_page(request, "ad_edit", context, 422 if form.errors else 200)


@require_POST
@readers
def ad_prolong(request: PortalRequest, cpts: str, ad: int) -> HttpResponse:
    found = find(ad)
    actions.prolong(found, by=doer_of(request, found))
    messages.success(request, _("L’annonce reste à l’affiche."))
    return redirect("members:ad_detail", cpts=cpts, ad=ad)


@require_POST
@readers
def ad_fill(request: PortalRequest, cpts: str, ad: int) -> HttpResponse:
    found = find(ad)
    actions.fill(found, by=doer_of(request, found))
    messages.success(request, _("Bonne nouvelle : l’annonce est marquée pourvue."))
    return redirect("members:ad_detail", cpts=cpts, ad=ad)


@require_POST
@readers
def ad_withdraw(request: PortalRequest, cpts: str, ad: int) -> HttpResponse:
    found = find(ad)
    actions.withdraw(found, by=doer_of(request, found))
    messages.success(request, _("L’annonce est retirée."))
    return redirect("members:ad_detail", cpts=cpts, ad=ad)
