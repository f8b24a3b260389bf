"""Who writes what is told of a member."""

from __future__ import annotations

from typing import Any

from members.models import Membership
from members.rules.people import governs, is_of_same_cpts


def keeps_profile(by: Any, membership: Membership) -> bool:
    """The member, whoever acts for her, and those who decide for the association."""
    is_hers = is_of_same_cpts(by, membership) and bool(by.pk == membership.pk)
    return is_hers or governs(by, membership)
