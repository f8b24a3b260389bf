"""One request, one GP at a time: his terms, his deadline, his answers."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.utils import timezone

from cpts_portal.core import outbox
from cpts_portal.core.models import AccessEntry, AuditEntry, Message
from cpts_portal.core.refusals import NotPermitted, Refused
from cpts_portal.core.scoping import open_scope
from patients import lifecycle, tasks
from patients.actions import referrals, triage
from patients.models import GPRequest, Intake, Referral, ReferralStatus, Status
from patients.queries.board import referral_board
from patients.queries.referrals import gps_for, kilometres
from tests.factories import (
    CommuneFactory,
    CptsFactory,
    GpFactory,
    GPRequestFactory,
    IntakeFactory,
    MembershipFactory,
    PatientFactory,
    PracticeFactory,
    PracticeMemberFactory,
    ReferralFactory,
)


def statuses(referral: Referral) -> tuple[str, str]:
    referral.refresh_from_db()
    return referral.request.__class__.objects.get(pk=referral.request_id).status, referral.status


# --- Who can take this person -------------------------------------------------------------------
def test_gps_for_gives_the_nearest_first(qualified, intake):
    near = GpFactory(cpts=qualified.cpts)
    practice = PracticeFactory(cpts=near.cpts, commune=qualified.commune)
    PracticeMemberFactory(membership=near, practice=practice)
    IntakeFactory(membership=near)

    options = gps_for(qualified)

    assert [option.gp for option in options] == [near, intake.membership]
    assert [option.distance for option in options] == ["moins de 1\u00a0km", "5\u00a0km"]


@pytest.mark.parametrize(
    ("facts", "terms"),
    [
        ({"has_ald": True}, {"takes_ald": False}),
        ({"is_under_psychiatric_care": True}, {"takes_psychiatric": False}),
        ({"is_home_bound": True}, {"takes_home_visits": False}),
        ({}, {"radius_km": 3}),
        ({}, {"monthly_quota": 0}),
        ({}, {"paused_until": timezone.localdate()}),
    ],
)
def test_gps_for_leaves_out_whoever_cannot_take_this_person(qualified, intake, facts, terms):
    GPRequest.objects.filter(pk=qualified.pk).update(**facts)
    Intake.objects.filter(pk=intake.pk).update(**terms)
    qualified.refresh_from_db()

    assert gps_for(qualified) == []


def test_gps_for_leaves_out_who_takes_no_children_under_16(qualified, intake):
    intake.takes_children = False
    intake.save()
    qualified.patient.birth_date = timezone.localdate() - timedelta(days=365 * 10)
    qualified.patient.save()

    assert gps_for(qualified) == []


def test_gps_for_leaves_out_who_declined_and_who_is_full(qualified, intake):
    declined = IntakeFactory(membership=GpFactory(cpts=qualified.cpts))
    ReferralFactory(
        request=qualified,
        gp=declined.membership,
        status=ReferralStatus.DECLINED,
        decline_reason="full",
        answered_at=timezone.now(),
    )
    full = IntakeFactory(membership=GpFactory(cpts=qualified.cpts), monthly_quota=1)
    ReferralFactory(request=GPRequestFactory(cpts=qualified.cpts), gp=full.membership)

    assert [option.gp for option in gps_for(qualified)] == [intake.membership]


def test_gps_for_gives_a_place_back_when_the_deadline_passes(qualified, intake):
    intake.monthly_quota = 1
    intake.save()
    other = ReferralFactory(request=GPRequestFactory(cpts=qualified.cpts), gp=intake.membership)
    assert gps_for(qualified) == []

    with time_machine.travel(other.expires_at, tick=False):
        [option] = gps_for(qualified)

    assert (option.taken, option.remaining, option.meter_width) == (0, 1, 0)


def test_gps_for_counts_this_months_patients_only(qualified, intake):
    long_ago = timezone.now() - timedelta(days=40)
    ReferralFactory(
        request=GPRequestFactory(cpts=qualified.cpts),
        gp=intake.membership,
        status=ReferralStatus.ACCEPTED,
        proposed_at=long_ago,
        reserved_at=long_ago,
        answered_at=long_ago,
    )

    [option] = gps_for(qualified)

    assert option.taken == 0


def test_gps_for_knows_only_its_own_cpts(qualified):
    IntakeFactory(membership=GpFactory(cpts=CptsFactory()))

    assert gps_for(qualified) == []


def test_gps_for_puts_an_unknown_distance_last(qualified, intake):
    nowhere = IntakeFactory(membership=GpFactory(cpts=qualified.cpts))

    options = gps_for(qualified)

    assert [option.gp for option in options] == [intake.membership, nowhere.membership]
    assert options[-1].distance == ""


def test_gps_for_asks_as_many_queries_for_one_gp_as_for_five(
    qualified, intake, django_assert_num_queries
):
    for _number in range(4):
        commune = CommuneFactory(latitude=50.6, longitude=2.8)
        member = GpFactory(cpts=qualified.cpts)
        PracticeMemberFactory(
            membership=member, practice=PracticeFactory(cpts=member.cpts, commune=commune)
        )
        IntakeFactory(membership=member)

    with django_assert_num_queries(3):
        assert len(gps_for(qualified)) == 5


def test_kilometres_are_whole():
    assert [kilometres(None), kilometres(0.4), kilometres(6.6)] == [
        "",
        "moins de 1\u00a0km",
        "7\u00a0km",
    ]


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
    referral.expires_at = timezone.now() + timedelta(hours=1)
    referral.save()

    referrals.accept(referral, by=gp)

    [message] = Message.objects.all()
    assert timezone.localtime(message.not_before).isoformat() == "2026-11-23T09:00:00+01:00"


def test_a_first_visit_moved_overnight_is_told_once(referral, gp):
    with time_machine.travel("2026-11-22 21:00+01:00") as evening:
        Referral.objects.update(expires_at=timezone.now() + timedelta(hours=1))
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
    assert len(referral_board(gp).waiting) == 1

    with time_machine.travel(referral.expires_at, tick=False):
        board = referral_board(gp)

    assert (len(board.waiting), len(board.past)) == (0, 1)


# --- The GP's pages -----------------------------------------------------------------------------
def page(referral: Referral, step: str = "") -> str:
    return f"/artois-lys/orientations/{referral.pk}/{step}"


def test_referral_detail_is_anonymous_until_reserved(referral, surgery):
    patient = referral.request.patient

    closed = surgery.get(page(referral)).content.decode()
    surgery.post(page(referral, "reserver/"))
    opened = surgery.get(page(referral)).content.decode()

    for identity in (patient.last_name, patient.email):
        assert identity not in closed
        assert identity in opened


def test_referral_list_names_nobody_before_reserving(referral, surgery):
    html = surgery.get("/artois-lys/orientations/").content.decode()

    assert referral.request.patient.last_name not in html
    assert "Laventie" in html
    assert AccessEntry.objects.count() == 0


def test_referral_list_logs_the_names_it_shows(referral, gp, surgery):
    referrals.accept(referral, by=gp)

    html = surgery.get("/artois-lys/orientations/").content.decode()

    assert referral.request.patient.last_name in html
    assert AccessEntry.objects.filter(purpose="list").count() == 1


def test_referral_accept_in_one_tap(referral, surgery):
    response = surgery.post(page(referral, "accepter/"), follow=True)

    assert statuses(referral) == (Status.ACCEPTED, ReferralStatus.ACCEPTED)
    assert "la personne est prévenue" in response.content.decode()


def test_referral_accept_twice_is_a_polite_409(referral, surgery):
    surgery.post(page(referral, "accepter/"))

    response = surgery.post(page(referral, "accepter/"))

    assert response.status_code == 409
    assert "n’est plus possible" in response.content.decode()


def test_referral_accept_too_late_is_a_409_that_shows_the_card(referral, surgery):
    now = timezone.now()
    Referral.objects.update(proposed_at=now - timedelta(hours=72), expires_at=now)

    plain = surgery.post(page(referral, "accepter/"))
    swapped = surgery.post(page(referral, "accepter/"), headers={"HX-Request": "true"})

    for response in (plain, swapped):
        assert response.status_code == 409
        assert "revenue à la coordination" in response.content.decode()
    assert 'hx-swap-oob="outerHTML"' in swapped.content.decode()


def test_referral_decline_wants_a_reason(referral, surgery):
    response = surgery.post(page(referral, "decliner/"), {})

    assert response.status_code == 422
    assert "Choisissez une raison." in response.content.decode()
    assert statuses(referral) == (Status.REFERRED, ReferralStatus.PROPOSED)


def test_referral_decline_before_and_after_accepting(referral, surgery):
    surgery.post(page(referral, "accepter/"))

    surgery.post(page(referral, "decliner/"), {"reason": "absent"})

    assert statuses(referral) == (Status.QUALIFIED, ReferralStatus.DECLINED)


def test_referral_visit_is_noted_by_the_gp(referral, surgery):
    surgery.post(page(referral, "accepter/"))
    day = timezone.localdate() + timedelta(days=3)

    surgery.post(page(referral, "rendez-vous/"), {"on": day.isoformat()})

    request = GPRequest.objects.get()
    assert (request.status, request.first_visit_on) == (Status.FIRST_VISIT_SET, day)


@pytest.mark.parametrize("day", ["2020-01-01", "32/13/2026", "", "2999-01-01", "\x00"])
def test_referral_visit_refuses_days_that_make_no_sense(referral, surgery, day):
    surgery.post(page(referral, "accepter/"))

    response = surgery.post(page(referral, "rendez-vous/"), {"on": day})

    assert response.status_code == 422
    assert GPRequest.objects.get().first_visit_on is None


def test_another_gps_referral_does_not_exist(referral, one_factor, client):
    other = GpFactory(cpts=referral.cpts)
    client.force_login(other.user)

    for method, step in ((client.get, ""), (client.post, "accepter/"), (client.post, "reserver/")):
        assert method(page(referral, step)).status_code == 404


def test_referral_pages_are_for_professionals(referral, desk):
    assert desk.get("/artois-lys/orientations/").status_code == 403


# --- Races, with real threads -------------------------------------------------------------------
def race(cpts: Any, *attempts: Any) -> list[str]:
    """Run the attempts at the same instant, each on its own connection; what each was told."""
    barrier = Barrier(len(attempts))
    told: list[str] = []

    def run(attempt: Any) -> None:
        try:
            with open_scope(cpts=cpts):
                barrier.wait(timeout=10)
                attempt()
            told.append("ok")
        except Refused as refusal:
            told.append(str(refusal))
        finally:
            connection.close()

    threads = [Thread(target=run, args=(attempt,)) for attempt in attempts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return sorted(told, key=lambda word: word != "ok")


@pytest.mark.django_db(transaction=True)
def test_two_coordinators_refer_the_same_request_and_one_wins(qualified, intake, coordinator):
    colleague = MembershipFactory(cpts=qualified.cpts)

    told = race(
        qualified.cpts,
        *(
            lambda by=by: referrals.refer(qualified, gp=intake.membership, by=by)
            for by in (coordinator, colleague)
        ),
    )

    assert told[0] == "ok"
    assert "proposée à un médecin" in told[1]
    assert Referral.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_requests_at_once_never_pass_the_gps_quota(qualified, intake, coordinator):
    Intake.objects.update(monthly_quota=1)
    other = GPRequestFactory(
        cpts=qualified.cpts,
        status=Status.QUALIFIED,
        commune=qualified.commune,
        patient=PatientFactory(cpts=qualified.cpts),
    )

    told = race(
        qualified.cpts,
        *(
            lambda asked=asked: referrals.refer(asked, gp=intake.membership, by=coordinator)
            for asked in (qualified, other)
        ),
    )

    assert told[0] == "ok"
    assert "plus de place" in told[1]
    assert Referral.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_gp_accepts_while_the_coordinator_takes_back_and_one_wins(referral, gp, coordinator):
    told = race(
        referral.cpts,
        lambda: referrals.accept(referral, by=gp),
        lambda: triage.end_request(referral.request, lifecycle.WITHDRAW, by=coordinator),
    )

    request, answer = statuses(referral)
    assert told[0] == "ok"
    assert (request, answer) == (Status.WITHDRAWN, ReferralStatus.TAKEN_BACK)
