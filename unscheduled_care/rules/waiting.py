"""Who keeps the line, and who stands in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cpts_portal.core.audit import System
from members.models import Role
from unscheduled_care.models import WaitingEntry


@dataclass(frozen=True)
class WaitingPatient:
    """Whoever holds the private link of one place in the line."""

    entry_id: int
    label: str = "patient"
    user_id: None = None


def is_in_line(by: Any, entry: WaitingEntry) -> bool:
    return isinstance(by, WaitingPatient) and by.entry_id == entry.pk


def keeps_entry(by: Any, entry: WaitingEntry) -> bool:
    """Whoever put her in line, and the coordination."""
    if getattr(by, "cpts_id", None) != entry.cpts_id:
        return False
    return bool(by.role == Role.COORDINATOR or by.pk == entry.added_by_id)


def may_book_entry(by: Any, entry: WaitingEntry) -> bool:
    return keeps_entry(by, entry) or is_in_line(by, entry)


def may_close_entry(by: Any, entry: WaitingEntry) -> bool:
    return keeps_entry(by, entry) or isinstance(by, System)
