"""A seat or a rank: one a person, in the order of arrival, told by message, kept by number."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from cpts_portal.core import outbox
from cpts_portal.core.models import AuditEntry, Message
from cpts_portal.core.refusals import NotPermitted, Refused
from cpts_portal.core.scoping import open_scope
from members.delegations import acting
from members.models import Role
from prevention.actions import registrations as actions
from prevention.actions.registrations import Door
from prevention.models import (
    CampaignStatus,
    Registration,
    RegistrationContact,
    RegistrationStatus,
    Session,
    SessionStatus,
    Topic,
)
from prevention.notifications import registrations as notifications
from prevention.queries.registrations import contact_of_token, token_of
from tests.factories import CptsFactory, DelegationFactory, GpFactory, MembershipFactory
from tests.prevention.makers import RegistrationFactory, SessionFactory
from tests.prevention.seats import (
    WEDNESDAY,
    arrive,
    begin,
    fresh,
    herself,
    register,
    statuses,
    told,
    words,
)


@pytest.fixture
def session(cpts) -> Session:
    return SessionFactory(campaign__cpts=cpts, capacity=2)


# --- Coming in ----------------------------------------------------------------------------------
def test_registering_gives_the_next_number_a_seat_and_a_private_link(session):
    first, second = arrive(session, 2)

    assert [first.number, second.number] == [1, 2]
    assert statuses(session) == ["confirmed", "confirmed"]
    assert Session.objects.get().taken == 2
    assert contact_of_token(token_of(second)) == second.contact
    assert told(first) == ["registration_confirmed"]
    assert AuditEntry.objects.filter(verb="register", target="confirmed").count() == 2


def test_a_full_session_puts_her_in_line_and_tells_her_rank(session):
    *_seated, _first, second = arrive(session, 4)

    message = Message.objects.get(purpose="prevention.registration_waiting", subject_id=second.pk)
    assert statuses(session) == ["confirmed", "confirmed", "waiting", "waiting"]
    assert "rang 2" in message.body


def test_the_same_person_gets_the_same_place_and_her_link_again(session):
    first = register(session, 1, last_name="D’Hœdt")

    again = register(session, 1, last_name="d'hoedt")

    assert again == first
    assert Registration.objects.count() == 1
    assert told(first) == ["registration_confirmed", "registration_confirmed"]


def test_the_same_form_twice_is_one_registration_and_one_message(session):
    key = uuid4()
    once = actions.register(session, words(1), by=None, door=Door.ONLINE, key=key)
    twice = actions.register(session, words(1), by=None, door=Door.ONLINE, key=key)

    assert twice == once
    assert told(once) == ["registration_confirmed"]


def test_two_people_may_share_one_phone(session):
    register(session, 1, first_name="Odette")
    register(session, 1, first_name="Gaston", is_for_relative=True)

    assert statuses(session) == ["confirmed", "confirmed"]


def test_whoever_waits_or_is_offered_a_seat_gets_the_same_answer_again(session):
    first, _second, waiting = arrive(session, 3)
    register(session, 3)
    actions.cancel(first, by=herself(first))
    register(session, 3)

    assert fresh(waiting).status == RegistrationStatus.OFFERED
    assert told(waiting) == ["registration_waiting"] * 2 + ["seat_offered"] * 2


@pytest.mark.parametrize(
    "state",
    [
        {"status": SessionStatus.HELD, "held_at": timezone.now()},
        {
            "status": SessionStatus.CANCELLED,
            "cancelled_at": timezone.now(),
            "cancel_reason": "room",
        },
    ],
)
def test_a_session_that_is_over_takes_nobody(session, state):
    Session.objects.update(**state)

    with pytest.raises(Refused, match="terminées"):
        register(session)


def test_a_session_that_has_begun_takes_nobody(session):
    begin(session)

    with pytest.raises(Refused, match="terminées"):
        register(session)


@pytest.mark.parametrize("status", [CampaignStatus.DRAFT, CampaignStatus.CLOSED])
def test_a_campaign_that_is_not_published_takes_nobody(cpts, status):
    session = SessionFactory(campaign__cpts=cpts, campaign__status=status)

    with pytest.raises(Refused, match="terminées"):
        register(session)


# --- Leaving ------------------------------------------------------------------------------------
def test_whoever_cancels_and_comes_back_is_at_the_end(session):
    first, _second, third = arrive(session, 3)

    actions.cancel(first, by=herself(first))
    again = register(session, 1)

    assert statuses(session) == ["cancelled", "confirmed", "offered", "waiting"]
    assert (again.number, fresh(third).offer_until is not None) == (4, True)


def test_cancelling_twice_is_once(session):
    [first] = arrive(session, 1)

    actions.cancel(first, by=herself(first))
    actions.cancel(first, by=herself(first))

    assert AuditEntry.objects.filter(verb="cancel").count() == 1
    assert told(first) == ["registration_confirmed"]


def test_nobody_cancels_for_another(session, gp):
    first, second = arrive(session, 2)

    for by in (herself(second), gp):
        with pytest.raises(NotPermitted):
            actions.cancel(first, by=by)


def test_a_seat_is_not_given_back_once_the_session_has_begun(session):
    [first] = arrive(session, 1)
    begin(session)

    with pytest.raises(Refused, match="a commencé"):
        actions.cancel(fresh(first), by=herself(first))


def test_whoever_the_desk_removes_is_told(session, coordinator):
    [first] = arrive(session, 1)

    actions.cancel(first, by=coordinator)

    assert told(first) == ["registration_confirmed", "registration_cancelled"]


# --- Messages -----------------------------------------------------------------------------------
def test_a_discreet_topic_is_named_in_no_message(session):
    Topic.objects.update(is_discreet=True)
    Session.objects.update(title="Dépistage des IST")
    arrive(session, 3)

    texts = [f"{one.title} {one.body}" for one in Message.objects.all()]

    assert [text for text in texts if "IST" in text or "Vanhove" in text] == []
    assert len(texts) == 3


def test_an_email_says_which_session_a_text_message_does_not(session):
    Session.objects.update(title="Marche bleue")
    register(session, phone="", email="odette@courriel.example")
    register(session, 2)

    said = {one.channel: "Marche bleue" in one.body for one in Message.objects.all()}

    assert said == {"email": True, "sms": False}


def test_news_that_is_no_longer_true_does_not_leave(session):
    first, second = arrive(session, 2)
    actions.cancel(first, by=herself(first))
    Session.objects.update(sequence=1)

    outbox.deliver_due()

    left = Message.objects.filter(purpose="prevention.registration_confirmed")
    assert set(left.values_list("status", flat=True)) == {Message.Status.DROPPED}
    assert fresh(second).status == RegistrationStatus.CONFIRMED


def test_a_moved_session_tells_everybody_who_comes_or_waits(session):
    first, second, third = arrive(session, 3)
    actions.cancel(first, by=herself(first))
    session = Session.objects.select_related("cpts", "campaign__topic", "commune").get()

    notifications.session_moved(session)

    assert "session_moved" not in told(first)
    assert told(second)[-1] == told(third)[-1] == "session_moved"


def test_a_cancelled_session_frees_and_tells_everybody_with_a_seat_or_a_rank(session, coordinator):
    rows = arrive(session, 3)

    count = actions.cancel_for_session(session, by=coordinator)

    assert count == 3
    assert statuses(session) == ["cancelled"] * 3
    assert [told(row)[-1] for row in rows] == ["session_cancelled"] * 3
    assert Session.objects.get().taken == 0


@time_machine.travel(WEDNESDAY.replace(hour=22), tick=False)
def test_what_the_desk_does_at_night_is_told_in_the_morning(cpts, coordinator):
    session = SessionFactory(campaign__cpts=cpts)
    first = register(session)

    actions.cancel(first, by=coordinator)

    due = Message.objects.get(purpose="prevention.registration_cancelled").not_before
    assert due == WEDNESDAY.replace(day=11, hour=9)


# --- Members ------------------------------------------------------------------------------------
@pytest.fixture
def training(cpts) -> Session:
    return SessionFactory(campaign__cpts=cpts, is_for_professionals=True, capacity=1)


def test_a_member_registers_in_one_tap_and_twice_is_once(training, gp):
    once = actions.register_member(training, by=gp, key=uuid4())
    twice = actions.register_member(training, by=gp, key=uuid4())

    message = Message.objects.get()
    assert twice == once
    assert (once.door, once.status) == (Door.MEMBER, RegistrationStatus.CONFIRMED)
    assert message.recipient == gp.contact_email
    assert f"/seances/{training.pk}/ma-place/" in message.body


def test_a_delegate_registers_her_principal_and_is_traced(training, gp):
    secretary = MembershipFactory(cpts=gp.cpts, role=Role.SECRETARY)
    DelegationFactory(principal=gp, delegate=secretary)

    row = actions.register_member(training, by=acting(secretary, gp), key=uuid4())

    entry = AuditEntry.objects.get(verb="register")
    assert row.membership == gp
    assert (entry.by_id, entry.behalf_id) == (secretary.user_id, gp.user_id)


def test_a_session_for_all_and_a_funder_are_not_for_one_tap(session, training, gp):
    funder = MembershipFactory(cpts=gp.cpts, role=Role.FUNDER)

    for wanted, by in ((session, gp), (training, funder)):
        with pytest.raises(NotPermitted):
            actions.register_member(wanted, by=by, key=uuid4())


def test_nobody_registers_online_to_what_is_for_members(training, session, gp):
    session.campaign.is_for_professionals = True
    session.campaign.save()

    for kept in (training, session):
        with pytest.raises(Refused, match="réservée aux professionnels"):
            register(kept)
    assert actions.register_member(session, by=gp, key=uuid4()).number == 1


def test_a_member_of_another_cpts_does_not_register(training):
    stranger = GpFactory(cpts=CptsFactory())

    with open_scope(cpts=training.cpts), pytest.raises(NotPermitted):
        actions.register_member(training, by=stranger, key=uuid4())


# --- Forgetting ---------------------------------------------------------------------------------
def test_the_private_link_dies_with_the_contact(session):
    row = RegistrationFactory(session=session)
    token = token_of(row)
    contacts = RegistrationContact.objects.filter(registration=row)
    contacts.update(link_hash=None)

    assert contact_of_token(token) is None


def test_a_session_near_tells_at_once_even_on_sunday(session):
    sunday = WEDNESDAY.replace(day=14)

    due = notifications.told_at(sunday + timedelta(hours=5), sunday)

    assert due == sunday
