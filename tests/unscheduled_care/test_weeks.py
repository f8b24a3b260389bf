"""A weekly template as moments: holidays, exceptions, and the nights when clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unscheduled_care.models import Availability
from unscheduled_care.rules.weeks import (
    PARIS,
    is_holiday,
    overlaps,
    public_holidays,
    slots_between,
    wall_time,
)

SPRING = (date(2026, 3, 29), date(2027, 3, 28))
AUTUMN = (date(2026, 10, 25), date(2027, 10, 31))


def week(**told: Any) -> Availability:
    """Every day from 9 to 10 by 20 minutes, holidays too, unless told otherwise."""
    usual = {
        "weekdays": [1, 2, 3, 4, 5, 6, 7],
        "opens": 540,
        "closes": 600,
        "slot_minutes": 20,
        "valid_from": date(2026, 1, 1),
        "works_on_holidays": True,
    }
    return Availability(**{**usual, **told})


def hours(found: Any) -> list[str]:
    return [f"{start.astimezone(PARIS):%a %H:%M}" for start, _end in found]


def test_a_week_makes_its_slots_on_its_days_alone() -> None:
    monday = date(2026, 11, 23)

    made = slots_between(week(weekdays=[1, 4]), monday, monday + timedelta(days=6))

    assert hours(made) == [
        *("Mon 09:00", "Mon 09:20", "Mon 09:40"),
        *("Thu 09:00", "Thu 09:20", "Thu 09:40"),
    ]


def test_a_slot_that_would_end_after_the_last_hour_is_not_made() -> None:
    day = date(2026, 11, 23)

    made = slots_between(week(slot_minutes=25), day, day)

    assert hours(made) == ["Mon 09:00", "Mon 09:25"]


def test_a_week_makes_nothing_before_it_begins_nor_after_it_ends() -> None:
    shown = week(valid_from=date(2026, 11, 24), valid_until=date(2026, 11, 25), slot_minutes=60)

    made = slots_between(shown, date(2026, 11, 20), date(2026, 11, 30))

    assert hours(made) == ["Tue 09:00", "Wed 09:00"]


def test_public_holidays_are_left_out_unless_the_week_works_then() -> None:
    armistice = date(2026, 11, 11)

    assert list(slots_between(week(works_on_holidays=False), armistice, armistice)) == []
    assert len(list(slots_between(week(), armistice, armistice))) == 3


def test_alsace_has_holidays_of_its_own() -> None:
    saint_stephen = date(2026, 12, 26)

    assert len(public_holidays(2026)) == 11
    assert (is_holiday(saint_stephen), is_holiday(saint_stephen, "67")) == (False, True)


def test_days_excepted_and_absences_make_no_slot() -> None:
    monday, tuesday = date(2026, 11, 23), date(2026, 11, 24)
    away = (wall_time(tuesday, 0), wall_time(tuesday, 9 * 60 + 30))

    made = slots_between(week(), monday, tuesday, exceptions={monday}, absences=[away])

    assert hours(made) == ["Tue 09:40"]


@pytest.mark.parametrize("night", SPRING)
def test_an_hour_that_the_clock_skips_makes_no_slot(night: date) -> None:
    """From one to four there are two hours, and three o'clock comes right after two."""
    made = list(slots_between(week(opens=60, closes=240, slot_minutes=30), night, night))

    assert hours(made) == ["Sun 01:00", "Sun 01:30", "Sun 03:00", "Sun 03:30"]
    assert made[1][1] == made[2][0]


@pytest.mark.parametrize("night", SPRING)
def test_a_slot_that_crosses_the_skipped_hour_is_not_overlapped_by_the_next(night: date) -> None:
    made = list(slots_between(week(opens=90, closes=300, slot_minutes=45), night, night))

    assert hours(made) == ["Sun 01:30", "Sun 03:45"]


@pytest.mark.parametrize("night", AUTUMN)
def test_an_hour_that_the_clock_strikes_twice_makes_one_slot(night: date) -> None:
    made = list(slots_between(week(opens=60, closes=240, slot_minutes=60), night, night))

    assert hours(made) == ["Sun 01:00", "Sun 02:00", "Sun 03:00"]
    assert [start.hour for start, _end in made] == [23, 0, 2]
    assert all(end - start == timedelta(hours=1) for start, end in made)


@pytest.mark.parametrize("night", [*SPRING, *AUTUMN])
def test_nine_o_clock_is_nine_o_clock_on_both_sides_of_the_change(night: date) -> None:
    eve, after = night - timedelta(days=1), night + timedelta(days=1)

    made = slots_between(week(slot_minutes=60), eve, after)

    assert hours(made) == ["Sat 09:00", "Sun 09:00", "Mon 09:00"]


@given(
    night=st.sampled_from([*SPRING, *AUTUMN, date(2026, 6, 1)]),
    opens=st.integers(0, 1400),
    length=st.integers(5, 240),
    span=st.integers(1, 1440),
)
def test_slots_of_a_week_never_overlap_and_stand_at_their_wall_time(
    night: date, opens: int, length: int, span: int
) -> None:
    shown = week(opens=opens, closes=min(1440, opens + span), slot_minutes=length)
    eve = night - timedelta(days=1)

    made = list(slots_between(shown, eve, night + timedelta(days=1)))

    assert all(end <= start for (_, end), (start, _) in pairwise(made))
    for start, end in made:
        wall = start.astimezone(PARIS)
        assert end - start == timedelta(minutes=length)
        assert (wall.hour * 60 + wall.minute - opens) % length == 0


def test_wall_time_of_a_plain_day_and_of_no_time_at_all() -> None:
    noon = datetime.combine(date(2026, 6, 1), time(10), UTC)

    assert wall_time(date(2026, 6, 1), 720) == noon
    assert wall_time(SPRING[0], 150) is None


def test_stretches_that_only_touch_do_not_overlap() -> None:
    at = [datetime(2026, 6, 1, hour, tzinfo=UTC) for hour in (8, 9, 10)]

    assert not overlaps((at[1], at[2]), [(at[0], at[1])])
    assert overlaps((at[0], at[2]), [(at[0], at[1])])
