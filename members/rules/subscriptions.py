"""When a year may follow another, who opens and notes it, when a reminder leaves."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from members.models import Membership, Subscription
from members.rules.desk import keeps_the_register
from members.rules.people import governs

SOONEST = 60
"""Days before the end of a year from which the next one may be opened, at the least."""
STALE = 30
"""Days after its own day beyond which a reminder is not sent any more."""


def keeps_accounts(by: Any, subscription: Any) -> bool:
    return governs(by, subscription)


def may_renew(by: Any, membership: Membership) -> bool:
    """The register's keepers, and the member herself where it costs nothing."""
    college = membership.college
    if college is None:
        return False
    is_free_for_her = getattr(by, "pk", None) == membership.pk and not college.fee
    return is_free_for_her or keeps_the_register(by, membership)


def may_follow(last: Subscription, membership: Membership, today: date) -> bool:
    """Nobody owes two years at once; a year past and never paid stays as it was."""
    assert membership.college is not None
    soonest = max([SOONEST, *membership.college.reminder_days])
    is_near = last.ends_on - timedelta(days=soonest) <= today
    return is_near and (last.is_paid or last.ends_on < today)


def may_open_year(last: Subscription | None, membership: Membership, today: date) -> bool:
    """Whether `renew` would be refused for its moment; who may is another question."""
    if membership.college is None or membership.ends_on is not None:
        return False
    return last is None or may_follow(last, membership, today)


def may_read_receipt(by: Any, subscription: Subscription) -> bool:
    """Of a year paid, by whoever paid it and by those who keep the accounts."""
    has_one = subscription.is_paid and bool(subscription.receipt_number)
    user_id = getattr(by, "user_id", None)
    is_hers = user_id is not None and user_id == subscription.membership.user_id
    return has_one and (is_hers or keeps_accounts(by, subscription))


def next_start(last: Subscription | None, membership: Membership, today: date) -> date:
    """The day after the last year; today after a gap longer than the grace."""
    if last is None:
        return max(today, membership.starts_on)
    assert membership.college is not None
    follows = last.ends_on + timedelta(days=1)
    limit = follows + timedelta(days=membership.college.grace_days)
    return follows if last.is_paid and limit > today else max(follows, today)


def due_on(membership: Membership) -> date:
    """The day that reminders are counted from: the last one paid for, or the eve of the first."""
    return membership.covered_until or membership.starts_on - timedelta(days=1)


def reminder_step(membership: Membership, today: date) -> int | None:
    """The latest step reached, in days before the end, or None while nothing is to be said.

    Who has never paid is not reminded before the first day has passed by a step below nought.
    """
    if membership.college is None:
        return None
    steps: Iterable[int] = membership.college.reminder_days
    if membership.covered_until is None:
        steps = [step for step in steps if step < 0]
    end = due_on(membership)
    reached = [step for step in steps if end - timedelta(days=step) <= today]
    if not reached:
        return None
    latest = min(reached)
    return latest if today <= end - timedelta(days=latest - STALE) else None


def is_to_be_opened(last: Subscription, membership: Membership, today: date) -> bool:
    """Whether the portal opens the year after `last` by itself: a fee is asked, and the member
    was up to date. What costs nothing is renewed by the member's own tap.
    """
    college = membership.college
    if college is None or not college.fee or not last.is_paid:
        return False
    ahead = timedelta(days=max([0, *college.reminder_days]))
    grace = timedelta(days=college.grace_days)
    return last.ends_on - ahead <= today <= last.ends_on + grace
