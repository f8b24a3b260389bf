"""New rows of several tables in one journey to PostgreSQL, for a gesture that is made often.

A claim writes four tables. Through the ORM that is four statements composed anew, each with its
journey there and back, for twice the time that all the rest takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from django.db import connection, models
from django.db.models.expressions import DatabaseDefault

Row = models.Model


def insert(*tables: Sequence[Row], unless_there: Sequence[Row] = ()) -> None:
    """Insert rows table by table, in the order given, in the caller's transaction.

    Each table's rows are of one model. A row keeps the key it has; one without is not told the key
    that PostgreSQL gives it. Rows `unless_there` already come last: a second one is passed over.
    Raises IntegrityError, as `save` does; then nothing is written.
    """
    inserted = [_insertion(rows) for rows in tables if rows]
    if unless_there:
        text, values = _insertion(unless_there)
        inserted.append((f"{text} ON CONFLICT DO NOTHING", values))
    with connection.cursor() as cursor:
        cursor.execute(
            "; ".join(text for text, _values in inserted),
            [value for _text, values in inserted for value in values],
        )
    for row in (row for rows in (*tables, unless_there) for row in rows):
        row._state.adding, row._state.db = False, connection.alias


def _insertion(rows: Sequence[Row]) -> tuple[str, list[Any]]:
    """The statement for rows of one model, and its parameters."""
    head, fields = _columns(type(rows[0]))
    values = [[_value(row, field) for field in fields] for row in rows]
    lines = ", ".join(f"({', '.join(map(_placeholder, line))})" for line in values)
    return f"{head} VALUES {lines}", [one for line in values for one in line if one is not LEFT_OUT]


LEFT_OUT = object()
"""A column that PostgreSQL fills by itself."""


def _value(row: Row, field: models.Field[Any, Any]) -> Any:
    value = field.pre_save(row, add=True)
    if isinstance(value, DatabaseDefault) or (value is None and field.primary_key):
        return LEFT_OUT
    return field.get_db_prep_save(value, connection)


def _placeholder(value: Any) -> str:
    return "DEFAULT" if value is LEFT_OUT else "%s"


@cache
def _columns(model: type[Row]) -> tuple[str, list[models.Field[Any, Any]]]:
    fields: Iterable[models.Field[Any, Any]] = model._meta.local_concrete_fields
    kept = list(fields)
    names = ", ".join(f'"{field.column}"' for field in kept)
    return f'INSERT INTO "{model._meta.db_table}" ({names})', kept
