"""The register of a meeting: ticked by one or two people, or confirmed by the QR code."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from cpts_portal.core.models import AuditEntry
from cpts_portal.core.refusals import NotPermitted, Refused
from cpts_portal.core.scoping import open_scope
from members.actions import attendances as actions
from members.actions.meetings import revise_meeting
from members.actions.missions import edit_mission
from members.models import Attendance, Meeting, Membership
from members.queries import attendances as queries
from tests.factories import (
    AttendanceFactory,
    CollegeFactory,
    CptsFactory,
    GpFactory,
    GroupFactory,
    MandateFactory,
    MeetingFactory,
    MembershipFactory,
    MissionFactory,
    SubscriptionFactory,
)

MINUTE = timedelta(minutes=1)


@pytest.fixture
def desk(settings: Any, client: Client, coordinator: Membership) -> Client:
    settings.SECOND_FACTOR_REQUIRED = False
    client.force_login(coordinator.user)
    return client


@pytest.fixture
def phone(settings: Any, gp: Membership) -> Client:
    settings.SECOND_FACTOR_REQUIRED = False
    browser = Client()
    browser.force_login(gp.user)
    return browser


@pytest.fixture
def meeting(cpts: Any, coordinator: Membership) -> Meeting:
    """An assembly of 90 minutes that began ten minutes ago."""
    begun = timezone.now() - 10 * MINUTE
    return MeetingFactory(
        cpts=cpts, created_by=coordinator, starts_at=begun, ends_at=begun + 90 * MINUTE
    )


def register(meeting: Meeting) -> str:
    return f"/artois-lys/reunions/{meeting.pk}/pointage/"


def presence(meeting: Meeting) -> str:
    return f"/artois-lys/presence/{meeting.presence_key}/"


# --- The list -------------------------------------------------------------------------------
def test_attendance_tick_counts_the_meetings_length(desk, gp, meeting):
    response = desk.post(f"{register(meeting)}{gp.pk}/", {"present": "1"})

    attendance = Attendance.objects.get()
    assert response.url == f"{register(meeting)}#person-{gp.pk}"
    assert (attendance.membership, attendance.way, attendance.minutes) == (gp, "list", 90)


def test_a_presence_keeps_the_rate_of_its_mission(coordinator, cpts, gp, meeting):
    meeting.mission = MissionFactory(cpts=cpts, hourly_rate=Decimal("31.25"))
    meeting.save()
    actions.tick(meeting, gp, by=coordinator)
    edit_mission(meeting.mission, by=coordinator, hourly_rate=Decimal("40.00"))

    again = actions.tick(meeting, gp, by=coordinator)

    assert again.hourly_rate == Decimal("31.25")


def test_what_belongs_to_no_mission_is_noted_at_nought(coordinator, gp, meeting):
    assert actions.tick(meeting, gp, by=coordinator).hourly_rate == 0


def test_presences_follow_their_meeting_to_another_mission(coordinator, cpts, gp, meeting):
    attendance = actions.tick(meeting, gp, by=coordinator)
    other = MissionFactory(cpts=cpts, hourly_rate=Decimal("40.00"))

    revise_meeting(meeting, agenda=[], mission=other, by=coordinator)

    attendance.refresh_from_db()
    assert attendance.hourly_rate == Decimal("40.00")


def test_a_double_tap_ticks_once(desk, gp, meeting):
    for _tap in range(2):
        desk.post(f"{register(meeting)}{gp.pk}/", {"present": "1"})

    assert Attendance.objects.exclude(present_at=None).count() == 1
    assert AuditEntry.objects.filter(verb="attend").count() == 1


def test_attendance_tick_is_taken_back_and_the_answer_stays(desk, gp, meeting):
    AttendanceFactory(meeting=meeting, membership=gp, answer="coming")

    desk.post(f"{register(meeting)}{gp.pk}/", {"present": "0"})

    attendance = Attendance.objects.get()
    assert (attendance.present_at, attendance.minutes, attendance.way) == (None, None, "")
    assert attendance.answer == "coming"


def test_attendance_tick_answers_htmx_with_the_line_and_the_sums(desk, gp, meeting):
    response = desk.post(
        f"{register(meeting)}{gp.pk}/", {"present": "1"}, headers={"HX-Request": "true"}
    )

    page = response.content.decode()
    assert f'id="person-{gp.pk}"' in page
    assert 'id="sums" hx-swap-oob="true"' in page
    assert "<html" not in page


@pytest.mark.django_db(transaction=True)
def test_two_people_tick_the_same_person_at_once(cpts, coordinator, gp):
    meeting = MeetingFactory(cpts=cpts, created_by=coordinator, starts_at=timezone.now())
    barrier, told = Barrier(2), []

    def tick() -> None:
        try:
            with open_scope(cpts=cpts):
                barrier.wait(timeout=10)
                told.append(actions.tick(meeting, gp, by=coordinator).way)
        finally:
            connection.close()

    threads = [Thread(target=tick) for _number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert told == ["list", "list"]
    assert Attendance.objects.count() == 1


def test_the_register_is_closed_before_the_meeting(desk, cpts, gp):
    meeting = MeetingFactory(cpts=cpts, starts_at=timezone.now() + 31 * MINUTE)

    response = desk.post(f"{register(meeting)}{gp.pk}/", {"present": "1"})

    assert response.status_code == 409
    assert "ouvre 30 minutes avant" in response.content.decode()


@pytest.mark.parametrize("act", [actions.tick, actions.untick])
def test_a_cancelled_meeting_has_no_register(cpts, coordinator, gp, act):
    meeting = MeetingFactory(cpts=cpts, status="cancelled", starts_at=timezone.now())

    with pytest.raises(Refused, match="a été annulée"):
        act(meeting, gp, by=coordinator)


def test_who_was_no_member_that_day_is_not_noted(cpts, coordinator, gp):
    meeting = MeetingFactory(cpts=cpts, starts_at=timezone.now() - timedelta(days=60))

    with pytest.raises(Refused, match="n’était pas membre"):
        actions.tick(meeting, gp, by=coordinator)


def test_the_groups_secretary_keeps_its_register_a_member_does_not(cpts, gp, meeting):
    group = GroupFactory(cpts=cpts)
    Meeting.objects.update(group=group)
    meeting.refresh_from_db()
    secretary = GpFactory(cpts=cpts)
    MandateFactory(group=group, membership=secretary, function="secretary")
    MandateFactory(group=group, membership=gp)

    actions.tick(meeting, gp, by=secretary)

    with pytest.raises(NotPermitted):
        actions.untick(meeting, gp, by=gp)
    assert Attendance.objects.get().present_at is not None


def test_attendance_add_notes_somebody_who_was_not_called(desk, cpts, gp, meeting):
    Meeting.objects.update(group=GroupFactory(cpts=cpts))

    page = desk.get(register(meeting))
    response = desk.post(f"{register(meeting)}ajouter/", {"member": gp.pk})

    [line] = queries.register(Meeting.objects.get()).lines
    assert (page.status_code, response.status_code) == (200, 302)
    assert (line.member.pk, line.is_called, line.is_present) == (gp.pk, False, True)


def test_attendance_add_wants_a_name(desk, meeting):
    response = desk.post(f"{register(meeting)}ajouter/", {"member": ""})

    assert response.status_code == 422
    assert "Choisissez une personne." in response.content.decode()


def test_attendance_count_corrects_the_time_of_one_person(desk, gp, meeting):
    AttendanceFactory(meeting=meeting, membership=gp)

    page = desk.get(f"{register(meeting)}{gp.pk}/minutes/")
    wrong = desk.post(f"{register(meeting)}{gp.pk}/minutes/", {"minutes": "1441"})
    response = desk.post(f"{register(meeting)}{gp.pk}/minutes/", {"minutes": "45"})

    assert (page.status_code, wrong.status_code, response.status_code) == (200, 422, 302)
    assert Attendance.objects.get().minutes == 45
    entry = AuditEntry.objects.get(verb="count")
    assert (entry.source, entry.target) == ("90", "45")


def test_the_time_of_who_was_not_there_is_not_counted(coordinator, gp, meeting):
    with pytest.raises(Refused, match="n’est pas notée présente"):
        actions.count_minutes(meeting, gp, minutes=30, by=coordinator)


# --- The code -------------------------------------------------------------------------------
def test_the_register_shows_the_code_while_it_counts(desk, meeting):
    during = desk.get(register(meeting))
    Meeting.objects.update(
        ends_at=timezone.now() - 121 * MINUTE, starts_at=timezone.now() - 200 * MINUTE
    )
    after = desk.get(register(meeting))

    assert 'class="qr"' in during.content.decode()
    assert 'class="qr"' not in after.content.decode()


def test_attendance_confirm_is_one_post_and_the_second_says_the_same(phone, gp, meeting):
    before = phone.get(presence(meeting))
    told = [phone.post(presence(meeting)).status_code for _tap in range(2)]
    after = phone.get(presence(meeting))

    attendance = Attendance.objects.get()
    assert "Je suis là" in before.content.decode()
    assert (told, attendance.way, attendance.minutes) == ([302, 302], "qr", 90)
    assert "Votre présence est notée" in after.content.decode()


def test_who_is_not_called_is_noted_too_with_a_word(phone, cpts, gp, meeting):
    Meeting.objects.update(group=GroupFactory(cpts=cpts))

    phone.post(presence(meeting))

    assert Attendance.objects.get().membership == gp
    assert "Vous n’étiez pas convié" in phone.get(presence(meeting)).content.decode()


@pytest.mark.parametrize(
    ("starts", "ends", "told"),
    [
        (31, 90, "n’a pas commencé"),
        (-300, -121, "Cette réunion est passée"),
    ],
)
def test_the_code_counts_from_half_an_hour_before_to_two_hours_after(
    phone, cpts, starts, ends, told
):
    now = timezone.now()
    meeting = MeetingFactory(
        cpts=cpts, starts_at=now + starts * MINUTE, ends_at=now + ends * MINUTE
    )

    response = phone.post(presence(meeting))

    assert response.status_code == 409
    assert told in response.content.decode()
    assert Attendance.objects.count() == 0


@pytest.mark.parametrize(("starts", "ends"), [(29, 90), (-300, -119)])
def test_the_code_counts_just_inside_its_hours(phone, cpts, starts, ends):
    now = timezone.now()
    meeting = MeetingFactory(
        cpts=cpts, starts_at=now + starts * MINUTE, ends_at=now + ends * MINUTE
    )

    assert phone.post(presence(meeting)).status_code == 302


def test_the_code_of_a_cancelled_meeting_says_so(phone, meeting):
    Meeting.objects.update(status="cancelled")

    assert "a été annulée" in phone.get(presence(meeting)).content.decode()
    assert phone.post(presence(meeting)).status_code == 409


def test_a_presence_already_noted_stays_told_when_the_hours_are_over(phone, gp, meeting):
    AttendanceFactory(meeting=meeting, membership=gp)
    now = timezone.now()
    Meeting.objects.update(starts_at=now - 900 * MINUTE, ends_at=now - 800 * MINUTE)

    assert phone.post(presence(meeting)).status_code == 302
    assert "Votre présence est notée" in phone.get(presence(meeting)).content.decode()


def test_another_cptss_code_does_not_exist(phone):
    other = CptsFactory()
    with open_scope(cpts=other):
        meeting = MeetingFactory(cpts=other, starts_at=timezone.now())

    assert phone.post(presence(meeting)).status_code == 404


# --- Votes ----------------------------------------------------------------------------------
def member(cpts: Any, *, has_vote: bool = True, paid_days_ago: int | None = 0) -> Membership:
    """Paid up to that many days ago; None never paid, and joined long ago."""
    college = CollegeFactory(cpts=cpts, has_vote=has_vote, grace_days=60, fee=10)
    today = timezone.localdate()
    person = MembershipFactory(
        cpts=cpts, role="partner", college=college, starts_on=today - timedelta(days=800)
    )
    if paid_days_ago is not None:
        SubscriptionFactory(
            cpts=cpts,
            is_paid=True,
            membership=person,
            college=college,
            starts_on=today - timedelta(days=400),
            ends_on=today - timedelta(days=paid_days_ago),
        )
    return person


def test_an_assembly_counts_voters_of_voting_colleges_who_are_not_overdue(cpts, meeting):
    here, late, _absent = member(cpts), member(cpts, paid_days_ago=30), member(cpts)
    lapsed = member(cpts, paid_days_ago=61)
    voiceless = member(cpts, has_vote=False)
    for person in (here, late, lapsed, voiceless):
        AttendanceFactory(meeting=meeting, membership=person)

    shown = queries.register(meeting)

    assert (shown.present, shown.voters_present, shown.voters, shown.percent) == (4, 2, 3, 66)


def test_the_quorum_stands_on_the_page_of_an_assembly_alone(desk, cpts, meeting):
    AttendanceFactory(meeting=meeting, membership=member(cpts))

    of_all = desk.get(register(meeting)).content.decode()
    Meeting.objects.update(group=GroupFactory(cpts=cpts))
    of_a_group = desk.get(register(meeting)).content.decode()

    assert ("votant présent sur 1" in of_all, "votant" in of_a_group) == (True, False)


@pytest.mark.parametrize("count", [1, 3])
def test_the_register_asks_as_much_for_one_as_for_three(
    cpts, meeting, count, django_assert_num_queries
):
    for _number in range(count):
        AttendanceFactory(meeting=meeting)

    with django_assert_num_queries(2):
        assert queries.register(meeting).present == count
