"""Where a demonstration may show what nobody else may see: on the machine that runs it."""

from __future__ import annotations

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port

from cpts_portal.core.throttle import client_address

LOCAL = frozenset({"localhost", "127.0.0.1", "[::1]"})


def is_open(request: HttpRequest) -> bool:
    """DEMO is on, the host asked for is local, and so is who asks: a host can be pretended."""
    domain, _port = split_domain_port(request.get_host())
    return settings.DEMO and domain in LOCAL and _is_loopback(client_address(request))


def _is_loopback(address: str) -> bool:
    return bool(address) and ip_address(address).is_loopback
