from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cpts_portal.board.queries.minutes import asks_of
from cpts_portal.board.tasks import send_minutes
from cpts_portal.core import outbox
from cpts_portal.core.models import Message
from members.models import (
    Ad,
    Attendance,
    Cpts,
    Meeting,
    Membership,
    Subscription,
    Survey,
    SurveyBallot,
)
from prevention.models import Volunteer
from tests.factories import (
    CollegeFactory,
    CptsFactory,
    GpFactory,
    MandateFactory,
    MeetingFactory,
    MembershipFactory,
    ReferralFactory,
)
from tests.prevention.makers import ShiftFactory

MONDAY_MORNING = datetime(2035, 11, 26, 6, 10, tzinfo=UTC)
"""7 h 10 in Paris, in a year when today's members are still there."""


@pytest.fixture(autouse=True)
def one_factor(settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = False


@pytest.fixture
def meeting(cpts: Cpts, coordinator: Membership) -> Any:
    at = timezone.now() + timedelta(days=5)
    return MeetingFactory(
        cpts=cpts, group=None, title="Assemblée", starts_at=at, created_by=coordinator
    )


def held_soon() -> None:
    """The meeting of the fixture, in five days of the travelled clock."""
    at = timezone.now() + timedelta(days=5)
    Meeting.objects.update(starts_at=at, ends_at=at + timedelta(hours=1))


def kinds(member: Membership) -> list[str]:
    return [ask.kind for ask in asks_of(member)]


def test_nothing_waits_for_a_member_who_has_nothing_to_answer(gp: Membership) -> None:
    assert asks_of(gp) == []


def test_a_referral_waits_for_its_gp_alone(cpts: Cpts, gp: Membership) -> None:
    ReferralFactory(request__cpts=cpts, gp=gp)

    assert kinds(gp) == ["referral"]
    assert kinds(GpFactory(cpts=cpts)) == []


def test_a_referral_past_its_deadline_waits_no_more(cpts: Cpts, gp: Membership) -> None:
    late = timezone.now() - timedelta(minutes=1)
    ReferralFactory(
        request__cpts=cpts, gp=gp, proposed_at=late - timedelta(hours=72), expires_at=late
    )

    assert asks_of(gp) == []


def test_a_meeting_waits_for_an_answer_and_no_more_once_given(
    client: Client, gp: Membership, meeting: Any
) -> None:
    client.force_login(gp.user)
    [ask] = asks_of(gp)

    coming = ask.choices[0]
    client.post(coming.url, {coming.name: coming.value})

    assert Attendance.objects.get().answer == "coming"
    assert asks_of(gp) == []


def test_a_group_s_meeting_is_for_those_who_sit_in_it(
    cpts: Cpts, gp: Membership, coordinator: Membership
) -> None:
    seat = MandateFactory(membership=GpFactory(cpts=cpts))
    at = timezone.now() + timedelta(days=5)
    MeetingFactory(cpts=cpts, group=seat.group, starts_at=at, created_by=coordinator)

    assert (kinds(seat.membership), kinds(gp)) == (["meeting"], [])


def test_an_open_survey_waits_until_it_is_answered(
    cpts: Cpts, gp: Membership, coordinator: Membership
) -> None:
    survey = Survey.objects.create(
        cpts=cpts,
        title="Bilan",
        status="open",
        opened_at=timezone.now(),
        closes_on=timezone.localdate(),
        created_by=coordinator,
    )
    before = kinds(gp)

    SurveyBallot.objects.create(cpts=cpts, survey=survey, membership=gp)

    assert (before, kinds(gp)) == (["survey"], [])


def test_an_unpaid_year_waits_from_a_month_before_it_begins(cpts: Cpts, gp: Membership) -> None:
    college = CollegeFactory(cpts=cpts)
    due = Subscription.objects.create(
        cpts=cpts,
        membership=gp,
        college=college,
        starts_on=timezone.localdate() + timedelta(days=31),
        ends_on=timezone.localdate() + timedelta(days=395),
        fee=20,
    )
    early = kinds(gp)

    due.starts_on -= timedelta(days=1)
    due.save()

    assert (early, kinds(gp)) == ([], ["due"])


def test_new_ads_of_one_s_profession_are_told_but_not_one_s_own_nor_to_the_lapsed(
    cpts: Cpts, gp: Membership
) -> None:
    today = timezone.localdate()
    Ad.objects.create(
        cpts=cpts,
        author=GpFactory(cpts=cpts),
        kind="replacement",
        title="Deux semaines",
        body="Février",
        profession=gp.profession,
        expires_on=today + timedelta(days=30),
    )
    lapsed = GpFactory(
        cpts=cpts,
        college=CollegeFactory(cpts=cpts, grace_days=0),
        starts_on=today - timedelta(days=30),
    )
    told = Membership.objects.with_standing().select_related("cpts", "user")

    assert kinds(told.get(pk=gp.pk)) == ["ad"]
    assert kinds(told.get(pk=lapsed.pk)) == []
    assert kinds(Ad.objects.get().author) == []


def test_a_shift_without_hands_is_taken_in_one_tap(
    client: Client, cpts: Cpts, gp: Membership
) -> None:
    soon = timezone.now() + timedelta(days=3)
    shift = ShiftFactory(session__campaign__cpts=cpts, session__starts_at=soon)
    ShiftFactory(
        session=shift.session,
        starts_at=soon + timedelta(days=20),
        ends_at=soon + timedelta(days=21),
    )
    client.force_login(gp.user)
    [ask] = [one for one in asks_of(gp) if one.kind == "shift"]

    client.post(ask.choices[0].url)

    assert Volunteer.objects.get(shift=shift).membership == gp
    assert "shift" not in kinds(gp)


def test_the_page_answers_in_one_tap(client: Client, gp: Membership, meeting: Any) -> None:
    client.force_login(gp.user)

    page = client.get("/artois-lys/mes-3-minutes/").content.decode()

    assert "Assemblée" in page
    assert f'action="/artois-lys/reunions/{meeting.pk}/' in page


def test_the_page_asks_as_much_of_the_database_for_three_as_for_one(
    cpts: Cpts, gp: Membership
) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            asks_of(gp)
        return len(queries)

    ReferralFactory(request__cpts=cpts, gp=gp)
    one = asked()
    ReferralFactory.create_batch(2, request__cpts=cpts, gp=gp)

    assert asked() == one


# --- The weekly mail ----------------------------------------------------------------------------
@time_machine.travel(MONDAY_MORNING, tick=False)
def test_the_mail_leaves_once_a_week_however_often_the_clock_strikes(
    cpts: Cpts, gp: Membership, meeting: Any, django_capture_on_commit_callbacks: Any
) -> None:
    held_soon()
    Membership.objects.exclude(pk=gp.pk).update(wants_minutes=False)

    with django_capture_on_commit_callbacks(execute=True):
        counts = [send_minutes(), send_minutes()]

    assert counts == [1, 0]
    [email] = mail.outbox
    assert email.to == [gp.user.email]
    assert "Assemblée" not in email.body


@time_machine.travel(MONDAY_MORNING, tick=False)
def test_quiet_when_nothing_waits_or_when_one_wants_none(
    cpts: Cpts, gp: Membership, coordinator: Membership, meeting: Any
) -> None:
    held_soon()
    Membership.objects.update(wants_minutes=False)
    Membership.objects.filter(pk=gp.pk).update(wants_minutes=True)
    Attendance.objects.create(cpts=cpts, meeting=meeting, membership=gp, answer="coming")

    assert send_minutes() == 0


@pytest.mark.parametrize(
    ("moment", "is_time"),
    [
        (datetime(2035, 11, 26, 5, 50, tzinfo=UTC), False),
        (datetime(2035, 11, 26, 6, 10, tzinfo=UTC), True),
        (datetime(2035, 11, 27, 22, 0, tzinfo=UTC), True),
        (datetime(2035, 11, 27, 23, 30, tzinfo=UTC), False),
        (datetime(2035, 10, 29, 5, 50, tzinfo=UTC), False),
        (datetime(2035, 3, 26, 5, 10, tzinfo=UTC), True),
    ],
)
def test_monday_from_seven_in_paris_or_tuesday_if_the_clock_was_late(
    cpts: Cpts, gp: Membership, coordinator: Membership, moment: datetime, *, is_time: bool
) -> None:
    with time_machine.travel(moment, tick=False):
        at = timezone.now() + timedelta(days=5)
        MeetingFactory(cpts=cpts, group=None, starts_at=at, created_by=coordinator)

        assert (send_minutes() > 0) is is_time


@time_machine.travel(MONDAY_MORNING, tick=False)
def test_what_was_answered_before_the_mail_left_is_not_told(
    cpts: Cpts, gp: Membership, meeting: Any
) -> None:
    held_soon()
    Membership.objects.exclude(pk=gp.pk).update(wants_minutes=False)
    send_minutes()
    Attendance.objects.create(cpts=cpts, meeting=meeting, membership=gp, answer="coming")

    outbox.deliver_due()

    assert Message.objects.get(purpose="board.minutes").status == Message.Status.DROPPED
    assert mail.outbox == []


@time_machine.travel(MONDAY_MORNING, tick=False)
def test_another_cpts_s_meetings_are_nobody_s_business(
    cpts: Cpts, gp: Membership, coordinator: Membership
) -> None:
    elsewhere = MembershipFactory(cpts=CptsFactory())
    at = timezone.now() + timedelta(days=5)
    MeetingFactory(cpts=elsewhere.cpts, group=None, starts_at=at, created_by=elsewhere)

    assert asks_of(gp) == []
