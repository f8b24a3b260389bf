"""When an ad is prolonged, when people are told of ads, and who may take part."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from members.models import LONGEST_AD, Ad, Membership, Role
from members.rules.standing import may_take_part

AD_SHOWN = timedelta(days=60)
"""How long an ad stays on the board when its author says nothing else."""

DIGEST_FROM_HOUR = 8


def may_advertise(membership: Membership, today: date) -> bool:
    """To publish and to answer; a lapsed member reads, a funder has no business here."""
    return membership.role != Role.FUNDER and may_take_part(membership, today)


def keeps_ad(by: Any, ad: Ad) -> bool:
    """The author, or who acts for her."""
    return bool(getattr(by, "pk", None) == ad.author_id)


def prolonged_until(ad: Ad, today: date) -> date | None:
    """The new last day that a prolongation gives; None when it would give none."""
    until = min(today + AD_SHOWN, ad.published_on + LONGEST_AD)
    is_later = until > ad.expires_on and until >= today
    return until if is_later and ad.status == Ad.Status.PUBLISHED else None


def may_write_in_talk(ad: Ad, *, is_begun: bool, is_author: bool, today: date) -> bool:
    """A colleague begins it while the ad is open; once begun, it goes on to its end."""
    return is_begun or (not is_author and ad.is_open(today))


def digest_day(now: datetime) -> date | None:
    """The Friday whose digest is due: from 8 h in Paris, and all Saturday for a late clock."""
    local = timezone.localtime(now)
    if local.isoweekday() == 6:
        return local.date() - timedelta(days=1)
    is_due = local.isoweekday() == 5 and local.hour >= DIGEST_FROM_HOUR
    return local.date() if is_due else None
