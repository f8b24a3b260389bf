"""A need goes out by waves, the clock decides whom it reaches, the first answer wins."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from cpts_portal.core import outbox
from cpts_portal.core.models import AuditEntry, Message
from cpts_portal.core.refusals import NotPermitted, Refused
from cpts_portal.core.scoping import open_scope
from members.models import Cpts, Membership, Role
from tests.factories import (
    CollegeFactory,
    CommuneFactory,
    DelegationFactory,
    GpFactory,
    MembershipFactory,
    PracticeFactory,
    PracticeMemberFactory,
    ProfessionFactory,
)
from tests.members.threads import at_once
from tests.unscheduled_care.makers import CareNeedFactory
from unscheduled_care.actions import needs
from unscheduled_care.models import CareNeed, CareTerms, NeedStatus, Reason
from unscheduled_care.queries.needs import needs as all_needs
from unscheduled_care.queries.needs import needs_for, promise
from unscheduled_care.rules.needs import delays
from unscheduled_care.tasks.needs import widen_needs

MINUTE = timedelta(minutes=1)


@pytest.fixture
def laventie(cpts: Cpts) -> Any:
    return CommuneFactory(insee_code="62491", name="Laventie", latitude=50.63, longitude=2.77)


def doctor(cpts: Cpts, practice: Any = None, **fields: Any) -> Membership:
    """A GP at work in Laventie's neighbourhood, or at `practice`."""
    gp = GpFactory(cpts=cpts, **fields)
    PracticeMemberFactory(membership=gp, practice=practice or PracticeFactory(cpts=cpts))
    return gp


def words(laventie: Any, **changes: Any) -> needs.NeedWords:
    told = {
        "professions": ("medecin-generaliste",),
        "reason": Reason.objects.get(code="fievre"),
        "kind": "practice",
        "commune": laventie,
        "age_band": CareNeed.age_band.field.choices[0][0],
        "mobility": "alone",
        "wanted_until": timezone.now() + timedelta(hours=48),
        "has_consented": True,
        "first_name": "Odile",
        "phone": "+33639981234",
    }
    return needs.NeedWords(**{**told, **changes})


def later(need: CareNeed, by: timedelta) -> CareNeed:
    """The same need, posted that much earlier: the clock of PostgreSQL cannot be moved."""
    names = ("posted_at", "team_at", "radius_at", "alert_at", "wanted_from", "wanted_until")
    CareNeed.objects.filter(pk=need.pk).update(**{name: F(name) - by for name in names})
    return CareNeed.objects.get(pk=need.pk)


def may_answer(*members: Membership) -> list[bool]:
    return [bool(needs_for(member)) for member in members]


def told(purpose: str) -> list[str]:
    """To whom messages of one purpose were posted."""
    rows = Message.objects.filter(purpose=f"unscheduled_care.{purpose}")
    return sorted(message.recipient for message in rows)


# --- Posting ------------------------------------------------------------------------------------
def test_post_opens_the_waves_at_the_delays_of_the_cpts(cpts, laventie):
    team = PracticeFactory(cpts=cpts)
    asker, usual, _colleague = (doctor(cpts, team) for _ in range(3))

    need = needs.post(words(laventie, usual=usual), by=asker, key=uuid.uuid4())

    waits = [moment - need.posted_at for moment in (need.team_at, need.radius_at, need.alert_at)]
    assert waits == [15 * MINUTE, 45 * MINUTE, 75 * MINUTE]


def test_post_passes_over_the_waves_that_hold_nobody(cpts, laventie, coordinator):
    need = needs.post(words(laventie), by=coordinator, key=uuid.uuid4())

    assert need.team_at == need.radius_at == need.posted_at
    assert need.alert_at == need.posted_at + 30 * MINUTE


def test_waves_of_a_need_wanted_soon_fit_in_the_first_half_of_the_time_left():
    hurried = delays(CareTerms(), has_usual=True, has_team=True, left=30 * MINUTE)

    assert (hurried.team, hurried.radius, hurried.alert) == (3 * MINUTE, 9 * MINUTE, 15 * MINUTE)


def test_post_sent_twice_is_one_need(cpts, laventie, coordinator):
    key = uuid.uuid4()

    first = needs.post(words(laventie), by=coordinator, key=key)
    second = needs.post(words(laventie), by=coordinator, key=key)

    assert first.pk == second.pk
    assert AuditEntry.objects.filter(verb="post").count() == 1


def test_post_is_refused_to_a_member_of_the_board_who_sees_no_patient(cpts, laventie):
    member = MembershipFactory(cpts=cpts, role=Role.BOARD)

    with pytest.raises(NotPermitted):
        needs.post(words(laventie), by=member, key=uuid.uuid4())


