"""An absence empties an agenda, warns first, and its end fills it again."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from cpts_portal.core.refusals import NotPermitted, Refused
from members.models import Membership
from tests.factories import GpFactory
from tests.unscheduled_care.makers import AvailabilityFactory, ClaimFactory
from unscheduled_care.actions import absences as actions
from unscheduled_care.actions.availabilities import materialise
from unscheduled_care.actions.slots import Claimed, Withdrawn
from unscheduled_care.models import Absence, Availability, Slot
from unscheduled_care.rules.weeks import wall_time


def tomorrow() -> date:
    return timezone.localdate() + timedelta(days=1)


@pytest.fixture
def week(gp: Membership) -> Availability:
    """Three slots a day for three days from tomorrow on."""
    made: Availability = AvailabilityFactory(professional=gp, valid_from=tomorrow())
    materialise([made], days=4)
    return made


@pytest.fixture
def away() -> tuple[datetime, datetime]:
    """Tomorrow, all day."""
    begins, ends = wall_time(tomorrow(), 0), wall_time(tomorrow() + timedelta(days=1), 0)
    assert begins
    assert ends
    return begins, ends


def test_an_absence_withdraws_its_free_slots(
    gp: Membership, week: Availability, away: tuple[datetime, datetime]
) -> None:
    absence, gone = actions.create(gp, *away, by=gp)

    assert (absence.membership, gone) == (gp, Withdrawn(free=3))
    assert Slot.objects.filter(status="open").count() == 6


def test_an_absence_with_appointments_is_confirmed_first(
    gp: Membership, week: Availability, away: tuple[datetime, datetime]
) -> None:
    claim = ClaimFactory(slot=Slot.objects.order_by("starts_at")[0])

    with pytest.raises(Claimed, match="1 rendez-vous est pris"):
        actions.create(gp, *away, by=gp)
    assert not Absence.objects.exists()

    _absence, gone = actions.create(gp, *away, by=gp, is_confirmed=True)
    claim.refresh_from_db()
    assert (gone, claim.status) == (Withdrawn(free=2, claimed=1), "cancelled")


def test_an_absence_noted_twice_is_one(gp: Membership, away: tuple[datetime, datetime]) -> None:
    first, _gone = actions.create(gp, *away, by=gp)

    again, _gone = actions.create(gp, *away, by=gp)

    assert (again, Absence.objects.count()) == (first, 1)


def test_an_absence_that_ends_before_it_begins_is_refused(
    gp: Membership, away: tuple[datetime, datetime]
) -> None:
    with pytest.raises(Refused, match="finit avant de commencer"):
        actions.create(gp, away[1], away[0], by=gp)


def test_an_absence_cancelled_brings_its_slots_back(
    gp: Membership, week: Availability, away: tuple[datetime, datetime]
) -> None:
    absence, _gone = actions.create(gp, *away, by=gp)

    actions.cancel(absence, by=gp)

    tomorrows = Slot.objects.filter(availability=week, starts_at__range=away)
    assert list(tomorrows.values_list("status", flat=True)) == ["open"] * 3
    with pytest.raises(Refused, match="déjà annulée"):
        actions.cancel(absence, by=gp)


def test_absences_are_noted_by_who_keeps_the_agenda(
    gp: Membership, coordinator: Membership, away: tuple[datetime, datetime]
) -> None:
    other = GpFactory(cpts=gp.cpts)

    with pytest.raises(NotPermitted):
        actions.create(gp, *away, by=other)
    absence, _gone = actions.create(gp, *away, by=coordinator)
    with pytest.raises(NotPermitted):
        actions.cancel(absence, by=other)

    assert absence.created_by == coordinator
