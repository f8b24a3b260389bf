"""Whether a member is up to date, from the last day paid for (`with_standing`) and the college."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from members.models import Membership


class Standing(StrEnum):
    """`GRACE` still does everything; `LAPSED` only reads."""

    GOOD = "good"
    GRACE = "grace"
    LAPSED = "lapsed"


def standing(membership: Membership, today: date) -> Standing:
    """Who owes no fee is always in good standing."""
    if membership.college is None or (covered_until(membership) or date.min) >= today:
        return Standing.GOOD
    good_until = membership.good_until
    return Standing.GRACE if good_until is None or good_until >= today else Standing.LAPSED


def may_take_part(membership: Membership, today: date) -> bool:
    """To offer and to claim; a lapsed member goes on reading."""
    return standing(membership, today) is not Standing.LAPSED


def covered_until(membership: Membership) -> date | None:
    paid_to: date | None = membership.covered_until
    return paid_to
