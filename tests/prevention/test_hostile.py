"""What goes wrong when people are in a hurry, come back in their browser, or mean harm."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from cpts_portal.core.models import Message
from prevention.actions import campaigns, door, drafts, recalls
from prevention.actions import registrations as actions
from prevention.actions.registrations import Door, RegistrationWords
from prevention.models import Registration, RegistrationDraft, Session
from prevention.queries.registrations import contact_of
from tests.prevention.makers import SessionFactory
from tests.prevention.recalled import open_flu, planned
from tests.prevention.recalled import words as recalled

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
