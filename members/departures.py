"""What other apps do when a member leaves, and what they know of her: told here, kept by them.

An app writes its own in its `departures.py`, found like `retention.py`; members' own sections are
in `departing.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.functional import Promise
from django.utils.module_loading import autodiscover_modules

from members.models import Membership

HandOver = Callable[[Membership, Any], int]
Count = Callable[[Membership], int]
Tell = Callable[[Membership], list[dict[str, Any]]]

_hand_overs: dict[str, tuple[str | Promise, HandOver]] = {}
_counts: dict[str, Count] = {}
_sections: dict[str, tuple[str | Promise, Tell]] = {}


def hands_over(
    name: str, label: str | Promise, *, count: Count | None = None
) -> Callable[[HandOver], HandOver]:
    """Register `f(membership, by) -> how many`, run inside the transaction of the departure.

    `count(membership)` tells beforehand how many there would be.
    """

    def register(hand_over: HandOver) -> HandOver:
        _hand_overs[name] = (label, hand_over)
        if count is not None:
            _counts[name] = count
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
    _discover()
    done = [(str(label), hand_over(membership, by)) for label, hand_over in _hand_overs.values()]
    return [(label, count) for label, count in done if count]


def all_told(membership: Membership) -> list[tuple[str, list[dict[str, Any]]]]:
    """Every section of the person's own data, with its rows."""
    _discover()
    return [(str(label), tell(membership)) for label, tell in _sections.values()]


def pending_all(membership: Membership) -> list[tuple[str, int]]:
    """Label and count of what would change hands, were she to leave now."""
    _discover()
    counted = [(str(_hand_overs[name][0]), count(membership)) for name, count in _counts.items()]
    return [(label, waiting) for label, waiting in counted if waiting]


def _discover() -> None:
    autodiscover_modules("departures", "departing")
