"""The frame around every view: an absent database, safe headers, polite refusals."""

from __future__ import annotations

from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control

from cpts_portal.core.refusals import Refused, Throttled

GetResponse = Callable[[HttpRequest], HttpResponse]


def unavailable_middleware(get_response: GetResponse) -> GetResponse:
    """A database that does not answer is a 503 page with Retry-After, never a 500."""

    def middleware(request: HttpRequest) -> HttpResponse:
        try:
            return get_response(request)
        except (OperationalError, InterfaceError):
            response = render(None, "503.html", status=503)
            response["Retry-After"] = "30"
            return response

    return middleware


def headers_middleware(get_response: GetResponse) -> GetResponse:
    """Pages are never kept by a cache; static files are served before this."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not response.has_header("Cache-Control"):
            patch_cache_control(response, no_store=True, private=True)
        return response

    return middleware


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
