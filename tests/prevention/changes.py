"""What PostgreSQL notes at the commit, in tests that never commit."""

from __future__ import annotations

from django.db import connection

from prevention.models import EventsChange


def commit() -> None:
    """Deferred triggers fire now, and wait again for the end."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def forget() -> None:
    """What has happened so far is of another transaction than what follows."""
    commit()
    EventsChange.objects.update(xid=0)


def noted() -> int:
    """Number of the transaction that last changed the events; 0 when forgotten since."""
    commit()
    return EventsChange.objects.values_list("xid", flat=True).get()
