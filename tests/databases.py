"""Databases beside the one that DATABASE_URL names: for live processes, benchmarks, each worker.

The tables are made once, in a template that no test connects to, and cloned in a tenth of a second
for whoever needs a database of its own.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django.db.models  # noqa: F401 - before any part of a backend, which cannot be read first
import psycopg
from django.db.backends.postgresql.operations import DatabaseOperations
from psycopg import sql

PROJECT = Path(__file__).resolve().parent.parent
MIGRATE = """
import gc, sys
from django.core.management import execute_from_command_line

gc.disable()  # a third of the time of a migration goes to looking for rubbish in its models
execute_from_command_line(["manage.py", "migrate", "--verbosity=0"])
"""


@contextlib.contextmanager
def database_beside(url: str, suffix: str, *, template: str = "template1") -> Iterator[str]:
    """Make a database anew, named as that of `url` with `_suffix`; drop it when the block ends.

    Yields its address. Raises psycopg.Error when the account may not create databases.
    """
    name = f"{_name(url)}_{suffix}"
    with psycopg.connect(url, autocommit=True) as server:
        _drop(server, name)
        _create(server, name, template)
    try:
        yield _renamed(url, name)
    finally:
        with psycopg.connect(url, autocommit=True) as server:
            _drop(server, name)


@contextlib.contextmanager
def migrated_beside(url: str, suffix: str) -> Iterator[str]:
    """As `database_beside`, with every table there already: a clone of `migrated_template`."""
    with database_beside(url, suffix, template=migrated_template(url)) as address:
        yield address


def empty_by_rows() -> None:
    """Have Django empty the tables by DELETE after a test that commits.

    TRUNCATE writes every table and index anew, which for all of ours takes a quarter of a second.
    """
    truncation = DatabaseOperations.sql_flush

    def deletion(
        operations: DatabaseOperations, style: object, tables: list[str], **asked: bool
    ) -> list[str]:
        if any(asked.values()) or not _may_look_away(operations.connection):
            return truncation(operations, style, tables, **asked)
        rows = (f"DELETE FROM {operations.quote_name(table)}" for table in tables)  # noqa: S608
        return ["; ".join(["SET LOCAL session_replication_role = replica", *rows])]

    DatabaseOperations.sql_flush = deletion


def _may_look_away(connection: Any) -> bool:
    """Triggers and foreign keys, which TRUNCATE does not ask either; a superuser's to say."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_parameter_privilege('session_replication_role', 'SET')")
        return bool(cursor.fetchone()[0])


def migrated_template(url: str) -> str:
    """Name of a database of the server of `url` that holds every table and is there to be cloned.

    Made by who comes first, while the others wait; kept for the next run of the tests, and made
    anew when a migration or a library has changed. Raises CalledProcessError with what
    `manage.py migrate` said when it fails.
    """
    name = f"{_name(url)}_template"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute("SELECT pg_advisory_lock(hashtext(%s))", [name])  # freed as we leave
        if _comment(server, name) != _fingerprint():
            _drop(server, name)
            _create(server, name)
            _migrate(_renamed(url, name))
            _close(server, name)
    return name


def _close(server: psycopg.Connection[Any], name: str) -> None:
    """Nobody connects to it any more; the comment says that it is whole, and from what."""
    _execute(server, "ALTER DATABASE {} WITH ALLOW_CONNECTIONS false", name)
    comment = sql.SQL("COMMENT ON DATABASE {} IS {}")
    server.execute(comment.format(sql.Identifier(name), sql.Literal(_fingerprint())))


def _comment(server: psycopg.Connection[Any], name: str) -> str | None:
    found = server.execute(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name]
    ).fetchone()
    return found[0] if found else None


@functools.cache
def _fingerprint() -> str:
    """Of all the migrations, ours as they are written and the libraries' by their versions."""
    files = sorted(PROJECT.glob("*/migrations/*.py")) + sorted(
        PROJECT.glob("cpts_portal/*/migrations/*.py")
    )
    digest = hashlib.sha256()
    for file in [*files, PROJECT / "requirements" / "base.lock"]:
        digest.update(str(file.relative_to(PROJECT)).encode() + file.read_bytes())
    return digest.hexdigest()


def _migrate(url: str) -> None:
    subprocess.run(
        [sys.executable, "-c", MIGRATE],
        cwd=PROJECT,
        env={**os.environ, "DATABASE_URL": url, "DB_STATEMENT_TIMEOUT": "0"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=True,
    )


def _name(url: str) -> str:
    return urlsplit(url).path.lstrip("/") or "portal"


def _renamed(url: str, name: str) -> str:
    """The same server, another database: only the path of the address changes."""
    path = urlsplit(url).path
    before, _, after = url.rpartition(path) if len(path) > 1 else (url.rstrip("/"), "", "")
    return f"{before}/{name}{after}"


def _create(server: psycopg.Connection[Any], name: str, template: str = "template1") -> None:
    _execute(server, "CREATE DATABASE {} TEMPLATE {}", name, template)


def _drop(server: psycopg.Connection[Any], name: str) -> None:
    _execute(server, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def _execute(server: psycopg.Connection[Any], statement: str, *names: str) -> None:
    server.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
