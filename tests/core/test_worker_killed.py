"""A real worker killed in the middle: nothing lost, and at most what was in flight repeated."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import Celery
from django.db import connection
from django.utils import timezone

from cpts_portal.core import wake
from cpts_portal.core.models import Message
from cpts_portal.embedded import folders, processes, valkey
from tests.core.sink import Sink, sink_running

ROWS = 150
KILLED_AFTER = 40
PROCESSES = 2
PATIENCE = 60.0

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[str]:
    with valkey.running(tmp_path, durable=False, anew=True) as url:
        yield url


@pytest.fixture
def sink() -> Iterator[Sink]:
    with sink_running() as sink:
        yield sink


def database_url() -> str:
    """The test database, as another process reaches it."""
    before, _, after = os.environ["DATABASE_URL"].partition("?")
    address = before.rpartition("/")[0] + "/" + str(connection.settings_dict["NAME"])
    return f"{address}?{after}" if after else address


@contextlib.contextmanager
def worker_running(broker: str, sink: Sink, log: Path) -> Iterator[int]:
    """A Celery worker on the test database; yields its process group."""
    env = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "REDIS_URL": broker,
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": str(sink.port),
    }
    celery = [sys.executable, "-m", "celery", "-q", "-A", "cpts_portal", "worker"]
    command = [*celery, "--concurrency", str(PROCESSES), "--loglevel", "INFO"]
    process = processes.spawn(command, log=log, env=env, cwd=folders.PROJECT)
    try:
        yield process.pid
    finally:
        processes.stop(process)


def wait_until(what, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < deadline, processes.last_lines(log)
        time.sleep(0.02)


def test_a_killed_worker_loses_nothing_and_doubles_what_was_in_flight_at_most(
    broker, sink, tmp_path, post_note, monkeypatch
):
    monkeypatch.setattr(wake, "now", lambda task, *message_ids: False)
    log = tmp_path / "worker.log"
    for number in range(ROWS):
        post_note(occurrence=str(number))
    with Celery("tests", broker=broker, set_as_current=False) as asking:
        with worker_running(broker, sink, log) as group:
            asking.send_task("core.sweep_messages")
            wait_until(lambda: len(sink.mails) >= KILLED_AFTER, log)
            os.killpg(group, signal.SIGKILL)
        left = Message.objects.exclude(status="sent").count()
        Message.objects.filter(status="sending").update(leased_until=timezone.now())

        with worker_running(broker, sink, log):
            asking.send_task("core.sweep_messages")
            wait_until(lambda: not Message.objects.exclude(status="sent").exists(), log)

    received = Counter(sink.ids)
    assert 0 < left <= ROWS
    assert set(received) == {
        f"<{pk}@cpts.example>" for pk in Message.objects.values_list("pk", flat=True)
    }
    assert sum(received.values()) - ROWS <= PROCESSES
