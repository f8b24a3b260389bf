"""Which slots somebody may see and claim: the same rule for the board and for the action."""

from __future__ import annotations

from dataclasses import dataclass

from members.models import Membership, Role
from unscheduled_care.models import Channel, Slot


@dataclass(frozen=True)
class Reach:
    """What a member's roles, places and delegations open to her; ids are of memberships."""

    membership_id: int
    is_desk: bool = False
    is_member: bool = False
    is_sas: bool = False
    own_ids: frozenset[int] = frozenset()
    """Herself and those for whom she acts today."""
    team_ids: frozenset[int] = frozenset()
    """Those who share a place with one of `own_ids`."""
    professions: frozenset[str] = frozenset()
    """Codes of the professions of `own_ids`."""

    @property
    def is_open(self) -> bool:
        """Whether the board exists at all for her."""
        return self.is_desk or self.is_member or self.is_sas


def is_clinician(member: Membership) -> bool:
    """Somebody who sees patients, in the bureau or not."""
    return member.role in (Role.PROFESSIONAL, Role.BOARD) and member.profession_id is not None


def reaches(reach: Reach, slot: Slot) -> bool:
    """Whether she may claim it, were it free: `queries.reach.visible_to` says it to PostgreSQL."""
    if reach.is_desk or slot.professional_id in reach.own_ids:
        return True
    channels = set(slot.channels)
    return (
        (Channel.MEMBERS in channels and reach.is_member)
        or (Channel.TEAM in channels and slot.professional_id in reach.team_ids)
        or (Channel.PROFESSIONS in channels and bool(reach.professions & set(slot.professions)))
        or (Channel.SAS in channels and reach.is_sas)
    )
