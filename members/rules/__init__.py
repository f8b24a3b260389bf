"""Who may what, told from loaded rows alone; one module a noun, all read as `rules.x`."""

from members.rules.desk import (
    is_last_coordinator,
    keeps_the_register,
    may_end,
    may_give_role,
)
from members.rules.invitations import (
    InvitationState,
    has_account,
    invitation_state,
    may_be_invited,
)
from members.rules.people import (
    SEES_NAMES,
    can_see_names,
    governs,
    has_role,
    is_coordinator,
    is_of_same_cpts,
    needs_second_factor,
    session_age,
)
from members.rules.profiles import keeps_profile
from members.rules.standing import Standing, may_take_part, standing

__all__ = [
    "SEES_NAMES",
    "InvitationState",
    "Standing",
    "can_see_names",
    "governs",
    "has_account",
    "has_role",
    "invitation_state",
    "is_coordinator",
    "is_last_coordinator",
    "is_of_same_cpts",
    "keeps_profile",
    "keeps_the_register",
    "may_be_invited",
    "may_end",
    "may_give_role",
    "may_take_part",
    "needs_second_factor",
    "session_age",
    "standing",
]
