"""Who may be invited, and what an invitation still opens."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from members.models import Invitation, Membership, User


class InvitationState(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    REVOKED = "revoked"
    EXPIRED = "expired"


def has_account(user: User) -> bool:
    """False for the placeholder of a member who has not followed an invitation yet.

    An account that somebody has once opened stays hers, whatever it has lost since.
    """
    return bool(user.email) or user.has_usable_password() or user.last_login is not None


def may_be_invited(membership: Membership, today: date) -> bool:
    """A member, of today or of a day to come, who has no account of her own yet."""
    has_left = membership.ends_on is not None and membership.ends_on < today
    return not (has_left or has_account(membership.user))


def invitation_state(invitation: Invitation, now: datetime) -> InvitationState:
    if invitation.accepted_at is not None:
        return InvitationState.ACCEPTED
    if invitation.revoked_at is not None:
        return InvitationState.REVOKED
    return InvitationState.OPEN if invitation.is_open_at(now) else InvitationState.EXPIRED
