"""Who may change whose place: the desk of members."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from cpts_portal.core.audit import System
from members.models import Membership, Role
from members.rules.people import governs, is_coordinator


def keeps_the_register(by: Any, subject: Any) -> bool:
    """Governance, or the portal itself: an import, a nightly task."""
    return isinstance(by, System) or governs(by, subject)


def may_give_role(by: Any, subject: Any, role: str) -> bool:
    """The coordination opens patients' names, so that only the coordination makes a coordinator.

    The bureau reads sums: none of it gives itself a role that reads names.
    """
    is_oneself = subject.pk is not None and getattr(by, "pk", None) == subject.pk
    if (role == Role.COORDINATOR or is_oneself) and not isinstance(by, System):
        return is_coordinator(by, subject)
    return keeps_the_register(by, subject)


def may_end(by: Any, membership: Membership, reason: str) -> bool:
    """Anybody leaves by herself; every other end is the governance's."""
    is_oneself = getattr(by, "pk", None) == membership.pk
    left = reason == Membership.EndReason.LEFT
    return (is_oneself and left) or keeps_the_register(by, membership)


def is_last_coordinator(membership: Membership, lasting: Collection[int]) -> bool:
    """`lasting` holds the keys of the coordinators whose place has no end."""
    return membership.role == Role.COORDINATOR and set(lasting) <= {membership.pk}
