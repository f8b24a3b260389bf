"""A professional leaves: nobody comes to a closed door, and her data go with her."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from cpts_portal.core.models import AuditEntry, Message
from members import departures
from members.models import Role
from tests.factories import GpFactory, MembershipFactory
from tests.unscheduled_care.makers import (
    AvailabilityFactory,
    ClaimFactory,
    SlotFactory,
    move,
)
from unscheduled_care.models import Availability, BusyFeed, CalendarFeed, SasDesk, Slot


@pytest.fixture
def leaver(cpts):
    return GpFactory(cpts=cpts)


@pytest.fixture
def bureau(cpts):
    """Whoever writes the departure keeps no agenda herself."""
    return MembershipFactory(cpts=cpts, role=Role.BOARD)


def hand_over(leaver, by) -> list[tuple[str, int]]:
    with transaction.atomic():
        return departures.hand_over_all(leaver, by=by)


def test_slots_to_come_are_withdrawn_and_past_ones_stay(leaver, bureau):
    past = move(SlotFactory(professional=leaver), timedelta(days=-2))
    free = SlotFactory(professional=leaver)
    other = SlotFactory(professional__cpts=leaver.cpts)

    hand_over(leaver, bureau)

    states = {slot.pk: (slot.status, slot.withdraw_reason) for slot in Slot.objects.all()}
    assert states == {past.pk: ("open", ""), free.pk: ("withdrawn", "left"), other.pk: ("open", "")}


def test_appointments_are_cancelled_and_patient_and_claimer_warned(leaver, bureau):
    claim = ClaimFactory(slot__professional=leaver)

    hand_over(leaver, bureau)

    claim.refresh_from_db()
    claim.slot.refresh_from_db()
    assert (claim.status, claim.cancel_reason) == ("cancelled", "withdrawn")
    assert (claim.slot.status, claim.slot.withdraw_reason) == ("withdrawn", "left")
    assert sorted(Message.objects.values_list("purpose", flat=True)) == [
        "unscheduled_care.appointment_withdrawn",
        "unscheduled_care.claim_withdrawn",
    ]
    traced = AuditEntry.objects.filter(subject_kind="unscheduled_care.slot", verb="withdraw")
    assert list(traced.values_list("source", "target")) == [("claimed", "withdrawn")]


def test_appointment_already_seen_stays_as_it_was(leaver, bureau):
    claim = ClaimFactory(slot__professional=leaver)
    move(claim.slot, timedelta(hours=-5))

    hand_over(leaver, bureau)

    claim.refresh_from_db()
    assert claim.status == "booked"


def test_what_she_claimed_for_patients_elsewhere_stands(leaver, bureau):
    claim = ClaimFactory(slot__professional__cpts=leaver.cpts, hold__holder=leaver)

    hand_over(leaver, bureau)

    claim.refresh_from_db()
    assert claim.status == "booked"


def test_templates_stop_and_feeds_close(leaver, bureau):
    AvailabilityFactory(professional=leaver)
    CalendarFeed.objects.create(cpts=leaver.cpts, membership=leaver, token_hash="0" * 64)
    BusyFeed.objects.create(cpts=leaver.cpts, membership=leaver, url="https://agenda.example/a")

    hand_over(leaver, bureau)

    assert Availability.objects.get().stopped_at is not None
    assert CalendarFeed.objects.get().revoked_at is not None
    assert BusyFeed.objects.count() == 0


def test_sas_desk_is_taken_away(cpts, bureau):
    regulator = MembershipFactory(cpts=cpts, role=Role.PARTNER)
    SasDesk.objects.create(cpts=cpts, membership=regulator, named_by=bureau)

    hand_over(regulator, bureau)

    assert SasDesk.objects.count() == 0


def test_departure_says_beforehand_what_it_would_withdraw(leaver):
    AvailabilityFactory(professional=leaver)
    SlotFactory(professional=leaver)
    at = timezone.now() + timedelta(hours=5)
    ClaimFactory(slot__professional=leaver, slot__starts_at=at)

    assert departures.pending_all(leaver) == [
        ("semaines types arrêtées", 1),
        ("créneaux libres retirés", 1),
        ("rendez-vous annulés, patients et demandeurs prévenus", 1),
    ]


def test_export_tells_slots_and_claims_without_a_patient(leaver):
    claim = ClaimFactory(slot__professional=leaver, hold__holder=leaver)

    told = dict(departures.all_told(leaver))

    [slot] = told["Créneaux proposés"]
    assert (slot["Début"], slot["Statut"]) == (claim.slot.starts_at, "réservé")
    [made] = told["Réservations faites, sans les identités"]
    assert (made["Motif"], made["Statut"]) == (str(claim.reason), "réservé")
    assert [secret for secret in (claim.contact.phone, "Odile") if secret in str(told)] == []
