"""Reading an address that somebody typed: on the public Internet only, small, soon, over HTTPS."""

from __future__ import annotations

import ipaddress
import socket
import time
from urllib.parse import SplitResult, urljoin, urlsplit

import certifi
import urllib3
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

CONNECT_SECONDS, READ_SECONDS = 4.0, 5.0
HOPS = 3
CHUNK = 65_536
LONGEST_URL = 1000
AGENT = "Portail-CPTS"


class FetchError(Exception):
    """`code` says why: address, away, too_big, refused. Never the address itself."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def fetch(url: str, *, limit: int, seconds: float) -> bytes:
    """What stands at an https address, `limit` bytes at most, within `seconds` in all.

    The host is resolved once and the connection goes to that very address: a name that answers
    with a private one, at once or the second time, is refused. Raises FetchError.
    """
    stop_at = time.monotonic() + seconds
    for _hop in range(HOPS):
        parts = checked(url)
        response = _asked(parts, _public_address(parts.hostname or ""))
        try:
            if response.status in (301, 302, 303, 307, 308):
                url = urljoin(url, response.headers.get("Location", ""))
                continue
            if response.status != 200:
                raise FetchError("refused" if response.status in (401, 403) else "away")
            return _body(response, limit, stop_at)
        finally:
            response.close()
    raise FetchError("away")


def checked(url: str) -> SplitResult:
    """The parts of an https address on its usual port, without a password in it.

    Raises FetchError("address").
    """
    try:
        parts = urlsplit(url.strip())
        is_usual = parts.port in (None, 443)
    except ValueError:
        raise FetchError("address") from None
    is_bare = parts.username is None and parts.password is None
    if parts.scheme != "https" or not parts.hostname or not (is_usual and is_bare):
        raise FetchError("address")
    if len(url) > LONGEST_URL or not url.isprintable():
        raise FetchError("address")
    return parts


def _public_address(host: str) -> str:
    """One address of the host; refused if any of them is not of the public Internet."""
    try:
        found = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise FetchError("away") from None
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses or not all(map(is_public, addresses)):
        raise FetchError("address")
    return addresses[0]


def is_public(address: str) -> bool:
    """Neither this machine, nor its networks, nor a cloud's own services.

    An IPv6 address that hides an IPv4 one is judged by it, or reserved (`64:ff9b::`, `::a.b.c.d`).
    """
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if inner is not None:
            return is_public(str(inner))
        if found.is_site_local:
            return False
    return found.is_global and not (found.is_multicast or found.is_reserved)


def connection(host: str, address: str) -> urllib3.HTTPConnectionPool:
    """To `address`, whose certificate must be that of `host`."""
    return urllib3.HTTPSConnectionPool(
        address,
        443,
        timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
        retries=False,
        cert_reqs="CERT_REQUIRED",
        ca_certs=certifi.where(),
        server_hostname=host,
        assert_hostname=host,
    )


def _asked(parts: SplitResult, address: str) -> BaseHTTPResponse:
    host = parts.hostname or ""
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    headers = {"Host": host, "User-Agent": AGENT, "Accept-Encoding": "identity"}
    try:
        return connection(host, address).urlopen(
            "GET", path, headers=headers, redirect=False, preload_content=False
        )
    except (HTTPError, OSError, UnicodeError):
        raise FetchError("away") from None


def _body(response: BaseHTTPResponse, limit: int, stop_at: float) -> bytes:
    """Read piece by piece, so that neither an endless body nor a dripping one holds a worker."""
    found = bytearray()
    try:
        while piece := response.read1(CHUNK, decode_content=False):
            found += piece
            if len(found) > limit:
                raise FetchError("too_big")
            if time.monotonic() > stop_at:
                raise FetchError("away")
    except (HTTPError, OSError):
        raise FetchError("away") from None
    return bytes(found)
