"""What other apps do when a member leaves, and what they know of her: told here, kept by them.

An app writes its own in its `departures.py`, found like `retention.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.functional import Promise
from django.utils.module_loading import autodiscover_modules

from members.models import Membership

HandOver = Callable[[Membership, Any], int]
Tell = Callable[[Membership], list[dict[str, Any]]]

_hand_overs: dict[str, tuple[str | Promise, HandOver]] = {}
_sections: dict[str, tuple[str | Promise, Tell]] = {}


def hands_over(name: str, label: str | Promise) -> Callable[[HandOver], HandOver]:
    """Register `f(membership, by) -> how many`, run inside the transaction of the departure."""

    def register(hand_over: HandOver) -> HandOver:
        _hand_overs[name] = (label, hand_over)
        return hand_over

    return register


def tells(name: str, label: str | Promise) -> Callable[[Tell], Tell]:
    """Register `f(membership) -> rows` for the export of one's own data; rows are flat dicts."""

    def register(tell: Tell) -> Tell:
        _sections[name] = (label, tell)
        return tell

    return register


def hand_over_all(membership: Membership, *, by: Any) -> list[tuple[str, int]]:
    """Label and count of what changed hands; in the caller's transaction."""
    autodiscover_modules("departures")
    done = [(str(label), hand_over(membership, by)) for label, hand_over in _hand_overs.values()]
    return [(label, count) for label, count in done if count]


def all_told(membership: Membership) -> list[tuple[str, list[dict[str, Any]]]]:
    """Every section of the person's own data, with its rows."""
    autodiscover_modules("departures")
    return [(str(label), tell(membership)) for label, tell in _sections.values()]
