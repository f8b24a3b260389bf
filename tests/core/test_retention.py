"""The calendar of erasure: what is due goes, what is not stays, a dry run touches nothing."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.core.management import CommandError, call_command
from django.utils import timezone

from cpts_portal.core import audit, outbox, retention
from cpts_portal.core.models import AccessEntry, Message, RetentionRun
from cpts_portal.core.tasks import erase_due
from tests.factories import UserFactory


@pytest.fixture
def aged(db, post_note):
    """A message sent so many days ago."""

    def post(days, **changes) -> Message:
        message = post_note(**{"occurrence": str(days), **changes})
        outbox.deliver(message.pk)
        moment = timezone.now() - timedelta(days=days)
        Message.objects.filter(pk=message.pk).update(not_before=moment)
        return message

    return post


def test_run_blanks_messages_after_90_days_and_keeps_their_trace(aged):
    old, recent = aged(91), aged(89)

    run = retention.run(timezone.now())

    old.refresh_from_db()
    recent.refresh_from_db()
    assert (old.recipient, old.body, old.title, old.status) == ("", "", "", "sent")
    assert old.recipient_hash == str(old.pk)
    assert recent.body.startswith("Bonjour")
    assert run.counts["core.messages"] == 1


def test_run_leaves_a_message_that_still_waits(db, post_note):
    message = post_note(not_before=timezone.now() + timedelta(days=30))

    retention.run(timezone.now() + timedelta(days=29))

    message.refresh_from_db()
    assert message.body != ""


def test_run_blanks_by_chunks_until_nothing_is_left(aged, monkeypatch):
    monkeypatch.setattr(retention, "CHUNK", 2)
    for number in range(5):
        aged(100, occurrence=str(number))

    run = retention.run(timezone.now())

    assert run.counts["core.messages"] == 5
    assert Message.objects.exclude(body="").count() == 0


def test_run_forgets_accesses_after_a_year(coordinator):
    audit.record_access(by=coordinator, purpose=AccessEntry.Purpose.OPEN, patient_ids=[1])

    now = timezone.now()

    assert retention.run(now + timedelta(days=364)).counts["core.accesses"] == 0
    assert retention.run(now + timedelta(days=366)).counts["core.accesses"] == 1
    assert AccessEntry.objects.count() == 0


def test_run_forgets_accesses_by_chunks_until_none_is_left(coordinator, monkeypatch):
    monkeypatch.setattr(retention, "CHUNK", 2)
    for patient in range(5):
        audit.record_access(by=coordinator, purpose=AccessEntry.Purpose.OPEN, patient_ids=[patient])

    run = retention.run(timezone.now() + timedelta(days=366))

    assert run.counts["core.accesses"] == 5
    assert AccessEntry.objects.count() == 0


def test_run_deletes_ended_sessions_with_their_trace(db):
    now = timezone.now()
    user = UserFactory()
    for key, hours in (("ended", -1), ("open", 1)):
        Session.objects.create(session_key=key, expire_date=now + timedelta(hours=hours))
        UserSession.objects.create(user=user, session_key=key, ip="192.0.2.7", user_agent="x")
    UserSession.objects.create(user=user, session_key="lost", ip="192.0.2.7", user_agent="x")

    retention.run(now + timedelta(minutes=1))

    assert [session.pk for session in Session.objects.all()] == ["open"]
    assert [trace.session_key for trace in UserSession.objects.all()] == ["open"]


def test_run_empties_the_fallback_cache_of_what_expired(db):
    caches["database"].set("old", 1, timeout=60)
    caches["database"].set("fresh", 1, timeout=7200)

    run = retention.run(timezone.now() + timedelta(hours=1))

    assert run.counts["core.cache"] == 1
    assert caches["database"].get("fresh") == 1


def test_run_goes_on_when_one_rule_breaks(aged, monkeypatch):
    def breaks(before):
        raise LookupError

    broken = retention.Rule("a.broken", "x", "message", breaks, breaks)
    monkeypatch.setitem(retention._rules, "a.broken", broken)
    aged(91)

    run = retention.run(timezone.now())

    assert (run.counts["a.broken"], run.counts["core.messages"]) == (None, 1)
    assert run.finished_at is not None


def test_durations_are_settings(aged, settings):
    settings.RETENTION_DAYS = {**settings.RETENTION_DAYS, "message": 30}
    aged(31)

    assert retention.due_now(timezone.now())["core.messages"] == 1


def test_erase_due_task_leaves_its_proof(aged):
    aged(91)

    erase_due.delay()

    [run] = RetentionRun.objects.all()
    assert run.counts["core.messages"] == 1
    assert run.finished_at >= run.started_at


def test_erase_due_dry_run_counts_and_touches_nothing(aged):
    aged(91)
    told = StringIO()

    call_command("erase_due", "--dry-run", stdout=told)

    [line] = [line for line in told.getvalue().splitlines() if line.startswith("core.messages")]
    assert line.split(maxsplit=1)[1] == "texte et destinataire des messages : 1"
    assert (RetentionRun.objects.count(), Message.objects.filter(body="").count()) == (0, 0)


def test_erase_due_command_erases(aged):
    aged(91)

    call_command("erase_due", stdout=StringIO())

    assert Message.objects.filter(body="").count() == 1


def test_erase_due_command_fails_aloud_when_a_rule_breaks(db, monkeypatch):
    def breaks(before):
        raise LookupError

    broken = retention.Rule("a.broken", "x", "message", breaks, breaks)
    monkeypatch.setitem(retention._rules, "a.broken", broken)

    with pytest.raises(CommandError):
        call_command("erase_due", stdout=StringIO())


def test_every_rule_has_a_duration_and_a_label(settings):
    for rule in retention.rules():
        assert rule.after in settings.RETENTION_DAYS
        assert str(rule.label)
