"""Which plan concerns which session or recall list, and when."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import DurationField, ExpressionWrapper, F, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from prevention.models import (
    Audience,
    Delivery,
    PlanStatus,
    RecallList,
    ReminderPlan,
    Session,
    SessionStatus,
)
from prevention.rules.instants import Instants, Offset, instants, instants_of_day

BEHIND, AHEAD = timedelta(days=5), timedelta(days=4)
"""What a net looks at: every instant due in that time, or just past and still useful."""


def _interval(column: str, unit: timedelta) -> Any:
    number = Coalesce(F(f"campaign__plans__{column}"), Value(0))
    return ExpressionWrapper(number * Value(unit), DurationField())


SHIFT: Any = _interval("offset_days", timedelta(days=1)) + _interval(
    "offset_minutes", timedelta(minutes=1)
)


@dataclass(frozen=True)
class Occurrence:
    """An active plan for one session, or for one recall list, and its instants."""

    plan: ReminderPlan
    instants: Instants
    session_id: int | None = None
    list_id: int | None = None


def occurrences(
    sessions: Collection[int], plans: Collection[int], recall_lists: Collection[int]
) -> list[Occurrence]:
    """Of any of these sessions, plans or recall lists, those that may have something to send."""
    found = list(_of_lists(Q(plans__in=plans) | Q(pk__in=recall_lists)))
    if sessions or plans:
        found += _of_sessions(Q(pk__in=sessions) | Q(campaign__plans__in=plans))
    return found


def _of_sessions(concerned: Q) -> Iterator[Occurrence]:
    rows = Session.objects.filter(concerned).exclude(status=SessionStatus.CANCELLED).distinct()
    sessions = list(rows.order_by("pk").values_list("pk", "campaign", "starts_at"))
    plans = _active_plans(campaign__in={campaign for _pk, campaign, _starts_at in sessions})
    for plan in plans.exclude(audience=Audience.RECALLED):
        for pk, campaign, starts_at in sessions:
            if campaign == plan.campaign_id:
                yield Occurrence(plan, instants(offset_of(plan), starts_at), session_id=pk)


def _of_lists(concerned: Q) -> Iterator[Occurrence]:
    lists = RecallList.objects.filter(concerned, closed_at=None).distinct()
    days = dict(lists.values_list("pk", "starts_on"))
    for list_id, day in days.items():
        for plan in _active_plans(recall_list=list_id):
            yield Occurrence(plan, instants_of_day(offset_of(plan), day), list_id=list_id)


def occurrences_near(now: datetime) -> list[Occurrence]:
    """All those that are due around `now`, or were thought to be, whatever told of them before."""
    near = (
        Session.objects.filter(campaign__plans__status=PlanStatus.ACTIVE)
        .annotate(wished_at=F("starts_at") + SHIFT)
        .filter(wished_at__range=(now - BEHIND, now + AHEAD))
    )
    due = Delivery.objects.due_at(now).order_by().filter(session__isnull=False)
    lists = RecallList.objects.filter(plans__status=PlanStatus.ACTIVE)
    return occurrences(
        {*near.values_list("pk", flat=True), *due.values_list("session", flat=True).distinct()},
        (),
        set(lists.values_list("pk", flat=True)),
    )


def _active_plans(**concerned: Any) -> QuerySet[ReminderPlan]:
    return ReminderPlan.objects.filter(status=PlanStatus.ACTIVE, **concerned).order_by("pk")


def offset_of(plan: ReminderPlan) -> Offset:
    return Offset(plan.offset_days, plan.at, plan.offset_minutes)
