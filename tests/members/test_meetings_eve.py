"""The reminder of a meeting: the day before, once, to those who may come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail

from cpts_portal.core import outbox
from cpts_portal.core.models import Message
from members.actions import meetings as actions
from members.models import Meeting
from members.tasks.meetings import remind_meetings
from tests.factories import MeetingFactory


@pytest.fixture(autouse=True)
def in_november() -> Any:
    with time_machine.travel(datetime(2026, 11, 22, 9, 0, tzinfo=UTC), tick=False):
        yield


def tomorrow(hour: int = 20) -> datetime:
    return datetime(2026, 11, 23, hour, 0, tzinfo=UTC)


def test_the_reminder_leaves_the_day_before_once(cpts, gp):
    MeetingFactory(cpts=cpts, created_by=gp, starts_at=tomorrow())
    MeetingFactory(cpts=cpts, created_by=gp, starts_at=tomorrow() + timedelta(days=1))

    assert (remind_meetings(), remind_meetings()) == (1, 0)
    assert Message.objects.get().purpose == "members.meeting_reminder"


def test_who_does_not_come_is_not_reminded(cpts, gp):
    meeting = MeetingFactory(cpts=cpts, created_by=gp, starts_at=tomorrow())
    actions.answer_call(meeting, answer="not_coming", by=gp)

    assert remind_meetings() == 0


@pytest.mark.parametrize("hour", [3, 22])
def test_nobody_is_reminded_at_night(cpts, gp, hour):
    MeetingFactory(cpts=cpts, created_by=gp, starts_at=tomorrow())

    with time_machine.travel(datetime(2026, 11, 22, hour, 30, tzinfo=UTC)):
        assert remind_meetings() == 0


@pytest.mark.parametrize(
    "change",
    [
        {"status": "cancelled"},
        {"starts_at": tomorrow(10), "ends_at": tomorrow(11)},
    ],
)
def test_a_reminder_overtaken_by_events_is_dropped(cpts, gp, change):
    MeetingFactory(cpts=cpts, created_by=gp, starts_at=tomorrow())
    remind_meetings()
    mail.outbox.clear()
    Message.objects.update(status="waiting", sent_at=None)
    Meeting.objects.update(**change)

    outbox.deliver_due()

    assert (Message.objects.get().status, mail.outbox) == ("dropped", [])
