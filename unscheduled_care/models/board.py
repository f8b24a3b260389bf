"""What tells a board already on a screen that it has changed."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models.functions import Now

from cpts_portal.core.scoping import CptsOwned


class BoardChange(CptsOwned):
    """One transaction that touched slots or holds of a CPTS, by its PostgreSQL number.

    Written by `BoardMoves` alone and kept a day. Nothing is counted and nothing is locked: two
    claims at once write two rows.
    """

    xid = models.BigIntegerField(editable=False)
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta(CptsOwned.Meta):
        constraints = [
            *CptsOwned.Meta.constraints,
            models.UniqueConstraint(
                name="board_change_once_per_transaction", fields=["cpts", "xid"]
            ),
        ]
        indexes = [models.Index(name="board_change_by_age", fields=["at"])]

    def __str__(self) -> str:
        return f"transaction {self.xid}"


class BoardMoves(pgtrigger.Trigger):
    """Once a statement, whatever the number of its rows."""

    when = pgtrigger.After
    level = pgtrigger.Statement
    referencing = pgtrigger.Referencing(new="touched")  # type: ignore[no-untyped-call]

    def get_func(self, model: models.Model) -> str:
        return (
            "INSERT INTO unscheduled_care_boardchange (cpts_id, xid)"
            " SELECT DISTINCT cpts_id, pg_current_xact_id()::text::bigint FROM touched"
            " ON CONFLICT (cpts_id, xid) DO NOTHING; RETURN NULL;"
        )


def board_moves(table: str) -> list[BoardMoves]:
    """A statement that adds rows to `table` and one that changes them."""
    return [
        BoardMoves(name=f"{table}_added_moves_board", operation=pgtrigger.Insert),
        BoardMoves(name=f"{table}_changed_moves_board", operation=pgtrigger.Update),
    ]
