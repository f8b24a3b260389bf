"""Agendas that leave and come in: times alone, one secret address, slots hidden and shown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cpts_portal.core.fetch import FetchError
from cpts_portal.core.refusals import NotPermitted
from members.models import Cpts, Membership
from tests.unscheduled_care.makers import ClaimFactory, SlotFactory
from unscheduled_care import tasks
from unscheduled_care.actions import feeds as actions
from unscheduled_care.models import BusyFeed, BusyTime, CalendarFeed, Slot
from unscheduled_care.tasks import feeds as feed_tasks

pytestmark = pytest.mark.django_db
URL = "https://agenda.example/private.ics"
Says = Callable[[bytes | FetchError], None]


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> Says:
    """What the calendar's server answers; the network itself is the test of core.fetch."""

    def answer(what: bytes | FetchError) -> None:
        def fetch(url: str, **limits: Any) -> bytes:
            if isinstance(what, FetchError):
                raise what
            return what

        monkeypatch.setattr(actions, "fetch", fetch)

    answer(b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")
    return answer


@pytest.fixture
def mine(client: Client, gp: Membership, settings: Any) -> Client:
    settings.SECOND_FACTOR_REQUIRED = False
    client.force_login(gp.user)
    return client


def busy_file(starts_at: datetime, minutes: int, uid: str = "a") -> bytes:
    ends_at = starts_at + timedelta(minutes=minutes)
    lines = (
        *("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//EN", "BEGIN:VEVENT", f"UID:{uid}"),
        *(
            "DTSTAMP:20260101T000000Z",
            "SUMMARY:Mme Hennebelle",
            f"DTSTART:{starts_at:%Y%m%dT%H%M%SZ}",
        ),
        *(f"DTEND:{ends_at:%Y%m%dT%H%M%SZ}", "END:VEVENT", "END:VCALENDAR", ""),
    )
    return "\r\n".join(lines).encode()


def address(name: str, cpts: Cpts) -> str:
    return reverse(f"unscheduled_care:{name}", args=[cpts.slug])


# --- What leaves ----------------------------------------------------------------------------------
def test_feed_tells_times_and_kinds_alone(client: Client, gp: Membership) -> None:
    SlotFactory(professional=gp)
    claim = ClaimFactory(slot__professional=gp, slot__starts_at=timezone.now() + timedelta(days=1))
    token = actions.open_feed(by=gp)

    response = client.get(reverse("unscheduled_care:feed_calendar", args=[token]))

    text = response.content.decode()
    assert response["Content-Type"].startswith("text/calendar")
    assert response["Cache-Control"] == "no-store, private"
    assert text.count("BEGIN:VEVENT") == 2
    assert text.count("TRANSP:TRANSPARENT") == 1
    assert claim.contact.phone not in text
    assert str(claim.reason) not in text
    assert claim.contact.first_name not in text


def test_feed_is_one_address_at_a_time(client: Client, gp: Membership) -> None:
    first, second = actions.open_feed(by=gp), actions.open_feed(by=gp)

    codes = [
        client.get(reverse("unscheduled_care:feed_calendar", args=[token])).status_code
        for token in (first, second, "x" * 32)
    ]

    assert codes == [404, 200, 404]
    assert not CalendarFeed.objects.filter(token_hash__in=[first, second]).exists()


def test_feed_revoked_or_of_who_left_is_not_found(client: Client, gp: Membership) -> None:
    token = actions.open_feed(by=gp)
    path = reverse("unscheduled_care:feed_calendar", args=[token])
    Membership.objects.filter(pk=gp.pk).update(
        starts_on=timezone.localdate() - timedelta(days=9),
        ends_on=timezone.localdate() - timedelta(days=1),
        end_reason="left",
    )
    assert client.get(path).status_code == 404
    Membership.objects.filter(pk=gp.pk).update(ends_on=None, end_reason="")
    assert client.get(path).status_code == 200

    actions.revoke_feed(by=gp)

    assert client.get(path).status_code == 404


def test_feed_is_a_clinicians(coordinator: Membership) -> None:
    with pytest.raises(NotPermitted):
        actions.open_feed(by=coordinator)


def test_feed_page_shows_the_address_once(mine: Client, cpts: Cpts) -> None:
    shown = mine.post(address("feed_open", cpts)).content.decode()
    again = mine.get(address("feed_show", cpts)).content.decode()

    assert "/agenda/" in shown
    assert "/agenda/" not in again


# --- What comes in --------------------------------------------------------------------------------
def test_busy_calendar_hides_the_slots_that_it_touches_and_shows_them_again(
    says: Says, gp: Membership
) -> None:
    now = timezone.now()
    soon, later = (
        SlotFactory(professional=gp, starts_at=now + timedelta(hours=hours)) for hours in (3, 6)
    )
    feed = actions.follow(URL, by=gp)
    says(busy_file(soon.starts_at + timedelta(minutes=10), 60))
    assert actions.read(feed)
    hidden = set(Slot.objects.filter(is_hidden=True))

    says(busy_file(later.starts_at, 30))
    actions.read(feed)

    assert hidden == {soon}
    assert set(Slot.objects.filter(is_hidden=True)) == {later}
    assert not Slot.objects.claimable().filter(pk=later.pk).exists()


def test_busy_calendar_keeps_hours_alone_and_leaves_claims(says: Says, gp: Membership) -> None:
    claim = ClaimFactory(slot__professional=gp)
    feed = actions.follow(URL, by=gp)
    says(busy_file(claim.slot.starts_at, 20))

    actions.read(feed)

    claim.slot.refresh_from_db()
    assert not claim.slot.is_hidden
    assert {field.name for field in BusyTime._meta.get_fields()} == {
        *("id", "cpts", "feed", "starts_at", "ends_at"),
    }


def test_busy_calendar_does_not_take_our_own_events_for_somebody_elses(
    says: Says, gp: Membership
) -> None:
    slot = SlotFactory(professional=gp)
    feed = actions.follow(URL, by=gp)
    says(busy_file(slot.starts_at, 20, uid=f"creneau-{slot.pk}@artois-lys.portail-cpts"))

    actions.read(feed)

    slot.refresh_from_db()
    assert not slot.is_hidden


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (FetchError("address"), "address"),
        (FetchError("too_big"), "too_big"),
        (FetchError("away"), "away"),
        (b"<html>Connexion</html>", "no_calendar"),
    ],
)
def test_busy_calendar_says_its_problem_and_keeps_what_it_said(
    says: Says, gp: Membership, answer: bytes | FetchError, problem: str
) -> None:
    slot = SlotFactory(professional=gp)
    feed = actions.follow(URL, by=gp)
    says(busy_file(slot.starts_at, 20))
    actions.read(feed)
    says(answer)

    assert not actions.read(feed)

    feed.refresh_from_db()
    slot.refresh_from_db()
    assert (feed.problem, slot.is_hidden) == (problem, True)


