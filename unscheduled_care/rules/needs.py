"""Who answers a need: by waves, judged by the clock, worker or not."""

from __future__ import annotations

from typing import Any

from cpts_portal.core.audit import System
from members.models import Role
from unscheduled_care.models import CareNeed


def keeps_need(by: Any, need: CareNeed) -> bool:
    """Whoever asked, and the coordination."""
    if getattr(by, "cpts_id", None) != need.cpts_id:
        return False
    return bool(by.role == Role.COORDINATOR or by.pk == need.asker_id)


def may_end_need(by: Any, need: CareNeed) -> bool:
    return keeps_need(by, need) or isinstance(by, System)


def is_asked_profession(by: Any, need: CareNeed) -> bool:
    """The profession is what the row alone tells; waves and distance are asked by the action."""
    profession = getattr(by, "profession", None)
    same = getattr(by, "cpts_id", None) == need.cpts_id
    return same and profession is not None and profession.pk in need.professions
