"""The frame around every view: unreadable requests, an absent database, headers, refusals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pghistory
from django.db import DataError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control

from cpts_portal.core.refusals import Refused, Throttled
from cpts_portal.core.unavailable import is_unavailable, unavailable

GetResponse = Callable[[HttpRequest], HttpResponse]
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class UnavailableMiddleware:
    """A database that does not answer is a 503 page with Retry-After, never a 500.

    It answers for views; `core.unavailable.server_error` answers for the other middlewares.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return unavailable(request, error) if is_unavailable(error) else None


class UnreadableMiddleware:
    """NUL, which PostgreSQL cannot hold, is a 400; forms refuse it first, beside its field."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked = (request.path_info, *request.COOKIES.values())
        if any("\0" in text for text in asked) or "%00" in request.META.get("QUERY_STRING", ""):
            return render(request, "400.html", status=400)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, (DataError, ValueError)) and "NUL" in str(error):
            return render(request, "400.html", status=400)
        return None


def headers_middleware(get_response: GetResponse) -> GetResponse:
    """No cache keeps a page, and logging out empties the browser's; static files come before."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not response.has_header("Cache-Control"):
            patch_cache_control(response, no_store=True, private=True)
        if _has_logged_out(request, response):
            response["Clear-Site-Data"] = '"cache", "storage"'
        return response

    return middleware


class HistoryMiddleware:
    """Row histories tell which verb, whose account and which CPTS: ids, never an address.

    The URL itself is left out, since private links are in it.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in SAFE_METHODS:
            return self.get_response(request)
        with pghistory.context():
            return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        if request.method not in SAFE_METHODS:
            match, cpts = request.resolver_match, getattr(request, "cpts", None)
            pghistory.context(
                verb=match.view_name if match else "",
                user=request.user.pk,
                cpts=cpts.pk if cpts else None,
            )


class RefusalMiddleware:
    """Refused → 409, NotPermitted → 403, Throttled → 429.

    A notice in the page for htmx, a whole page without.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, Refused):
            return None
        page = "429.html" if isinstance(error, Throttled) else "refusal.html"
        template = "components/refusal.html" if getattr(request, "htmx", False) else page
        context = {"message": str(error), "status": error.status}
        response = render(request, template, context, status=error.status)
        if isinstance(error, Throttled):
            response["Retry-After"] = str(error.retry_after)
        return response


def _has_logged_out(request: HttpRequest, response: HttpResponse) -> bool:
    match = request.resolver_match
    is_logout = match is not None and match.view_name == "account_logout"
    return is_logout and request.method == "POST" and response.status_code == 302
