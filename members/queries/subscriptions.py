"""What the screens and the clock ask about years and payments."""

from __future__ import annotations

from django.db.models import Prefetch

from members.models import Membership, MembershipQuerySet, Subscription


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
