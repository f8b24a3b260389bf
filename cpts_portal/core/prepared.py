"""A question asked at each request, planned by PostgreSQL once a connection.

Django binds values on its side, so that PostgreSQL plans every statement anew: for a query of eight
tables that takes ten times as long as answering it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import connection


def one(sql: str, values: Sequence[Any]) -> tuple[Any, ...] | None:
    """The first row of a SELECT, or None; values stand for `%s`, never for names or lists.

    Django's own cursor asks it while somebody listens to the queries (`queries_logged`), and then
    it reads with its values.
    """
    with connection.cursor() as cursor:
        if connection.queries_logged:
            cursor.execute(sql, values)
            row: tuple[Any, ...] | None = cursor.fetchone()
            return row
        with connection.wrap_database_errors, psycopg.Cursor(cursor.connection) as server_side:
            return server_side.execute(sql, values).fetchone()
