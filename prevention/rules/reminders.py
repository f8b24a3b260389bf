"""Who writes, approves and stops what goes out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from members.rules.people import governs
from prevention.models import (
    Audience,
    Delivery,
    PlanStatus,
    RecallStatus,
    RegistrationStatus,
    ReminderPlan,
    SessionStatus,
    Volunteer,
)
from prevention.rules.campaigns import runs_campaigns


def may_approve(by: Any, plan: ReminderPlan) -> bool:
    """A second person of the coordination or the bureau, never whoever wrote it."""
    return governs(by, plan) and getattr(by, "pk", None) != plan.written_by_id


def writes_plans(by: Any, plan: ReminderPlan) -> bool:
    return runs_campaigns(by, plan)


def is_ready(plan: ReminderPlan, recipients: int, approval_above: int) -> bool:
    """Whether it may leave for that many people: beyond the limit, once somebody else has read."""
    return recipients <= approval_above or plan.approved_at is not None


def unwanted(delivery: Delivery, now: datetime) -> str:
    """Why a delivery is not sent after all (`Delivery.Reason`); "" when it is.

    The last word before it is posted: whoever cancels a moment later is spared at sending.
    """
    if delivery.plan.status != PlanStatus.ACTIVE:
        return Delivery.Reason.STOPPED
    session = delivery.session
    if session is not None and session.status == SessionStatus.CANCELLED:
        return Delivery.Reason.SESSION
    if delivery.useful_until < now:
        return Delivery.Reason.TOO_LATE
    return _no_longer_hers(delivery)


def _no_longer_hers(delivery: Delivery) -> str:
    registration, volunteer = delivery.registration, delivery.volunteer
    if registration is not None and registration.status not in _wanted(delivery.plan):
        return Delivery.Reason.CANCELLED
    if volunteer is not None and volunteer.status != Volunteer.Status.BOOKED:
        return Delivery.Reason.CANCELLED
    entry = delivery.recall_entry
    if entry is not None and entry.status != RecallStatus.PENDING:
        is_done = entry.status == RecallStatus.DONE
        return Delivery.Reason.DONE if is_done else Delivery.Reason.CANCELLED
    return ""


def _wanted(plan: ReminderPlan) -> frozenset[str]:
    came = frozenset({RegistrationStatus.ATTENDED})
    if plan.audience == Audience.ATTENDED:
        return came
    return came | {RegistrationStatus.CONFIRMED, RegistrationStatus.ABSENT}
