"""The proof of erasure: who came is found nowhere 60 days later, the figures are kept."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from cpts_portal.core import outbox, retention
from cpts_portal.core.fields import keyed_hash
from prevention.actions import drafts, recalls
from prevention.actions.sending import send_due
from prevention.models import (
    Delivery,
    Registration,
    RegistrationContact,
    RegistrationDraft,
    ReminderPlan,
    Session,
)
from tests.patients.test_retention import whole_database
from tests.prevention.makers import PlanFactory, SessionFactory
from tests.prevention.recalled import add, open_flu
from tests.prevention.seats import register, words

UNIQUE = {
    "first_name": "Philomène-Unique",
    "last_name": "Quilliot-Unique",
    "phone": "+33639980155",
}
HASHES = {
    "phone_hash": keyed_hash("+33639980155"),
    "person_hash": words(0, **UNIQUE).person_hash,
}


def found_of_her() -> list[str]:
    everything = whole_database()
    return sorted(name for name, value in {**UNIQUE, **HASHES}.items() if value in everything)


@pytest.fixture
def session(cpts) -> Session:
    return SessionFactory(campaign__cpts=cpts)


@pytest.fixture
def her_seat(session) -> Registration:
    """A seat taken, with its message, and her form with its code."""
    drafts.send_code(drafts.save(session, words(0, **UNIQUE), key=uuid4()))
    return register(session, 0, **UNIQUE, age_band="75+", commune=session.commune)


def after(days: int, session: Session) -> None:
    retention.run(session.ends_at + timedelta(days=days))


def test_an_erased_person_is_found_nowhere_in_the_database(her_seat, session):
    before = found_of_her()

    after(61, session)

    assert before == sorted([*UNIQUE, *HASHES])
    assert found_of_her() == []


def test_a_name_is_kept_for_60_days_after_the_session(her_seat, session):
    after(59, session)

    assert RegistrationContact.objects.get().last_name == UNIQUE["last_name"]


def remind(**whom) -> Delivery:
    """Her reminder leaves, on the day it is planned for."""
    planned = Delivery.objects.get(**whom)
    assert send_due(outbox.polite_time(planned.due_at), 1) == 1
    return Delivery.objects.get(pk=planned.pk)


def names_found() -> list[str]:
    everything = whole_database()
    return [name for name, value in UNIQUE.items() if value in everything]


def test_her_reminders_are_forgotten_with_her(session):
    PlanFactory(campaign=session.campaign)
    recipient = remind(registration=register(session, 0, **UNIQUE)).message.recipient

    after(61, session)

    assert recipient == UNIQUE["phone"]
    assert names_found() == []


def test_somebody_recalled_is_found_nowhere_either(gp, coordinator):
    flu = open_flu(coordinator)
    ReminderPlan.objects.update(sms="Votre page : {lien}", body="")
    sent = remind(recall_entry=add(flu, gp, **UNIQUE))
    before = names_found()

    recalls.close(flu, by=coordinator)
    retention.run(sent.due_at + timedelta(days=61))

    assert before == [*UNIQUE]
    assert names_found() == []


def test_what_is_erased_leaves_the_figures(her_seat, session):
    after(61, session)

    kept = Registration.objects.get()
    assert (kept.age_band, kept.commune, kept.status) == ("75+", session.commune, "confirmed")
    assert Session.objects.get().taken == 1


def test_a_form_without_its_code_is_forgotten_in_a_week(her_seat):
    retention.run(timezone.now() + timedelta(days=6))
    kept = RegistrationDraft.objects.count()

    retention.run(timezone.now() + timedelta(days=8))

    assert (kept, RegistrationDraft.objects.count()) == (1, 0)


def test_what_was_sent_is_kept_for_half_a_year(her_seat, session):
    sent_at = timezone.now()
    Delivery.objects.create(
        cpts=session.cpts,
        plan=PlanFactory(campaign=session.campaign),
        session=session,
        registration=her_seat,
        due_at=sent_at,
        useful_until=sent_at,
        status="dropped",
        reason="stopped",
        settled_at=sent_at,
    )

    retention.run(sent_at + timedelta(days=180))
    kept = Delivery.objects.count()
    retention.run(sent_at + timedelta(days=184))

    assert (kept, Delivery.objects.count()) == (1, 0)
