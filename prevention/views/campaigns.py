"""The desk's campaigns: the season, a template to begin from, one campaign as a hub, its end."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cpts_portal.core.http import PortalRequest
from cpts_portal.core.refusals import NotPermitted, Refused
from members.access import role_required
from members.models import Role
from prevention import lifecycle
from prevention.actions import campaigns as actions
from prevention.forms.campaigns import CampaignForm, PartnerForm, first_values, initial_of
from prevention.models import Campaign, CampaignStatus, CampaignTemplate
from prevention.queries import campaigns as queries
from prevention.queries import events, figures, recalls, reminders, sessions

desk_only = role_required(Role.COORDINATOR)
read_and_write = require_http_methods(["GET", "HEAD", "POST"])

PANELS: tuple[Callable[[Campaign], dict[str, Any]], ...] = (
    sessions.panel_of_campaign,
    reminders.panel_of_campaign,
    recalls.panel_of_campaign,
    figures.panel_of_campaign,
    events.panel_of_campaign,
)
"""What each part of the hub shows, by the noun that owns it."""
TABS = {
    "en-cours": CampaignStatus.PUBLISHED,
    "en-preparation": CampaignStatus.DRAFT,
    "terminees": CampaignStatus.CLOSED,
}
"""Statuses as the address of the list names them."""


def find(pk: int) -> Campaign:
    return get_object_or_404(queries.in_full(), pk=pk)


def note(form: Any, refusal: Refused) -> int:
    """Show a refusal above the form, beside what was typed; the status to answer with."""
    if isinstance(refusal, NotPermitted):
        raise refusal
    form.add_error(None, str(refusal))
    return refusal.status


def seen_again(form: Any, now: str) -> None:
    """Whoever saves once more has been told: what is there `now` has been seen."""
    form.data = form.data.copy()
    form.data["seen"] = now


def typed(request: PortalRequest) -> Any:
    """What was sent, were it nothing; none for a page that is only asked for."""
    return request.POST if request.method == "POST" else None


# --- The season -----------------------------------------------------------------------------
@require_safe
@desk_only
def campaign_list(request: PortalRequest, cpts: str) -> HttpResponse:
    """`?saison=2026` narrows it to the campaigns that begin that year."""
    seasons, season = queries.seasons(), _season(request.GET.get("saison", ""))
    counts = queries.counts_in(season)
    tab = request.GET.get("vue") or _first_tab(counts)
    if tab not in TABS:
        raise Http404
    context = {
        "seasons": seasons,
        "season": season,
        "tabs": [(name, status.label, counts[status]) for name, status in TABS.items()],
        "tab": tab,
        "campaigns": queries.campaigns_in(season, TABS[tab]),
        "today": timezone.localdate(),
    }
    return render(request, "prevention/campaign_list.html", context)


def _season(asked: str) -> int | None:
    """The year asked for; none for whatever is not one."""
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) == 4 else None


def _first_tab(counts: dict[str, int]) -> str:
    """What runs, else what is being prepared, else what is over."""
    return next((name for name, status in TABS.items() if counts[status]), "en-cours")


# --- Beginning ------------------------------------------------------------------------------
@read_and_write
@desk_only
def campaign_new(request: PortalRequest, cpts: str) -> HttpResponse:
    """First a template, or none (`?modele=sans`); then the campaign's own words."""
    asked = request.GET.get("modele", "")
    if not asked and request.method != "POST":
        shelves = queries.shelves_at(timezone.localdate())
        return render(request, "prevention/campaign_pick.html", {"shelves": shelves})
    is_blank = asked in ("", "sans")
    template = None if is_blank else get_object_or_404(queries.templates(), pk=asked)
    initial = {**first_values(template, timezone.localdate()), "key": uuid.uuid4()}
    form = CampaignForm(typed(request), cpts=request.cpts, initial=initial)
    if not form.is_valid():
        return _form(request, form, template=template)
    made = actions.create_from_template(
        template, form.words, by=request.membership, key=form.cleaned_data["key"] or uuid.uuid4()
    )
    messages.success(request, _("La campagne est prête à être préparée."))
    return redirect("prevention:campaign_show", cpts=cpts, campaign=made.pk)


