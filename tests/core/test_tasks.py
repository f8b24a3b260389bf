"""The worker's shells: ids in, safe to run twice."""

from __future__ import annotations

from datetime import timedelta

from django.core import mail
from django.utils import timezone

from cpts_portal.core import outbox, tasks
from cpts_portal.core.models import Heartbeat, Message


def test_deliver_sends_one_message_once(db, post_note):
    message = post_note()

    tasks.deliver.delay(str(message.pk))
    tasks.deliver.delay(str(message.pk))

    assert len(mail.outbox) == 1


def test_sweep_messages_asks_one_task_for_each_batch(db, post_note, monkeypatch):
    monkeypatch.setattr(outbox, "BATCH", 2)
    asked = []
    monkeypatch.setattr(tasks.deliver_due, "delay", lambda: asked.append("batch"))
    for number in range(5):
        post_note(occurrence=str(number))

    tasks.sweep_messages()

    assert asked == ["batch"] * 3


def test_sweep_messages_never_asks_for_more_than_it_may(db, post_note, monkeypatch):
    monkeypatch.setattr(outbox, "BATCH", 1)
    monkeypatch.setattr(tasks, "MOST_BATCHES", 2)
    asked = []
    monkeypatch.setattr(tasks.deliver_due, "delay", lambda: asked.append("batch"))
    for number in range(5):
        post_note(occurrence=str(number))

    tasks.sweep_messages()

    assert asked == ["batch"] * 2


def test_sweep_messages_sends_what_is_due_and_leaves_the_rest(db, post_note):
    post_note(occurrence="now")
    post_note(occurrence="later", not_before=timezone.now() + timedelta(hours=1))

    tasks.sweep_messages()

    assert list(Message.objects.order_by("not_before").values_list("status", flat=True)) == [
        "sent",
        "waiting",
    ]


def test_beat_stamps_its_heart_again_and_again(db):
    tasks.beat()
    Heartbeat.objects.update(beaten_at=timezone.now() - timedelta(hours=1))

    tasks.beat()

    [heart] = Heartbeat.objects.all()
    assert heart.name == "beat"
    assert timezone.now() - heart.beaten_at < timedelta(minutes=1)
