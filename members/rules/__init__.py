"""Who may what, told from loaded rows alone; one module a noun, all read as `rules.x`."""

from members.rules.ads import (
    AD_SHOWN,
    digest_day,
    keeps_ad,
    may_advertise,
    may_write_in_talk,
    prolonged_until,
)
from members.rules.delegations import (
    DELEGATES,
    LONGEST_DELEGATION,
    PRINCIPALS,
    is_delegation_over,
    may_be_delegate,
    may_delegate,
    may_revoke_delegation,
)
from members.rules.desk import (
    is_last_coordinator,
    keeps_the_register,
    may_end,
    may_give_role,
)
from members.rules.factor_resets import is_reset_open, may_confirm_reset, may_open_reset
from members.rules.governance import (
    is_attendance_open,
    is_presence_open,
    keeps_attendance,
    may_vote,
    takes_answers,
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
from members.rules.subscriptions import (
    due_on,
    is_to_be_opened,
    keeps_accounts,
    may_follow,
    may_open_year,
    may_read_receipt,
    may_renew,
    next_start,
    reminder_step,
)
from members.rules.voices import is_open_survey, may_show_results

__all__ = [
    "AD_SHOWN",
    "DELEGATES",
    "LONGEST_DELEGATION",
    "PRINCIPALS",
    "SEES_NAMES",
    "InvitationState",
    "Standing",
    "can_see_names",
    "digest_day",
    "due_on",
    "governs",
    "has_account",
    "has_role",
    "invitation_state",
    "is_attendance_open",
    "is_coordinator",
    "is_delegation_over",
    "is_last_coordinator",
    "is_of_same_cpts",
    "is_open_survey",
    "is_presence_open",
    "is_reset_open",
    "is_to_be_opened",
    "keeps_accounts",
    "keeps_ad",
    "keeps_attendance",
    "keeps_profile",
    "keeps_the_register",
    "may_advertise",
    "may_be_delegate",
    "may_be_invited",
    "may_confirm_reset",
    "may_delegate",
    "may_end",
    "may_follow",
    "may_give_role",
    "may_open_reset",
    "may_open_year",
    "may_read_receipt",
    "may_renew",
    "may_revoke_delegation",
    "may_show_results",
    "may_take_part",
    "may_vote",
    "may_write_in_talk",
    "needs_second_factor",
    "next_start",
    "prolonged_until",
    "reminder_step",
    "session_age",
    "standing",
    "takes_answers",
]
