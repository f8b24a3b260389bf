"""Who may act for whom, and who says so."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from members.models import Delegation, Membership, Role
from members.rules.people import is_coordinator, is_of_same_cpts

LONGEST_DELEGATION = timedelta(days=365)
PRINCIPALS = frozenset({Role.PROFESSIONAL})
DELEGATES = frozenset({Role.SECRETARY, Role.PROFESSIONAL})


def may_delegate(by: Any, principal: Membership) -> bool:
    """A professional for herself, or the coordination for her; a delegate never delegates."""
    is_oneself = isinstance(by, Membership) and by.pk == principal.pk
    return principal.role in PRINCIPALS and (is_oneself or is_coordinator(by, principal))


def may_be_delegate(delegate: Membership, principal: Membership) -> bool:
    """A secretary or a colleague of the same CPTS, never oneself."""
    is_somebody_else = delegate.pk != principal.pk and delegate.user_id != principal.user_id
    is_colleague = is_of_same_cpts(delegate, principal)
    return delegate.role in DELEGATES and is_somebody_else and is_colleague


def may_revoke_delegation(by: Any, delegation: Delegation) -> bool:
    """Whoever gave it, whoever holds it, and the coordination."""
    keys = (delegation.principal_id, delegation.delegate_id)
    return getattr(by, "pk", None) in keys or is_coordinator(by, delegation)


def is_delegation_over(delegation: Delegation, today: date) -> bool:
    return delegation.revoked_at is not None or delegation.ends_on < today
