"""Rate limits of the public forms: so many in so long, per client address and per key."""

from __future__ import annotations

import time
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import structlog
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.translation import gettext as _

from cpts_portal.core.fields import keyed_hash
from cpts_portal.core.refusals import Throttled

log = structlog.get_logger(__name__)


def hit(
    client: HttpRequest | str | None, scope: str, *, limit: int, seconds: int, key: str = ""
) -> None:
    """Count one attempt at `scope`; raises Throttled (429) beyond `limit` in `seconds`.

    `client` is the request, an address, or None; `key` is anything else to count by, such as a
    draft or an e-mail. Address and key are counted apart, each up to `limit`. Windows are fixed:
    at the turn of one, twice the limit may pass in less than `seconds`.
    """
    now = time.time()
    window = int(now // seconds)
    for subject in _subjects(client, key):
        if _count(f"throttle:{scope}:{window}:{keyed_hash(subject)[:32]}", seconds) > limit:
            log.warning("throttled", scope=scope)
            raise Throttled(
                _("Trop d’essais en peu de temps. Attendez un peu avant de recommencer."),
                retry_after=int((window + 1) * seconds - now) + 1,
            )


def client_address(request: HttpRequest) -> str:
    """The address of the browser, as told by our own proxies and nobody else; "" if unknown.

    Each of the TRUSTED_PROXY_COUNT proxies appends its caller to X-Forwarded-For: only so many
    entries, from the right, are believed. Without them it is the caller of this process.
    """
    trusted = settings.TRUSTED_PROXY_COUNT
    told = [part for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part]
    if trusted and len(told) >= trusted:
        return str(_parsed(told[-trusted]) or "")
    return str(_parsed(request.META.get("REMOTE_ADDR", "")) or "")


def _subjects(client: HttpRequest | str | None, key: str) -> list[str]:
    address = client_address(client) if isinstance(client, HttpRequest) else client
    subjects = [f"key {key}"] if key else []
    if client is not None:
        subjects.append(f"address {_network(address or '')}")
    return subjects


def _network(address: str) -> str:
    """An IPv4 address, or the /64 that one IPv6 subscriber has to himself."""
    parsed = _parsed(address)
    if isinstance(parsed, IPv6Address):
        return str(ip_network((parsed, 64), strict=False))
    return str(parsed or "")


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """An address with or without its port and brackets; None for anything else."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        parsed = ip_address(bare)
    except ValueError:
        return None
    return getattr(parsed, "ipv4_mapped", None) or parsed


def _count(key: str, seconds: int) -> int:
    """One more under `key`; a counter lost between two caches starts again at one."""
    if cache.add(key, 1, timeout=seconds):
        return 1
    try:
        return cache.incr(key)
    except ValueError:
        cache.set(key, 1, timeout=seconds)
        return 1
