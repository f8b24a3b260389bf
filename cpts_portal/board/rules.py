"""What may be shown of sums to those who must not recognise a person in them."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from members.models import Membership, Role

SMALLEST_SHOWN = 5
INSIDE = frozenset({Role.COORDINATOR, Role.BOARD})


def sees_small_numbers(membership: Membership) -> bool:
    """The community's own people; for everybody outside, fewer than five is no figure."""
    return membership.role in INSIDE


def shown_count(count: int, *, is_masked: bool) -> str:
    """The count as text, or « moins de 5 » for 0 to 4 when small numbers are masked."""
    if is_masked and count < SMALLEST_SHOWN:
        return _("moins de 5")
    return str(count)


MINUTES_FROM_HOUR = 7


def is_time_for_minutes(now: datetime) -> bool:
    """Monday from 7 h in Paris, until the end of Tuesday for a clock that was late."""
    local = timezone.localtime(now)
    return local.isoweekday() == 2 or (local.isoweekday() == 1 and local.hour >= MINUTES_FROM_HOUR)
