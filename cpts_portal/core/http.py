"""The request as the portal's views see it, once the middleware has done its part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django_htmx.middleware import HtmxDetails

if TYPE_CHECKING:

    class PortalRequest(HttpRequest):
        """A request inside one CPTS: login, membership and scope are settled."""

        htmx: HtmxDetails
        cpts: Any
        membership: Any

else:
    PortalRequest = HttpRequest


def secretive(response: HttpResponse) -> HttpResponse:
    """A page whose address is a key: kept by no cache, told to no other site, found by no search.

    `strict-origin` sends no path to anybody; `no-referrer` would also turn the Origin of the
    page's own forms into "null", which the CSRF check refuses.
    """
    response["Referrer-Policy"] = "strict-origin"
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response["Cache-Control"] = "no-store, private"
    return response
