"""When a reminder leaves: local days over both clock changes, polite hours, and until when."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpts_portal.core.outbox import PARIS, polite_time
from prevention.rules.instants import (
    Instants,
    Offset,
    Window,
    instants,
    instants_of_day,
    polite_time_before,
)

EVE = Offset(days=-1, at=time(10), minutes=None)
WEEK_BEFORE = Offset(days=-7, at=time(10), minutes=None)
TWO_HOURS = Offset(days=None, at=None, minutes=-120)
DAY_AFTER = Offset(days=1, at=time(10), minutes=None)
MOMENTS = st.integers(0, 2 * 366 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


def paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


@pytest.mark.parametrize(
    ("offset", "starts_at", "leaves_at", "in_utc"),
    [
        # Winter time begins on Sunday 25 October 2026.
        (WEEK_BEFORE, "2026-10-29T14:00", "2026-10-22T10:00", "2026-10-22T08:00"),
        (EVE, "2026-10-27T14:00", "2026-10-26T10:00", "2026-10-26T09:00"),
        (TWO_HOURS, "2026-10-26T14:00", "2026-10-26T12:00", "2026-10-26T11:00"),
        (EVE, "2026-10-26T14:00", "2026-10-24T18:00", "2026-10-24T16:00"),
        # Summer time begins on Sunday 28 March 2027; Monday 29 is Easter Monday.
        (WEEK_BEFORE, "2027-03-31T14:00", "2027-03-24T10:00", "2027-03-24T09:00"),
        (EVE, "2027-03-31T14:00", "2027-03-30T10:00", "2027-03-30T08:00"),
        (EVE, "2027-03-30T14:00", "2027-03-27T18:00", "2027-03-27T17:00"),
        (TWO_HOURS, "2027-03-30T12:00", "2027-03-30T10:00", "2027-03-30T08:00"),
    ],
)
def test_instants_keep_the_local_hour_over_both_clock_changes(offset, starts_at, leaves_at, in_utc):
    found = instants(offset, paris(starts_at)).due.due_at

    assert found == paris(leaves_at)
    assert found.astimezone(UTC) == datetime.fromisoformat(in_utc).replace(tzinfo=UTC)


def test_minutes_are_absolute_through_the_night_that_repeats_an_hour():
    at_four = paris("2026-10-25T04:00")

    found = Offset(None, None, -180).from_moment(at_four)

    assert found.astimezone(UTC) == datetime(2026, 10, 25, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "before"),
    [
        ("2026-11-24T10:00", "2026-11-24T10:00"),
        ("2026-11-24T20:00", "2026-11-24T18:00"),
        ("2026-11-24T08:59", "2026-11-23T18:00"),
        ("2026-11-22T10:00", "2026-11-21T18:00"),
        ("2026-11-23T07:00", "2026-11-21T18:00"),
        ("2026-12-25T12:00", "2026-12-24T18:00"),
        ("2027-05-02T12:00", "2027-04-30T18:00"),
    ],
)
def test_a_reminder_comes_forward_to_the_evening_before(moment, before):
    assert polite_time_before(paris(moment)) == paris(before)


@given(MOMENTS)
def test_polite_time_before_never_goes_forward_and_is_polite(moment):
    found = polite_time_before(moment)

    assert found <= moment
    assert polite_time(found) == found


@given(
    MOMENTS,
    st.one_of(
        st.builds(lambda d, h: Offset(d, time(h), None), st.integers(-30, 10), st.integers(0, 23)),
        st.builds(lambda m: Offset(None, None, m), st.integers(-2880, 2880)),
    ),
)
def test_every_window_is_polite_and_useful_and_in_time(starts_at, offset):
    found = instants(offset, starts_at)

    for window in filter(None, (found.due, found.second)):
        assert polite_time(window.due_at) == window.due_at
        assert window.useful_until >= window.due_at
        assert (window.useful_until < starts_at) == found.is_before
    assert found.is_before == (offset.from_moment(starts_at) < starts_at)


@given(st.dates(date(2026, 10, 20), date(2026, 11, 5)), st.integers(9, 18))
def test_a_day_later_leaves_a_day_later(day, hour):
    days = [day + timedelta(days=n) for n in range(4)]

    wished = [EVE.from_moment(datetime.combine(one, time(hour), PARIS)) for one in days]

    gaps = {
        later.replace(tzinfo=None) - one.replace(tzinfo=None) for one, later in pairwise(wished)
    }
    assert gaps == {timedelta(days=1)}


def test_who_registers_after_a_reminder_brought_forward_gets_it_in_the_morning():
    monday_noon = paris("2026-11-23T12:00")

    found = instants(Offset(-1, time(20), None), monday_noon)

    assert found == Instants(
        wished_at=paris("2026-11-22T20:00"),
        due=Window(paris("2026-11-21T18:00"), paris("2026-11-23T11:30")),
        second=Window(paris("2026-11-23T09:00"), paris("2026-11-23T11:30")),
    )


def test_no_second_moment_within_the_last_hour():
    found = instants(Offset(-1, time(20), None), paris("2026-11-23T09:30"))

    assert found.second is None


@pytest.mark.parametrize(
    ("offset", "useful_until"),
    [
        (WEEK_BEFORE, "2026-11-20T10:00"),
        (EVE, "2026-11-26T10:00"),
        (Offset(0, time(10), None), "2026-11-26T13:30"),
        (TWO_HOURS, "2026-11-26T13:00"),
        (Offset(None, None, -20), "2026-11-26T13:50"),
    ],
)
def test_a_reminder_is_useful_a_day_or_half_its_own_time(offset, useful_until):
    starts_at = paris("2026-11-26T14:00")

    assert instants(offset, starts_at).due.useful_until == paris(useful_until)


def test_thanks_wait_for_their_hour_and_three_days_at_most():
    saturday = paris("2026-11-21T14:00")

    found = instants(DAY_AFTER, saturday)

    assert found.due == Window(paris("2026-11-23T09:00"), paris("2026-11-26T09:00"))
    assert not found.is_before


def test_a_recall_counts_from_the_first_day_of_its_list():
    found = instants_of_day(Offset(14, time(10), None), date(2026, 10, 12))

    assert found.due.due_at == paris("2026-10-26T10:00")
