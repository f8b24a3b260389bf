"""Whether the board on a screen is still true: one look at an index, before anything is read.

A board carries the snapshot of the database in which it was read, and the moment at which time
alone changes it: a slot that closes, a hold that runs out, midnight. It is fresh until then, unless
a transaction that touched slots or holds is not in its snapshot. So nobody counts versions: two
claims at once do not wait for one another, and none committed meanwhile is missed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.core.signing import BadSignature, Signer
from django.db import connection

LONGEST = timedelta(minutes=5)
"""After which it is read again in any case: a delegation, a place of work may have changed."""
_signer = Signer(salt="unscheduled_care.board")
STILL = """
SELECT statement_timestamp() < %(until)s AND NOT EXISTS (
    SELECT 1 FROM unscheduled_care_boardchange
    WHERE cpts_id = %(cpts)s AND xid >= pg_snapshot_xmin(%(seen)s::pg_snapshot)::text::bigint
    AND NOT pg_visible_in_snapshot(xid::text::xid8, %(seen)s::pg_snapshot)
)
"""


@dataclass(frozen=True)
class Reading:
    """When a board is read, by the database's clock; `snapshot` says what is in it."""

    snapshot: str
    now: datetime


def begin() -> Reading:
    """Asked before anything else, so that what follows holds at least what the snapshot does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_snapshot()::text, statement_timestamp()")
        return Reading(*cursor.fetchone())


def tag_of(reading: Reading, until: datetime, about: str) -> str:
    """The ETag of a board read then and true until then; `about` is what was asked, and by whom.

    Signed, since the snapshot comes back to PostgreSQL.
    """
    told = f"{reading.snapshot};{until.timestamp():.3f};{_digest(about)}"
    return f'W/"{_signer.sign(told)}"'


def is_fresh(tag: str, cpts_id: int, about: str) -> bool:
    """Whether the board of that ETag would be read the same now; False for any other text."""
    try:
        told = _signer.unsign(tag.removeprefix("W/").strip('"'))
    except BadSignature:
        return False
    snapshot, until, asked = told.split(";")
    if asked != _digest(about):
        return False
    values: dict[str, str | int | datetime] = {
        "seen": snapshot,
        "cpts": cpts_id,
        "until": datetime.fromtimestamp(float(until), UTC),
    }
    with connection.cursor() as cursor:
        cursor.execute(STILL, values)
        return bool(cursor.fetchone()[0])


def _digest(about: str) -> str:
    return hashlib.blake2s(about.encode(), digest_size=8).hexdigest()
