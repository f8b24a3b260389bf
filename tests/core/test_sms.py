"""Text messages: counted as the operator counts them, sent as the provider answers."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.template import Context
from django.template.loader import get_template

from cpts_portal.core import sms
from cpts_portal.core.failures import DeliveryFailure, FinalFailure, TemporaryFailure
from cpts_portal.core.sms import ConsoleBackend, FileBackend, HttpBackend

TEMPLATES = sorted((project.BASE_DIR / "templates").glob("*/notifications/*/sms.txt"))
WEDNESDAY = datetime(2026, 9, 23, 10, 20, tzinfo=UTC)
LONG = {
    "cpts": {"name": "CPTS du Pays de Saint-Omer et des Flandres", "help_phone": "03 53 01 00 01"},
    "url": "https://portail.cpts-artois-lys.example/ma-demande/q7Zk2VvTn0Xw5mB8sLr3Yg/",
    "reference": "2026-0418",
    "code": "482913",
    "minutes": 15,
    "starts_at": WEDNESDAY,
    "visit_at": WEDNESDAY,
    "deadline": WEDNESDAY,
    "where": "17 rue du 11-Novembre-1918, Sailly-sur-la-Lys",
    "place_phone": "+33353010002",
    "text": "Rappel : rendez-vous mercredi 23 septembre à 14 h 30, Sailly-sur-la-Lys. Annuler :"
    " https://portail.cpts-artois-lys.example/mon-inscription/0123456789abcdef0123456789abcdef/",
    "rank": 128,
}


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("é" * 160, 1),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("ê" * 70, 1),
        ("ê" * 71, 2),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
    ],
)
def test_segments_are_counted_as_the_operator_does(text, count):
    assert sms.segments(text) == count


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("L’été à Béthune", "L'été à Béthune"),
        ("Ça va ? Ou ça !", "Ça va ? Ou ca !"),
        ("« Oui »", '"Oui"'),
        ("un cœur, une forêt…", "un coeur, une foret..."),
        ("deux\nlignes\n", "deux lignes"),
        ("日本", "日本"),
    ],
)
def test_plain_keeps_to_the_gsm_alphabet_where_it_can(text, plain):
    assert sms.plain(text) == plain


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.parent.name)
def test_every_sms_fits_in_two_segments(path: Path):
    name = str(path.relative_to(project.BASE_DIR / "templates"))
    compiled: Any = get_template(name)

    text = sms.plain(compiled.template.render(Context(LONG, autoescape=False)))

    assert 0 < sms.segments(text) <= 2, text


def test_console_backend_prints(capsys):
    ConsoleBackend().send("+33639980012", "Bonjour")

    assert capsys.readouterr().out == "SMS +33639980012\nBonjour\n"


def test_file_backend_writes_one_file_a_message(tmp_path):
    name = FileBackend(folder=tmp_path / "sms").send("+33639980012", "Été")

    kept = json.loads((tmp_path / "sms" / f"{name}.json").read_text())
    assert kept == {"to": "+33639980012", "text": "Été"}


# --- A provider over HTTP -----------------------------------------------------------------------
class Provider(BaseHTTPRequestHandler):
    status = 200
    answer = b'{"id": "m-1"}'
    asked: list[Any] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.asked.append((self.headers["Authorization"], json.loads(body)))
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(self.answer)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def provider(monkeypatch) -> Iterator[str]:
    monkeypatch.setattr(Provider, "asked", [])
    with HTTPServer(("127.0.0.1", 0), Provider) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/messages"
        server.shutdown()
        thread.join()


def test_http_backend_posts_json_and_keeps_the_provider_s_id(provider):
    backend = HttpBackend(url=provider, token="secret", sender="CPTS", text_key="message")

    assert backend.send("+33639980012", "Bonjour") == "m-1"
    assert Provider.asked == [
        ("Bearer secret", {"to": "+33639980012", "message": "Bonjour", "sender": "CPTS"})
    ]


@pytest.mark.parametrize("answer", [b"", b"[1]", b'{"other": 1}'])
def test_http_backend_does_without_an_id(provider, monkeypatch, answer):
    monkeypatch.setattr(Provider, "answer", answer)

    assert HttpBackend(url=provider).send("+33639980012", "Bonjour") == ""


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (400, FinalFailure),
        (422, FinalFailure),
        (401, TemporaryFailure),
        (429, TemporaryFailure),
        (503, TemporaryFailure),
    ],
)
def test_http_backend_tells_final_from_temporary(provider, monkeypatch, status, failure):
    monkeypatch.setattr(Provider, "status", status)

    with pytest.raises(DeliveryFailure, match=f"sms_http_{status}") as refused:
        HttpBackend(url=provider).send("+33639980012", "Bonjour")

    assert type(refused.value) is failure


def test_http_backend_provider_away_is_temporary():
    with pytest.raises(TemporaryFailure, match="sms_unreachable"):
        HttpBackend(url="http://127.0.0.1:1/messages").send("+33639980012", "Bonjour")


def test_http_backend_refuses_to_send_a_token_in_clear():
    with pytest.raises(TemporaryFailure, match="sms_url_not_https"):
        HttpBackend(url="http://sms.example/messages").send("+33639980012", "Bonjour")
