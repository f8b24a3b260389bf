"""Leaving by oneself: at once, with everything handed over."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from members.actions import memberships
from members.models import Membership
from members.notifications import leaving as notifications
from members.queries import leaving as queries


@transaction.atomic
def leave(membership: Membership) -> Membership:
    """End one's own place; from the next page on, this CPTS is closed to her.

    Her last day is yesterday, for days count whole; who joined today stays until midnight. Raises
    Refused for the last coordinator, or once it has ended.
    """
    today = timezone.localdate()
    last_day = max(today - timedelta(days=1), membership.starts_on)
    left = memberships.end(membership, on=last_day, reason=Membership.EndReason.LEFT, by=membership)
    notifications.member_left(left, queries.coordinators())
    kept_until = last_day + timedelta(days=settings.RETENTION_DAYS["member"])
    notifications.departure_confirmed(left, kept_until=kept_until)
    return left
