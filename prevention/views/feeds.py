"""Calendars and feeds for town halls: asked very often, answered 304 as long as nothing changed."""

from __future__ import annotations

from datetime import UTC

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import http_date, quote_etag
from django.utils.translation import override
from django.views.decorators.http import require_safe

from cpts_portal.core.fields import keyed_hash
from cpts_portal.core.http import PortalRequest
from members.access import in_public
from prevention.forms.events import EventsForm
from prevention.queries.census import last_change
from prevention.queries.feeds import FEEDS, Asked

MINUTES = 5
"""How long a cache between us and the reader may answer in our place."""


@login_not_required
@require_safe
@in_public
def event_calendar(request: PortalRequest, cpts: str) -> HttpResponse:
    return _answer(request, "event_calendar")


@login_not_required
@require_safe
@in_public
def event_atom(request: PortalRequest, cpts: str) -> HttpResponse:
    return _answer(request, "event_atom")


@login_not_required
@require_safe
@in_public
def event_rss(request: PortalRequest, cpts: str) -> HttpResponse:
    return _answer(request, "event_rss")


def _answer(request: PortalRequest, name: str) -> HttpResponse:
    """304 after one small row is read; the feed itself is read and written only if it differs."""
    form = EventsForm(request.GET)
    asked = Asked(
        cpts=request.cpts,
        today=timezone.localdate(),
        change=last_change(request.cpts),
        commune=form.filters.commune,
        session=form.session,
    )
    etag = quote_etag(keyed_hash(f"{name} {asked.tag}")[:32])
    changed_at = int(asked.changed_at.astimezone(UTC).timestamp())
    answer = get_conditional_response(request, etag=etag, last_modified=changed_at)
    if answer is None:
        answer = _written(name, asked)
    answer["ETag"], answer["Last-Modified"] = etag, http_date(changed_at)
    patch_cache_control(answer, public=True, max_age=MINUTES * 60)
    return answer


def _written(name: str, asked: Asked) -> HttpResponse:
    render, content_type = FEEDS[name]
    with override("fr"):
        content = render(asked)
    return HttpResponse(content, content_type=content_type)
