"""Who writes, approves and stops what goes out."""

from __future__ import annotations

from typing import Any

from members.rules.people import governs
from prevention.models import ReminderPlan
from prevention.rules.campaigns import runs_campaigns


def may_approve(by: Any, plan: ReminderPlan) -> bool:
    """A second person of the coordination or the bureau, never whoever wrote it."""
    return governs(by, plan) and getattr(by, "pk", None) != plan.written_by_id


def writes_plans(by: Any, plan: ReminderPlan) -> bool:
    return runs_campaigns(by, plan)


def is_ready(plan: ReminderPlan, recipients: int, approval_above: int) -> bool:
    """Whether it may leave for that many people: beyond the limit, once somebody else has read."""
    return recipients <= approval_above or plan.approved_at is not None
