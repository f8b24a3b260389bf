"""A database of the benchmarks' own, beside the one that DATABASE_URL names."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

NAME = "portal_benchmarks"


@contextlib.contextmanager
def own_database(name: str = NAME) -> Iterator[str]:
    """Make the database `name` anew, put it in DATABASE_URL, and drop it when the block ends.

    Raises psycopg.Error when the account may not create databases.
    """
    given = os.environ["DATABASE_URL"]
    address = _renamed(given, name)
    _on_server(given, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
    _on_server(given, "CREATE DATABASE {}", name)
    os.environ["DATABASE_URL"] = address
    try:
        yield address
    finally:
        os.environ["DATABASE_URL"] = given
        _on_server(given, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def _renamed(url: str, name: str) -> str:
    """The same server, another database: only the path of the address changes."""
    old = urlsplit(url).path
    before, _, after = url.rpartition(old) if len(old) > 1 else (url.rstrip("/"), "", "")
    return f"{before}/{name}{after}"


def _on_server(url: str, statement: str, name: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(sql.Identifier(name)))
