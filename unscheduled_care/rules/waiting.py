"""Who keeps the line, who stands in it, and which slot suits her."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from cpts_portal.core import outbox
from cpts_portal.core.audit import System
from cpts_portal.core.territory import distance_km
from members.models import Role
from unscheduled_care.models import Kind, Mobility, Slot, WaitingEntry

PARIS = ZoneInfo("Europe/Paris")


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


# --- Which slot for whom ----------------------------------------------------------------------
def suits(entry: WaitingEntry, slot: Slot) -> bool:
    """Whether the slot answers what she waits for, and one of the two can go to the other."""
    is_wanted = (
        slot.professional.profession_id == entry.profession_id
        and (entry.act_id is None or entry.act_id in slot.acts)
        and slot.starts_at < entry.wanted_until
    )
    return is_wanted and _is_within_reach(entry, slot)


def _is_within_reach(entry: WaitingEntry, slot: Slot) -> bool:
    if slot.kind == Kind.REMOTE:
        return True
    if slot.kind == Kind.PRACTICE and entry.mobility == Mobility.HOME_BOUND:
        return False
    farthest = slot.radius_km if slot.kind == Kind.HOME else entry.travel_km
    away = _away(entry, slot)
    return away is not None and farthest is not None and away <= farthest


def _away(entry: WaitingEntry, slot: Slot) -> float | None:
    """Kilometres from the slot's place to her commune; None when unknown."""
    practice: Any = slot.practice
    if practice.commune_id == entry.commune_id:
        return 0.0
    here = practice if practice.latitude is not None else practice.commune
    there = entry.commune
    return distance_km(here.latitude, here.longitude, there.latitude, there.longitude)


def is_time_to_offer(slot: Slot, now: datetime, *, seconds: int) -> bool:
    """Whether she may be written to now: at polite hours, or when it cannot wait for them.

    At night and on Sundays a slot of another day stays on the board until the morning, unless it
    closes before she could answer then.
    """
    polite = outbox.polite_time(now)
    is_today = slot.starts_at.astimezone(PARIS).date() == now.astimezone(PARIS).date()
    return is_today or polite == now or polite + timedelta(seconds=seconds) > slot.closes_at
