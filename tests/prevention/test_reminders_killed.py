"""A real worker killed again and again while reminders leave: none missing, none three times."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from celery import Celery

from cpts_portal.core import wake
from cpts_portal.core.models import Message
from cpts_portal.core.scoping import scopes_disabled
from cpts_portal.embedded import valkey
from prevention.actions.deliveries import reconcile
from prevention.models import Delivery
from tests.core.sink import Sink, sink_running
from tests.core.test_worker_killed import database_url
from tests.prevention.crowd import address_of, crowd_due
from tests.prevention.killing import ask, come_back_now, kill_pool, wait_until, worker_running

ROWS = 160
KILLED_AFTER = (20, 60, 100)
LOST = [address_of(number) for number in range(0, ROWS, 30)]
"""Taken by the server, which then hangs up: its acknowledgement is lost."""
CUT = [address_of(number) for number in range(10, ROWS, 30)]
DELAYED = [address_of(number) for number in range(20, ROWS, 20)]

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[str]:
    with valkey.running(tmp_path, durable=False, anew=True) as url:
        yield url


@pytest.fixture
def sink() -> Iterator[Sink]:
    with sink_running() as sink:
        sink.drops, sink.cuts, sink.delays = list(LOST), list(CUT), list(DELAYED)
        yield sink


def has(sink: Sink, mails: int) -> bool:
    return len(sink.mails) >= mails


def test_reminders_survive_a_worker_that_is_killed_and_a_server_that_hangs_up(
    broker: str, sink: Sink, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(wake, "now", lambda task, *arguments: False)
    log, kills = tmp_path / "worker.log", 0
    with scopes_disabled(), Celery("tests", broker=broker, set_as_current=False) as asking:
        due_at, sessions = crowd_due(ROWS)
        reconcile(sessions=sessions)
        with worker_running(database_url(), broker, sink.port, log) as worker:
            for mails in KILLED_AFTER:
                wait_until(partial(has, sink, mails), lambda: ask(asking, due_at), log)
                kills += kill_pool(worker)
            come_back_now()
            unsent = Message.objects.exclude(status="sent")
            wait_until(
                lambda: Message.objects.count() == ROWS and not unsent.exists(),
                lambda: (come_back_now(), ask(asking, due_at)),
                log,
            )
        delivered = dict(Delivery.objects.values_list("message_id", "status"))

    received = Counter(sink.ids)
    addresses = Counter(to for to, _id in {(one.to, one.message_id) for one in sink.mails})
    assert set(received) == {f"<{message_id}@cpts.example>" for message_id in delivered}
    assert set(delivered.values()) == {"posted"}
    assert addresses == Counter({address_of(number): 1 for number in range(ROWS)})
    assert max(received.values()) <= 2
    assert received.total() - ROWS <= kills + len(LOST)
