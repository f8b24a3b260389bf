"""Pictures without account: those of a campaign's pages, and those that go with a shared link."""

from __future__ import annotations

from typing import Any, cast

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import quote_etag
from django.utils.translation import override
from django.views.decorators.http import require_safe

from cpts_portal.core import pdf, throttle
from cpts_portal.core.fields import keyed_hash
from cpts_portal.core.http import PortalRequest
from members.access import in_public
from prevention.queries import events as queries
from prevention.queries import pictures, posters
from prevention.queries.census import last_change

TYPES = {"png": "image/png", "svg": "image/svg+xml"}
DAY = 24 * 3600
MONTH = 30 * DAY
DRAWN_AN_HOUR = 120
"""By one address; those that are drawn already are not counted."""


@login_not_required
@require_safe
@in_public
def picture_show(request: PortalRequest, cpts: str, picture: int) -> HttpResponse:
    """A picture never changes: another one has another number. Of a draft, nobody's."""
    digest = pictures.public_digest(picture)
    if digest is None:
        raise Http404
    etag = quote_etag(f"picture-{picture}-{digest}")
    answer = get_conditional_response(request, etag=etag) or HttpResponse(
        pictures.content_of(picture), content_type="image/webp"
    )
    answer["ETag"] = etag
    patch_cache_control(answer, public=True, max_age=MONTH, immutable=True)
    return _unsniffed(answer)


@login_not_required
@require_safe
@in_public
def event_picture(request: PortalRequest, cpts: str, session: int) -> HttpResponse:
    shown = queries.shown_session(session, timezone.now())
    if shown is None:
        raise Http404
    with override("fr"):
        return _drawn(request, posters.session_picture(shown.session))


@login_not_required
@require_safe
@in_public
def campaign_picture(request: PortalRequest, cpts: str, campaign: int) -> HttpResponse:
    found = queries.shown_campaign(campaign)
    if found is None:
        raise Http404
    with override("fr"):
        return _drawn(request, posters.campaign_picture(found))


def _drawn(request: PortalRequest, data: dict[str, Any]) -> HttpResponse:
    """1200 × 630; drawn once for the same words, since it costs a hundred times its sending."""
    kind = "svg" if request.GET.get("format") == "svg" else "png"
    key = f"prevention:social:{keyed_hash(f'{last_change(request.cpts).tag()} {data}')[:32]}:{kind}"
    content = cache.get(key)
    if content is None:
        throttle.hit(request, "prevention.picture", limit=DRAWN_AN_HOUR, seconds=3600)
        content = pdf.draw("social", data, kind=cast("pdf.Kind", kind))
        cache.set(key, content, DAY)
    answer = HttpResponse(content, content_type=TYPES[kind])
    patch_cache_control(answer, public=True, max_age=3600)
    return _unsniffed(answer)


def _unsniffed(answer: HttpResponse) -> HttpResponse:
    """A picture opened by itself runs nothing."""
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return answer
