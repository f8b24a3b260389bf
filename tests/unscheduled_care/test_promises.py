"""Each promise of the tables of unscheduled care, broken round every action."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import models
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from members.models import Cpts
from tests.factories import GpFactory
from tests.promises import promised, promised_by_triggers, refusal, twin
from tests.unscheduled_care.makers import ClaimFactory, HoldFactory, move
from tests.unscheduled_care.rows import ROWS, claim, hold, slot
from unscheduled_care import models as tables
from unscheduled_care.models import (
    CareNeed,
    CareTerms,
    Claim,
    Hold,
    Slot,
    SlotStatus,
    WaitingEntry,
    WaitingOffer,
)

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NOW = timezone.now()
Change = tuple[type[models.Model], dict[str, Any]]


def terms(model: type[models.Model], table: str) -> dict[str, Change]:
    """What a slot and a weekly template promise alike of their terms."""
    return {
        f"{table}_at_home_has_a_radius": (model, {"kind": "home"}),
        f"{table}_given_back_within_a_day": (model, {"give_back_minutes": 1441}),
        f"{table}_has_a_place_unless_remote": (model, {"practice": None}),
        f"{table}_is_shown_to_somebody": (model, {"channels": []}),
        f"{table}_names_its_professions": (model, {"channels": ["professions"]}),
    }


def contact(model: type[models.Model], table: str) -> dict[str, Change]:
    return {
        f"{table}_erased_keeps_nothing": (model, {"erased_at": NOW}),
        f"{table}_reachable_until_erased": (model, {"phone": "", "email": ""}),
    }


SPOILED: dict[str, Change] = {
    **terms(tables.Availability, "availability"),
    **terms(Slot, "slot"),
    **contact(tables.ClaimContact, "claim_contact"),
    **contact(tables.NeedContact, "need_contact"),
    **contact(tables.WaitingContact, "waiting_contact"),
    "absence_ends_after_it_starts": (tables.Absence, {"ends_at": F("starts_at")}),
    "availability_closes_after_it_opens": (tables.Availability, {"closes": F("opens")}),
    "availability_ends_after_it_starts": (
        tables.Availability,
        {"valid_until": date(2026, 1, 1)},
    ),
    "availability_on_days_of_the_week": (tables.Availability, {"weekdays": [0]}),
    "availability_slots_last_5_to_240_minutes": (tables.Availability, {"slot_minutes": 241}),
    "busy_time_ends_after_it_starts": (tables.BusyTime, {"ends_at": F("starts_at")}),
    "care_need_asks_a_profession": (CareNeed, {"professions": []}),
    "care_need_ended_says_when_and_why": (CareNeed, {"end_reason": "solved"}),
    "care_need_taken_by_somebody": (CareNeed, {"taken_by": None}),
    "care_need_until_after_from": (CareNeed, {"wanted_until": F("wanted_from")}),
    "care_need_waves_in_order": (CareNeed, {"team_at": F("alert_at") + MINUTE}),
    "care_need_with_consent": (CareNeed, {"has_consented": False}),
    "care_terms_hold_at_most_15_minutes": (CareTerms, {"hold_seconds": 901}),
    "care_terms_offer_at_most_a_day": (CareTerms, {"offer_seconds": 86_401}),
    "care_terms_radius_from_1_to_100": (CareTerms, {"need_radius_km": 0}),
    "claim_cancelled_says_when_and_why": (Claim, {"status": "cancelled"}),
    "claim_outcome_has_its_time": (Claim, {"status": "seen"}),
    "claim_with_consent": (Claim, {"has_consented": False}),
    "hold_ends_after_it_starts": (Hold, {"expires_at": F("starts_at") - MINUTE}),
    "hold_lasts_a_day_at_most": (Hold, {"expires_at": F("starts_at") + DAY + MINUTE}),
    "slot_closes_before_it_starts": (Slot, {"closes_at": F("ends_at")}),
    "slot_lasts_5_to_240_minutes": (Slot, {"ends_at": F("starts_at") + 4 * MINUTE}),
    "slot_offered_60_days_ahead_at_most": (Slot, {"offered_at": F("starts_at") - 61 * DAY}),
    "slot_offered_before_it_starts": (Slot, {"offered_at": F("starts_at")}),
    "slot_withdrawn_says_when_and_why": (Slot, {"status": "withdrawn"}),
    "waiting_booked_has_its_claim": (WaitingEntry, {"claim": None}),
    "waiting_ended_has_its_time": (WaitingEntry, {"ended_at": None}),
    "waiting_offer_answered_has_its_time": (WaitingOffer, {"answer": "late"}),
    "waiting_until_after_joining": (WaitingEntry, {"wanted_until": F("joined_at")}),
    "waiting_with_consent": (WaitingEntry, {"has_consented": False}),
}
"""What one row may not become: its table and the change that PostgreSQL refuses."""

OFTEN: dict[str, list[Change]] = {
    "availability_closes_after_it_opens": [(tables.Availability, {"closes": 1441})],
    "availability_is_shown_to_somebody": [(tables.Availability, {"channels": ["everybody"]})],
    "availability_names_its_professions": [(tables.Availability, {"professions": ["infirmier"]})],
    "availability_on_days_of_the_week": [(tables.Availability, {"weekdays": []})],
    "availability_slots_last_5_to_240_minutes": [(tables.Availability, {"slot_minutes": 0})],
    "care_need_waves_in_order": [(CareNeed, {"posted_at": F("alert_at") + MINUTE})],
    "care_terms_hold_at_most_15_minutes": [(CareTerms, {"hold_seconds": 0})],
    "claim_cancelled_says_when_and_why": [(Claim, {"cancel_reason": "patient"})],
    "claim_outcome_has_its_time": [(Claim, {"outcome_at": NOW})],
    "slot_at_home_has_a_radius": [
        (Slot, {"kind": "home", "radius_km": 0}),
        (Slot, {"kind": "home", "radius_km": 101}),
        (Slot, {"radius_km": 5}),
    ],
    "slot_is_shown_to_somebody": [(Slot, {"channels": ["members", "everybody"]})],
    "slot_lasts_5_to_240_minutes": [(Slot, {"ends_at": F("starts_at") + DAY})],
    "slot_names_its_professions": [(Slot, {"professions": ["infirmier"]})],
    "slot_withdrawn_says_when_and_why": [(Slot, {"withdraw_reason": "other"})],
}
"""The other sides from which the same promises are broken."""

EACH = [(name, *change) for name, change in SPOILED.items()] + [
    (name, *change) for name, changes in OFTEN.items() for change in changes
]

TWICE: dict[str, tuple[type[models.Model], dict[str, Any]]] = {
    "availability_exception_once_a_day": (tables.AvailabilityException, {}),
    "board_change_once_per_transaction": (tables.BoardChange, {}),
    "calendar_feed_one_live_per_member": (tables.CalendarFeed, {"token_hash": "other"}),
    "care_terms_one_per_cpts": (CareTerms, {}),
    "hold_one_at_a_time": (Hold, {}),
    "slot_not_overlapping": (Slot, {"availability": None}),
    "slot_once_per_template": (Slot, {"professional": "another"}),
    "waiting_offer_one_at_a_time": (WaitingOffer, {"hold": "another"}),
}
"""What two rows may not share: their table, and how the second differs."""

ANOTHER: dict[str, Callable[[Cpts], Any]] = {
    "hold": hold,
    "professional": lambda cpts: GpFactory(cpts=cpts),
}
BELOW = {
    "claim_of_a_slot_to_come",
    "claim_within_its_hold",
    "slot_not_claimed_once_begun",
    "slot_not_claimed_twice",
    "slot_withdrawn_for_good",
}
"""Broken by name further down: claims twice, and what triggers promise."""


@pytest.mark.parametrize(
    ("name", "model", "change"), EACH, ids=[f"{name}-{n}" for n, (name, *_) in enumerate(EACH)]
)
def test_a_row_is_not_spoiled(
    cpts: Cpts, name: str, model: type[models.Model], change: dict[str, Any]
) -> None:
    row = ROWS[model](cpts)

    assert refusal(lambda: model._default_manager.filter(pk=row.pk).update(**change)) == name


@pytest.mark.parametrize("name", sorted(TWICE))
def test_two_rows_do_not_share_what_is_one_s_own(cpts: Cpts, name: str) -> None:
    model, change = TWICE[name]
    second = twin(ROWS[model](cpts))
    for field, value in change.items():
        setattr(second, field, ANOTHER[field](cpts) if value == "another" else value)

    assert refusal(lambda: second.save(force_insert=True)) == name


def test_every_promise_is_tried() -> None:
    promises = promised("unscheduled_care") | promised_by_triggers("unscheduled_care")

    assert promises == {*SPOILED, *TWICE, *BELOW}
    assert {*OFTEN} <= {*SPOILED}


# --- Claims ---------------------------------------------------------------------------------
def release(kept: Hold) -> None:
    Hold.objects.filter(pk=kept.pk).update(expires_at=Now())


def test_a_slot_is_not_claimed_twice_even_by_two_holds_in_a_row(cpts: Cpts) -> None:
    first = claim(cpts)
    release(first.hold)

    assert refusal(lambda: ClaimFactory(slot=first.slot)) == "slot_not_claimed_twice"


def test_a_cancelled_claim_leaves_its_slot_to_another(cpts: Cpts) -> None:
    first = claim(cpts)
    release(first.hold)
    gone = {"status": "cancelled", "cancelled_at": NOW, "cancel_reason": "patient"}
    Claim.objects.filter(pk=first.pk).update(**gone)

    second = ClaimFactory(slot=first.slot)

    assert list(Claim.objects.filter(slot=first.slot)) == [second, first]


def test_a_hold_makes_one_claim(cpts: Cpts) -> None:
    first = claim(cpts)
    gone = {"status": "cancelled", "cancelled_at": NOW, "cancel_reason": "patient"}
    Claim.objects.filter(pk=first.pk).update(**gone)

    refused = refusal(lambda: twin(first).save(force_insert=True))

    assert refused == "unscheduled_care_claim_hold_id_key"


@pytest.mark.parametrize("status", [SlotStatus.OPEN, SlotStatus.WITHDRAWN])
def test_no_claim_is_born_of_a_slot_that_is_not_marked_claimed(
    cpts: Cpts, status: SlotStatus
) -> None:
    first = claim(cpts)
    gone = {"withdrawn_at": NOW, "withdraw_reason": "other"}
    ended = gone if status == SlotStatus.WITHDRAWN else {}
    Slot.objects.filter(pk=first.slot_id).update(status=status, **ended)

    refused = refusal(lambda: twin(first).save(force_insert=True))

    assert refused == "claim_of_a_slot_to_come"


def test_no_claim_is_born_of_a_slot_that_has_begun(cpts: Cpts) -> None:
    first = claim(cpts)
    move(first.slot, -3 * HOUR - MINUTE)

    refused = refusal(lambda: twin(first).save(force_insert=True))

    assert refused == "claim_of_a_slot_to_come"


def test_no_claim_is_born_of_a_hold_that_has_run_out(cpts: Cpts) -> None:
    kept = hold(cpts)
    release(kept)

    assert refusal(lambda: ClaimFactory(slot=kept.slot, hold=kept)) == "claim_within_its_hold"


def test_no_claim_is_born_of_the_hold_of_another_slot(cpts: Cpts) -> None:
    kept, other = hold(cpts), slot(cpts)

    assert refusal(lambda: ClaimFactory(slot=other, hold=kept)) == "claim_within_its_hold"


# --- Slots ----------------------------------------------------------------------------------
@pytest.mark.parametrize("status", [SlotStatus.OPEN, SlotStatus.CLAIMED])
def test_a_withdrawn_slot_does_not_come_back(cpts: Cpts, status: SlotStatus) -> None:
    gone = slot(cpts)
    row = Slot.objects.filter(pk=gone.pk)
    row.update(status="withdrawn", withdrawn_at=NOW, withdraw_reason="other")
    back = {"status": status, "withdrawn_at": None, "withdraw_reason": ""}

    assert refusal(lambda: row.update(**back)) == "slot_withdrawn_for_good"


def test_a_slot_that_has_begun_is_not_claimed(cpts: Cpts) -> None:
    begun = move(slot(cpts), -3 * HOUR - MINUTE)
    row = Slot.objects.filter(pk=begun.pk)

    assert refusal(lambda: row.update(status="claimed")) == "slot_not_claimed_once_begun"


def test_slots_of_one_professional_follow_each_other_and_a_withdrawn_one_leaves_its_place(
    cpts: Cpts,
) -> None:
    first = slot(cpts)
    after, again = twin(first), twin(first)
    after.starts_at, after.ends_at = first.ends_at, first.ends_at + 20 * MINUTE
    after.save()
    Slot.objects.filter(pk=first.pk).update(
        status="withdrawn", withdrawn_at=NOW, withdraw_reason="other"
    )

    again.availability = None
    again.save()

    assert Slot.objects.filter(professional=first.professional).count() == 3


def test_a_hold_follows_another_at_the_very_instant_it_ends(cpts: Cpts) -> None:
    kept = hold(cpts)
    release(kept)

    assert HoldFactory(slot=kept.slot).starts_at >= Hold.objects.get(pk=kept.pk).expires_at


# --- The board ------------------------------------------------------------------------------
def test_each_transaction_that_touches_slots_or_holds_is_told_once_to_its_own_board(
    cpts: Cpts,
) -> None:
    changes = tables.BoardChange.objects.all()
    changes.delete()

    kept = hold(cpts)
    release(kept)

    assert changes.count() == 1
