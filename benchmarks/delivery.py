"""How fast one worker drains the ledger, beside a bare loop sending the same mails.

Both speak to the same local SMTP server, in the same run. The loop builds each mail and sends it
over one connection, and does nothing else. The worker is the one that runs in service, with two
processes: it claims, asks whether each message is still needed, sends it and marks it in
PostgreSQL. Half of the loop runs before the worker and half after, so that a slow moment of the
machine hits both.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from celery import Celery
from django.core import mail
from django.db.models import Max
from django.utils import timezone

from cpts_portal.core.mails import as_email
from cpts_portal.core.models import Message
from cpts_portal.embedded import folders, processes, valkey
from cpts_portal.embedded.ports import free_port

ROWS = 5000
PROCESSES = 2
PROMISE = 0.6
PATIENCE = 120.0
BODY = """Bonjour,

Votre demande a bien été reçue. Nous vous écrirons dès qu’un médecin aura répondu.

Suivre votre demande : https://portail.cpts.example/ma-demande/0123456789abcdefghijkl/

Besoin d’aide ? Appelez le 03 53 01 00 01, du lundi au vendredi de 9 h à 12 h.
"""


def main() -> None:
    """Print both rates and their ratio; SystemExit when the promise is broken."""
    with (
        tempfile.TemporaryDirectory(prefix="cpts-portal-delivery-") as folder,
        sink_running(Path(folder)) as port,
        worker_running(Path(folder), port) as worker,
    ):
        before = bare_seconds(port)
        drained = drain_rate(worker)
        bare = ROWS / (before + bare_seconds(port))
    ratio = drained / bare
    print(f"boucle nue {bare:.0f} courriels/s, un ouvrier {drained:.0f}/s")
    print(f"rapport {ratio:.2f} (au moins {PROMISE})")
    if ratio < PROMISE:
        raise SystemExit("Un ouvrier n’atteint pas 60 % de la boucle nue.")


def rows(purpose: str) -> list[Message]:
    return [
        Message(
            channel="email",
            purpose=purpose,
            occurrence=str(number),
            recipient=f"patiente{number}@courriel.example",
            recipient_hash=f"{number:064d}",
            title="Votre demande a bien été reçue",
            body=BODY,
        )
        for number in range(ROWS)
    ]


def bare_seconds(port: int) -> float:
    """How long the loop takes for half of the mails: one connection, one after the other."""
    messages = rows("bench.bare")[: ROWS // 2]
    backend = "django.core.mail.backends.smtp.EmailBackend"
    connection = mail.get_connection(backend, host="127.0.0.1", port=port)
    connection.open()
    started = time.perf_counter()
    for message in messages:
        connection.send_messages([as_email(message)])
    spent = time.perf_counter() - started
    connection.close()
    return spent


def drain_rate(worker: Celery) -> float:
    """Mails a second of the worker, from the sweep's call to the last mark."""
    Message.objects.all().delete()
    Message.objects.bulk_create(rows("bench.drain"), batch_size=1000)
    started = timezone.now()
    worker.send_task("core.sweep_messages")
    deadline = time.monotonic() + PATIENCE
    unsent = Message.objects.filter(status__in=["waiting", "sending"])
    while unsent.exists():
        if time.monotonic() > deadline:
            raise SystemExit("L’ouvrier n’a pas vidé le registre à temps.")
        time.sleep(0.5)
    sent = Message.objects.filter(status="sent")
    assert sent.count() == ROWS
    ended = sent.aggregate(last=Max("sent_at"))["last"]
    return ROWS / (ended - started).total_seconds()


@contextlib.contextmanager
def sink_running(folder: Path) -> Iterator[int]:
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.smtp_sink", str(port)]
    process = processes.spawn(command, log=folder / "sink.log", cwd=folders.PROJECT)
    try:
        wait_for(port)
        yield port
    finally:
        processes.stop(process)


@contextlib.contextmanager
def worker_running(folder: Path, port: int) -> Iterator[Celery]:
    """One Celery worker as the demonstration starts it, on a broker of its own."""
    with valkey.running(folder, durable=False, anew=True) as broker:
        env = {
            **os.environ,
            "REDIS_URL": broker,
            "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": str(port),
            "LOG_LEVEL": "ERROR",
        }
        celery = [sys.executable, "-m", "celery", "-q", "-A", "cpts_portal", "worker"]
        process = processes.spawn(
            [*celery, "--concurrency", str(PROCESSES), "--loglevel", "ERROR"],
            log=folder / "worker.log",
            env=env,
            cwd=folders.PROJECT,
        )
        app = Celery("bench", broker=broker)
        try:
            wait_until_ready(app)
            yield app
        finally:
            app.close()
            processes.stop(process)


def wait_for(port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise SystemExit("Le serveur SMTP local ne répond pas.")


def wait_until_ready(app: Celery) -> None:
    deadline = time.monotonic() + PATIENCE
    while not app.control.ping(timeout=0.5):
        if time.monotonic() > deadline:
            raise SystemExit("L’ouvrier n’a pas démarré.")
