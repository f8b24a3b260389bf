"""One request, one GP at a time: his deadline, his answers."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from cpts_portal.core import outbox
from cpts_portal.core.models import AccessEntry, AuditEntry, Message
from cpts_portal.core.refusals import NotPermitted, Refused
from patients import tasks
from patients.actions import referrals, triage
from patients.models import GPRequest, Referral, ReferralStatus, Status
from patients.queries.board import referral_boards
from tests.factories import (
    GpFactory,
    GPRequestFactory,
    IntakeFactory,
    ReferralFactory,
)
from tests.patients.shortcuts import statuses


# --- Proposing ----------------------------------------------------------------------------------
def test_refer_gives_the_gp_the_cptss_delay(qualified, intake, coordinator):
    qualified.cpts.referral_hours = 48
    qualified.cpts.save()

    referral = referrals.refer(qualified, gp=intake.membership, by=coordinator)

    assert referral.expires_at - referral.proposed_at == timedelta(hours=48)
    assert statuses(referral) == (Status.REFERRED, ReferralStatus.PROPOSED)


def test_refer_writes_to_the_gp_without_a_word_of_the_patient(
    qualified, intake, coordinator, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        referral = referrals.refer(qualified, gp=intake.membership, by=coordinator)

    [sent] = mail.outbox
    assert sent.to == [intake.membership.user.email]
    assert f"/artois-lys/orientations/{referral.pk}/" in sent.body
    for secret in (qualified.patient.last_name, qualified.commune.name, qualified.reference):
        assert secret not in sent.body + sent.subject


def test_refer_is_refused_to_a_professional(qualified, intake):
    with pytest.raises(NotPermitted):
        referrals.refer(qualified, gp=intake.membership, by=intake.membership)


def test_refer_is_refused_for_a_request_not_qualified(intake, coordinator):
    received = GPRequestFactory(cpts=coordinator.cpts)

    with pytest.raises(Refused, match="reçue"):
        referrals.refer(received, gp=intake.membership, by=coordinator)


def test_refer_is_refused_beyond_the_gps_quota(qualified, intake, coordinator):
    intake.monthly_quota = 1
    intake.save()
    ReferralFactory(request=GPRequestFactory(cpts=qualified.cpts), gp=intake.membership)

    with pytest.raises(Refused, match="plus de place"):
        referrals.refer(qualified, gp=intake.membership, by=coordinator)

    qualified.refresh_from_db()
    assert qualified.status == Status.QUALIFIED


def test_refer_is_refused_for_a_gp_without_terms(qualified, coordinator, gp):
    with pytest.raises(Refused, match="capacité"):
        referrals.refer(qualified, gp=gp, by=coordinator)


def test_refer_is_refused_to_a_gp_who_declined_her(referral, coordinator, gp):
    referrals.decline(referral, reason="full", by=gp)

    with pytest.raises(Refused, match="déjà décliné"):
        referrals.refer(referral.request, gp=gp, by=coordinator)


def test_refer_a_second_time_is_possible_once_the_deadline_has_passed(referral, coordinator):
    other = IntakeFactory(membership=GpFactory(cpts=coordinator.cpts))

    with time_machine.travel(referral.expires_at, tick=False):
        second = referrals.refer(referral.request, gp=other.membership, by=coordinator)

    assert statuses(referral) == (Status.REFERRED, ReferralStatus.EXPIRED)
    assert second.status == ReferralStatus.PROPOSED


# --- Answering ----------------------------------------------------------------------------------
def test_reserve_opens_the_identity_and_is_logged(referral, gp):
    referrals.reserve(referral, by=gp)

    assert statuses(referral) == (Status.REFERRED, ReferralStatus.RESERVED)
    [entry] = AccessEntry.objects.all()
    assert (entry.by, entry.purpose, entry.patient_ids) == (
        gp.user,
        AccessEntry.Purpose.OPEN,
        [referral.request.patient_id],
    )
    assert Message.objects.count() == 0


def test_accept_from_the_card_reserves_and_accepts_at_once(referral, gp):
    referrals.accept(referral, by=gp)

    assert statuses(referral) == (Status.ACCEPTED, ReferralStatus.ACCEPTED)
    assert referral.reserved_at is not None
    assert AccessEntry.objects.count() == 1


def test_accept_after_reserving_keeps_the_first_reading_only(referral, gp):
    referrals.accept(referrals.reserve(referral, by=gp), by=gp)

    assert statuses(referral) == (Status.ACCEPTED, ReferralStatus.ACCEPTED)
    assert AccessEntry.objects.count() == 1


@time_machine.travel("2026-11-23 10:00+01:00", tick=False)
def test_accept_tells_the_patient_without_the_gps_name(
    referral, gp, django_capture_on_commit_callbacks
):
    referral.proposed_at = timezone.now() - timedelta(hours=1)
    referral.expires_at = timezone.now() + timedelta(hours=1)
    referral.save()
    with django_capture_on_commit_callbacks(execute=True):
        referrals.accept(referral, by=gp)

    [sent] = mail.outbox
    assert sent.to == [referral.request.patient.email]
    assert "/ma-demande/" in sent.body
    assert gp.user.last_name not in sent.body + sent.subject


@time_machine.travel("2026-11-22 21:00+01:00", tick=False)
def test_accept_on_a_sunday_evening_tells_her_on_monday_morning(referral, gp):
    referral.proposed_at = timezone.now() - timedelta(hours=1)
    referral.expires_at = timezone.now() + timedelta(hours=1)
    referral.save()

    referrals.accept(referral, by=gp)

    [message] = Message.objects.all()
    assert timezone.localtime(message.not_before).isoformat() == "2026-11-23T09:00:00+01:00"


def test_a_first_visit_moved_overnight_is_told_once(referral, gp):
    with time_machine.travel("2026-11-22 21:00+01:00") as evening:
        now, hour = timezone.now(), timedelta(hours=1)
        Referral.objects.update(proposed_at=now - hour, expires_at=now + hour)
        referrals.accept(referral, by=gp)
        for days in (2, 3):
            day = timezone.localdate() + timedelta(days=days)
            triage.set_first_visit(referral.request, on=day, by=gp)
        evening.move_to("2026-11-23 10:00+01:00")
        outbox.deliver_due()

    [sent] = mail.outbox
    last = Message.objects.get(status=Message.Status.SENT)
    assert sent.subject == "Votre premier rendez-vous est fixé"
    assert last == Message.objects.latest("created_at")


def test_decline_returns_the_request_at_its_rank(referral, gp):
    first = referral.request.first_requested_at

    referrals.decline(referral, reason="too_far", by=gp)

    assert statuses(referral) == (Status.QUALIFIED, ReferralStatus.DECLINED)
    assert referral.decline_reason == "too_far"
    assert GPRequest.objects.get().first_requested_at == first


def test_give_back_after_accepting_asks_the_coordination_to_call(referral, gp):
    referrals.accept(referral, by=gp)
    triage.set_first_visit(referral.request, on=timezone.localdate(), by=gp)

    referrals.give_back(referral, reason="absent", by=gp)

    request = GPRequest.objects.get()
    assert statuses(referral) == (Status.QUALIFIED, ReferralStatus.DECLINED)
    assert (request.first_visit_on, request.call_back_on) == (None, timezone.localdate())


def test_another_gps_referral_is_not_his_to_answer(referral):
    with pytest.raises(NotPermitted):
        referrals.accept(referral, by=GpFactory(cpts=referral.cpts))


@pytest.mark.parametrize("answer", [referrals.reserve, referrals.accept])
def test_an_answer_after_the_deadline_is_refused_without_any_worker(referral, gp, answer):
    with (
        time_machine.travel(referral.expires_at, tick=False),
        pytest.raises(Refused, match="délai de réponse est passé"),
    ):
        answer(referral, by=gp)

    assert statuses(referral) == (Status.REFERRED, ReferralStatus.PROPOSED)


def test_take_back_frees_the_gp_and_tells_him(referral, coordinator, gp):
    referrals.take_back(referral.request, by=coordinator)

    assert statuses(referral) == (Status.QUALIFIED, ReferralStatus.TAKEN_BACK)
    [message] = Message.objects.filter(purpose="patients.referral_taken_back")
    assert message.recipient == gp.user.email


def test_a_message_to_a_gp_who_no_longer_has_to_answer_is_dropped(
    referral, coordinator, gp, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        request = referrals.take_back(referral.request, by=coordinator)
        again = referrals.refer(request, gp=gp, by=coordinator)
        referrals.take_back(again.request, by=coordinator)

    proposed = Message.objects.get(purpose="patients.referral_proposed")
    assert proposed.status == Message.Status.DROPPED


# --- The clock ----------------------------------------------------------------------------------
def test_return_late_referrals_tidies_and_tells_the_coordinator(referral, coordinator):
    with time_machine.travel(referral.expires_at, tick=False):
        assert tasks.return_late_referrals() == 1
        assert tasks.return_late_referrals() == 0

    assert statuses(referral) == (Status.QUALIFIED, ReferralStatus.EXPIRED)
    [message] = Message.objects.all()
    assert message.recipient == coordinator.user.email
    assert AuditEntry.objects.filter(verb="expire", by_label="system").count() == 1


def test_return_late_referrals_leaves_those_in_time(referral):
    assert tasks.return_late_referrals() == 0

    assert statuses(referral) == (Status.REFERRED, ReferralStatus.PROPOSED)


def test_referral_board_calls_a_late_referral_past(referral, gp):
    assert len(referral_boards([gp.pk])[gp.pk].waiting) == 1

    with time_machine.travel(referral.expires_at, tick=False):
        board = referral_boards([gp.pk])[gp.pk]

    assert (len(board.waiting), len(board.past)) == (0, 1)
