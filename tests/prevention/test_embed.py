"""The list that a town hall shows inside its own site: no script, and no other page is framed."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from members.models import Cpts
from tests.prevention.makers import CampaignFactory, SessionFactory

HERE = "/evenements/artois-lys/"
EMBED = f"{HERE}integrer/"
POLICY = "Content-Security-Policy"


@pytest.fixture
def session(cpts: Cpts) -> Any:
    return SessionFactory(campaign__cpts=cpts)


def test_event_embed_may_be_framed_and_runs_nothing(client: Client, session: Any) -> None:
    answer = client.get(EMBED)

    assert "X-Frame-Options" not in answer
    assert dict(part.split(" ", 1) for part in answer[POLICY].split("; ")) == {
        "default-src": "'none'",
        "style-src": "'self'",
        "font-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "*",
    }
    page = answer.content.decode()
    assert re.findall(r"<script|<form|style=|\son\w+=", page) == []
    assert answer.cookies == {}


@pytest.mark.parametrize("path", [HERE, "/evenements/", f"{HERE}1/"])
def test_no_other_page_may_be_framed(client: Client, session: Any, path: str) -> None:
    answer = client.get(path.replace("1", str(session.pk)))

    assert answer["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in answer[POLICY]


def test_event_embed_opens_sessions_outside_the_frame(client: Client, session: Any) -> None:
    page = client.get(EMBED).content.decode()

    links = re.findall(r"<a [^>]*>", page)
    assert len(links) == 2
    assert all('target="_blank" rel="noopener"' in link for link in links)
    assert f'href="{HERE}{session.pk}/"' in page


def test_event_embed_shows_as_many_as_it_is_asked(client: Client, session: Any) -> None:
    SessionFactory(campaign=session.campaign)

    assert client.get(f"{EMBED}?nombre=1").content.count(b'class="card ev"') == 1
    assert client.get(EMBED).content.count(b'class="card ev"') == 2


def test_event_embed_is_of_one_commune(client: Client, session: Any) -> None:
    SessionFactory(campaign=session.campaign)

    page = client.get(f"{EMBED}?commune={session.commune_id}").content

    assert page.count(b'class="card ev"') == 1


def test_event_embed_is_kept_five_minutes_by_caches(client: Client, session: Any) -> None:
    assert client.get(EMBED)["Cache-Control"] == "public, max-age=300"


def test_event_embed_of_nothing_says_so(client: Client, cpts: Cpts) -> None:
    CampaignFactory(cpts=cpts)

    assert "Pas de séance prévue" in client.get(EMBED).content.decode()
