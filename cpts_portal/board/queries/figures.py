"""What the today pages show, within the open CPTS."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from cpts_portal.core.aggregates import Median
from members.models import Membership
from patients.models import IN_PROGRESS, GPRequest, Status


@dataclass(frozen=True)
class Figures:
    """Requests of the CPTS: sums only. The wait is over those declared in twelve months."""

    received_this_month: int
    in_progress: int
    declared_this_month: int
    declared_in_a_year: int
    median_wait: timedelta | None

    @property
    def median_wait_days(self) -> int | None:
        return None if self.median_wait is None else round(self.median_wait / timedelta(days=1))


def request_figures() -> Figures:
    month, year = _month_start(), timezone.now() - timedelta(days=365)
    declared = Q(status=Status.DECLARED)
    found = GPRequest.objects.aggregate(
        received_this_month=Count("pk", filter=Q(first_requested_at__gte=month)),
        in_progress=Count("pk", filter=Q(status__in=IN_PROGRESS)),
        declared_this_month=Count("pk", filter=declared & Q(closed_at__gte=month)),
        declared_in_a_year=Count("pk", filter=declared & Q(closed_at__gte=year)),
        median_wait=Median(
            F("closed_at") - F("first_requested_at"), filter=declared & Q(closed_at__gte=year)
        ),
    )
    return Figures(**found)


def professionals_beside(membership: Membership) -> QuerySet[Membership]:
    """The professionals who work where this member works: those a secretary answers for."""
    return (
        Membership.objects.current()
        .filter(profession__isnull=False, practices__members=membership)
        .exclude(pk=membership.pk)
        .select_related("user", "profession")
        .prefetch_related("practices")
        .order_by("user__last_name", "user__first_name")
        .distinct()
    )


def _month_start() -> datetime:
    """Midnight, in Paris, of the first of the month."""
    today = timezone.localtime()
    return today.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
