"""Where prevention has something to show: the campaigns and sessions of the demo data."""

from __future__ import annotations

from functools import cached_property
from typing import Any


class PreventionPlaces:
    """Part of `Places`, which answers for the rows of the running portal."""

    _member_row: Any

    @cached_property
    def campaign_open(self) -> int:
        return int(self._member_row("prevention_campaign", "status = 'published'")["id"])

    @cached_property
    def session_to_come(self) -> int:
        """Planned, with people and volunteers."""
        wanted = (
            "status = 'planned' AND starts_at > now() AND NOT is_for_professionals AND taken > 0"
            " AND EXISTS (SELECT 1 FROM prevention_shift WHERE session_id = one.id)"
        )
        return int(self._member_row("prevention_session", wanted)["id"])

    @cached_property
    def session_past(self) -> int:
        return int(self._member_row("prevention_session", "status = 'held'")["id"])

    @cached_property
    def shift_to_come(self) -> int:
        of_session = f"session_id = {self.session_to_come}"
        return int(self._member_row("prevention_shift", of_session)["id"])
