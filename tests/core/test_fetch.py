"""What a typed address may reach: the public Internet, small and soon."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import urllib3

from cpts_portal.core import fetch as module
from cpts_portal.core.fetch import FetchError, fetch, is_public

Answer = Callable[[BaseHTTPRequestHandler], None]
SMALL = {"limit": 200_000, "seconds": 2.0}


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.1"),
        *("100.64.0.1", "224.0.0.1", "::1", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1"),
        *("2002:7f00:1::", "255.255.255.255", "64:ff9b::a00:1", "::7f00:1", "fec0::1"),
    ],
)
def test_private_addresses_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:4700:4700::1111"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        *("http://agenda.example/a.ics", "ftp://agenda.example/a.ics", "file:///etc/passwd"),
        *("https://agenda.example:8080/a.ics", "https://me:secret@agenda.example/a.ics"),
        *("https:///a.ics", "https://agenda.example:port/", "agenda", "", "https://[::1/"),
        *("https://agenda.example/a\r\nHost: elsewhere", "https://agenda.example/" + "a" * 1000),
    ],
)
def test_fetch_refuses_an_address_of_another_kind(url: str) -> None:
    with pytest.raises(FetchError) as refusal:
        fetch(url, **SMALL)

    assert refusal.value.code == "address"


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost", "2130706433", "0x7f.1"])
def test_fetch_refuses_this_machine(host: str) -> None:
    with pytest.raises(FetchError) as refusal:
        fetch(f"https://{host}/a.ics", **SMALL)

    assert refusal.value.code in ("address", "away")


def test_fetch_refuses_a_name_that_answers_with_a_private_address_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = ["93.184.216.34", "10.0.0.1"]
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda *_a, **_k: [(0, 0, 0, "", (one, 443)) for one in answers]
    )

    with pytest.raises(FetchError) as refusal:
        fetch("https://agenda.example/a.ics", **SMALL)

    assert refusal.value.code == "address"


# --- A server that answers as told: only its address and certificate are put aside -------------
@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Answer]]:
    told: dict[str, Answer] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told[self.path](self)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(
        target=server.serve_forever, daemon=True, kwargs={"poll_interval": 0.01}
    ).start()

    def plain(host: str, address: str) -> urllib3.HTTPConnectionPool:
        return urllib3.HTTPConnectionPool("127.0.0.1", server.server_port, timeout=1, retries=False)

    monkeypatch.setattr(module, "_public_address", lambda host: "93.184.216.34")
    monkeypatch.setattr(module, "connection", plain)
    yield told
    server.shutdown()
    server.server_close()


def saying(body: bytes, status: int = 200, **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def for_ever(pause: float) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        stop_at = time.monotonic() + 4
        try:
            while time.monotonic() < stop_at:
                handler.wfile.write(b"x" * (10 if pause else 10_000))
                threading.Event().wait(pause)
        except OSError:
            pass

    return answer


def test_fetch_reads_and_follows_a_few_redirections(answers: dict[str, Answer]) -> None:
    answers["/a"] = saying(b"", 302, Location="https://agenda.example/b")
    answers["/b"] = saying(b"BEGIN:VCALENDAR")

    assert fetch("https://agenda.example/a", **SMALL) == b"BEGIN:VCALENDAR"


def test_fetch_checks_where_a_redirection_leads(answers: dict[str, Answer]) -> None:
    answers["/a"] = saying(b"", 302, Location="http://127.0.0.1/admin")

    with pytest.raises(FetchError) as refusal:
        fetch("https://agenda.example/a", **SMALL)

    assert refusal.value.code == "address"


def test_fetch_gives_up_on_a_circle(answers: dict[str, Answer]) -> None:
    answers["/a"] = saying(b"", 302, Location="/a")

    with pytest.raises(FetchError) as refusal:
        fetch("https://agenda.example/a", **SMALL)

    assert refusal.value.code == "away"


@pytest.mark.parametrize(("status", "code"), [(403, "refused"), (401, "refused"), (500, "away")])
def test_fetch_says_what_the_server_answered(
    answers: dict[str, Answer], status: int, code: str
) -> None:
    answers["/a"] = saying(b"", status)

    with pytest.raises(FetchError) as refusal:
        fetch("https://agenda.example/a", **SMALL)

    assert refusal.value.code == code


def test_fetch_stops_at_its_limit(answers: dict[str, Answer]) -> None:
    answers["/a"] = for_ever(pause=0)

    with pytest.raises(FetchError) as refusal:
        fetch("https://agenda.example/a", **SMALL)

    assert refusal.value.code == "too_big"


def test_fetch_stops_at_its_time_on_a_server_that_drips(answers: dict[str, Answer]) -> None:
    answers["/a"] = for_ever(pause=0.05)

    with pytest.raises(FetchError) as refusal:
        fetch("https://agenda.example/a", limit=200_000, seconds=0.3)

    assert refusal.value.code == "away"
