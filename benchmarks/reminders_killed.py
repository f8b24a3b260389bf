"""Ten thousand reminders while the worker is killed thirty times and the mail server hangs up.

A real Celery worker on a broker of its own; its pool is killed by SIGKILL again and again, in the
middle of sending. The server asks some to come back later, and hangs up on others before and after
it has taken them. In the end nobody is missing, nobody has had it three times, and those who had it
twice are no more than the kills and the lost acknowledgements; a repeat bears the same Message-ID.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

from celery import Celery

from cpts_portal.core.models import Message
from cpts_portal.core.scoping import scopes_disabled
from cpts_portal.embedded import valkey
from prevention.actions.deliveries import reconcile
from prevention.models import Delivery
from tests.core.sink import Sink, sink_running
from tests.prevention import killing
from tests.prevention.crowd import address_of, crowd_due

PEOPLE, KILLS = 10_000, 30
LOST = [address_of(number) for number in range(0, PEOPLE, 200)]
"""Taken by the server, which then hangs up: its acknowledgement is lost."""
CUT = [address_of(number) for number in range(70, PEOPLE, 200)]
DELAYED = [address_of(number) for number in range(140, PEOPLE, 100)]


def main() -> None:
    """Print what was counted; SystemExit when somebody is missing or had it too often."""
    with (
        scopes_disabled(),
        tempfile.TemporaryDirectory(prefix="cpts-portal-killed-") as folder,
        sink_running() as sink,
    ):
        sink.drops, sink.cuts, sink.delays = list(LOST), list(CUT), list(DELAYED)
        Message.objects.all().delete()
        Delivery.objects.all().delete()
        kills = send_all(sink, Path(folder))
        expected = {f"<{pk}@cpts.example>" for pk in Message.objects.values_list("pk", flat=True)}
        ended = Delivery.objects.filter(status="posted", message__status="sent").count()
    judge(sink, expected, kills, ended)


def send_all(sink: Sink, folder: Path) -> int:
    """How many processes were killed before everything had left."""
    due_at, sessions = crowd_due(PEOPLE)
    reconcile(sessions=sessions)
    log, database, kills = folder / "worker.log", os.environ["DATABASE_URL"], 0
    with (
        valkey.running(folder, durable=False, anew=True) as broker,
        Celery("bench", broker=broker, set_as_current=False) as asking,
        killing.worker_running(database, broker, sink.port, log) as worker,
    ):
        again = partial(killing.ask, asking, due_at)
        for kill in range(1, KILLS + 1):
            killing.wait_until(partial(has, sink, kill * PEOPLE // (KILLS + 5)), again, log)
            kills += killing.kill_pool(worker)
        killing.wait_until(all_sent, partial(ask_the_late_too, again), log)
    return kills


def ask_the_late_too(again: Callable[[], object]) -> None:
    killing.come_back_now()
    again()


def has(sink: Sink, mails: int) -> bool:
    return len(sink.mails) >= mails


def all_sent() -> bool:
    return Message.objects.filter(status="sent").count() == PEOPLE


def judge(sink: Sink, expected: set[str], kills: int, ended: int) -> None:
    received = Counter(sink.ids)
    addresses = Counter(to for to, _id in {(one.to, one.message_id) for one in sink.mails})
    times = Counter(received.values())
    missing = len(expected - set(received)) + PEOPLE - ended
    print(f"{PEOPLE} rappels, {kills} processus tués, {len(LOST)} accusés de réception perdus")
    often = times.total() - times[1] - times[2]
    print(f"manquants {missing}, deux fois {times[2]}, plus souvent {often}", flush=True)
    if missing or often or times[2] > kills + len(LOST) or max(addresses.values()) > 1:
        raise SystemExit("Un rappel manque, ou est parti trop souvent.")