# --- Waves --------------------------------------------------------------------------------------
def test_waves_reach_the_usual_professional_then_his_team_then_the_radius(cpts, laventie):
    team = PracticeFactory(cpts=cpts)
    asker, usual, colleague = (doctor(cpts, team) for _ in range(3))
    near = doctor(cpts)
    far_away = CommuneFactory(insee_code="59350", name="Lille", latitude=50.9, longitude=3.3)
    far = doctor(cpts, PracticeFactory(cpts=cpts, commune=far_away))
    need = needs.post(words(laventie, usual=usual), by=asker, key=uuid.uuid4())

    at_first = may_answer(usual, colleague, near, far, asker)
    later(need, 15 * MINUTE)
    after_a_quarter = may_answer(usual, colleague, near, far, asker)
    later(need, 30 * MINUTE)
    in_the_end = may_answer(usual, colleague, near, far, asker)

    assert at_first == [True, False, False, False, False]
    assert after_a_quarter == [True, True, False, False, False]
    assert in_the_end == [True, True, True, False, False]


def test_a_need_reaches_neither_another_profession_nor_whoever_has_lapsed(cpts, coordinator):
    college = CollegeFactory(cpts=cpts, grace_days=0)
    nurse = doctor(cpts, profession=ProfessionFactory(code="infirmier", label="Infirmier"))
    lapsed = doctor(cpts, college=college)
    CareNeedFactory(asker=coordinator)

    assert may_answer(nurse, lapsed) == [False, False]


def test_a_secretary_answers_for_the_doctor_whom_the_need_has_reached(cpts, coordinator):
    gp = doctor(cpts)
    secretary = DelegationFactory(principal=gp).delegate
    need = CareNeedFactory(asker=coordinator)

    [asked] = needs_for(secretary)
    taken = needs.take(need, by=asked.by)

    entry = AuditEntry.objects.get(verb="take")
    assert taken.taken_by == gp
    assert (entry.by_id, entry.behalf_id) == (secretary.user_id, gp.user_id)


def test_promise_says_until_when_and_what_comes_then(cpts, laventie):
    team = PracticeFactory(cpts=cpts)
    asker, usual, _colleague = (doctor(cpts, team) for _ in range(3))
    need = needs.post(words(laventie, usual=usual), by=asker, key=uuid.uuid4())

    said = []
    for wait in (0, 15, 30):
        later(need, wait * MINUTE)
        said.append(promise(all_needs().get(pk=need.pk)).sentence.rpartition(", ")[2])
    later(need, 30 * MINUTE)

    assert said == [
        "puis élargi à l’équipe.",
        "puis élargi à 15 km à la ronde.",
        "puis la coordination est prévenue.",
    ]
    assert promise(all_needs().get(pk=need.pk)).title == "Personne n’a encore répondu"


# --- Answering ----------------------------------------------------------------------------------
def test_take_tells_asker_and_patient_with_the_place_and_without_the_reason(
    cpts, laventie, coordinator
):
    gp = doctor(cpts)
    need = needs.post(words(laventie), by=coordinator, key=uuid.uuid4())

    taken = needs.take(need, by=gp, visit_at=timezone.now() + 3 * 60 * MINUTE)

    [patient] = Message.objects.filter(purpose="unscheduled_care.need_taken")
    assert (taken.status, taken.taken_by) == (NeedStatus.TAKEN, gp)
    assert told("need_answered") == [coordinator.contact_email]
    assert patient.recipient == "+33639981234"
    assert "2 place du Marché, Commune-sur-Lys" in patient.body
    assert "ièvre" not in patient.body


def test_take_is_refused_to_the_second_and_the_same_for_the_first(cpts, coordinator):
    first, second = doctor(cpts), doctor(cpts)
    need = CareNeedFactory(asker=coordinator)
    needs.take(need, by=first)

    again = needs.take(need, by=first)

    assert again.taken_by == first
    with pytest.raises(Refused, match="Ce besoin vient d’être pris"):
        needs.take(need, by=second)


@pytest.mark.django_db(transaction=True)
def test_take_by_two_at_once_lets_one_through(cpts):
    coordinator = MembershipFactory(cpts=cpts)
    gps = [doctor(cpts), doctor(cpts)]
    need = CareNeedFactory(asker=coordinator)

    def answer(gp: Membership) -> str:
        with open_scope(cpts=cpts):
            try:
                return str(needs.take(need, by=gp).status)
            except Refused as refusal:
                return str(refusal)

    answers = at_once(*(lambda gp=gp: answer(gp) for gp in gps))

    assert sorted(answers) == ["Ce besoin vient d’être pris.", "taken"]
    assert AuditEntry.objects.filter(verb="take").count() == 1
    assert len(told("need_taken")) == 1


