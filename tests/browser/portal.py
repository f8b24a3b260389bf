"""The portal as it runs for people: granian, a worker, beat, Valkey and a database of its own."""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from celery import Celery
from cryptography.fernet import Fernet
from psycopg.rows import dict_row

from cpts_portal import demo
from cpts_portal.embedded import folders, processes, valkey
from cpts_portal.embedded.ports import free_port
from tests.databases import migrated_beside

PATIENCE = 45.0
TASKS_AT = """
import gc, sys
from datetime import datetime
import time_machine
from cpts_portal.celery import app

gc.disable()
app.loader.import_default_modules()
for line in sys.stdin:
    name, moment = line.split()
    with time_machine.travel(datetime.fromisoformat(moment)):
        app.tasks[name].apply(throw=True)
    print("done", flush=True)
"""
RunAt = Callable[[datetime, str], None]


@dataclass(frozen=True)
class Letter:
    """One message of the ledger, in clear."""

    purpose: str
    channel: str
    recipient: str
    body: str
    status: str


@dataclass(frozen=True)
class Portal:
    """Where the running portal answers, and what its ledger holds.

    The rows are read without Django: it refuses the ORM in a thread where Playwright runs.
    """

    url: str
    env: dict[str, str]
    logs: Path

    def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        """The rows of any statement, committed."""
        with (
            psycopg.connect(self.env["DATABASE_URL"], row_factory=dict_row) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(query, values)
            return cursor.fetchall() if cursor.description else []

    def all_letters(self) -> list[Letter]:
        """The whole ledger, the oldest first."""
        rows = self.rows("SELECT * FROM core_message ORDER BY created_at")
        return [self._opened(row) for row in rows]

    def letters(self, recipient: str) -> list[Letter]:
        """What the ledger holds for one address or number, the oldest first."""
        return [letter for letter in self.all_letters() if letter.recipient == recipient]

    def wait_for_letter(self, recipient: str, purpose: str, containing: str = "") -> Letter:
        """The latest message about `purpose` with those words, once the worker has sent it."""
        deadline = time.monotonic() + PATIENCE
        while True:
            for letter in reversed(self.letters(recipient)):
                is_it = letter.purpose == purpose and containing in letter.body
                if is_it and letter.status == "sent":
                    return letter
            if time.monotonic() > deadline:
                found = [(each.purpose, each.status) for each in self.letters(recipient)]
                raise AssertionError(f"Pas de message « {purpose} » envoyé, mais {found}")
            time.sleep(0.1)

    def end_quiet_hours(self) -> None:
        """It is nine o'clock: what waits for a decent hour is due, and the sweep is asked now."""
        self.rows("UPDATE core_message SET not_before = now() WHERE status = 'waiting'")
        self.send_task("core.sweep_messages")

    def send_task(self, name: str) -> None:
        """Ask the worker for a task now, as beat will in its time."""
        with Celery(broker=self.env["REDIS_URL"], set_as_current=False) as app:
            app.send_task(name, ignore_result=True)

    def _opened(self, row: dict[str, Any]) -> Letter:
        key = Fernet(self.env["FIELD_ENCRYPTION_KEYS"])
        recipient, body = (
            key.decrypt(row[name]).decode() if row[name] else "" for name in ("recipient", "body")
        )
        return Letter(row["purpose"], row["channel"], recipient, body, row["status"])


@contextlib.contextmanager
def running_portal(data_dir: Path, suffix: str) -> Iterator[Portal]:
    """Start everything on free ports and files of its own; stop it all when the block ends.

    Raises DemoFailed, with the last lines of the log, when a process dies or is never ready.
    """
    with (
        migrated_beside(os.environ["DATABASE_URL"], suffix) as database_url,
        valkey.running(data_dir, durable=False, anew=True) as redis_url,
    ):
        port = free_port()
        addresses = {"DATABASE_URL": database_url, "REDIS_URL": redis_url}
        env = demo.environment(data_dir, port) | addresses
        demo._manage(env, demo.COLLECT, demo.LOAD)
        with demo._children(data_dir, env, port) as children:
            demo._wait_until_ready(children, port)
            yield Portal(env["PUBLIC_URL"], env, data_dir / "logs")


@contextlib.contextmanager
def as_in_production(portal: Portal) -> Iterator[str]:
    """A second web server beside the first, on the same data but not a demonstration.

    Yields its address. Nobody logs in there in one click, and a second factor is asked for.
    """
    port, data_dir = free_port(), portal.logs.parent
    url = f"http://localhost:{port}"
    own = {
        "DEMO": "0",
        "PUBLIC_URL": url,
        "FIELD_HASH_KEY": hashlib.sha256(portal.env["SECRET_KEY"].encode()).hexdigest(),
    }
    web = demo.commands(data_dir, port)["web"]
    log = portal.logs / "production.log"
    process = processes.spawn(web, log=log, env=portal.env | own, cwd=folders.PROJECT)
    try:
        demo._wait_until_ready([demo.Child("production", process, log)], port)
        yield url
    finally:
        processes.stop(process)


@contextlib.contextmanager
def worker_at_any_hour(portal: Portal) -> Iterator[RunAt]:
    """A process whose clock is told: yields `run(moment, task)`, as if that hour had come.

    Reminders leave by day only, and journeys are made at night too.
    """
    with subprocess.Popen(
        [sys.executable, "-c", TASKS_AT],
        env=portal.env,
        cwd=folders.PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        asked, told = process.stdin, process.stdout
        assert asked is not None
        assert told is not None

        def run(moment: datetime, task: str) -> None:
            print(task, moment.isoformat(), file=asked, flush=True)
            assert "done\n" in iter(told.readline, ""), task

        yield run
