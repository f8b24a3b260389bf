"""A week that repeats: made, changed, stopped, and turned into slots without a double."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from cpts_portal.core.refusals import NotPermitted, Refused
from cpts_portal.core.scoping import open_scope
from members.models import Cpts, Membership
from tests.factories import GpFactory, PracticeFactory
from tests.members.threads import at_once
from tests.unscheduled_care.makers import (
    AbsenceFactory,
    AvailabilityExceptionFactory,
    AvailabilityFactory,
    ClaimFactory,
    SlotFactory,
)
from unscheduled_care.actions import availabilities as actions
from unscheduled_care.actions import slots
from unscheduled_care.actions.availabilities import Week, materialise
from unscheduled_care.actions.slots import Terms
from unscheduled_care.models import Availability, BusyFeed, BusyTime, Slot
from unscheduled_care.rules.weeks import PARIS, wall_time
from unscheduled_care.tasks.slots import materialise_weeks

A_DAY = 3
AHEAD = 13
"""Slots of the factory's week in one day, and its days to come after today."""


def tomorrow() -> date:
    return timezone.localdate() + timedelta(days=1)


@pytest.fixture
def week() -> Week:
    """As the factory's, from tomorrow on."""
    return Week(
        weekdays=range(1, 8),
        opens=540,
        closes=600,
        slot_minutes=20,
        valid_from=tomorrow(),
        works_on_holidays=True,
    )


@pytest.fixture
def terms(gp: Membership) -> Terms:
    return Terms(kind="practice", practice_id=PracticeFactory(cpts=gp.cpts).pk)


def statuses(availability: Availability) -> list[str]:
    rows = Slot.objects.filter(availability=availability).order_by("starts_at")
    return list(rows.values_list("status", flat=True))


# --- Weeks become slots -----------------------------------------------------------------------
def test_materialise_makes_two_weeks_of_slots_with_the_terms_of_the_template(
    gp: Membership,
) -> None:
    week = AvailabilityFactory(professional=gp, valid_from=tomorrow(), give_back_minutes=60)

    made = materialise([week])

    first = Slot.objects.order_by("starts_at")[0]
    assert made == Slot.objects.count() == A_DAY * AHEAD
    assert first.terms() == week.terms()
    assert first.starts_at.astimezone(PARIS).strftime("%H:%M") == "09:00"
    assert first.starts_at - first.closes_at == timedelta(hours=1)


def test_materialise_twice_or_late_makes_no_double(gp: Membership) -> None:
    week = AvailabilityFactory(professional=gp, valid_from=tomorrow())
    materialise([week], days=5)

    assert materialise([week]) == A_DAY * (AHEAD - 4)
    assert materialise([week]) == 0
    assert Slot.objects.count() == A_DAY * AHEAD


def test_materialise_leaves_out_what_overlaps(gp: Membership) -> None:
    week = AvailabilityFactory(professional=gp, valid_from=tomorrow())
    SlotFactory(professional=gp, starts_at=wall_time(tomorrow(), 550))

    materialise([week], days=2)

    assert len(statuses(week)) == A_DAY - 2


def test_materialise_does_not_make_again_what_was_taken_back(gp: Membership) -> None:
    week = AvailabilityFactory(professional=gp, valid_from=tomorrow())
    materialise([week], days=2)
    slots.withdraw(Slot.objects.order_by("starts_at")[0], reason="other", by=gp)

    assert materialise([week], days=2) == 0
    assert statuses(week) == ["withdrawn", "open", "open"]


def test_materialise_makes_nothing_in_the_past_of_today(gp: Membership) -> None:
    week = AvailabilityFactory(professional=gp, opens=0, closes=1440)

    materialise([week], days=1)

    now = timezone.now()
    assert [slot for slot in Slot.objects.all() if slot.starts_at <= now] == []


def test_materialise_leaves_out_exceptions_and_absences(gp: Membership) -> None:
    week = AvailabilityFactory(professional=gp, valid_from=tomorrow())
    AvailabilityExceptionFactory(availability=week, day=tomorrow())
    third = tomorrow() + timedelta(days=2)
    AbsenceFactory(membership=gp, starts_at=wall_time(third, 0), ends_at=wall_time(third, 1439))

    materialise([week], days=5)

    days = {slot.starts_at.astimezone(PARIS).date() for slot in Slot.objects.all()}
    assert days == {tomorrow() + timedelta(days=1), tomorrow() + timedelta(days=3)}


