"""What tells a calendar or a feed reader that the public events have not changed."""

from __future__ import annotations

from django.db import models

from cpts_portal.core.scoping import CptsOwned


class EventsChange(CptsOwned):
    """The last transaction that changed what the public pages of a CPTS tell; one row a CPTS.

    Written by `EventsMove` alone. Seats that are taken or freed change nothing here.
    """

    xid = models.BigIntegerField(editable=False)
    at = models.DateTimeField(editable=False)

    class Meta(CptsOwned.Meta):
        constraints = [
            *CptsOwned.Meta.constraints,
            models.UniqueConstraint(name="events_change_once_per_cpts", fields=["cpts"]),
        ]

    def __str__(self) -> str:
        return f"transaction {self.xid}"
