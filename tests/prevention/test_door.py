"""At the door: who may look, who is noted, who takes which seat, who is counted."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cpts_portal.core.models import AccessEntry, AuditEntry, Commune
from cpts_portal.core.refusals import NotPermitted, Refused
from members.models import Cpts, Membership, Role
from prevention.actions import door as actions
from prevention.actions.registrations import RegistrationWords
from prevention.lifecycle import ATTEND, MISS, UNNOTE
from prevention.models import HeadCount, Registration, RegistrationContact, Session
from prevention.queries import door as queries
from tests.factories import CommuneFactory, GpFactory, MembershipFactory
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


@pytest.fixture
def desk(client: Client, coordinator: Membership, settings: Any) -> Client:
    settings.SECOND_FACTOR_REQUIRED = False
    client.force_login(coordinator.user)
    return client


def address(name: str, session: Session, *more: int) -> str:
    return reverse(f"prevention:{name}", args=[session.cpts.slug, session.pk, *more])


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


def test_members_who_keep_no_shift_see_no_name(
    client: Client, session: Session, gp: Membership, settings: Any
) -> None:
    settings.SECOND_FACTOR_REQUIRED = False
    RegistrationFactory(session=session)
    client.force_login(gp.user)

    statuses = [
        client.get(address("door_show", session)).status_code,
        client.get(address("door_list", session)).status_code,
        client.post(address("door_count", session), {"band": "25-49", "people": 1}).status_code,
    ]

    assert statuses == [403, 403, 403]
    assert AccessEntry.objects.count() == 0


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


# --- The pages --------------------------------------------------------------------------------
def test_the_list_is_sorted_by_name_and_its_opening_is_logged(
    desk: Client, session: Session, coordinator: Membership
) -> None:
    names = ("Zola", "Élie", "Dubois")
    shown = [RegistrationFactory(session=session, contact__last_name=name) for name in names[:2]]
    RegistrationFactory(session=session, status="waiting", contact__last_name=names[2])

    page = desk.get(address("door_show", session))

    assert [guest.last_name for guest in page.context["guests"]] == ["Élie", "Zola"]
    [entry] = AccessEntry.objects.all()
    assert (entry.purpose, entry.subject_kind) == ("list", queries.CONTACT)
    assert sorted(entry.patient_ids) == sorted(one.contact.pk for one in shown)


def test_taps_work_without_javascript_and_with_htmx(desk: Client, session: Session) -> None:
    registration = RegistrationFactory(session=session)
    tapped = address("door_note", session, registration.pk)

    plain = desk.post(tapped, {"noted": "present"})
    part = desk.post(tapped, {"noted": "absent"}, headers={"HX-Request": "true"})

    assert plain.url == f"{address('door_show', session)}#guest-{registration.pk}"
    assert part.status_code == 200
    html = part.content.decode()
    assert 'id="door-sums" hx-swap-oob="true"' in html
    assert "<html" not in html
    assert Registration.objects.get(pk=registration.pk).status == "absent"


def test_a_refused_tap_is_said_in_the_page(desk: Client, coordinator: Membership) -> None:
    far = SessionFactory(campaign__cpts=coordinator.cpts, campaign__created_by=coordinator)
    registration = RegistrationFactory(session=far)
    tapped = address("door_note", far, registration.pk)

    plain = desk.post(tapped, {"noted": "present"})
    part = desk.post(tapped, {"noted": "present"}, headers={"HX-Request": "true"})
    unknown = desk.post(tapped, {"noted": "peut-être"})

    assert (plain.status_code, part.status_code, unknown.status_code) == (409, 409, 422)
    assert "deux heures avant" in plain.content.decode()
    assert "Touchez" in unknown.content.decode()


def test_counters_stay_with_the_commune_that_was_chosen(desk: Client, session: Session) -> None:
    tap = {"band": "25-49", "people": "1", "commune": ""}

    done = desk.post(address("door_count", session), tap)
    page = desk.get(done.url)

    assert done.url.endswith("?commune=autre#counter-25-49")
    assert page.context["commune"] is None
    assert {one.band: one.people for one in page.context["counters"]}["25-49"] == 1


def test_a_counter_takes_only_its_own_taps(desk: Client, session: Session) -> None:
    for tap in ({"people": "1"}, {"band": "25-49", "people": "4000"}, {"band": "x", "people": "1"}):
        assert desk.post(address("door_count", session), tap).status_code == 422

    assert HeadCount.objects.count() == 0


def test_what_was_typed_for_a_walk_in_stays(desk: Client, session: Session) -> None:
    page = desk.post(
        address("door_walk_in", session),
        {"last_name": "Car0n", "phone": "12", "key": str(uuid.uuid4())},
    )

    html = page.content.decode()
    assert page.status_code == 422
    assert 'value="Car0n"' in html
    assert Registration.objects.count() == 0


def test_a_full_room_is_said_beside_what_was_typed(desk: Client, session: Session) -> None:
    RegistrationFactory.create_batch(2, session=session)

    page = desk.post(
        address("door_walk_in", session), {"last_name": "Caron", "key": str(uuid.uuid4())}
    )

    assert page.status_code == 409
    assert "La salle est pleine" in page.content.decode()
    assert 'value="Caron"' in page.content.decode()


def test_the_list_on_paper_is_a_pdf_logged_as_an_export(desk: Client, session: Session) -> None:
    RegistrationFactory(session=session, contact__last_name="Nowak", contact__first_name="Michał")

    printed = desk.get(address("door_list", session))

    assert printed["Content-Type"] == "application/pdf"
    assert printed.content.startswith(b"%PDF-")
    assert [entry.purpose for entry in AccessEntry.objects.all()] == ["export"]


@pytest.mark.parametrize("people", [1, 3])
def test_the_page_asks_as_much_for_one_as_for_three(
    desk: Client, session: Session, people: int, django_assert_max_num_queries: Any
) -> None:
    Session.objects.filter(pk=session.pk).update(capacity=10)
    RegistrationFactory.create_batch(people, session=session)

    with django_assert_max_num_queries(26):
        desk.get(address("door_show", session))


def test_another_cpts_has_no_door_here(desk: Client, session: Session, settings: Any) -> None:
    foreign = MembershipFactory(role=Role.COORDINATOR)
    desk.force_login(foreign.user)

    assert desk.get(address("door_show", session)).status_code == 404


def test_a_member_who_comes_is_known_by_her_membership(cpts: Cpts, session: Session) -> None:
    member = GpFactory(cpts=cpts)
    RegistrationFactory(session=session, membership=member, person_hash="", contact=None)

    [guest] = queries.guests_of(session)

    assert (guest.last_name, guest.contact_id) == (member.user.last_name, None)