def test_take_is_not_permitted_before_the_wave_has_come(cpts, laventie):
    team = PracticeFactory(cpts=cpts)
    asker, usual = doctor(cpts, team), doctor(cpts, team)
    need = needs.post(words(laventie, usual=usual), by=asker, key=uuid.uuid4())

    with pytest.raises(NotPermitted):
        needs.take(need, by=doctor(cpts))


def test_take_is_refused_once_the_time_has_passed_worker_or_not(cpts, coordinator):
    gp = doctor(cpts)
    need = later(CareNeedFactory(asker=coordinator), timedelta(hours=25))

    with pytest.raises(Refused, match="Le délai de ce besoin est passé"):
        needs.take(need, by=gp)


# --- The clock's part ---------------------------------------------------------------------------
def test_widen_tells_each_wave_once_late_or_twice(cpts, laventie):
    team = PracticeFactory(cpts=cpts)
    asker, usual, colleague = (doctor(cpts, team) for _ in range(3))
    near = doctor(cpts)
    need = needs.post(words(laventie, usual=usual), by=asker, key=uuid.uuid4())
    at_once_told = told("need_posted")

    later(need, 50 * MINUTE)
    looked_at = [widen_needs(), widen_needs()]

    assert at_once_told == [usual.contact_email]
    assert told("need_posted") == sorted(one.contact_email for one in (usual, colleague, near))
    assert looked_at == [1, 0]


def test_widen_alerts_the_desk_when_nobody_has_answered(cpts, laventie):
    coordinator, asker = MembershipFactory(cpts=cpts), doctor(cpts)
    need = needs.post(words(laventie), by=asker, key=uuid.uuid4())

    widen_needs()
    before = told("need_unanswered")
    later(need, 31 * MINUTE)
    widen_needs()

    assert before == []
    assert told("need_unanswered") == [coordinator.contact_email]


def test_the_alert_does_not_leave_once_somebody_has_answered(cpts, coordinator):
    gp = doctor(cpts)
    need = later(CareNeedFactory(asker=coordinator), 31 * MINUTE)
    widen_needs()
    needs.take(need, by=gp)

    outbox.deliver_due()

    [alert] = Message.objects.filter(purpose="unscheduled_care.need_unanswered")
    assert alert.status == "dropped"


def test_widen_ends_what_nobody_took_in_time(cpts, coordinator):
    need = later(CareNeedFactory(asker=coordinator), timedelta(hours=25))

    widen_needs()

    need.refresh_from_db()
    assert (need.status, need.end_reason) == (NeedStatus.ENDED, "late")
    assert told("need_ended") == [coordinator.contact_email]


def test_those_who_were_told_hear_that_it_is_taken_and_nobody_else(cpts, laventie, coordinator):
    told_one, waiting_one, taker = doctor(cpts), doctor(cpts), doctor(cpts)
    need = needs.post(words(laventie), by=coordinator, key=uuid.uuid4())
    first = Message.objects.filter(purpose="unscheduled_care.need_posted")
    [left] = [one for one in first if one.recipient == told_one.contact_email]
    outbox.deliver(left.pk)

    needs.take(need, by=taker)
    outbox.deliver_due()

    gone = Message.objects.filter(purpose="unscheduled_care.need_gone")
    by_status = {message.recipient: message.status for message in gone}
    assert by_status == {told_one.contact_email: "sent", waiting_one.contact_email: "dropped"}


def test_messages_to_professionals_say_neither_who_nor_why(cpts, laventie, coordinator):
    doctor(cpts)

    needs.post(words(laventie), by=coordinator, key=uuid.uuid4())

    [message] = Message.objects.filter(purpose="unscheduled_care.need_posted")
    said = f"{message.title} {message.body}"
    assert [word for word in ("Odile", "1234", "ièvre", "Laventie") if word in said] == []


def test_withdraw_ends_an_open_need_and_is_not_for_another_member(cpts, coordinator):
    other = doctor(cpts)
    need = CareNeedFactory(asker=coordinator)

    with pytest.raises(NotPermitted):
        needs.withdraw(need, reason="solved", by=other)
    withdrawn = needs.withdraw(need, reason="solved", by=coordinator)

    need.refresh_from_db()
    assert (withdrawn.status, need.status, need.end_reason) == ("withdrawn", "withdrawn", "solved")