@read_and_write
@desk_only
def campaign_edit(request: PortalRequest, cpts: str, campaign: int) -> HttpResponse:
    found = find(campaign)
    form = CampaignForm(
        typed(request), cpts=request.cpts, campaign=found, initial=initial_of(found)
    )
    if not form.is_valid():
        return _form(request, form)
    try:
        actions.edit(found, form.words, by=request.membership, seen=form.cleaned_data["seen"])
    except Refused as refusal:
        seen_again(form, actions.fingerprint(find(campaign)))
        return _form(request, form, status=note(form, refusal))
    messages.success(request, _("La campagne est modifiée."))
    return redirect("prevention:campaign_show", cpts=cpts, campaign=campaign)


def _form(
    request: PortalRequest,
    form: CampaignForm,
    *,
    template: CampaignTemplate | None = None,
    status: int | None = None,
) -> HttpResponse:
    context = {"form": form, "campaign": form.campaign, "template": template}
    answer = status or (422 if form.errors else 200)
    return render(request, "prevention/campaign_edit.html", context, status=answer)


# --- The hub --------------------------------------------------------------------------------
@require_safe
@desk_only
def campaign_show(request: PortalRequest, cpts: str, campaign: int) -> HttpResponse:
    return show(request, find(campaign))


def show(
    request: PortalRequest, campaign: Campaign, *, status: int = 200, **more: Any
) -> HttpResponse:
    """The hub of a campaign; `more` is what a part of it has to say of what was just sent."""
    pages = queries.pages_of(campaign)
    context: dict[str, Any] = {
        "campaign": campaign,
        "verbs": lifecycle.CAMPAIGN.open_to(campaign, by=request.membership),
        "is_open": campaign.status != CampaignStatus.CLOSED,
        "pages": pages,
        "steps": queries.steps_of(campaign, pages),
        "communes": queries.communes_of(campaign),
        "partners": campaign.partners.all(),
        "partner_form": PartnerForm(),
        "materials": queries.materials_of(campaign),
        "history": queries.history_of(campaign),
    }
    for panel_of in PANELS:
        context |= panel_of(campaign)
    return render(request, "prevention/campaign_show.html", context | more, status=status)


@require_POST
@desk_only
def campaign_publish(request: PortalRequest, cpts: str, campaign: int) -> HttpResponse:
    found = find(campaign)
    try:
        actions.publish(found, by=request.membership)
    except Refused as refusal:
        return show(request, found, status=_refused(refusal), refusal=str(refusal))
    messages.success(request, _("La campagne est publiée."))
    return redirect("prevention:campaign_show", cpts=cpts, campaign=campaign)


@require_POST
@desk_only
def campaign_close(request: PortalRequest, cpts: str, campaign: int) -> HttpResponse:
    found = find(campaign)
    try:
        actions.close(found, by=request.membership)
    except Refused as refusal:
        return show(request, found, status=_refused(refusal), refusal=str(refusal))
    messages.success(request, _("La campagne est terminée, ses chiffres restent."))
    return redirect("prevention:campaign_show", cpts=cpts, campaign=campaign)


def _refused(refusal: Refused) -> int:
    if isinstance(refusal, NotPermitted):
        raise refusal
    return refusal.status


@require_POST
@desk_only
def campaign_copy(request: PortalRequest, cpts: str, campaign: int) -> HttpResponse:
    copied = actions.copy_to_next_season(find(campaign), by=request.membership)
    messages.success(request, _("La saison suivante est prête : relisez ses dates et ses pages."))
    return redirect("prevention:campaign_show", cpts=cpts, campaign=copied.pk)
