"""A membership's years: opened, paid, taken back."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from cpts_portal.core import audit
from cpts_portal.core.constraints import told_politely
from members.models import College, Membership, Subscription


@transaction.atomic
def open_period(membership: Membership, *, starts_on: date, by: Any) -> Subscription:
    """Open the year of the membership's college that begins that day; a fee of nought is paid.

    Raises Refused when another period covers a day of it.
    """
    college = membership.college
    assert college is not None, "who owes no fee has no period"
    subscription = Subscription(
        cpts_id=membership.cpts_id,
        membership=membership,
        college=college,
        starts_on=starts_on,
        ends_on=last_day(college.cycle, starts_on),
        fee=college.fee,
    )
    if not college.fee:
        _mark_paid(subscription, on=timezone.localdate(), means=Subscription.Means.FREE, by=by)
    with told_politely(Subscription):
        subscription.save()
    audit.record(subscription, "open", by=by, target=subscription.ends_on.isoformat())
    return subscription


def last_day(cycle: str, starts_on: date) -> date:
    """31 December, or the eve of the same day a year later; 29 February ends on 28 February."""
    if cycle == College.Cycle.CALENDAR:
        return date(starts_on.year, 12, 31)
    if (starts_on.month, starts_on.day) == (2, 29):
        return date(starts_on.year + 1, 2, 28)
    return starts_on.replace(year=starts_on.year + 1) - timedelta(days=1)


def _mark_paid(subscription: Subscription, *, on: date, means: str, by: Any) -> None:
    """Unsaved; what the portal itself notes has nobody's name."""
    subscription.paid_on, subscription.means = on, means
    subscription.recorded_by = by if isinstance(by, Membership) else None
    subscription.recorded_at = timezone.now()
