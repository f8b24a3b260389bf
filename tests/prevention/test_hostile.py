"""What goes wrong when people are in a hurry, come back in their browser, or mean harm."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.db.models import F
from django.utils import timezone

from cpts_portal.core import outbox
from cpts_portal.core.models import Message
from members.models import Role
from prevention.actions import campaigns, door, drafts, recalls, sessions
from prevention.actions import registrations as actions
from prevention.actions.registrations import Door, RegistrationWords
from prevention.actions.sessions import SessionWords
from prevention.models import Registration, RegistrationDraft, Session
from prevention.queries.registrations import contact_of
from tests.factories import MembershipFactory
from tests.prevention.makers import CampaignFactory, PlanFactory, SessionFactory
from tests.prevention.recalled import open_flu, planned
from tests.prevention.recalled import words as recalled
from tests.prevention.seats import WEDNESDAY

pytestmark = pytest.mark.django_db
KEY = uuid.UUID(int=7)
ODETTE = RegistrationWords(first_name="Odette", last_name="Vanhove", phone="+33639980001")
MARCEL = RegistrationWords(first_name="Marcel", last_name="Duez", phone="+33639980002")


@pytest.fixture
def session(coordinator) -> Session:
    """Begins in an hour: the door is open, and registrations too."""
    return SessionFactory(
        campaign__cpts=coordinator.cpts,
        campaign__created_by=coordinator,
        starts_at=timezone.now() + timedelta(hours=1),
    )


def names() -> list[str]:
    rows = Registration.objects.select_related("contact").order_by("number")
    return [contact.first_name for row in rows if (contact := contact_of(row))]


# --- The back button: an old form, its key with it, and somebody else's name ----------------------
def test_the_desk_goes_back_and_types_the_next_caller_over_the_last_one(session, coordinator):
    for words in (ODETTE, MARCEL, MARCEL, ODETTE):
        actions.register(session, words, by=coordinator, door=Door.DESK, key=KEY)

    assert names() == ["Odette", "Marcel"]


def test_a_form_confirmed_already_is_another_one_for_a_relative(session):
    first = drafts.save(session, ODETTE, key=KEY)
    drafts.send_code(first)
    confirm(first)

    again = drafts.save(session, ODETTE, key=KEY)
    second = drafts.save(session, MARCEL, key=KEY)

    assert again.pk == first.pk
    assert second.pk != first.pk
    assert drafts.words_of(second).first_name == "Marcel"


def confirm(draft: RegistrationDraft) -> None:
    body = Message.objects.get(purpose="prevention.registration_code").body
    drafts.confirm(draft, code=re.findall(r"\b\d{6}\b", body)[0])


def test_the_door_goes_back_and_types_the_next_visitor_over_the_last_one(session, coordinator):
    for words in (ODETTE, MARCEL, MARCEL):
        door.walk_in(session, words, by=coordinator, key=KEY)

    assert names() == ["Odette", "Marcel"]


def test_a_visitor_without_a_telephone_is_not_taken_for_the_last_one(session, coordinator):
    for name in ("Vanhove", "Duez"):
        words = RegistrationWords(first_name="", last_name=name)
        door.walk_in(session, words, by=coordinator, key=KEY)

    assert Session.objects.get().taken == 2


def test_a_doctor_goes_back_and_types_the_next_patient_over_the_last_one(coordinator, gp):
    flu = open_flu(coordinator)

    first = recalls.add(flu, recalled(), by=gp, key=KEY)
    second = recalls.add(flu, recalled(first_name="Marcel", last_name="Duez"), by=gp, key=KEY)

    assert second.pk != first.pk
    assert second.contact.first_name == "Marcel"


# --- A campaign that is over ----------------------------------------------------------------------
def test_a_campaign_that_is_over_recalls_nobody_any_more(coordinator, gp):
    flu = open_flu(coordinator)
    entry = recalls.add(flu, recalled(), by=gp, key=KEY)

    campaigns.close(flu.campaign, by=coordinator)

    assert planned(entry) == ["dropped"]
    flu.refresh_from_db()
    assert flu.closed_at is not None


# --- A session that moves while a seat is offered -------------------------------------------------
@pytest.mark.parametrize("reach", ["+33639980009", "+33321000009"])
def test_an_offer_never_tells_of_the_hour_that_the_session_has_left(session, coordinator, reach):
    Session.objects.update(capacity=1, starts_at=WEDNESDAY, ends_at=WEDNESDAY + TWO_HOURS)
    session.refresh_from_db()
    marcel = replace(MARCEL, phone=reach)
    for words in (ODETTE, marcel):
        actions.register(session, words, by=coordinator, door=Door.DESK, key=uuid.uuid4())
    actions.cancel(Registration.objects.get(number=1), by=coordinator)

    later = WEDNESDAY + timedelta(days=1)
    words = replace(words_of(session), starts_at=later, ends_at=later + TWO_HOURS)
    sessions.edit(session, words, by=coordinator)

    with time_machine.travel(timezone.now() + timedelta(days=4)):
        Registration.objects.update(offer_until=F("offer_until") + timedelta(days=5))
        outbox.deliver_due()

    offers = Message.objects.filter(purpose__in=OFFERS).order_by("created_at")
    assert [one.status for one in offers] == ["dropped", "sent"]
    assert "11 mars" in offers[1].body


OFFERS = ("prevention.seat_offered", "prevention.seat_to_call")
TWO_HOURS = timedelta(hours=2)


def words_of(session: Session) -> SessionWords:
    told = {name: getattr(session, name) for name in SessionWords.__dataclass_fields__}
    return SessionWords(**{**told, "communes": tuple(session.communes)})


# --- Who reads the figures from outside -----------------------------------------------------------
def test_the_funder_is_not_told_what_is_in_preparation(client, cpts):
    CampaignFactory(cpts=cpts, status="draft", title="Dépistage surprise")
    client.force_login(MembershipFactory(cpts=cpts, role=Role.FUNDER).user)

    page = client.get(f"/{cpts.slug}/prevention/chiffres/")

    assert page.status_code == 200
    assert "Dépistage surprise" not in page.content.decode()


# --- A test that is a nuisance --------------------------------------------------------------------
def test_trying_a_reminder_out_fills_nobody_s_letter_box(client, coordinator, session):
    plan = PlanFactory(campaign=session.campaign)
    client.force_login(coordinator.user)
    address = f"/{coordinator.cpts.slug}/prevention/rappels/{plan.pk}/essayer/"

    answers = [client.post(address).status_code for _time in range(21)]

    assert answers == [302] * 20 + [429]
    assert Message.objects.filter(purpose="prevention.reminder_test").count() == 20
