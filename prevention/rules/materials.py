"""Who orders material, and who hands it over."""

from __future__ import annotations

from typing import Any

from members.rules.people import is_of_same_cpts
from prevention.models import MaterialOrder
from prevention.rules.campaigns import may_volunteer, runs_campaigns

may_order = may_volunteer


def serves_orders(by: Any, order: MaterialOrder) -> bool:
    return runs_campaigns(by, order)


def may_cancel_order(by: Any, order: MaterialOrder) -> bool:
    """Whoever asked, and the coordination."""
    is_author = is_of_same_cpts(by, order) and getattr(by, "pk", None) == order.asked_by_id
    return is_author or serves_orders(by, order)
