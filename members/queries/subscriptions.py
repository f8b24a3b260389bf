"""What the screens and the clock ask about years and payments."""

from __future__ import annotations

from django.db.models import Prefetch, QuerySet

from members.models import Membership, MembershipQuerySet, Subscription

SubscriptionSet = QuerySet[Subscription]
LATELY = 30


def with_a_college() -> MembershipQuerySet:
    """Members of today who are asked for a year, with their standing and years, latest first."""
    years = Subscription.objects.order_by("-ends_on")
    found: MembershipQuerySet = (
        Membership.objects.current()
        .filter(college__isnull=False)
        .with_standing()
        .select_related("user", "cpts")
        .prefetch_related(Prefetch("subscriptions", years))
        .order_by("pk")
    )
    return found


def due() -> SubscriptionSet:
    """Years not paid yet of those who are members today, by name: the treasurer's list."""
    return (
        Subscription.objects.filter(
            paid_on=None, membership__in=Membership.objects.current().values("pk")
        )
        .select_related("membership__user", "college")
        .order_by("membership__user__last_name", "membership__user__first_name", "starts_on")
    )


def paid_lately() -> SubscriptionSet:
    """The latest payments and waivers that somebody noted."""
    noted = Subscription.objects.exclude(paid_on=None).exclude(means=Subscription.Means.FREE)
    found = noted.select_related("membership__user", "recorded_by__user")
    return found.order_by("-recorded_at")[:LATELY]


def year_of(pk: int) -> Subscription | None:
    """One year, with what its receipt says."""
    found: Subscription | None = (
        Subscription.objects.select_related(
            "membership__user", "membership__profession", "college", "cpts"
        )
        .filter(pk=pk)
        .first()
    )
    return found


def my_membership(membership: Membership) -> Membership:
    """The member's own file, with her years, latest first."""
    found: Membership = (
        Membership.objects.with_standing()
        .select_related("user", "cpts", "profession")
        .prefetch_related("subscriptions")
        .get(pk=membership.pk)
    )
    return found
