"""How fast ten thousand reminders are planned, and leave, beside the barest code that does so.

Planned: `reconcile` of their sessions, beside a `bulk_create` of as many bare rows, turn by turn.
Sent: a Celery worker as it runs in service, with two processes, from the minute's task to the last
mark (judging each reminder, wording it, posting it, asking again whether it is needed, sending and
marking it), beside a bare loop that builds and sends as many mails of the same words to the same
local server. Half of the loop runs before the worker and half after, so that a slow moment of the
machine hits both. Then one worker of one process, beside two of them.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from statistics import median

from celery import Celery
from django.core import mail
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from benchmarks.delivery import sink_running
from benchmarks.measure import promise
from cpts_portal.core.mails import as_email
from cpts_portal.core.models import Message
from cpts_portal.core.scoping import scopes_disabled
from cpts_portal.embedded import valkey
from prevention.actions.deliveries import reconcile
from prevention.models import Delivery
from tests.prevention import killing
from tests.prevention.crowd import crowd_due

PEOPLE, TURNS, PROCESSES = 10_000, 3, 2
PLANNED_AT_MOST, SENT_AT_LEAST, SCALED_AT_LEAST = 2.0, 0.60, 1.7
PATIENCE = 300.0


def main() -> None:
    """Print the three ratios; SystemExit when a promise is broken."""
    with scopes_disabled():
        due_at, sessions = crowd_due(PEOPLE)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        kept = [planned(sessions), *sent(due_at, sessions)]
    if not all(kept):
        raise SystemExit("Une promesse des rappels n’est pas tenue.")


# --- Planning -------------------------------------------------------------------------------
def planned(sessions: list[int]) -> bool:
    pairs = [(timed_plan(sessions), timed_bare()) for _turn in range(TURNS)]
    ours, bare = median(mine for mine, _ in pairs), median(other for _, other in pairs)
    note = f"  {ours:.2f} s contre {bare:.2f} s"
    return promise(
        f"{PEOPLE} rappels prévus / bulk_create nu", ours / bare, PLANNED_AT_MOST, note=note
    )


def timed_plan(sessions: list[int]) -> float:
    Delivery.objects.all().delete()
    started = time.perf_counter()
    reconcile(sessions=sessions)
    spent = time.perf_counter() - started
    assert Delivery.objects.count() == PEOPLE
    return spent


def timed_bare() -> float:
    """The same rows, made by the ORM and nothing asked."""
    columns = ("cpts_id", "plan_id", "session_id", "registration_id", "due_at", "useful_until")
    rows = list(Delivery.objects.values_list(*columns))
    Delivery.objects.all().delete()
    started = time.perf_counter()
    with transaction.atomic():
        Delivery.objects.bulk_create(
            [Delivery(**dict(zip(columns, row, strict=True))) for row in rows], batch_size=1000
        )
    return time.perf_counter() - started


# --- Sending --------------------------------------------------------------------------------
def sent(due_at: datetime, sessions: list[int]) -> Iterator[bool]:
    with tempfile.TemporaryDirectory(prefix="cpts-portal-reminders-") as name:
        folder = Path(name)
        with sink_running(folder) as port:
            drain = partial(rate, folder, port, due_at, sessions)
            alone = drain(workers=1, pool=1)
            before = bare_seconds(port)
            served = drain(workers=1, pool=PROCESSES)
            bare = PEOPLE / (before + bare_seconds(port))
            both = drain(workers=2, pool=1)
            alone = (alone + drain(workers=1, pool=1)) / 2
    print(f"boucle nue {bare:.0f}/s, un ouvrier {served:.0f}/s", flush=True)
    yield at_least("un ouvrier / boucle nue", served, bare, SENT_AT_LEAST)
    print(f"un processus {alone:.0f}/s, deux {both:.0f}/s", flush=True)
    yield at_least("deux ouvriers / un seul", both, alone, SCALED_AT_LEAST)


def at_least(label: str, ours: float, other: float, limit: float) -> bool:
    is_kept = ours / other >= limit
    verdict = "tenu" if is_kept else "MANQUÉ"
    print(f"{verdict:6}  {label:52} {ours / other:8.2f} ×  (au moins {limit:g})", flush=True)
    return is_kept


def bare_seconds(port: int) -> float:
    """How long half of the mails take: built and sent over one connection, and nothing else."""
    messages = list(Message.objects.select_related("cpts")[: PEOPLE // 2])
    backend = "django.core.mail.backends.smtp.EmailBackend"
    server = mail.get_connection(backend, host="127.0.0.1", port=port)
    server.open()
    started = time.perf_counter()
    for message in messages:
        server.send_messages([as_email(message)])
    spent = time.perf_counter() - started
    server.close()
    return spent


def rate(
    folder: Path, port: int, due_at: datetime, sessions: list[int], *, workers: int, pool: int
) -> float:
    """Reminders a second, from the minute's task to the last mark."""
    Message.objects.all().delete()
    Delivery.objects.all().delete()
    reconcile(sessions=sessions)
    with contextlib.ExitStack() as running:
        broker = running.enter_context(valkey.running(folder, durable=False, anew=True))
        for number in range(workers):
            log, database = folder / f"worker-{number}.log", os.environ["DATABASE_URL"]
            running.enter_context(killing.worker_running(database, broker, port, log, pool=pool))
        asking = running.enter_context(Celery("bench", broker=broker, set_as_current=False))
        wait_until_ready(asking, workers)
        started = timezone.now()
        killing.ask(asking, due_at)
        wait_until_sent()
    ended = Message.objects.aggregate(last=Max("sent_at"))["last"]
    return PEOPLE / float((ended - started).total_seconds())


def wait_until_ready(asking: Celery, workers: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while len(asking.control.ping(timeout=0.5)) < workers:
        if time.monotonic() > deadline:
            raise SystemExit("Un ouvrier n’a pas démarré.")


def wait_until_sent() -> None:
    deadline = time.monotonic() + PATIENCE
    while Message.objects.filter(status="sent").count() < PEOPLE:
        if time.monotonic() > deadline:
            raise SystemExit("Les ouvriers n’ont pas tout envoyé à temps.")
        time.sleep(0.5)
