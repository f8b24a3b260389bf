"""Sessions and campaigns as everybody sees them, without account."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from csp.constants import NONE, SELF
from csp.decorators import csp
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from cpts_portal.core.http import PortalRequest
from cpts_portal.core.templatetags.portal import day, hour, icon
from cpts_portal.core.territory import LONGEST_SEARCH
from members.access import in_public
from members.queries.communities import communities_at, open_communities
from prevention.forms.events import EventsForm, query_of
from prevention.queries import events as queries

EMBEDDED = 10
EMBED_POLICY = {
    "default-src": [NONE],
    "style-src": [SELF],
    "font-src": [SELF],
    "base-uri": [NONE],
    "form-action": [NONE],
    "frame-ancestors": ["*"],
}
"""The one page that other sites may frame: no script, no form, no picture, nothing sent."""


@login_not_required
@require_safe
def event_choice(request: HttpRequest) -> HttpResponse:
    """Which community: by its name, or by the commune where one lives."""
    typed = request.GET.get("commune", "").strip()[:LONGEST_SEARCH]
    context = {
        "communities": open_communities(),
        "typed": typed,
        "matches": communities_at(typed) if typed else [],
    }
    return render(request, "prevention/event_choice.html", context)


@login_not_required
@require_safe
@in_public
def event_list(request: PortalRequest, cpts: str) -> HttpResponse:
    asked, now = EventsForm(request.GET), timezone.now()
    found = queries.look_up(request.cpts, asked.filters, asked.number, now)
    context = {
        "found": found,
        **_row_words(now),
        "filters": found.filters,
        "previous_query": query_of(found.filters, found.number - 1),
        "next_query": query_of(found.filters, found.number + 1),
        "feed_query": query_of(queries.Filters(commune=found.filters.commune)),
    }
    return render(request, "prevention/event_list.html", context)


@login_not_required
@require_safe
@in_public
def event_show(request: PortalRequest, cpts: str, session: int) -> HttpResponse:
    """Over, cancelled or of a closed campaign, it says so kindly: a poster outlives its session."""
    shown = queries.shown_session(session, timezone.now())
    if shown is None:
        raise Http404
    found = shown.session
    when = f"{day(found.starts_at)}, {hour(found.starts_at)}"
    context = {
        "shown": shown,
        "session": found,
        "told": f"{when}, {found.place_name}, {found.commune.name}",
        **_shared(request, "event_picture"),
    }
    return render(request, "prevention/event_show.html", context)


@login_not_required
@require_safe
@in_public
def campaign_public(request: PortalRequest, cpts: str, campaign: int) -> HttpResponse:
    found = queries.shown_campaign(campaign)
    if found is None:
        raise Http404
    now = timezone.now()
    rows = queries.rows_of(found, now, queries.ON_A_CAMPAIGN + 1)
    context = {
        "campaign": found,
        "days": queries.by_day(rows[: queries.ON_A_CAMPAIGN]),
        **_row_words(now),
        "has_more": len(rows) > queries.ON_A_CAMPAIGN,
        **_shared(request, "campaign_picture"),
    }
    return render(request, "prevention/campaign_public.html", context)


@login_not_required
@require_safe
@xframe_options_exempt
@csp(EMBED_POLICY)
@in_public
def event_embed(request: PortalRequest, cpts: str) -> HttpResponse:
    """The next sessions, for the site of a town hall."""
    asked = EventsForm(request.GET)
    now, most = timezone.now(), asked.how_many or EMBEDDED
    found = queries.look_up(request.cpts, asked.filters, 1, now, size=most)
    context = {"found": found, "here": query_of(found.filters), **_row_words(now)}
    response = render(request, "prevention/event_embed.html", context)
    patch_cache_control(response, public=True, max_age=300)
    return response


def _row_words(now: datetime) -> dict[str, Any]:
    """What the rows of a list say over and over, worded and drawn once."""
    words = {
        "begun": _("En cours"),
        "full": _("Complet, liste d’attente"),
        "accessible": format_html("{} {}", icon("accessibility"), _("Accessible")),
    }
    return {"now": now, **words}


def _shared(request: PortalRequest, picture: str) -> dict[str, Any]:
    """Whole addresses, for the sites and messages in which the page is passed on."""
    names = request.resolver_match.kwargs if request.resolver_match else {}
    return {
        "page_address": f"{settings.PUBLIC_URL}{request.path}",
        "picture_address": queries.public_address(picture, *names.values()),
    }
