"""The request as the portal's views see it, once the middleware has done its part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

if TYPE_CHECKING:

    class PortalRequest(HttpRequest):
        """A request inside one CPTS: login, membership and scope are settled."""

        htmx: HtmxDetails
        cpts: Any
        membership: Any

else:
    PortalRequest = HttpRequest
