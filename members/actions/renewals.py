"""Each night: the years that begin soon are opened, and who has not renewed is reminded."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from cpts_portal.core import audit
from cpts_portal.core.refusals import Refused
from members import rules
from members.actions import subscriptions
from members.models import Membership
from members.notifications import subscriptions as notifications
from members.queries import subscriptions as queries


def renew_and_remind(today: date) -> tuple[int, int]:
    """In the open CPTS: how many years were opened, how many reminders posted.

    Run twice, or days late, it does nothing more: an opened year is there, a reminder is one row
    per member, year and step, and of several steps only the latest leaves.
    """
    opened = reminded = 0
    for membership in queries.with_a_college():
        opened += _open_next(membership, today)
        reminded += _remind(membership, today)
    return opened, reminded


def _open_next(membership: Membership, today: date) -> bool:
    last = next(iter(membership.subscriptions.all()), None)
    if last is None or not rules.is_to_be_opened(last, membership, today):
        return False
    try:
        subscriptions.renew(membership, by=audit.SYSTEM)
    except Refused:
        return False
    return True


@transaction.atomic
def _remind(membership: Membership, today: date) -> bool:
    step = rules.reminder_step(membership, today)
    if step is None:
        return False
    return notifications.renewal_due(membership, step=step, today=today)
