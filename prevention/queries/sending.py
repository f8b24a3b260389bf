"""What is due, what waits to be read by a second person, who wants nothing more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Min, Q, QuerySet

from prevention.models import (
    Delivery,
    DeliveryStatus,
    OptOut,
    PlanStatus,
    PreventionTerms,
)

TOLD_AHEAD = timedelta(days=3)
"""How long before it leaves those who may approve are told."""


@dataclass(frozen=True)
class Unapproved:
    """A plan that has more people than one person may write to alone, for one session or list."""

    cpts_id: int
    plan_id: int
    session_id: int | None
    list_id: int | None
    people: int
    due_at: datetime


def unapproved(now: datetime, **of: Any) -> list[Unapproved]:
    """What is due soon, or overdue, and waits for a second person's reading."""
    limits = dict(PreventionTerms.objects.values_list("cpts", "approval_above"))
    usual = PreventionTerms._meta.get_field("approval_above").default
    found = (
        Delivery.objects.filter(plan__approved_at=None, plan__status=PlanStatus.ACTIVE, **of)
        .exclude(status=DeliveryStatus.DROPPED)
        .values("cpts", "plan", "session", list=F("recall_entry__recall_list"))
        .annotate(
            people=Count("pk"),
            due=Min("due_at", filter=Q(status=DeliveryStatus.PLANNED)),
        )
        .filter(due__lte=now + TOLD_AHEAD)
        .order_by("plan", "session")
    )
    return [
        Unapproved(row["cpts"], row["plan"], row["session"], row["list"], row["people"], row["due"])
        for row in found
        if row["people"] > limits.get(row["cpts"], usual)
    ]


def due(now: datetime, waiting: Iterable[Unapproved]) -> QuerySet[Delivery]:
    """To be posted, the longest due first; what waits to be read is left where it is."""
    held = Q()
    for one in waiting:
        held |= Q(plan=one.plan_id, session=one.session_id, recall_entry__recall_list=one.list_id)
    found = Delivery.objects.due_at(now).filter(useful_until__gte=now)
    return found.exclude(held) if held else found


def with_readers(deliveries: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """With all that a letter is made of; plans and sessions are read once for all."""
    return deliveries.select_related(
        "registration__contact",
        "registration__membership__user",
        "volunteer__shift",
        "volunteer__membership__user",
        "recall_entry__contact",
    ).prefetch_related("cpts", "plan__campaign__topic", "session__commune")


def refusals(recipient_hashes: Sequence[str]) -> set[tuple[int, str, str, str | None]]:
    """CPTS, address, channel and topic (None for all) of those who want nothing more."""
    found = OptOut.objects.filter(recipient_hash__in=recipient_hashes, lifted_at=None)
    return set(found.values_list("cpts", "recipient_hash", "channel", "topic"))
