"""Who may see what, told from loaded rows alone."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings

from members.models import Membership, Role, User

if TYPE_CHECKING:
    from collections.abc import Iterable

SEES_NAMES = frozenset({Role.COORDINATOR, Role.PROFESSIONAL, Role.SECRETARY, Role.PARTNER})


def has_role(membership: Membership | None, roles: Collection[str]) -> bool:
    return membership is not None and membership.role in roles


def can_see_names(membership: Membership) -> bool:
    """Patients' names may stand on this member's pages; board and funder see sums only."""
    return membership.role in SEES_NAMES


def needs_second_factor(user: User, memberships: Iterable[Membership]) -> bool:
    """Whoever can see a name, and whoever administers the portal."""
    return user.is_staff or user.is_superuser or any(map(can_see_names, memberships))


def session_age(user: User, memberships: Iterable[Membership]) -> timedelta:
    """The longest a session lasts, active or not: 8 h for who coordinates, 12 h for others."""
    coordinates = any(has_role(membership, {Role.COORDINATOR}) for membership in memberships)
    if coordinates or user.is_staff:
        return settings.SESSION_ABSOLUTE_AGE_COORDINATOR
    return settings.SESSION_ABSOLUTE_AGE
