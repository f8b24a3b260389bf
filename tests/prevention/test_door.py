"""At the door: who may look, who is noted, who takes which seat, who is counted."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from cpts_portal.core.models import AuditEntry, Commune
from cpts_portal.core.refusals import NotPermitted, Refused
from members.models import Cpts, Membership
from prevention.actions import door as actions
from prevention.actions.registrations import RegistrationWords
from prevention.lifecycle import ATTEND, MISS, UNNOTE
from prevention.models import HeadCount, Registration, RegistrationContact, Session
from prevention.queries import door as queries
from tests.factories import CommuneFactory, GpFactory
from tests.prevention.makers import (
    RegistrationFactory,
    SessionFactory,
    ShiftFactory,
    VolunteerFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def session(coordinator: Membership) -> Session:
    """Begins in an hour: the door is open."""
    found: Session = SessionFactory(
        campaign__cpts=coordinator.cpts,
        campaign__created_by=coordinator,
        starts_at=timezone.now() + timedelta(hours=1),
        capacity=2,
    )
    return found


def words(**said: Any) -> RegistrationWords:
    return RegistrationWords(**{"first_name": "", "last_name": "", **said})


def taken(session: Session) -> int:
    return Session.objects.get(pk=session.pk).taken


# --- By name ----------------------------------------------------------------------------------
def test_one_tap_notes_a_person_and_a_second_one_the_same(
    session: Session, coordinator: Membership
) -> None:
    registration = RegistrationFactory(session=session)

    actions.note(registration, ATTEND, by=coordinator)
    noted = actions.note(registration, ATTEND, by=coordinator)

    assert (noted.status, noted.noted_at is not None) == ("attended", True)
    assert AuditEntry.objects.filter(verb="attend").count() == 1


def test_a_tap_is_taken_back(session: Session, coordinator: Membership) -> None:
    registration = RegistrationFactory(session=session)
    actions.note(registration, MISS, by=coordinator)

    blank = actions.note(registration, UNNOTE, by=coordinator)

    assert (blank.status, blank.noted_at, taken(session)) == ("confirmed", None, 1)


def test_the_seat_of_who_is_absent_goes_to_who_stands_there(
    session: Session, coordinator: Membership
) -> None:
    first, second = RegistrationFactory.create_batch(2, session=session)
    with pytest.raises(Refused, match="pleine"):
        actions.walk_in(session, words(), by=coordinator, key=uuid.uuid4())

    actions.note(first, MISS, by=coordinator)
    actions.walk_in(session, words(), by=coordinator, key=uuid.uuid4())

    assert taken(session) == 2
    with pytest.raises(Refused, match="place a été donnée"):
        actions.note(first, ATTEND, by=coordinator)
    actions.note(second, ATTEND, by=coordinator)


def test_nobody_is_noted_long_before_nor_at_a_cancelled_session(
    session: Session, coordinator: Membership
) -> None:
    far = SessionFactory(campaign=session.campaign)
    early = RegistrationFactory(session=far)
    registration = RegistrationFactory(session=session)
    Session.objects.filter(pk=session.pk).update(
        status="cancelled", cancelled_at=timezone.now(), cancel_reason="room"
    )

    for one, why in ((early, "deux heures"), (registration, "annulée")):
        with pytest.raises(Refused, match=why):
            actions.note(one, ATTEND, by=coordinator)


def test_who_gave_her_opinion_came(session: Session, coordinator: Membership) -> None:
    registration = RegistrationFactory(session=session, status="attended", has_answered=True)

    with pytest.raises(Refused, match="donné son avis"):
        actions.note(registration, MISS, by=coordinator)


def test_volunteers_keep_the_door_from_two_hours_before_to_twelve_after(
    session: Session, gp: Membership
) -> None:
    VolunteerFactory(shift=ShiftFactory(session=session), membership=gp)
    opens, closes = session.starts_at - timedelta(hours=2), session.ends_at + timedelta(hours=12)
    minute = timedelta(minutes=1)

    allowed = {}
    for moment in (opens - minute, opens, closes, closes + minute):
        with time_machine.travel(moment, tick=False):
            allowed[moment] = _may_open(session, gp)

    assert list(allowed.values()) == [False, True, True, False]


def _may_open(session: Session, by: Membership) -> bool:
    try:
        actions.ask_door(session, by=by)
    except NotPermitted:
        return False
    return True


# --- Who had not registered -------------------------------------------------------------------
def test_a_walk_in_takes_a_seat_without_a_name_and_leaves_no_contact(
    session: Session, coordinator: Membership
) -> None:
    key = uuid.uuid4()

    once = actions.walk_in(session, words(age_band="25-49"), by=coordinator, key=key)
    again = actions.walk_in(session, words(age_band="25-49"), by=coordinator, key=key)

    assert again.pk == once.pk
    assert (once.status, once.door, once.age_band) == ("attended", "walk_in", "25-49")
    assert (taken(session), RegistrationContact.objects.count()) == (1, 0)


def test_a_walk_in_may_leave_her_name_alone(session: Session, coordinator: Membership) -> None:
    made = actions.walk_in(session, words(last_name="Caron"), by=coordinator, key=uuid.uuid4())

    guest = queries.guest_of(queries.registrations().get(pk=made.pk))
    assert (guest.name, made.person_hash) == ("Caron", "")


def test_a_walk_in_who_had_registered_is_noted_present(
    session: Session, coordinator: Membership
) -> None:
    said = words(last_name="Caron", first_name="Léa", phone="+33639981234")
    registration = RegistrationFactory(session=session, person_hash=said.person_hash)

    found = actions.walk_in(session, said, by=coordinator, key=uuid.uuid4())

    assert (found.pk, found.status, taken(session)) == (registration.pk, "attended", 1)


def test_a_walk_in_overtakes_nobody_who_is_there(session: Session, coordinator: Membership) -> None:
    RegistrationFactory(session=session, status="waiting")

    made = actions.walk_in(session, words(), by=coordinator, key=uuid.uuid4())

    assert (made.status, made.number) == ("attended", 2)


@pytest.mark.parametrize("status", ["waiting", "offered"])
def test_who_waits_and_comes_leaves_the_line_for_a_free_seat(
    session: Session, coordinator: Membership, status: str
) -> None:
    said = words(last_name="Caron", phone="+33639981234")
    RegistrationFactory(session=session, status=status, person_hash=said.person_hash)

    made = actions.walk_in(session, said, by=coordinator, key=uuid.uuid4())

    statuses = Registration.objects.order_by("number").values_list("status", flat=True)
    assert list(statuses) == ["cancelled", "attended"]
    assert (made.number, taken(session)) == (2, 1)


def test_who_waits_keeps_her_rank_when_the_room_is_full(
    session: Session, coordinator: Membership
) -> None:
    said = words(last_name="Caron", phone="+33639981234")
    RegistrationFactory.create_batch(2, session=session)
    RegistrationFactory(session=session, status="waiting", person_hash=said.person_hash)

    with pytest.raises(Refused, match="pleine"):
        actions.walk_in(session, said, by=coordinator, key=uuid.uuid4())

    assert Registration.objects.filter(status="waiting").count() == 1


# --- Without a name ---------------------------------------------------------------------------
def test_counters_add_up_and_never_go_below_nought(
    session: Session, coordinator: Membership
) -> None:
    commune: Commune = CommuneFactory()
    for people in (1, 10, -1):
        actions.count(session, "6-17", commune, people=people, by=coordinator)
    actions.count(session, "6-17", None, people=1, by=coordinator)

    with pytest.raises(Refused, match="à zéro"):
        actions.count(session, "25-49", None, people=-1, by=coordinator)

    counted = HeadCount.objects.filter(people__gt=0).order_by("people")
    assert [(one.commune, one.people) for one in counted] == [(None, 1), (commune, 10)]
    assert queries.sums_of(session).reached == 11


def test_a_crowd_has_its_limit(session: Session, coordinator: Membership) -> None:
    counter = actions.count(session, "25-49", None, people=10, by=coordinator)
    HeadCount.objects.filter(pk=counter.pk).update(people=4995)

    with pytest.raises(Refused, match="plein"):
        actions.count(session, "25-49", None, people=10, by=coordinator)


def test_a_member_who_comes_is_known_by_her_membership(cpts: Cpts, session: Session) -> None:
    member = GpFactory(cpts=cpts)
    RegistrationFactory(session=session, membership=member, person_hash="", contact=None)

    [guest] = queries.guests_of(session)

    assert (guest.last_name, guest.contact_id) == (member.user.last_name, None)


def test_a_name_that_was_forgotten_is_not_shown(session: Session) -> None:
    registration = RegistrationFactory(session=session)
    RegistrationContact.objects.filter(registration=registration).update(
        first_name="", last_name="", email="", link_hash=None, erased_at=timezone.now()
    )

    [guest] = queries.guests_of(session)

    assert (guest.name, guest.contact_id) == ("", None)
