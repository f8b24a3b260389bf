"""Who may do what to a slot, a claim, a need and a place in the line: one table of everybody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from cpts_portal.core.audit import SYSTEM, PatientOf
from cpts_portal.core.models import Commune
from members.delegations import ActingFor
from members.models import Membership, Profession, Role
from unscheduled_care import lifecycle, rules
from unscheduled_care.models import (
    Absence,
    Availability,
    CareNeed,
    CareTerms,
    Claim,
    Hold,
    NeedStatus,
    Slot,
    WaitingEntry,
    Wave,
)
from unscheduled_care.rules import needs as need_rules
from unscheduled_care.rules.needs import Answerer, Delays

HERE, ELSEWHERE = 1, 2
GP, NURSE = "medecin-generaliste", "infirmier"


def one(pk: int, role: Role, profession: str | None = None, cpts_id: int = HERE) -> Membership:
    trade = Profession(code=profession) if profession else None
    return Membership(pk=pk, cpts_id=cpts_id, role=role, profession=trade, user_id=100 + pk)


DOCTOR, TAKER = one(1, Role.PROFESSIONAL, GP), one(2, Role.PROFESSIONAL, GP)
CLAIMER, DELEGATE = one(3, Role.SECRETARY), one(4, Role.SECRETARY)
EVERYBODY: dict[str, Any] = {
    "doctor": DOCTOR,
    "acting for the doctor": ActingFor(delegate=DELEGATE, principal=DOCTOR),
    "delegate for herself": DELEGATE,
    "taker": TAKER,
    "claimer": CLAIMER,
    "desk": one(5, Role.COORDINATOR),
    "desk elsewhere": one(5, Role.COORDINATOR, cpts_id=ELSEWHERE),
    "same numbers elsewhere": one(1, Role.PROFESSIONAL, GP, cpts_id=ELSEWHERE),
    "nurse": one(6, Role.PROFESSIONAL, NURSE),
    "bureau": one(7, Role.BOARD),
    "funder": one(8, Role.FUNDER),
    "patient of the claim": rules.ClaimPatient(claim_id=21),
    "patient of another claim": rules.ClaimPatient(claim_id=99),
    "patient in the line": rules.WaitingPatient(entry_id=31),
    "patient elsewhere in the line": rules.WaitingPatient(entry_id=99),
    "patient of a request": PatientOf(request_id=21),
    "portal": SYSTEM,
}
FOREIGN = {"desk elsewhere", "same numbers elsewhere", "patient of a request"}
MEMBERS_HERE = {name for name, by in EVERYBODY.items() if getattr(by, "cpts_id", None) == HERE}
OWN = {"doctor", "acting for the doctor", "desk"}

SLOT = Slot(pk=11, cpts_id=HERE, professional=DOCTOR)
CLAIM = Claim(pk=21, cpts_id=HERE, slot=SLOT, claimer=CLAIMER)
NEED = CareNeed(
    pk=41, cpts_id=HERE, asker=CLAIMER, professions=[GP], status=NeedStatus.TAKEN, taken_by=TAKER
)
ENTRY = WaitingEntry(pk=31, cpts_id=HERE, added_by=CLAIMER)


def allowed(rule: Callable[[Any, Any], bool], subject: Any) -> set[str]:
    return {name for name, by in EVERYBODY.items() if rule(by, subject)}


# --- The transitions ------------------------------------------------------------------------
SUBJECTS = {
    "unscheduled_care.slot": SLOT,
    "unscheduled_care.claim": CLAIM,
    "unscheduled_care.careneed": NEED,
    "unscheduled_care.waitingentry": ENTRY,
}
NOTED = {"booked", "seen", "no_show", "absent", "redirected"}
PATIENTS = {name for name in EVERYBODY if name.startswith("patient")} - FOREIGN
STEPS: dict[str, dict[str, tuple[set[str], str, set[str]]]] = {
    "unscheduled_care.slot": {
        "claim": ({"open"}, "claimed", MEMBERS_HERE | PATIENTS | {"portal"}),
        "free": ({"claimed"}, "open", MEMBERS_HERE | PATIENTS | {"portal"}),
        "withdraw": ({"open", "claimed"}, "withdrawn", OWN),
    },
    "unscheduled_care.claim": {
        "cancel": (
            {"booked"},
            "cancelled",
            OWN | {"claimer", "patient of the claim", "portal"},
        ),
        "see": (NOTED, "seen", OWN),
        "miss": (NOTED, "no_show", OWN),
        "not_there": (NOTED, "absent", OWN | {"claimer"}),
        "redirect": (NOTED, "redirected", OWN),
    },
    "unscheduled_care.careneed": {
        "take": ({"open"}, "taken", {"doctor", "acting for the doctor", "taker"}),
        "withdraw": ({"open"}, "withdrawn", {"claimer", "desk"}),
        "end": ({"open"}, "ended", {"claimer", "desk", "portal"}),
    },
    "unscheduled_care.waitingentry": {
        "book": ({"waiting"}, "booked", {"claimer", "desk", "patient in the line"}),
        "leave": ({"waiting"}, "left", {"patient in the line"}),
        "remove": ({"waiting"}, "removed", {"claimer", "desk"}),
        "run_late": ({"waiting"}, "late", {"claimer", "desk", "portal"}),
    },
}
"""Each verb: from where, to where, and by whom of EVERYBODY."""


@pytest.mark.parametrize("table", lifecycle.LIFECYCLES, ids=lambda table: table.model)
def test_each_step_leaves_leads_and_lets_through_as_it_is_written(table: Any) -> None:
    subject = SUBJECTS[table.model]

    steps = {
        step.verb: ({*step.sources}, step.target, allowed(step.allows, subject))
        for step in table.transitions
    }

    assert steps == STEPS[table.model]


# --- Whom it is for -------------------------------------------------------------------------
def test_identity_is_for_claimer_doctor_delegate_and_desk() -> None:
    assert allowed(rules.may_see_contact, CLAIM) == OWN | {"claimer"}


def test_identity_of_a_need_is_for_asker_desk_and_taker_once_taken() -> None:
    open_need = CareNeed(cpts_id=HERE, asker=CLAIMER, professions=[GP])

    assert allowed(need_rules.may_see_need_contact, NEED) == {"claimer", "desk", "taker"}
    assert allowed(need_rules.may_see_need_contact, open_need) == {"claimer", "desk"}


def test_a_hold_is_the_holder_s() -> None:
    kept = Hold(cpts_id=HERE, slot=SLOT, holder=DOCTOR)

    assert allowed(rules.is_holder, kept) == {"doctor", "acting for the doctor"}


# --- Who offers and who asks ----------------------------------------------------------------
@pytest.mark.parametrize(
    "subject",
    [
        SLOT,
        Availability(cpts_id=HERE, professional=DOCTOR),
        Absence(cpts_id=HERE, membership=DOCTOR),
    ],
)
def test_an_agenda_is_kept_by_its_owner_his_delegate_and_the_desk(subject: Any) -> None:
    assert allowed(rules.keeps_agenda, subject) == OWN


PEOPLE = {name: by for name, by in EVERYBODY.items() if hasattr(by, "role")}
CLINICIANS = {"doctor", "acting for the doctor", "taker", "same numbers elsewhere", "nurse"}


def test_slots_are_offered_by_those_who_see_patients_or_for_them() -> None:
    assert {name for name, by in PEOPLE.items() if rules.may_offer(by)} == CLINICIANS


def test_care_is_asked_for_by_those_who_have_a_patient_before_them_or_on_the_phone() -> None:
    asking = {name for name, by in PEOPLE.items() if need_rules.may_ask_for_care(by)}

    assert {*PEOPLE} - asking == {"bureau", "funder"}


@pytest.mark.parametrize("role", Role)
def test_a_clinician_has_a_profession_and_a_role_that_sees_patients(role: Role) -> None:
    assert rules.is_clinician(one(9, role, GP)) is (role in (Role.PROFESSIONAL, Role.BOARD))
    assert not rules.is_clinician(one(9, role))


# --- Waves ----------------------------------------------------------------------------------
NOW = timezone.now()
MINUTE = timedelta(minutes=1)
POSTED = CareNeed(
    asker_id=3,
    usual_id=1,
    professions=[GP],
    commune=Commune(latitude=50.63, longitude=2.77),
    radius_km=15,
    posted_at=NOW,
    team_at=NOW + 15 * MINUTE,
    radius_at=NOW + 45 * MINUTE,
    alert_at=NOW + 75 * MINUTE,
)


@pytest.mark.parametrize(
    ("answerer", "wave"),
    [
        (Answerer(1, GP), Wave.USUAL),
        (Answerer(2, GP, frozenset({1})), Wave.TEAM),
        (Answerer(2, GP, frozenset({3})), Wave.TEAM),
        (Answerer(2, GP, frozenset({8}), 50.65, 2.80), Wave.RADIUS),
        (Answerer(2, GP, frozenset(), 50.28, 2.78), None),
        (Answerer(2, GP), None),
        (Answerer(2, NURSE, frozenset({1}), 50.63, 2.77), None),
        (Answerer(1, NURSE), None),
        (Answerer(3, GP, frozenset({1}), 50.63, 2.77), None),
    ],
)
def test_a_need_comes_by_one_wave_to_each_or_never(answerer: Answerer, wave: Wave | None) -> None:
    assert need_rules.first_wave(POSTED, answerer) == wave


@pytest.mark.parametrize(
    ("minutes", "asked", "reached"),
    [
        (0, Wave.USUAL, [True, False, False]),
        (14, Wave.USUAL, [True, False, False]),
        (15, Wave.TEAM, [True, True, False]),
        (45, Wave.RADIUS, [True, True, True]),
        (75, Wave.DESK, [True, True, True]),
    ],
)
def test_each_wave_opens_at_its_moment_and_keeps_the_ones_before(
    minutes: int, asked: Wave, reached: list[bool]
) -> None:
    colleague, neighbour = Answerer(2, GP, frozenset({1})), Answerer(6, GP, frozenset(), 50.6, 2.8)
    now = NOW + minutes * MINUTE

    told = [
        need_rules.has_reached(POSTED, one, now) for one in (Answerer(1, GP), colleague, neighbour)
    ]

    assert (POSTED.wave_at(now), told) == (asked, reached)


@pytest.mark.parametrize(
    ("has_usual", "has_team", "hours", "minutes"),
    [
        (True, True, 48, (15, 45, 75)),
        (False, True, 48, (0, 30, 60)),
        (True, False, 48, (15, 15, 45)),
        (False, False, 48, (0, 0, 30)),
        (True, True, 2.5, (15, 45, 75)),
        (True, True, 1, (6, 18, 30)),
        (False, False, 0.5, (0, 0, 15)),
    ],
)
def test_delays_pass_over_empty_waves_and_fit_in_half_of_the_time_left(
    has_usual: bool, has_team: bool, hours: float, minutes: tuple[int, int, int]
) -> None:
    left = timedelta(hours=hours)

    found = need_rules.delays(CareTerms(), has_usual=has_usual, has_team=has_team, left=left)

    assert found == Delays(*(number * MINUTE for number in minutes))


def test_delays_of_nought_are_no_delay() -> None:
    at_once = CareTerms(usual_seconds=0, team_seconds=0, alert_seconds=0)

    found = need_rules.delays(at_once, has_usual=True, has_team=True, left=timedelta(hours=1))

    assert found == Delays(timedelta(), timedelta(), timedelta())