def test_busy_calendar_removed_while_it_is_read_hides_nothing(says: Says, gp: Membership) -> None:
    slot = SlotFactory(professional=gp)
    feed = actions.follow(URL, by=gp)
    says(busy_file(slot.starts_at, 20))
    actions.unfollow(by=gp)

    assert not actions.read(feed)
    assert not BusyTime.objects.exists()


def test_busy_calendar_forgotten_shows_all_again(says: Says, gp: Membership) -> None:
    slot = SlotFactory(professional=gp)
    says(busy_file(slot.starts_at, 20))
    actions.read(actions.follow(URL, by=gp))

    actions.unfollow(by=gp)

    slot.refresh_from_db()
    assert (slot.is_hidden, BusyFeed.objects.count()) == (False, 0)


def test_busy_calendars_are_tried_every_quarter_of_an_hour(says: Says, gp: Membership) -> None:
    feed = actions.follow(URL, by=gp)

    first, second = feed_tasks.read_busy_feeds(), feed_tasks.read_busy_feeds()

    feed.refresh_from_db()
    assert (first, second) == (1, 0)
    assert feed.fetched_at is not None
    assert tasks.feeds is feed_tasks


@pytest.mark.parametrize("url", ["http://agenda.example/a.ics", "agenda", "https://a.example:81/"])
def test_feed_follow_says_what_is_wrong_and_keeps_it(mine: Client, cpts: Cpts, url: str) -> None:
    response = mine.post(address("feed_follow", cpts), {"url": url})

    assert response.status_code == 422
    assert f'value="{url}"' in response.content.decode()
    assert not BusyFeed.objects.exists()


def test_feed_follow_takes_a_webcal_address(mine: Client, cpts: Cpts) -> None:
    mine.post(address("feed_follow", cpts), {"url": "webcal://agenda.example/a.ics"})

    assert BusyFeed.objects.get().url == "https://agenda.example/a.ics"
