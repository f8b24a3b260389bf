"""Who may see what, told from loaded rows alone."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings

from members.models import Membership, Role, User

if TYPE_CHECKING:
    from collections.abc import Iterable

GOVERNING = frozenset({Role.COORDINATOR, Role.BOARD})
SEES_NAMES = frozenset({Role.COORDINATOR, Role.PROFESSIONAL, Role.SECRETARY, Role.PARTNER})


def has_role(membership: Membership | None, roles: Collection[str]) -> bool:
    return membership is not None and membership.role in roles


def is_of_same_cpts(by: Any, subject: Any) -> bool:
    return bool(getattr(by, "cpts_id", None) == subject.cpts_id)


def is_coordinator(by: Any, subject: Any) -> bool:
    """The coordination of the subject's own CPTS."""
    return is_of_same_cpts(by, subject) and bool(by.role == Role.COORDINATOR)


def governs(by: Any, subject: Any) -> bool:
    """Decides for the association: coordination, the bureau's role, or a mandate in the bureau.

    Asks `sits_on_bureau`, which `with_standing` tells and `request.membership` always knows.
    """
    if not is_of_same_cpts(by, subject):
        return False
    return by.role in GOVERNING or bool(getattr(by, "sits_on_bureau", False))


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


INSIDE = frozenset({Role.COORDINATOR, Role.BOARD})


def sees_small_numbers(membership: Membership) -> bool:
    """The community's own people; for everybody outside, fewer than five is no figure."""
    return membership.role in INSIDE
