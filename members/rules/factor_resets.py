"""Who may take a lost second factor off: two people, neither of them its owner.

`keepers` are the keys of the running coordinators: where nobody else coordinates, the bureau does.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from members.models import FactorReset, Membership
from members.rules.invitations import has_account
from members.rules.people import governs, is_coordinator


def may_open_reset(by: Any, membership: Membership, keepers: Collection[int]) -> bool:
    """Coordinators for a member who has an account; the bureau for the only coordinator."""
    if _is_herself(by, membership) or not has_account(membership.user):
        return False
    others = set(keepers) - {membership.pk}
    return is_coordinator(by, membership) or (not others and governs(by, membership))


def may_confirm_reset(by: Any, reset: FactorReset, keepers: Collection[int]) -> bool:
    """Another coordinator; somebody of the bureau where there is no other."""
    if _is_herself(by, reset.opened_by) or _is_herself(by, reset.membership):
        return False
    others = set(keepers) - {reset.opened_by_id, reset.membership_id}
    return is_coordinator(by, reset) or (not others and governs(by, reset))


def _is_herself(by: Any, membership: Membership) -> bool:
    return bool(by.pk == membership.pk or by.user_id == membership.user_id)


def is_reset_open(reset: FactorReset, now: datetime) -> bool:
    is_settled = reset.confirmed_at is not None or reset.cancelled_at is not None
    return not is_settled and reset.expires_at > now
