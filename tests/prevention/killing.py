"""A real Celery worker on the test's database, whose pool is killed while reminders leave."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from celery import Celery
from django.db.models import Q
from django.utils import timezone

from cpts_portal.core import outbox
from cpts_portal.core.models import Message
from cpts_portal.embedded import folders, processes
from tests.prevention import minutes

PATIENCE = 120.0


@contextlib.contextmanager
def worker_running(
    database: str, broker: str, smtp_port: int, log: Path, *, pool: int = 1
) -> Iterator[int]:
    """Yields the worker's process group; it also knows the task of `minutes`."""
    env = {
        **os.environ,
        "DATABASE_URL": database,
        "REDIS_URL": broker,
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": str(smtp_port),
        "LOG_LEVEL": "ERROR",
    }
    celery = [sys.executable, "-m", "celery", "-q", "-A", "cpts_portal", "worker"]
    options = ["--concurrency", str(pool), "--include", minutes.__name__, "--loglevel", "ERROR"]
    process = processes.spawn([*celery, *options], log=log, env=env, cwd=folders.PROJECT)
    try:
        yield process.pid
    finally:
        processes.stop(process)


def ask(asking: Celery, moment: datetime) -> None:
    """What beat asks for each minute: what is due is posted, what waits is sent."""
    asking.send_task(minutes.SEND_AT, [moment.isoformat()])
    asking.send_task("core.sweep_messages")


def kill_pool(worker: int) -> int:
    """SIGKILL the worker's children, as a machine out of memory does; how many were killed.

    Its leases run out at once: they last five minutes, which a test does not.
    """
    killed_at = timezone.now()
    children = Path(f"/proc/{worker}/task/{worker}/children").read_text().split()
    for pid in children:
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGKILL)
    time.sleep(0.05)
    Message.objects.filter(status="sending", leased_until__lte=killed_at + outbox.LEASE).update(
        leased_until=timezone.now()
    )
    return len(children)


def come_back_now() -> None:
    """Those who were asked to come back in a minute do so at once."""
    Message.objects.filter(Q(status="waiting")).update(not_before=timezone.now())


def wait_until(what: Callable[[], bool], again: Callable[[], object], log: Path) -> None:
    """Ask `again` each second until it is so; AssertionError with the worker's last words."""
    deadline = time.monotonic() + PATIENCE
    asked = 0.0
    while not what():
        assert time.monotonic() < deadline, processes.last_lines(log)
        if time.monotonic() > asked + 1:
            again()
            asked = time.monotonic()
        time.sleep(0.02)