def test_materialise_hides_what_a_busy_calendar_covers(gp: Membership) -> None:
    week = AvailabilityFactory(professional=gp, valid_from=tomorrow())
    feed = BusyFeed.objects.create(cpts=gp.cpts, membership=gp, url="https://agenda.example/a.ics")
    busy = (wall_time(tomorrow(), 545), wall_time(tomorrow(), 550))
    BusyTime.objects.create(cpts=gp.cpts, feed=feed, starts_at=busy[0], ends_at=busy[1])

    materialise([week], days=2)

    hidden = Slot.objects.order_by("starts_at").values_list("is_hidden", flat=True)
    assert list(hidden) == [True, False, False]


def test_materialise_makes_nothing_of_a_stopped_week_nor_for_whoever_left(cpts: Cpts) -> None:
    stopped = AvailabilityFactory(
        professional=GpFactory(cpts=cpts), stopped_at=timezone.now(), valid_from=tomorrow()
    )
    left = AvailabilityFactory(
        professional=GpFactory(cpts=cpts, ends_on=tomorrow()), valid_from=tomorrow()
    )

    materialise([stopped, left])

    assert (statuses(stopped), statuses(left)) == ([], ["open"] * A_DAY)


def test_materialise_asks_as_much_of_the_database_for_three_weeks_as_for_one(
    gp: Membership, django_assert_num_queries: Any
) -> None:
    one = AvailabilityFactory(professional=gp, valid_from=tomorrow())
    three = [
        AvailabilityFactory(professional=GpFactory(cpts=gp.cpts), valid_from=tomorrow())
        for _ in range(3)
    ]

    with django_assert_num_queries(10):
        materialise([one])
    with django_assert_num_queries(10):
        materialise(three)


def test_the_task_makes_the_slots_of_every_cpts(cpts: Cpts) -> None:
    for one in (cpts, GpFactory().cpts):
        with open_scope(cpts=one):
            AvailabilityFactory(professional=GpFactory(cpts=one), valid_from=tomorrow())

    assert (materialise_weeks(), materialise_weeks()) == (2 * A_DAY * AHEAD, 0)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_make_no_double() -> None:
    gp: Membership = GpFactory()
    with open_scope(cpts=gp.cpts):
        AvailabilityFactory(professional=gp, valid_from=tomorrow())

    at_once(materialise_weeks, materialise_weeks)

    with open_scope(cpts=gp.cpts):
        assert Slot.objects.count() == A_DAY * AHEAD


# --- Made, changed, stopped -------------------------------------------------------------------
def test_create_makes_the_slots_at_once(gp: Membership, week: Week, terms: Terms) -> None:
    made = actions.create(gp, week, terms, by=gp)

    assert statuses(made) == ["open"] * (A_DAY * AHEAD)


