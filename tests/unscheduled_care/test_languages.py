"""The pages of unscheduled care in the states that the table of accesses does not reach."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cpts_portal.catalogue import compile_catalogues
from cpts_portal.core import audit
from members.models import Cpts, Membership, Role
from tests.core.test_languages import assert_speaks
from tests.factories import (
    DelegationFactory,
    GpFactory,
    MembershipFactory,
    PracticeMemberFactory,
)
from tests.reading import without_the_written
from tests.unscheduled_care.makers import (
    AbsenceFactory,
    AvailabilityFactory,
    CareNeedFactory,
    ClaimFactory,
    HoldFactory,
    SlotFactory,
    WaitingEntryFactory,
    move,
)
from unscheduled_care.actions import claims as actions
from unscheduled_care.actions.steps import token_hash
from unscheduled_care.models import Claim, Slot, SlotStatus
from unscheduled_care.queries.waiting import token_of

pytestmark = [pytest.mark.django_db, pytest.mark.no_cover]

TOKEN = "x" * 43


@pytest.fixture(autouse=True, scope="module")
def compiled() -> None:
    compile_catalogues()


@pytest.fixture(autouse=True)
def one_factor(settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = False


@pytest.fixture(params=["fr", "en"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def phone(gp: Membership, language: str) -> Client:
    """The GP's."""
    return browser_of(gp, language)


@pytest.fixture
def claim(gp: Membership) -> Claim:
    """For an elderly patient, of one of the GP's slots; TOKEN opens her page."""
    made: Claim = ClaimFactory(
        slot__professional=gp,
        slot__starts_at=timezone.now() + timedelta(days=2),
        contact__link_hash=token_hash(TOKEN),
    )
    return made


def browser_of(member: Membership, language: str) -> Client:
    browser = Client(headers={"accept-language": language})
    browser.force_login(member.user)
    return browser


def address(name: str, *args: Any) -> str:
    return reverse(f"unscheduled_care:{name}", args=args)


def assert_page(page: Any, status: int, language: str) -> None:
    assert page.status_code == status
    assert_speaks(without_the_written(page.text), language)


# --- From a slot to a claim -----------------------------------------------------------------------
def test_taking_a_slot_speaks_one_language(phone, cpts, language):
    slot = SlotFactory(professional=GpFactory(cpts=cpts))
    kept = address("slot_hold", cpts.slug, slot.pk)

    assert_page(phone.get(address("slot_show", cpts.slug, slot.pk)), 200, language)
    assert_page(phone.post(kept, {"sign": "thorax"}), 200, language)
    assert_page(phone.post(kept, follow=True), 200, language)
    assert_page(phone.get(address("slot_list", cpts.slug)), 200, language)


@pytest.mark.parametrize("status", SlotStatus.values)
def test_slot_that_is_gone_speaks_one_language(phone, cpts, language, status):
    slot = SlotFactory(professional=GpFactory(cpts=cpts))
    SlotFactory(professional=GpFactory(cpts=cpts))
    HoldFactory(slot=slot)
    told = {"status": status, "withdraw_reason": "other", "withdrawn_at": timezone.now()}
    if status == SlotStatus.CLAIMED:
        ClaimFactory(slot=slot, hold=slot.holds.get())
    if status == SlotStatus.WITHDRAWN:
        Slot.objects.filter(pk=slot.pk).update(**told)

    assert_page(phone.get(address("slot_show", cpts.slug, slot.pk)), 409, language)


# --- A claim and the patient's page ---------------------------------------------------------------
def test_claim_speaks_one_language_to_its_end(phone, claim, language):
    shown = address("claim_show", claim.cpts.slug, claim.pk)

    assert_page(phone.get(shown), 200, language)
    move(claim.slot, timedelta(days=-2, minutes=-5))
    for verb in ("see", "miss", "redirect"):
        noted = address("claim_outcome", claim.cpts.slug, claim.pk)
        assert_page(phone.post(noted, {"verb": verb}, follow=True), 200, language)
    for name in ("day_show", "claim_list", "slot_mine", "slot_list"):
        assert_page(phone.get(address(name, claim.cpts.slug)), 200, language)


