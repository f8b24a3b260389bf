"""Meetings called, changed, cancelled, answered; the hours of Paris."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone

from cpts_portal.core import outbox
from cpts_portal.core.models import AuditEntry, Message
from cpts_portal.core.refusals import NotPermitted, Refused
from cpts_portal.core.scoping import open_scope
from members.actions import meetings as actions
from members.forms.meetings import MeetingForm
from members.models import Attendance, Meeting, Membership, Role
from members.queries import meetings as queries
from tests.factories import (
    AttendanceFactory,
    CptsFactory,
    GpFactory,
    GroupFactory,
    MandateFactory,
    MeetingFactory,
    MembershipFactory,
    MissionFactory,
)

PAGE = "/artois-lys/reunions/"
TYPED = {
    "title": "Bureau de décembre",
    "group": "",
    "mission": "",
    "day": "2026-12-01",
    "starts": "20:30",
    "ends": "22:00",
    "place": "Maison de santé",
    "video_url": "",
    "agenda": "1. Budget\n\n- Statuts\nQuestions diverses",
}


@pytest.fixture(autouse=True)
def in_november() -> Any:
    with time_machine.travel(datetime(2026, 11, 22, 9, 0, tzinfo=UTC), tick=False):
        yield


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
def meeting(cpts: Any) -> Meeting:
    return MeetingFactory(cpts=cpts)


def purposes() -> list[tuple[str, int]]:
    told = Message.objects.values_list("purpose", flat=True)
    return sorted({(purpose, list(told).count(purpose)) for purpose in told})


# --- Called ---------------------------------------------------------------------------------
def test_meeting_new_plans_and_tells_those_called(desk, gp):
    response = desk.post(f"{PAGE}nouvelle/", TYPED)

    meeting = Meeting.objects.get()
    assert response.url == f"{PAGE}{meeting.pk}/"
    assert meeting.starts_at == datetime(2026, 12, 1, 19, 30, tzinfo=UTC)
    assert (meeting.length, len(meeting.presence_key)) == (90, 32)
    assert [item.title for item in meeting.agenda.all()] == [
        "Budget",
        "Statuts",
        "Questions diverses",
    ]
    message = Message.objects.get()
    assert (message.recipient, message.purpose) == (gp.contact_email, "members.meeting_called")
    assert f"{PAGE}{meeting.pk}/reunion.ics" in message.body


def test_a_meeting_of_a_group_counts_for_the_groups_mission_and_calls_its_people(desk, cpts, gp):
    group = GroupFactory(cpts=cpts, mission=MissionFactory(cpts=cpts))
    MandateFactory(group=group, membership=gp)
    GpFactory(cpts=cpts)

    desk.post(f"{PAGE}nouvelle/", {**TYPED, "group": group.pk})

    meeting = Meeting.objects.get()
    assert meeting.mission == group.mission
    assert [member.pk for member in queries.called_to(meeting)] == [gp.pk]


def test_a_meeting_written_down_afterwards_tells_nobody(desk, gp):
    desk.post(f"{PAGE}nouvelle/", {**TYPED, "day": "2026-11-03"})

    assert (Meeting.objects.count(), Message.objects.count()) == (1, 0)


def test_meeting_new_starts_from_an_earlier_one_without_its_day(desk, meeting):
    form = desk.get(f"{PAGE}nouvelle/?copie={meeting.pk}").context["form"]

    assert (form["title"].value(), form["day"].value()) == (meeting.title, None)


@pytest.mark.parametrize("copied", ["x", "99999999999", "424242"])
def test_meeting_new_from_one_that_is_not_there_is_a_404(desk, copied):
    assert desk.get(f"{PAGE}nouvelle/?copie={copied}").status_code == 404


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"title": ""}, "Donnez un titre"),
        ({"starts": "25:00"}, "Écrivez une heure"),
        ({"ends": "20:30"}, "La fin est à la même heure que le début."),
        ({"day": "2016-12-01"}, "Vérifiez l’année"),
        ({"place": ""}, "Dites où l’on se retrouve"),
        ({"video_url": "javascript:alert(1)"}, "Ce lien n’en est pas un"),
        ({"agenda": "x\n" * 31}, "au plus 30 points"),
        ({"agenda": "x" * 201}, "au plus 200 caractères"),
    ],
)
def test_meeting_new_says_what_is_wrong_and_keeps_the_rest(desk, changes, told):
    response = desk.post(f"{PAGE}nouvelle/", {**TYPED, **changes})

    assert response.status_code == 422
    assert told in response.content.decode()
    assert Meeting.objects.count() == 0


# --- Hours of Paris -------------------------------------------------------------------------
def moments(**changes: str) -> tuple[Any, Any, dict[str, Any]]:
    form = MeetingForm({**TYPED, **changes})
    form.is_valid()
    cleaned = form.cleaned_data
    return cleaned.get("starts_at"), cleaned.get("ends_at"), dict(form.errors)


@pytest.mark.parametrize("typed", ["20:30", "20h30", "20 h 30", "20H30"])
def test_an_hour_is_read_as_people_write_it(cpts, typed):
    starts_at, _ends_at, errors = moments(starts=typed)

    assert (starts_at.astimezone(UTC).time(), errors) == (time(19, 30), {})


def test_an_ending_after_midnight_is_the_next_day(cpts):
    starts_at, ends_at, _errors = moments(starts="22:00", ends="00:30")

    assert ends_at - starts_at == timedelta(hours=2, minutes=30)


@pytest.mark.parametrize(
    ("day", "hours"), [("2027-03-27", 3), ("2027-10-30", 5), ("2026-12-05", 4)]
)
def test_the_nights_of_clock_change_are_as_long_as_they_are(cpts, day, hours):
    starts_at, ends_at, errors = moments(day=day, starts="23:00", ends="03:00")

    assert (ends_at - starts_at, errors) == (timedelta(hours=hours), {})


def test_an_hour_that_spring_leaves_out_is_refused(cpts):
    starts_at, _ends_at, errors = moments(day="2027-03-28", starts="02:30", ends="05:00")

    assert starts_at is None
    assert "Cette heure n’existe pas" in errors["starts"][0]


def test_a_meeting_of_more_than_a_day_is_refused(cpts):
    _starts, _ends, errors = moments(day="2027-10-30", starts="12:00", ends="11:59")

    assert errors["ends"] == ["Une réunion dure au plus 24 heures."]


# --- Who reads ------------------------------------------------------------------------------
def test_a_member_sees_the_assemblys_and_his_groups_meetings_governance_all(
    cpts, gp, coordinator, meeting
):
    mine, other = GroupFactory(cpts=cpts), GroupFactory(cpts=cpts)
    MandateFactory(group=mine, membership=gp)
    of_mine = MeetingFactory(cpts=cpts, group=mine)
    of_other = MeetingFactory(cpts=cpts, group=other)

    seen = set(queries.visible_to(gp))

    assert seen == {meeting, of_mine}
    assert set(queries.visible_to(coordinator)) == {meeting, of_mine, of_other}


def test_who_has_left_the_group_reads_what_he_lived_and_no_more(cpts, gp):
    group = GroupFactory(cpts=cpts)
    today = timezone.localdate()
    MandateFactory(group=group, membership=gp, ends_on=today - timedelta(days=10))
    then = MeetingFactory(
        cpts=cpts, group=group, starts_at=timezone.now() - timedelta(days=20), status="held"
    )
    MeetingFactory(cpts=cpts, group=group)

    assert list(queries.visible_to(gp)) == [then]


def test_a_meeting_of_others_is_a_404(phone, cpts):
    meeting = MeetingFactory(cpts=cpts, group=GroupFactory(cpts=cpts))

    assert phone.get(f"{PAGE}{meeting.pk}/").status_code == 404


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("view", ["", "?vue=passees"])
def test_meeting_list_asks_as_much_for_one_as_for_three(
    phone, cpts, count, view, django_assert_num_queries
):
    for _number in range(count):
        MeetingFactory(cpts=cpts)
        MeetingFactory(cpts=cpts, starts_at=timezone.now() - timedelta(days=9))
    phone.get(PAGE)

    with django_assert_num_queries(6):
        assert len(phone.get(PAGE + view).context["lines"]) == count


# --- Changed and cancelled ------------------------------------------------------------------
def revised(meeting: Meeting, **changes: Any) -> dict[str, Any]:
    local = timezone.localtime(meeting.starts_at)
    return {
        **TYPED,
        "title": meeting.title,
        "day": local.date().isoformat(),
        "starts": f"{local:%H:%M}",
        "ends": f"{timezone.localtime(meeting.ends_at):%H:%M}",
        "place": meeting.place,
        "agenda": "",
        **changes,
    }


def test_meeting_edit_tells_a_new_place_and_not_a_new_title(desk, gp, meeting):
    desk.post(f"{PAGE}{meeting.pk}/modifier/", revised(meeting, title="Autre titre"))
    assert Message.objects.count() == 0

    desk.post(f"{PAGE}{meeting.pk}/modifier/", revised(meeting, place="Mairie"))

    meeting.refresh_from_db()
    assert meeting.place == "Mairie"
    # the gp, the coordinator, and who called the meeting
    assert purposes() == [("members.meeting_revised", 3)]
    assert queries.sequence_of(meeting) == 2


def test_a_revision_overtaken_by_another_does_not_leave(
    coordinator, gp, meeting, django_capture_on_commit_callbacks
):
    for place in ("Mairie", "Salle B"):
        actions.revise_meeting(meeting, agenda=[], place=place, by=coordinator)

    outbox.deliver_due()

    assert {sent.body.count("Salle B") for sent in mail.outbox} == {1}


def test_meeting_cancel_tells_those_called_once(desk, gp, meeting):
    first = desk.post(f"{PAGE}{meeting.pk}/annuler/")
    again = desk.post(f"{PAGE}{meeting.pk}/annuler/")

    meeting.refresh_from_db()
    assert (first.status_code, again.status_code) == (302, 409)
    assert meeting.status == "cancelled"
    assert purposes() == [("members.meeting_cancelled", 3)]


def test_a_meeting_where_people_were_is_not_cancelled(coordinator, meeting):
    AttendanceFactory(meeting=meeting)

    with pytest.raises(Refused, match="cette réunion a eu lieu"):
        actions.cancel_meeting(meeting, by=coordinator)


def test_a_cancelled_meeting_is_not_changed_and_what_was_typed_stays(desk, cpts):
    meeting = MeetingFactory(cpts=cpts, status="cancelled")

    response = desk.post(f"{PAGE}{meeting.pk}/modifier/", revised(meeting, place="Mairie"))

    assert response.status_code == 409
    assert "Mairie" in response.content.decode()


def test_the_calendar_file_follows_the_meeting(desk, coordinator, meeting):
    before = desk.get(f"{PAGE}{meeting.pk}/reunion.ics").content.decode()
    actions.cancel_meeting(meeting, by=coordinator)
    after = desk.get(f"{PAGE}{meeting.pk}/reunion.ics")

    uid = f"UID:reunion-{meeting.pk}@artois-lys.portail-cpts"
    assert after["Content-Type"] == "text/calendar; charset=utf-8"
    assert (uid in before, uid in after.content.decode()) == (True, True)
    assert ("SEQUENCE:0" in before, "SEQUENCE:1" in after.content.decode()) == (True, True)
    assert "METHOD:CANCEL" in after.content.decode()


@pytest.mark.parametrize(("ahead", "status"), [(3600, 409), (1500, 302), (-3600, 302)])
def test_a_meeting_takes_place_from_half_an_hour_before(desk, cpts, ahead, status):
    meeting = MeetingFactory(cpts=cpts, starts_at=timezone.now() + timedelta(seconds=ahead))

    assert desk.post(f"{PAGE}{meeting.pk}/tenir/").status_code == status


# --- Answers --------------------------------------------------------------------------------
def test_meeting_answer_is_one_tap_and_may_change(phone, gp, meeting):
    for answer in ("coming", "coming", "not_coming"):
        response = phone.post(f"{PAGE}{meeting.pk}/reponse/", {"answer": answer})

    assert response.status_code == 302
    assert Attendance.objects.get().answer == "not_coming"
    assert AuditEntry.objects.filter(verb="answer").count() == 2
    assert [member.pk for member in queries.answers(meeting)["not_coming"]] == [gp.pk]


def test_an_answer_to_a_cancelled_meeting_is_told_so(phone, cpts):
    meeting = MeetingFactory(cpts=cpts, status="cancelled")

    response = phone.post(f"{PAGE}{meeting.pk}/reponse/", {"answer": "coming"})

    assert response.status_code == 409
    assert "Cette réunion est annulée" in response.content.decode()


def test_an_answer_to_a_meeting_begun_is_told_so(gp, cpts):
    meeting = MeetingFactory(cpts=cpts, starts_at=timezone.now())

    with pytest.raises(Refused, match="a commencé"):
        actions.answer_call(meeting, answer="coming", by=gp)


def test_who_is_not_called_does_not_answer(coordinator, cpts):
    meeting = MeetingFactory(cpts=cpts, group=GroupFactory(cpts=cpts))

    with pytest.raises(NotPermitted):
        actions.answer_call(meeting, answer="coming", by=coordinator)


def test_the_funder_is_called_to_nothing(cpts, meeting):
    MembershipFactory(cpts=cpts, role=Role.FUNDER)

    assert Role.FUNDER not in {member.role for member in queries.called_to(meeting)}


def test_another_cptss_meetings_are_its_own(desk):
    other = CptsFactory()
    with open_scope(cpts=other):
        meeting = MeetingFactory(cpts=other)

    assert desk.get(f"{PAGE}{meeting.pk}/").status_code == 404
