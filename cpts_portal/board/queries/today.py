"""What waits on the today pages of those who have no queue of their own."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from members.delegations import principals_of
from members.models import Application, Meeting, Membership, Subscription
from patients.models import LIVE


@dataclass(frozen=True)
class Governance:
    """For the bureau: what is to be decided, collected and met; `next_meeting` may be None."""

    applications: int
    unpaid: int
    next_meeting: Meeting | None


def governance() -> Governance:
    """Three counts of the open CPTS, in three queries."""
    today = timezone.localdate()
    unpaid = Subscription.objects.filter(
        membership__ends_on=None, paid_on=None, starts_on__lte=today, ends_on__gte=today
    )
    ahead = Meeting.objects.filter(status=Meeting.Status.PLANNED, ends_at__gte=timezone.now())
    return Governance(
        applications=Application.objects.filter(status=Application.Status.SUBMITTED).count(),
        unpaid=unpaid.count(),
        next_meeting=ahead.order_by("starts_at").first(),
    )


def principals_with_referrals(secretary: Membership) -> QuerySet[Membership]:
    """Those she acts for today, each with `waiting`: the referrals not answered yet."""
    keys = [principal.pk for principal in principals_of(secretary)]
    live = Q(referrals__status__in=LIVE, referrals__expires_at__gt=timezone.now())
    return (
        Membership.objects.filter(pk__in=keys)
        .select_related("user", "profession")
        .annotate(waiting=Count("referrals", filter=live))
        .order_by("user__last_name", "user__first_name")
    )
