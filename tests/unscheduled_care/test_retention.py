"""The proof of erasure: who the care was for is found nowhere, the figures are kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from cpts_portal.core import retention
from cpts_portal.core.fields import keyed_hash
from cpts_portal.core.models import Message
from members.models import Role
from tests.factories import GpFactory, MembershipFactory
from tests.patients.test_retention import whole_database
from tests.unscheduled_care.makers import (
    CareNeedFactory,
    ClaimFactory,
    HoldFactory,
    SlotFactory,
    WaitingEntryFactory,
)
from unscheduled_care.actions import claims as actions
from unscheduled_care.actions.steps import PatientWords
from unscheduled_care.models import (
    AgeBand,
    Claim,
    ClaimContact,
    Hold,
    NeedContact,
    Reason,
    WaitingContact,
)
from unscheduled_care.retention import _needs_past, _waits_past

UNIQUE = {
    "first_name": "Philomène-Unique",
    "phone": "+33639980155",
    "phone_hash": keyed_hash("+33639980155"),
    "email": "philomene@unique.example",
}


def found_of_her() -> list[str]:
    everything = whole_database()
    return sorted(name for name, value in UNIQUE.items() if value in everything)


@pytest.fixture
def her_claim(cpts) -> Claim:
    """A claim made by the door, with its messages sent and still to be sent."""
    nurse = MembershipFactory(cpts=cpts, role=Role.SECRETARY)
    slot = SlotFactory(
        professional=GpFactory(cpts=cpts), starts_at=timezone.now() + timedelta(days=4)
    )
    words = PatientWords(
        reason=Reason.objects.order_by("position").first(),
        age_band=AgeBand.values[0],
        own_gp="no",
        mobility="alone",
        has_consented=True,
        **{name: UNIQUE[name] for name in ("first_name", "phone", "email")},
    )
    return actions.claim(HoldFactory(slot=slot, holder=nurse), words, by=nurse)


def test_erased_patient_is_found_nowhere_in_the_database(her_claim):
    assert found_of_her() == sorted(UNIQUE)

    retention.run(timezone.now() + timedelta(days=65))

    assert found_of_her() == []


def test_erasure_waits_for_60_days_after_the_slot(her_claim):
    retention.run(timezone.now() + timedelta(days=63))

    assert ClaimContact.objects.get().first_name == UNIQUE["first_name"]


def test_erasure_keeps_the_figures(her_claim):
    told = (her_claim.reason_id, her_claim.age_band, her_claim.own_gp, "booked")

    retention.run(timezone.now() + timedelta(days=65))

    kept = Claim.objects.get()
    assert (kept.reason_id, kept.age_band, kept.own_gp, kept.status) == told
    assert kept.contact.erased_at is not None


def test_erasure_keeps_that_messages_left_and_drops_what_waited(her_claim):
    Message.objects.filter(purpose="unscheduled_care.appointment_booked").update(
        status="sent", sent_at=timezone.now()
    )

    retention.run(timezone.now() + timedelta(days=65))

    about_her = Message.objects.filter(subject_kind="unscheduled_care.claim")
    assert sorted(about_her.values_list("purpose", "status")) == [
        ("unscheduled_care.appointment_booked", "sent"),
        ("unscheduled_care.appointment_booked", "sent"),
        ("unscheduled_care.appointment_reminder", "dropped"),
        ("unscheduled_care.slot_claimed", "dropped"),
    ]


@pytest.mark.parametrize("due", [_needs_past, _waits_past])
def test_contact_of_a_need_or_of_a_wait_is_due_once_every_end_is_past(cpts, due, contact_of):
    contact, late = contact_of(due)

    assert list(due(timezone.now())) == []
    assert list(due(timezone.now() + timedelta(days=3))) == [contact]
    late()
    assert list(due(timezone.now() + timedelta(days=3))) == []


@pytest.fixture
def contact_of(cpts) -> Any:
    """A contact of each kind that ends in two days, and how to make its end later."""

    def made(due: Any) -> Any:
        until = timezone.now() + timedelta(days=2)
        far = timezone.now() + timedelta(days=9)
        if due is _needs_past:
            need = CareNeedFactory(asker__cpts=cpts, wanted_until=until)
            contact = NeedContact.objects.get(need=need)
            return contact, lambda: type(need).objects.filter(pk=need.pk).update(wanted_until=far)
        entry = WaitingEntryFactory(added_by__cpts=cpts, wanted_until=until)
        contact = WaitingContact.objects.get(entry=entry)
        return contact, lambda: type(entry).objects.filter(pk=entry.pk).update(wanted_until=far)

    return made


def test_hold_that_came_to_nothing_goes_the_next_day_and_the_others_stay(cpts):
    unused = HoldFactory(slot__professional__cpts=cpts)
    used = ClaimFactory(slot__professional__cpts=cpts).hold

    retention.run(timezone.now() + timedelta(hours=23))
    assert set(Hold.objects.all()) == {unused, used}

    retention.run(timezone.now() + timedelta(hours=25))
    assert list(Hold.objects.all()) == [used]
