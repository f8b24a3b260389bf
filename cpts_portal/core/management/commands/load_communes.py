"""Fill, or refresh, the reference table of communes from the project's own file."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection, transaction

from cpts_portal.core import communes_file
from cpts_portal.core.models import Commune

FIELDS = [field.attname for field in Commune._meta.concrete_fields]


class Command(BaseCommand):
    help = "Charge les communes de France ; relancé, n’écrit que ce qui a changé."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--departments", default="", help="par exemple 59,62 ; tous sans cela")

    def handle(self, *args: Any, departments: str, **options: Any) -> None:
        wanted = set(filter(None, departments.split(",")))
        communes = [c for c in communes_file.read() if not wanted or c.department in wanted]
        written = store(communes)
        self.stdout.write(f"{len(communes)} communes lues, {written} écrites.")


@transaction.atomic
def store(communes: Iterable[Commune]) -> int:
    """COPY beside the table, then insert or update in one statement; returns the rows written."""
    table, columns = Commune._meta.db_table, ", ".join(FIELDS)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE fresh (LIKE {table}) ON COMMIT DROP")
        with cursor.copy(f"COPY fresh ({columns}) FROM STDIN") as copy:
            for commune in communes:
                copy.write_row([getattr(commune, name) for name in FIELDS])
        cursor.execute(  # the names are our own columns, never anybody's input
            f"INSERT INTO {table} AS old ({columns}) SELECT {columns} FROM fresh"  # noqa: S608
            f" ON CONFLICT (insee_code) DO UPDATE SET ({columns}) = ROW ({_columns('excluded')})"
            f" WHERE ({_columns('old')}) IS DISTINCT FROM ({_columns('excluded')})"
        )
        written = int(cursor.rowcount)
        cursor.execute("DROP TABLE fresh")
        cursor.execute(f"ANALYZE {table}")
    return written


def _columns(source: str) -> str:
    return ", ".join(f"{source}.{name}" for name in FIELDS)
