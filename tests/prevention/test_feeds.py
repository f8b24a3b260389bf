"""Feeds for town halls: what they tell, and that asking again costs next to nothing."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import time_machine
from defusedxml.ElementTree import fromstring
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from members.models import Cpts
from prevention.models import Campaign, Session
from prevention.queries import feeds
from tests.factories import CommuneFactory
from tests.prevention.changes import commit, forget
from tests.prevention.makers import CampaignFactory, RegistrationFactory, SessionFactory

HERE = "/evenements/artois-lys/"
FEEDS = ("evenements.ics", "evenements.atom", "evenements.rss")
ATOM = "{http://www.w3.org/2005/Atom}"
every_feed = pytest.mark.parametrize("feed", FEEDS)


@pytest.fixture
def session(cpts: Cpts) -> Any:
    session = SessionFactory(
        campaign__cpts=cpts,
        campaign__title="Octobre rose",
        commune=CommuneFactory(name="Lestrem"),
    )
    forget()
    return session


def text_of(client: Client, feed: str) -> str:
    answer = client.get(HERE + feed)
    assert answer.status_code == 200, feed
    return answer.content.decode().replace("\r\n ", "")


def cancel(session: Session) -> None:
    Session.objects.filter(pk=session.pk).update(
        status="cancelled", cancelled_at=timezone.now(), cancel_reason="room", sequence=1
    )
    commit()


# --- What they tell -------------------------------------------------------------------------
def test_event_calendar_tells_the_session_under_a_stable_name(client: Client, session: Any) -> None:
    text = text_of(client, "evenements.ics")

    for line in (
        f"UID:seance-{session.pk}@artois-lys.portail-cpts",
        "SEQUENCE:0",
        "SUMMARY:Octobre rose",
        "LOCATION:Salle des fêtes\\, 3 place de la Mairie\\, Lestrem",
        f"URL:http://localhost:8000{HERE}{session.pk}/",
        "STATUS:CONFIRMED",
    ):
        assert line in text.splitlines()


def test_event_calendar_takes_a_cancelled_session_away(client: Client, session: Any) -> None:
    SessionFactory(campaign=session.campaign)
    cancel(session)

    text = text_of(client, "evenements.ics")

    assert text.count("STATUS:CANCELLED") == text.count("STATUS:CONFIRMED") == 1
    assert "SEQUENCE:1" in text


def test_event_calendar_of_one_session_holds_it_alone(client: Client, session: Any) -> None:
    SessionFactory(campaign=session.campaign)

    text = text_of(client, f"evenements.ics?seance={session.pk}")

    assert text.count("BEGIN:VEVENT") == 1


def test_event_atom_is_read_as_atom(client: Client, session: Any) -> None:
    root = fromstring(text_of(client, "evenements.atom"))

    [entry] = root.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}id") == f"http://localhost:8000{HERE}{session.pk}/"
    assert entry.findtext(f"{ATOM}title", "").startswith("Octobre rose : ")
    assert root.find(f"{ATOM}link[@rel='self']").get("href").endswith("evenements.atom")  # type: ignore[union-attr]


def test_event_rss_is_read_as_rss(client: Client, session: Any) -> None:
    root: ET.Element = fromstring(text_of(client, "evenements.rss"))

    [item] = root.findall("channel/item")
    assert item.findtext("guid") == f"http://localhost:8000{HERE}{session.pk}/"
    assert "Salle des fêtes, 3 place de la Mairie, Lestrem" in item.findtext("description", "")


@pytest.mark.parametrize("feed", ["evenements.atom", "evenements.rss"])
def test_a_feed_says_that_a_session_is_cancelled(client: Client, session: Any, feed: str) -> None:
    cancel(session)

    assert "Annulée : Octobre rose" in text_of(client, feed)


@every_feed
def test_a_feed_tells_nothing_that_is_not_public(client: Client, cpts: Cpts, feed: str) -> None:
    SessionFactory(campaign=CampaignFactory(cpts=cpts, status="draft", title="Cachée"))
    SessionFactory(campaign=CampaignFactory(cpts=cpts, is_for_professionals=True, title="Cachée"))
    SessionFactory(campaign__cpts=cpts, title="Cachée", is_for_professionals=True)
    SessionFactory(campaign__title="Cachée")

    assert "Cachée" not in text_of(client, feed)


@every_feed
def test_a_feed_is_narrowed_to_one_commune(client: Client, session: Any, feed: str) -> None:
    other = SessionFactory(campaign=session.campaign, title="À Laventie")

    text = text_of(client, f"{feed}?commune={other.commune_id}")

    assert ("À Laventie" in text, "Octobre rose" in text) == (True, False)


@every_feed
def test_a_feed_leaves_past_days_out(client: Client, session: Any, feed: str) -> None:
    past = timezone.now() - timedelta(days=2)
    SessionFactory(campaign=session.campaign, title="Passée", starts_at=past)

    assert "Passée" not in text_of(client, feed)


@every_feed
def test_a_feed_is_in_french_whoever_asks(client: Client, session: Any, feed: str) -> None:
    french = text_of(client, feed)

    english = client.get(HERE + feed, headers={"Accept-Language": "en"})

    assert english.content.decode().replace("\r\n ", "") == french


# --- Asked again ----------------------------------------------------------------------------
@every_feed
def test_a_feed_that_has_not_changed_is_two_small_queries_and_no_rendering(
    client: Client, session: Any, feed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = client.get(HERE + feed)
    monkeypatch.setattr(feeds, "sessions_told", lambda asked: pytest.fail("read again"))

    with CaptureQueriesContext(connection) as asked:
        again = client.get(HERE + feed, headers={"If-None-Match": first["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    tables = [re.findall(r'FROM "?(\w+)', row["sql"]) for row in asked]
    assert tables == [["members_cpts"], ["prevention_eventschange"]]
    assert again["Cache-Control"] == "public, max-age=300"
    assert again["ETag"] == first["ETag"]


@every_feed
def test_a_feed_answers_by_date_too(client: Client, session: Any, feed: str) -> None:
    told = client.get(HERE + feed)["Last-Modified"]

    assert client.get(HERE + feed, headers={"If-Modified-Since": told}).status_code == 304


@every_feed
def test_a_seat_taken_changes_no_feed(client: Client, session: Any, feed: str) -> None:
    etag = client.get(HERE + feed)["ETag"]
    RegistrationFactory(session=session)
    commit()

    assert client.get(HERE + feed, headers={"If-None-Match": etag}).status_code == 304


@every_feed
@pytest.mark.parametrize("change", ["moved", "cancelled", "renamed", "community"])
def test_a_feed_that_has_changed_is_sent_anew(
    client: Client, cpts: Cpts, session: Any, feed: str, change: str
) -> None:
    first = client.get(HERE + feed)
    match change:
        case "moved":
            later = session.starts_at + timedelta(hours=1)
            Session.objects.filter(pk=session.pk).update(starts_at=later, sequence=1)
        case "cancelled":
            cancel(session)
        case "renamed":
            Campaign.objects.update(title="Mars bleu")
        case _:
            Cpts.objects.update(name="CPTS Lys Artois")
    commit()

    again = client.get(HERE + feed, headers={"If-None-Match": first["ETag"]})

    assert again.status_code == 200
    assert again.content != first.content


@every_feed
def test_a_feed_changes_at_midnight_in_paris(client: Client, session: Any, feed: str) -> None:
    with time_machine.travel(datetime(2035, 11, 23, 22, 30, tzinfo=UTC), tick=False):
        etag = client.get(HERE + feed)["ETag"]
        same = client.get(HERE + feed, headers={"If-None-Match": etag})
    with time_machine.travel(datetime(2035, 11, 23, 23, 30, tzinfo=UTC), tick=False):
        next_day = client.get(HERE + feed, headers={"If-None-Match": etag})

    assert (same.status_code, next_day.status_code) == (304, 200)


@every_feed
def test_a_feed_of_nothing_is_a_feed(client: Client, cpts: Cpts, feed: str) -> None:
    first = client.get(HERE + feed)

    again = client.get(HERE + feed, headers={"If-None-Match": first["ETag"]})

    assert (first.status_code, again.status_code) == (200, 304)


@every_feed
def test_a_feed_ignores_what_its_address_holds_besides(
    client: Client, session: Any, feed: str
) -> None:
    answer = client.get(f"{HERE}{feed}?commune=%27--&seance=abc&x=y")

    assert answer.status_code == 200
