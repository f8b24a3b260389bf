"""A database of one's own on the server that DATABASE_URL names: live processes, benchmarks."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg
from psycopg import sql


@contextlib.contextmanager
def database_beside(url: str, suffix: str) -> Iterator[str]:
    """Make a database anew, named as that of `url` with `_suffix`; drop it when the block ends.

    Yields its address. Raises psycopg.Error when the account may not create databases.
    """
    name = f"{urlsplit(url).path.lstrip('/') or 'portal'}_{suffix}"
    _on_server(url, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
    _on_server(url, "CREATE DATABASE {}", name)
    try:
        yield _renamed(url, name)
    finally:
        _on_server(url, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def _renamed(url: str, name: str) -> str:
    """The same server, another database: only the path of the address changes."""
    path = urlsplit(url).path
    before, _, after = url.rpartition(path) if len(path) > 1 else (url.rstrip("/"), "", "")
    return f"{before}/{name}{after}"


def _on_server(url: str, statement: str, name: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(sql.Identifier(name)))
