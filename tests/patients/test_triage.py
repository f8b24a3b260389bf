"""The coordination's work on one request, by its actions."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from cpts_portal.core import outbox
from cpts_portal.core.audit import PatientOf
from cpts_portal.core.models import AuditEntry, Message
from cpts_portal.core.refusals import NotPermitted, Refused
from patients import lifecycle
from patients.actions import referrals, triage
from patients.models import ContactAttempt, GPRequest, Note, ReferralStatus, Status
from patients.retention import erase_patients
from tests.factories import GPRequestFactory, MembershipFactory, PatientFactory
from tests.patients.shortcuts import address


def attempts(request: GPRequest, by, *tries: tuple[int, str, bool]) -> None:
    for days_ago, way, has_answered in tries:
        ContactAttempt.objects.create(
            cpts=request.cpts,
            request=request,
            by=by,
            way=way,
            has_answered=has_answered,
            at=timezone.now() - timedelta(days=days_ago),
        )


# --- Ends and reopening -------------------------------------------------------------------------
@pytest.mark.parametrize(
    "ending", [e for e in lifecycle.ENDINGS if e != lifecycle.LOSE_TOUCH], ids=lambda e: e.verb
)
def test_end_request_closes_it_and_traces_why(qualified, coordinator, ending):
    triage.plan_call_back(qualified, on=timezone.localdate(), by=coordinator)

    triage.end_request(qualified, ending, by=coordinator, reason="appel du 3")

    qualified.refresh_from_db()
    entry = AuditEntry.objects.get(verb=ending.verb)
    assert qualified.status == ending.target
    assert (qualified.closed_at is None, qualified.call_back_on) == (False, None)
    assert (entry.source, entry.target, entry.reason) == ("qualified", ending.target, "appel du 3")


def test_end_request_by_the_patient_frees_the_gp_and_tells_him(referral):
    request = referral.request

    triage.end_request(request, lifecycle.WITHDRAW, by=PatientOf(request.pk))

    referral.refresh_from_db()
    assert referral.status == ReferralStatus.TAKEN_BACK
    assert Message.objects.get().recipient == referral.gp.user.email


def test_end_request_by_another_patient_is_not_permitted(qualified):
    with pytest.raises(NotPermitted):
        triage.end_request(qualified, lifecycle.WITHDRAW, by=PatientOf(qualified.pk + 1))


@pytest.mark.parametrize(
    "tries",
    [
        (),
        ((40, "phone", False), (5, "sms", False)),
        ((40, "phone", False), (20, "phone", False), (5, "phone", False)),
        ((29, "phone", False), (20, "sms", False), (0, "phone", False)),
        ((40, "phone", False), (30, "sms", False), (5, "phone", True)),
    ],
    ids=["none", "two", "one way", "29 days", "answered"],
)
def test_unreachable_is_refused_too_soon(qualified, coordinator, tries):
    attempts(qualified, coordinator, *tries)

    with pytest.raises(Refused, match="trois tentatives"):
        triage.end_request(qualified, lifecycle.LOSE_TOUCH, by=coordinator)

    qualified.refresh_from_db()
    assert qualified.status == Status.QUALIFIED


def test_unreachable_after_three_attempts_over_thirty_days_by_two_ways(qualified, coordinator):
    attempts(qualified, coordinator, (31, "phone", False), (9, "sms", False), (0, "phone", False))

    triage.end_request(qualified, lifecycle.LOSE_TOUCH, by=coordinator)

    qualified.refresh_from_db()
    assert qualified.status == Status.UNREACHABLE


def test_reopen_keeps_the_first_date_and_frees_the_gp(referral, gp, coordinator):
    first = referral.request.first_requested_at
    referrals.accept(referral, by=gp)
    triage.declare(referral.request, by=coordinator)

    request = triage.reopen(referral.request, by=coordinator)

    referral.refresh_from_db()
    assert (request.status, request.closed_at) == (Status.RECEIVED, None)
    assert request.first_requested_at == first
    assert referral.status == ReferralStatus.TAKEN_BACK


def test_reopen_is_refused_when_the_person_has_filed_again(qualified, coordinator):
    triage.end_request(qualified, lifecycle.WITHDRAW, by=coordinator)
    GPRequestFactory(cpts=qualified.cpts, patient=qualified.patient)

    with pytest.raises(Refused, match="déjà une demande en cours"):
        triage.reopen(qualified, by=coordinator)


def test_reopen_is_refused_when_she_waits_under_another_reference(qualified, coordinator):
    triage.end_request(qualified, lifecycle.WITHDRAW, by=coordinator)
    known = ("first_name", "last_name", "search_name", "birth_date", "phone", "phone_hash")
    again = {name: getattr(qualified.patient, name) for name in known}
    twin = GPRequestFactory(
        cpts=qualified.cpts, patient=PatientFactory(cpts=qualified.cpts, **again)
    )

    with pytest.raises(Refused, match=twin.reference):
        triage.reopen(qualified, by=coordinator)


@pytest.mark.parametrize("step", ["rouvrir/", "note/"])
def test_once_erased_a_request_takes_nothing_more(desk, qualified, coordinator, step):
    triage.end_request(qualified, lifecycle.WITHDRAW, by=coordinator)
    erase_patients([qualified.patient_id])

    response = desk.post(address(qualified, step), {"body": "Fille : 06 39 98 12 34"})

    qualified.refresh_from_db()
    html = response.content.decode()
    assert (response.status_code, qualified.status) == (409, Status.WITHDRAWN)
    assert "L’identité est effacée" in html
    assert 'id="note"' not in html
    assert not Note.objects.exists()


@pytest.mark.parametrize("ending", [lifecycle.FIND_ALONE, lifecycle.LEAVE_AREA])
def test_an_end_by_the_coordination_is_told_to_her_without_its_reason(
    qualified, coordinator, ending
):
    triage.end_request(qualified, ending, by=coordinator, reason="Suivi ailleurs")

    message = Message.objects.get(purpose="patients.request_ended")
    assert message.recipient == qualified.patient.email
    assert "Notre recherche est terminée." in message.body
    assert "Suivi ailleurs" not in message.body
    assert qualified.patient.last_name not in message.body


def test_a_person_called_unreachable_is_written_to(qualified, coordinator):
    attempts(qualified, coordinator, (40, "phone", False), (20, "sms", False), (1, "phone", False))

    triage.end_request(qualified, lifecycle.LOSE_TOUCH, by=coordinator)

    assert Message.objects.filter(purpose="patients.request_ended").count() == 1


@pytest.mark.parametrize("ending", [lifecycle.RECORD_DEATH, lifecycle.MARK_DUPLICATE])
def test_a_death_or_a_duplicate_is_written_to_nobody(qualified, coordinator, ending):
    triage.end_request(qualified, ending, by=coordinator)

    assert not Message.objects.exists()


def test_an_end_that_she_chose_is_not_told_back_as_the_coordinations(qualified):
    triage.end_request(qualified, lifecycle.FIND_ALONE, by=PatientOf(qualified.pk))

    assert not Message.objects.filter(purpose="patients.request_ended").exists()


def test_an_end_in_the_night_is_told_in_the_morning(qualified, coordinator):
    with time_machine.travel("2026-11-23T22:00:00+01:00", tick=False):
        triage.end_request(qualified, lifecycle.LEAVE_AREA, by=coordinator)

    due = timezone.localtime(Message.objects.get(purpose="patients.request_ended").not_before)
    assert (due.day, due.hour) == (24, 9)


def test_an_end_undone_before_its_message_leaves_is_not_told(qualified, coordinator):
    triage.end_request(qualified, lifecycle.LEAVE_AREA, by=coordinator)
    triage.reopen(qualified, by=coordinator)
    message = Message.objects.get(purpose="patients.request_ended")
    Message.objects.update(not_before=timezone.now())

    outbox.deliver(message.pk)

    message.refresh_from_db()
    assert message.status == "dropped"


# --- Everyday verbs -----------------------------------------------------------------------------
def test_assign_is_only_to_a_coordinator(qualified, coordinator, gp):
    triage.assign(qualified, to=coordinator, by=coordinator)
    with pytest.raises(Refused, match="coordination"):
        triage.assign(qualified, to=gp, by=coordinator)

    qualified.refresh_from_db()
    assert qualified.assigned_to == coordinator


def test_log_attempt_with_an_answer_takes_the_call_off_the_list(qualified, coordinator):
    triage.plan_call_back(qualified, on=timezone.localdate(), by=coordinator)

    triage.log_attempt(qualified, way="phone", has_answered=True, by=coordinator)

    qualified.refresh_from_db()
    assert qualified.call_back_on is None


def test_override_priority_changes_the_rank_and_can_be_undone(qualified, coordinator):
    triage.override_priority(qualified, priority=1, reason="isolée", by=coordinator)
    qualified.refresh_from_db()
    assert (qualified.rank, qualified.override_reason) == (1, "isolée")

    triage.override_priority(qualified, priority=None, reason="", by=coordinator)
    qualified.refresh_from_db()
    assert (qualified.rank, qualified.override_reason) == (5, "")


def test_override_priority_without_a_reason_is_refused(qualified, coordinator):
    with pytest.raises(Refused, match="pourquoi"):
        triage.override_priority(qualified, priority=1, reason="", by=coordinator)


def test_ask_for_more_tells_the_patient_where_to_answer(qualified, coordinator):
    triage.ask_for_more(qualified, by=coordinator)

    message = Message.objects.get()
    assert message.purpose == "patients.request_to_complete"
    assert message.recipient == qualified.patient.email


def test_set_first_visit_is_for_the_gp_who_accepted(referral, gp):
    with pytest.raises(NotPermitted):
        triage.set_first_visit(referral.request, on=timezone.localdate(), by=gp)


def test_set_first_visit_is_refused_in_the_past(referral, gp):
    referrals.accept(referral, by=gp)

    with pytest.raises(Refused, match="passé"):
        triage.set_first_visit(referral.request, on=timezone.localdate() - timedelta(days=1), by=gp)


@pytest.mark.parametrize(
    "act",
    [
        lambda request, by: triage.assign(request, to=None, by=by),
        lambda request, by: triage.add_note(request, body="x", by=by),
        lambda request, by: triage.log_attempt(request, way="sms", has_answered=False, by=by),
        lambda request, by: triage.plan_call_back(request, on=None, by=by),
        lambda request, by: triage.override_priority(request, priority=2, reason="x", by=by),
        lambda request, by: triage.ask_for_more(request, by=by),
        lambda request, by: triage.qualify(request, by=by),
        lambda request, by: triage.declare(request, by=by),
        lambda request, by: triage.reopen(request, by=by),
        lambda request, by: referrals.take_back(request, by=by),
    ],
)
def test_the_coordinations_verbs_are_not_a_board_members(qualified, act):
    with pytest.raises(NotPermitted):
        act(qualified, MembershipFactory(cpts=qualified.cpts, role="board"))


@pytest.mark.parametrize(
    "act",
    [
        lambda request, by: triage.log_attempt(request, way="sms", has_answered=False, by=by),
        lambda request, by: triage.plan_call_back(request, on=None, by=by),
        lambda request, by: triage.override_priority(request, priority=2, reason="x", by=by),
    ],
)
def test_an_ended_request_is_left_alone(qualified, coordinator, act):
    triage.end_request(qualified, lifecycle.WITHDRAW, by=coordinator)

    with pytest.raises(Refused, match="terminée"):
        act(qualified, coordinator)