def test_create_over_another_week_is_refused(gp: Membership, week: Week, terms: Terms) -> None:
    actions.create(gp, week, terms, by=gp)

    with pytest.raises(Refused, match="couvre déjà"):
        actions.create(gp, replace(week, opens=590, closes=650), terms, by=gp)
    actions.create(gp, replace(week, opens=600, closes=660), terms, by=gp)

    assert Availability.objects.count() == 2


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"weekdays": []}, "au moins un jour"),
        ({"closes": 540}, "après l’heure de début"),
        ({"slot_minutes": 0}, "de 5 minutes à 4 heures"),
        ({"valid_until": date(2020, 1, 1)}, "finit avant de commencer"),
    ],
)
def test_create_says_what_postgresql_refuses(
    gp: Membership, week: Week, terms: Terms, told: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(Refused, match=sentence):
        actions.create(gp, replace(week, **told), terms, by=gp)


def test_change_makes_a_successor_and_leaves_claimed_slots_alone(
    gp: Membership, week: Week, terms: Terms
) -> None:
    old = actions.create(gp, week, terms, by=gp)
    claim = ClaimFactory(slot=Slot.objects.order_by("starts_at")[1])
    AvailabilityExceptionFactory(availability=old, day=tomorrow() + timedelta(days=1))

    new = actions.change(old, replace(week, slot_minutes=30), terms, by=gp)

    old.refresh_from_db()
    claim.slot.refresh_from_db()
    assert (new.replaces, claim.slot.status, claim.slot.availability) == (old, "claimed", old)
    assert Slot.objects.filter(availability=old, status="open").count() == 0
    assert len(statuses(new)) == 2 * (AHEAD - 2)
    assert Slot.objects.filter(availability=new).order_by("starts_at")[0].minutes == 30


def test_change_from_a_later_day_lets_the_old_week_run_until_then(
    gp: Membership, week: Week, terms: Terms
) -> None:
    old = actions.create(gp, week, terms, by=gp)
    day = tomorrow() + timedelta(days=4)

    new = actions.change(old, replace(week, slot_minutes=60, valid_from=day), terms, by=gp)

    old.refresh_from_db()
    assert (old.stopped_at, old.valid_until) == (None, day - timedelta(days=1))
    assert statuses(old).count("open") == A_DAY * 4
    assert statuses(new) == ["open"] * (AHEAD - 4)


def test_change_keeps_what_was_taken_back_by_hand(gp: Membership, week: Week, terms: Terms) -> None:
    old = actions.create(gp, week, terms, by=gp)
    slots.withdraw(Slot.objects.order_by("starts_at")[0], reason="other", by=gp)

    new = actions.change(old, replace(week, valid_from=timezone.localdate()), terms, by=gp)

    tomorrows = Slot.objects.filter(
        availability=new, starts_at__range=(wall_time(tomorrow(), 0), wall_time(tomorrow(), 1400))
    )
    assert sorted(tomorrows.values_list("status", flat=True)) == ["open", "open", "withdrawn"]


def test_change_twice_or_once_stopped_is_refused(gp: Membership, week: Week, terms: Terms) -> None:
    old = actions.create(gp, week, terms, by=gp)
    later = replace(week, valid_from=tomorrow() + timedelta(days=3))
    actions.change(old, later, terms, by=gp)

    with pytest.raises(Refused, match="a déjà une suite"):
        actions.change(old, later, terms, by=gp)
    actions.stop(old, by=gp)
    with pytest.raises(Refused, match="déjà arrêtée"):
        actions.stop(old, by=gp)


def test_stop_withdraws_what_is_free_and_leaves_the_rest(
    gp: Membership, week: Week, terms: Terms
) -> None:
    made = actions.create(gp, week, terms, by=gp)
    ClaimFactory(slot=Slot.objects.order_by("starts_at")[0])

    assert actions.stop(made, by=gp) == A_DAY * AHEAD - 1
    assert statuses(made)[:2] == ["claimed", "withdrawn"]
    assert materialise([made]) == 0


def test_somebody_else_s_week_is_not_touched(gp: Membership, week: Week, terms: Terms) -> None:
    made, other = actions.create(gp, week, terms, by=gp), GpFactory(cpts=gp.cpts)

    with pytest.raises(NotPermitted):
        actions.stop(made, by=other)
    with pytest.raises(NotPermitted):
        actions.create(gp, week, terms, by=other)


# --- Days excepted ------------------------------------------------------------------------------
def test_a_day_excepted_loses_its_free_slots_and_finds_them_again(
    gp: Membership, week: Week, terms: Terms
) -> None:
    made = actions.create(gp, week, terms, by=gp)

    assert actions.except_day(made, tomorrow(), by=gp) == A_DAY
    assert materialise([made]) == 0

    actions.restore_day(made, tomorrow(), by=gp)
    assert statuses(made) == ["open"] * (A_DAY * AHEAD)
    assert not made.exceptions.exists()


def test_a_day_is_excepted_once_and_restored_in_peace(
    gp: Membership, week: Week, terms: Terms
) -> None:
    made = actions.create(gp, week, terms, by=gp)
    actions.except_day(made, tomorrow(), by=gp)

    with pytest.raises(Refused, match="déjà excepté"):
        actions.except_day(made, tomorrow(), by=gp)
    actions.restore_day(made, tomorrow(), by=gp)
    actions.restore_day(made, tomorrow(), by=gp)

    assert statuses(made) == ["open"] * (A_DAY * AHEAD)
