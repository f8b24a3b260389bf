"""A board on a screen asks whether it is still true: 304 until a slot or the clock changes it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cpts_portal.core.scoping import open_scope
from members.models import Cpts, Membership
from members.sessions import RENEW_AFTER, SEEN_AT
from tests.factories import CptsFactory, GpFactory
from tests.unscheduled_care.makers import ClaimFactory, HoldFactory, SlotFactory
from unscheduled_care.actions import claims, holds
from unscheduled_care.models import BoardChange, Claim, Reason, Slot
from unscheduled_care.queries import board as queries
from unscheduled_care.queries import freshness
from unscheduled_care.queries.census import Filters, Window
from unscheduled_care.queries.reach import reach_of
from unscheduled_care.tasks.board import forget_board_changes

LATER = timedelta(hours=30)
MONTH = timedelta(days=30)


@pytest.fixture(autouse=True)
def one_factor(settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = False


@pytest.fixture
def committed(transactional_db: None) -> Iterator[Cpts]:
    """A CPTS whose changes are real transactions: a snapshot tells them apart."""
    cpts = CptsFactory(slug="artois-lys")
    with open_scope(cpts=cpts):
        yield cpts


class Screen:
    """A board in front of somebody, who asks for itself as htmx does."""

    def __init__(self, by: Membership) -> None:
        self.client = Client()
        self.client.force_login(by.user)
        self.path = reverse("unscheduled_care:slot_list", args=[by.cpts.slug])
        self.hear(self.client.get(self.path))

    def hear(self, response: Any) -> None:
        page = unescape(response.content.decode())
        [self.query] = re.findall(r'hx-get="[^"?]*([^"]*)"', page)
        [told] = re.findall(r'hx-headers="(\{.*?\})">', page)
        self.headers = {"HX-Request": "true", **json.loads(told)}

    def poll(self) -> Any:
        response = self.client.get(self.path + self.query, headers=self.headers)
        if response.status_code == 200:
            self.hear(response)
        return response


def test_a_poll_is_304_until_a_slot_changes(committed: Cpts) -> None:
    gp, reader = GpFactory(cpts=committed), GpFactory(cpts=committed)
    slot = SlotFactory(professional=gp, starts_at=timezone.now() + LATER)
    screen, statuses = Screen(reader), []

    def happens(_what: object) -> None:
        statuses.append([screen.poll().status_code, screen.poll().status_code])

    happens("nothing")
    happens(held := holds.hold(slot, by=gp))
    happens(holds.extend(held, by=gp))
    happens(holds.release(held, by=gp))
    reason, _made = Reason.objects.get_or_create(code="fievre", defaults={"label": "Fièvre"})
    happens(claim := ClaimFactory(slot=slot, hold__holder=gp, reason=reason))
    happens(claims.cancel(claim, reason=Claim.CancelReason.PATIENT, by=gp))
    happens(Slot.objects.filter(pk=slot.pk).update(is_hidden=True))
    happens(SlotFactory(professional=gp, starts_at=timezone.now() + LATER + LATER))

    assert statuses == [[304, 304]] + [[200, 304]] * 7


def test_a_poll_that_changes_nothing_reads_no_slot(committed: Cpts) -> None:
    gp = GpFactory(cpts=committed)
    SlotFactory(professional=gp)
    screen = Screen(gp)

    with CaptureQueriesContext(connection) as queried:
        response = screen.poll()

    assert (response.status_code, response.content) == (304, b"")
    asked = [one["sql"] for one in queried if "unscheduled_care" in one["sql"]]
    assert len(asked) == 1
    assert "boardchange" in asked[0]


def test_what_is_swapped_is_the_board_and_the_count_alone(committed: Cpts) -> None:
    gp = GpFactory(cpts=committed)
    screen = Screen(gp)
    SlotFactory(professional=gp, starts_at=timezone.now() + LATER)

    response = screen.poll()

    page = response.content.decode()
    assert 'hx-swap-oob="innerHTML:#slot-count">1 créneau libre sur ces cinq jours' in page
    assert "<h1>" not in page
    assert response["ETag"] == screen.headers["If-None-Match"]


def test_another_community_moves_no_board_here(committed: Cpts) -> None:
    screen, elsewhere = Screen(GpFactory(cpts=committed)), CptsFactory()
    with open_scope(cpts=elsewhere):
        SlotFactory(professional=GpFactory(cpts=elsewhere))

    assert screen.poll().status_code == 304


def test_an_etag_answers_for_one_reader_and_one_address(committed: Cpts) -> None:
    mine, hers = Screen(GpFactory(cpts=committed)), Screen(GpFactory(cpts=committed))
    hers.headers = mine.headers

    assert hers.poll().status_code == 200
    mine.query += "&profession=infirmier"
    assert mine.poll().status_code == 200


@pytest.mark.parametrize("tag", ["", "*", 'W/"x"', 'W/"1:1:;9999999999.000;abc:forged"', "é"])
def test_an_etag_of_somebody_else_is_never_fresh(cpts: Cpts, tag: str) -> None:
    assert freshness.is_fresh(tag, cpts.pk, "me") is False


def test_a_transaction_still_open_when_the_board_was_read_is_seen_once_committed(
    committed: Cpts,
) -> None:
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(
            "INSERT INTO unscheduled_care_boardchange (cpts_id, xid)"
            " VALUES (%s, pg_current_xact_id()::text::bigint)",
            [committed.pk],
        )
        reading = freshness.begin()
        BoardChange.objects.create(cpts=committed, xid=1)
        tag = freshness.tag_of(reading, reading.now + LATER, "me")
        before = freshness.is_fresh(tag, committed.pk, "me")
        cursor.execute("COMMIT")
    other.close()

    assert [before, freshness.is_fresh(tag, committed.pk, "me")] == [True, False]


# --- The clock ------------------------------------------------------------------------------------
def until(by: Membership, now: datetime) -> timedelta:
    """How long the board of `now` stays true if nobody does anything."""
    return queries.look(reach_of(by), Filters(), now).until - now


def test_a_board_lasts_until_the_clock_alone_changes_it(cpts: Cpts, gp: Membership) -> None:
    noon = Window.around(None, timezone.now() + MONTH).midnights[0] - timedelta(hours=12)
    minute = timedelta(minutes=1)

    assert until(gp, noon) == freshness.LONGEST
    assert until(gp, noon + timedelta(hours=12) - minute) == minute
    closing = SlotFactory(professional=gp, starts_at=noon + LATER, closes_at=noon + 4 * minute)
    assert until(gp, noon) == 4 * minute
    SlotFactory(professional=gp, starts_at=noon + timedelta(hours=2) + 3 * minute)
    assert until(gp, noon) == 3 * minute
    HoldFactory(slot=closing, starts_at=noon - minute, expires_at=noon + 2 * minute)
    assert until(gp, noon) == 2 * minute
    ClaimFactory(slot=SlotFactory(professional=gp, starts_at=noon + minute))
    assert until(gp, noon) == minute


def test_a_board_that_has_lasted_is_read_again(committed: Cpts) -> None:
    reading = freshness.begin()

    tags = [freshness.tag_of(reading, reading.now + left, "me") for left in (LATER, -LATER)]

    assert [freshness.is_fresh(tag, committed.pk, "me") for tag in tags] == [True, False]


def test_asking_by_itself_keeps_no_session_from_lapsing(cpts: Cpts, gp: Membership) -> None:
    with time_machine.travel(datetime(2035, 11, 23, 8, tzinfo=UTC), tick=False) as clock:
        screen = Screen(gp)
        seen = screen.client.session[SEEN_AT]
        clock.shift(RENEW_AFTER + 1)
        screen.poll()
        polled = screen.client.session[SEEN_AT]
        screen.client.get(screen.path)

        assert (polled - seen, screen.client.session[SEEN_AT] - seen) == (0, RENEW_AFTER + 1)


def test_numbers_a_day_old_are_forgotten(cpts: Cpts) -> None:
    BoardChange.objects.create(cpts=cpts, xid=1, at=timezone.now() - timedelta(hours=25))
    kept = BoardChange.objects.create(cpts=cpts, xid=2)

    forgotten = forget_board_changes()

    assert (forgotten, list(BoardChange.objects.all())) == (1, [kept])
