"""Who puts people on a recall list, and says that it is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from members.models import Role
from members.rules.people import is_of_same_cpts
from prevention.models import AgeBand, RecallEntry, RecallList
from prevention.rules.campaigns import runs_campaigns


@dataclass(frozen=True)
class RecalledPerson:
    """Whoever holds the private link of one place on a recall list."""

    entry_id: int
    label: str = "patient"
    user_id: None = None


def may_add_to_recalls(by: Any, subject: Any) -> bool:
    """Those who see patients, and the coordination."""
    if not is_of_same_cpts(by, subject):
        return False
    has_profession = getattr(by, "principal", by).profession_id is not None
    is_clinician = by.role in (Role.PROFESSIONAL, Role.BOARD) and has_profession
    return bool(is_clinician or by.role == Role.COORDINATOR)


def keeps_recall(by: Any, entry: RecallEntry) -> bool:
    """Whoever put her on the list, her delegates as such, and the coordination."""
    is_author = getattr(by, "pk", None) == entry.added_by_id
    return runs_campaigns(by, entry) or (is_of_same_cpts(by, entry) and is_author)


def settles_recall(by: Any, entry: RecallEntry) -> bool:
    """Those who keep it; she herself, by her private link."""
    is_hers = isinstance(by, RecalledPerson) and by.entry_id == entry.pk
    return is_hers or keeps_recall(by, entry)


def may_see_recalled(by: Any, entry: RecallEntry) -> bool:
    return keeps_recall(by, entry)


def is_old_enough(recall_list: RecallList, age_band: str) -> bool:
    """Whether somebody of that age may be on the list; an age that is not told is not refused."""
    if recall_list.min_age is None or not age_band:
        return True
    if age_band == AgeBand.OVER:
        return True
    oldest = int(age_band.rpartition("-")[2])
    return oldest >= recall_list.min_age
