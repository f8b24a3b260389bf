"""Reminders are planned ahead, follow what moves, and leave once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cpts_portal.core import outbox
from cpts_portal.core.models import Message
from cpts_portal.core.outbox import PARIS
from cpts_portal.core.scoping import scopes_disabled
from prevention.actions.deliveries import reconcile, reconcile_near
from prevention.actions.sending import send_due
from prevention.models import (
    Audience,
    Delivery,
    RecallEntry,
    Registration,
    ReminderPlan,
    Session,
    Volunteer,
)
from prevention.tasks.reminders import send_deliveries
from tests.factories import CommuneFactory
from tests.prevention.makers import (
    CampaignFactory,
    PlanFactory,
    RecallEntryFactory,
    RecallListFactory,
    RegistrationContactFactory,
    RegistrationFactory,
    SessionFactory,
    ShiftFactory,
    VolunteerFactory,
)

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def every_cpts() -> Iterator[None]:
    """As the task that sends, which serves all of them."""
    with scopes_disabled():
        yield


def in_days(days: int, hour: int = 14) -> datetime:
    """A Thursday at that hour in Paris, at least `days` from now, with a working week before."""
    day = timezone.localdate() + timedelta(days=days)
    while not is_plain(day):
        day += timedelta(days=1)
    return datetime(day.year, day.month, day.day, hour, tzinfo=PARIS)


def is_plain(day: Any) -> bool:
    noons = [datetime.combine(day - timedelta(days=n), time(12), PARIS) for n in (-1, 0, 1, 2, 7)]
    return day.isoweekday() == 4 and all(outbox.polite_time(noon) == noon for noon in noons)


@pytest.fixture
def session() -> Session:
    return SessionFactory(starts_at=in_days(10))


@pytest.fixture
def plan(session: Session) -> ReminderPlan:
    """Seven days before, at ten."""
    return PlanFactory(campaign=session.campaign)


def states() -> list[tuple[str, str]]:
    return sorted(Delivery.objects.values_list("status", "reason"))


def due() -> datetime:
    return Delivery.objects.get().due_at


def move(session: Session, starts_at: datetime) -> None:
    """As `actions.sessions.edit` does."""
    session.starts_at, session.ends_at = starts_at, starts_at + timedelta(hours=2)
    session.sequence += 1
    session.save()
    reconcile(sessions=[session.pk])


def sent_now() -> None:
    """Let what has been posted leave, whatever the hour of the test."""
    now = timezone.now()
    Message.objects.filter(status="waiting").update(not_before=now)
    Delivery.objects.update(useful_until=now + timedelta(days=400))
    outbox.deliver_due()


# --- Planning -------------------------------------------------------------------------------
def test_a_registration_has_one_delivery_a_plan(session: Session, plan: ReminderPlan) -> None:
    RegistrationFactory(session=session)

    for _time in range(2):
        reconcile(sessions=[session.pk])
    reconcile(plans=[plan.pk])
    reconcile_near(due())

    assert due() == in_days(10, 10) - timedelta(days=7)


@pytest.mark.parametrize("people", [1, 12])
def test_planning_takes_the_same_few_statements_whatever_the_number_of_people(
    session: Session, plan: ReminderPlan, people: int
) -> None:
    for _person in range(people):
        RegistrationFactory(session=session)

    with CaptureQueriesContext(connection) as captured:
        reconcile(sessions=[session.pk])

    assert len([one for one in captured if "SAVEPOINT" not in one["sql"]]) == 5


@pytest.mark.parametrize("status", ["waiting", "offered", "cancelled", "late"])
def test_who_has_no_place_yet_or_no_more_is_not_reminded(
    session: Session, plan: ReminderPlan, status: str
) -> None:
    RegistrationFactory(session=session, status=status)

    reconcile(sessions=[session.pk])

    assert states() == []


def test_who_got_her_place_after_the_moment_is_not_reminded_of_the_past(
    session: Session, plan: ReminderPlan
) -> None:
    registration = RegistrationFactory(session=session)
    Registration.objects.update(seated_at=in_days(10) - timedelta(days=3))

    reconcile(sessions=[session.pk])

    assert (registration.pk, states()) == (registration.pk, [])


def test_a_plan_activated_late_writes_to_nobody_about_the_past(
    session: Session, plan: ReminderPlan
) -> None:
    RegistrationFactory(session=session)
    ReminderPlan.objects.update(activated_at=in_days(10) - timedelta(days=2))

    reconcile(plans=[plan.pk])

    assert states() == []


def test_a_volunteer_of_two_shifts_is_reminded_once_at_the_hour_of_her_first(
    session: Session,
) -> None:
    PlanFactory(campaign=session.campaign, audience=Audience.VOLUNTEERS, body="À {heure}.\n{lien}")
    early = ShiftFactory(session=session, starts_at=session.starts_at - timedelta(hours=1))
    first = VolunteerFactory(shift=early)
    VolunteerFactory(shift=ShiftFactory(session=session), membership=first.membership)

    reconcile(sessions=[session.pk])
    send_due(due(), 10)
    reconcile(sessions=[session.pk])

    [message] = Message.objects.all()
    assert message.body.startswith("À 13\xa0h\xa000.")
    assert states() == [("posted", "")]


def test_only_those_who_came_are_thanked(session: Session) -> None:
    PlanFactory(campaign=session.campaign, audience=Audience.ATTENDED, offset_days=1, body="{lien}")
    RegistrationFactory(session=session, status="attended")
    RegistrationFactory(session=session, status="absent")

    reconcile(sessions=[session.pk])
    send_due(due(), 10)

    assert due() == in_days(10, 10) + timedelta(days=1)
    assert "/avis/" in Message.objects.get().body


def test_a_recall_is_reminded_until_it_is_done() -> None:
    recalled = RecallListFactory(starts_on=in_days(10).date())
    done, pending = (RecallEntryFactory(recall_list=recalled) for _entry in range(2))
    PlanFactory(
        campaign=recalled.campaign,
        audience=Audience.RECALLED,
        recall_list=recalled,
        offset_days=0,
        body="{titre} : {lien}",
    )
    reconcile(recall_lists=[recalled.pk])
    RecallEntry.objects.filter(pk=done.pk).update(status="done", settled_at=timezone.now())

    reconcile(recall_lists=[recalled.pk])
    posted = send_due(in_days(10, 10), 10)

    assert posted == 1
    assert states() == [("dropped", "done"), ("posted", "")]
    assert "/mon-rappel/" in Message.objects.get().body
    assert pending.pk == Delivery.objects.get(status="posted").recall_entry_id


# --- What moves -----------------------------------------------------------------------------
def test_a_moved_session_moves_its_reminders_and_their_words(
    session: Session, plan: ReminderPlan
) -> None:
    RegistrationFactory(session=session)
    reconcile(sessions=[session.pk])

    move(session, in_days(20, 16))
    posted = send_due(in_days(20, 10) - timedelta(days=7), 10)

    assert posted == 1
    assert "à 16\xa0h\xa000" in Message.objects.get().body


def test_a_reminder_that_has_left_does_not_leave_again_when_the_session_moves(
    session: Session, plan: ReminderPlan
) -> None:
    RegistrationFactory(session=session)
    reconcile(sessions=[session.pk])
    send_due(due(), 10)
    sent_now()

    move(session, in_days(30))
    posted = send_due(in_days(30) - timedelta(days=7), 10)

    assert (posted, len(mail.outbox)) == (0, 1)


def test_words_that_have_become_wrong_between_posting_and_sending_do_not_leave(
    session: Session, plan: ReminderPlan
) -> None:
    RegistrationFactory(session=session)
    reconcile(sessions=[session.pk])
    send_due(due(), 10)

    move(session, in_days(30))
    sent_now()

    assert (mail.outbox, Message.objects.get().status) == ([], "dropped")


def test_a_plan_changed_half_way_neither_doubles_nor_forgets(
    session: Session, plan: ReminderPlan
) -> None:
    for _person in range(4):
        RegistrationFactory(session=session)
    reconcile(plans=[plan.pk])
    send_due(in_days(10, 10) - timedelta(days=7), 2)

    ReminderPlan.objects.update(offset_days=-1, at=time(11), body="Autre texte {date}")
    reconcile(plans=[plan.pk])
    posted = send_due(in_days(10, 11) - timedelta(days=1), 10)

    assert posted == 2
    assert Message.objects.count() == len(set(Message.objects.values_list("occurrence"))) == 4
    assert sum(one.body.startswith("Autre texte") for one in Message.objects.all()) == 2


def test_a_plan_stopped_and_started_again_forgets_nobody(
    session: Session, plan: ReminderPlan
) -> None:
    RegistrationFactory(session=session)
    reconcile(plans=[plan.pk])
    ReminderPlan.objects.update(status="stopped")
    reconcile(plans=[plan.pk])
    stopped = states()

    ReminderPlan.objects.update(status="active", activated_at=timezone.now())
    reconcile(plans=[plan.pk])

    assert (stopped, states()) == ([("dropped", "stopped")], [("planned", "")])


def test_a_session_moved_behind_our_back_is_noticed_before_anything_leaves(
    session: Session, plan: ReminderPlan
) -> None:
    RegistrationFactory(session=session)
    reconcile(sessions=[session.pk])
    due_at = due()
    Session.objects.update(starts_at=in_days(60), ends_at=in_days(60, 16))

    reconcile_near(due_at)

    assert send_due(due_at, 10) == 0
    assert due() == in_days(60, 10) - timedelta(days=7)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            lambda: Session.objects.update(
                status="cancelled", cancelled_at=timezone.now(), cancel_reason="room"
            ),
            "session",
        ),
        (
            lambda: Registration.objects.update(status="cancelled", ended_at=timezone.now()),
            "cancelled",
        ),
        (
            lambda: Registration.objects.update(status="absent", noted_at=timezone.now()),
            "done",
        ),
        (lambda: ReminderPlan.objects.update(status="stopped"), "stopped"),
    ],
)
def test_what_is_no_longer_wanted_is_dropped_with_its_reason(
    session: Session, plan: ReminderPlan, change: Any, reason: str
) -> None:
    RegistrationFactory(session=session)
    reconcile(sessions=[session.pk])

    change()
    reconcile(sessions=[session.pk])

    assert states() == [("dropped", reason)]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            lambda: Registration.objects.update(status="cancelled", ended_at=timezone.now()),
            "cancelled",
        ),
        (lambda: ReminderPlan.objects.update(status="stopped"), "stopped"),
        (
            lambda: Session.objects.update(
                status="cancelled", cancelled_at=timezone.now(), cancel_reason="room"
            ),
            "session",
        ),
    ],
)
def test_the_need_is_judged_again_at_posting_whoever_forgot_to_tell(
    session: Session, plan: ReminderPlan, change: Any, reason: str
) -> None:
    RegistrationFactory(session=session)
    reconcile(sessions=[session.pk])

    change()
    posted = send_due(due(), 10)

    assert (posted, states()) == (0, [("dropped", reason)])


@pytest.mark.parametrize(
    "change",
    [
        lambda: Registration.objects.update(status="cancelled", ended_at=timezone.now()),
        lambda: ReminderPlan.objects.update(status="stopped"),
        lambda: Session.objects.update(
            status="cancelled", cancelled_at=timezone.now(), cancel_reason="room"
        ),
    ],
)
def test_the_need_is_asked_again_at_sending(
    session: Session, plan: ReminderPlan, change: Any
) -> None:
    RegistrationFactory(session=session)
    reconcile(sessions=[session.pk])
    send_due(due(), 10)

    change()
    sent_now()

    assert (mail.outbox, Message.objects.get().status) == ([], "dropped")


def test_a_volunteer_who_left_is_not_reminded(session: Session) -> None:
    PlanFactory(campaign=session.campaign, audience=Audience.VOLUNTEERS)
    VolunteerFactory(shift=ShiftFactory(session=session))
    reconcile(sessions=[session.pk])

    Volunteer.objects.update(status="left", ended_at=timezone.now())
    posted = send_due(due(), 10)

    assert (posted, states()) == (0, [("dropped", "cancelled")])


# --- Late and quiet -------------------------------------------------------------------------
def test_after_six_hours_without_beat_what_is_useful_leaves_once_and_the_rest_is_too_late(
    session: Session, plan: ReminderPlan
) -> None:
    """J-7 is useful for a day, H-2 for an hour: at 16 h the first leaves, the second does not."""
    RegistrationFactory(session=session)
    soon = SessionFactory(campaign__cpts=session.cpts, starts_at=session.starts_at - 6 * DAY)
    RegistrationFactory(session=soon)
    PlanFactory(campaign=soon.campaign, offset_days=None, at=None, offset_minutes=-120)
    reconcile(sessions=[session.pk, soon.pk])
    Delivery.objects.filter(session=soon).update(
        due_at=in_days(10, 10) - 7 * DAY, useful_until=in_days(10, 11) - 7 * DAY
    )

    six_hours_later = in_days(10, 16) - 7 * DAY
    posted = [send_due(six_hours_later, 10), send_due(six_hours_later + MINUTE, 10)]

    assert posted == [1, 0]
    assert states() == [("dropped", "too_late"), ("posted", "")]


def test_nothing_leaves_at_night_and_what_can_wait_does(
    session: Session, plan: ReminderPlan
) -> None:
    RegistrationFactory(session=session)
    reconcile(sessions=[session.pk])
    evening = due().replace(hour=18, minute=0) + timedelta(hours=2)

    at_night = send_due(evening.astimezone(PARIS).replace(hour=22), 10)
    in_the_morning = send_due(due() + timedelta(hours=23, minutes=30), 10)

    assert (at_night, in_the_morning) == (0, 1)


def test_what_leaves_in_a_minute_is_limited(session: Session, plan: ReminderPlan) -> None:
    for _person in range(5):
        RegistrationFactory(session=session)
    reconcile(sessions=[session.pk])

    first = due_first()

    assert [send_due(first, 2), send_due(first, 2), send_due(first, 2)] == [2, 2, 1]


def due_first() -> datetime:
    return Delivery.objects.earliest("due_at").due_at


def test_the_task_of_each_minute_serves_every_cpts(settings: Any) -> None:
    settings.REMINDERS_PER_MINUTE = 10
    now = timezone.now()
    for _cpts in range(2):
        session = SessionFactory(starts_at=in_days(10))
        RegistrationFactory(session=session)
        PlanFactory(campaign=session.campaign)

    send_deliveries()

    assert Delivery.objects.count() == 2
    assert Delivery.objects.filter(due_at__gte=now, status="planned").count() == 2


# --- To whom, and in which words --------------------------------------------------------------
@pytest.mark.parametrize(
    ("ways", "changes", "told"),
    [
        ({"email": "o@courriel.example", "phone": "+33639981234"}, {}, ("email", "")),
        ({"email": "", "phone": "+33639981234"}, {}, ("sms", "")),
        ({"email": "", "phone": "+33353010002"}, {}, ("", "unreachable")),
        ({"email": "", "phone": "+33639981234"}, {"sms": ""}, ("", "unreachable")),
        (
            {"email": "o@courriel.example", "phone": "+33639981234"},
            {"body": "", "subject": ""},
            ("sms", ""),
        ),
    ],
)
def test_one_message_a_person_by_her_own_way(
    session: Session, ways: dict[str, str], changes: dict[str, str], told: tuple[str, str]
) -> None:
    PlanFactory(campaign=session.campaign, **changes)
    registration = RegistrationFactory(session=session, contact=None)
    RegistrationContactFactory(registration=registration, **ways)
    reconcile(sessions=[session.pk])

    send_due(due(), 10)

    delivery = Delivery.objects.get()
    assert (delivery.channel, delivery.reason) == told


def test_dates_are_told_in_the_language_of_the_reader(session: Session) -> None:
    PlanFactory(campaign=session.campaign, body="{date}, {heure}")
    registration = RegistrationFactory(session=session, contact=None)
    RegistrationContactFactory(registration=registration, language="en")
    reconcile(sessions=[session.pk])

    send_due(due(), 10)

    body = Message.objects.get().body
    assert body.startswith("Thursday ")
    assert ", 14:00" in body


def test_a_discreet_topic_and_a_doctors_place_are_not_named() -> None:
    campaign = CampaignFactory(title="Titre indiscret")
    campaign.topic.is_discreet = True
    campaign.topic.save()
    session = SessionFactory(
        campaign=campaign, starts_at=in_days(10), commune=CommuneFactory(name="Laventie")
    )
    RegistrationFactory(session=session)
    PlanFactory(campaign=campaign, subject="{titre}", body="{titre}, {commune}")
    reconcile(sessions=[session.pk])

    send_due(due(), 10)

    message = Message.objects.get()
    assert message.title == "séance de prévention"
    assert message.body.startswith("séance de prévention, Laventie")