@pytest.mark.parametrize("reason", ["patient", "worse", "mistake"])
def test_cancelled_claim_speaks_one_language(phone, claim, language, reason):
    actions.cancel(claim, reason=reason, by=audit.SYSTEM)

    page = phone.get(address("claim_show", claim.cpts.slug, claim.pk))

    assert_page(page, 200, language)
    assert_page(Client(headers={"accept-language": language}).get(patient_page()), 200, language)


def test_appointment_speaks_one_language_to_its_end(claim, language):
    patient = Client(headers={"accept-language": language})

    assert_page(patient.get(patient_page()), 200, language)
    move(claim.slot, timedelta(days=-2, minutes=-5))
    assert_page(patient.get(patient_page()), 200, language)
    assert_page(patient.post(address("appointment_cancel", TOKEN)), 409, language)


def patient_page() -> str:
    return address("appointment_show", TOKEN)


@pytest.mark.parametrize("name", ["appointment_show", "waiting_show"])
def test_lost_link_speaks_one_language(cpts, language, name):
    page = Client(headers={"accept-language": language}).get(address(name, "y" * 43))

    assert_page(page, 404, language)


# --- Needs and the line ---------------------------------------------------------------------------
def test_answered_need_speaks_one_language(phone, coordinator, gp, language):
    need = CareNeedFactory(asker=coordinator)
    PracticeMemberFactory(membership=gp, practice__commune=need.commune)
    shown = address("need_show", need.cpts.slug, need.pk)
    taken = {"pour": gp.pk, "on": "1", "at": "14:30"}

    answered = phone.post(address("need_take", need.cpts.slug, need.pk), taken, follow=True)

    assert_page(answered, 200, language)
    for browser in (phone, browser_of(coordinator, language)):
        assert_page(browser.get(shown), 200, language)
        assert_page(browser.get(address("need_list", need.cpts.slug)), 200, language)


def test_line_that_was_left_speaks_one_language(coordinator, language):
    entry = WaitingEntryFactory(added_by=coordinator)
    patient = Client(headers={"accept-language": language})
    desk = browser_of(coordinator, language)

    left = patient.post(address("waiting_leave", token_of(entry)), follow=True)

    assert_page(left, 200, language)
    assert_page(desk.get(address("waiting_list", entry.cpts.slug)), 200, language)


# --- One's own slots, and the desk ----------------------------------------------------------------
def test_own_slots_speak_one_language(phone, gp, language):
    for status in (SlotStatus.OPEN, SlotStatus.CLAIMED):
        start = timezone.now() + timedelta(days=1 + (status == SlotStatus.CLAIMED))
        slot = SlotFactory(professional=gp, starts_at=start)
        if status == SlotStatus.CLAIMED:
            ClaimFactory(slot=slot)
    AvailabilityFactory(professional=gp)
    AbsenceFactory(membership=gp, starts_at=timezone.now() + timedelta(days=20))

    assert_page(phone.get(address("slot_mine", gp.cpts.slug)), 200, language)
    assert_page(phone.get(address("slot_withdraw", gp.cpts.slug, slot.pk)), 200, language)


def test_choice_of_an_agenda_speaks_one_language(cpts: Cpts, gp: Membership, language: str):
    secretary = MembershipFactory(cpts=cpts, role=Role.SECRETARY)
    browser = browser_of(secretary, language)

    assert_page(browser.get(address("slot_new", cpts.slug)), 200, language)
    for principal in (gp, GpFactory(cpts=cpts)):
        DelegationFactory(principal=principal, delegate=secretary)
        SlotFactory(professional=principal)
    for name in ("slot_new", "slot_mine", "day_show", "desk_show"):
        assert_page(browser.get(address(name, cpts.slug)), 200, language)
