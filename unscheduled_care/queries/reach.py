"""What a member's roles, places and delegations open to her, and the slots within."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from members.delegations import principals_of
from members.models import Membership, PracticeMember, Role
from unscheduled_care.models import Channel, SasDesk
from unscheduled_care.rules import Reach, is_clinician


def reach_of(by: Any) -> Reach:
    """In two queries, none for the desk; a delegate acting for somebody reaches what he does.

    Team and professions are ways in for members alone: a partner who is a nurse by trade, or a
    bureau that works in a house, comes by the SAS or not at all.
    """
    member: Membership = getattr(by, "principal", by)
    is_member = member.role == Role.SECRETARY or is_clinician(member)
    own = [member, *principals_of(member)] if is_member else [member]
    own_ids = frozenset(one.pk for one in own)
    trades = frozenset(one.profession_id for one in own if one.profession_id)
    return Reach(
        membership_id=member.pk,
        is_desk=member.role == Role.COORDINATOR,
        is_member=is_member,
        is_sas=member.role == Role.PARTNER and SasDesk.objects.filter(membership=member).exists(),
        own_ids=own_ids,
        team_ids=_colleagues(own_ids) if is_member else frozenset(),
        professions=trades if is_member else frozenset(),
    )


def _colleagues(own_ids: frozenset[int]) -> frozenset[int]:
    """Those who work at one of the places of `own_ids`."""
    places = PracticeMember.objects.filter(membership__in=own_ids).values("practice")
    shared = PracticeMember.objects.filter(practice__in=places)
    return frozenset(shared.values_list("membership_id", flat=True))


def visible_to(reach: Reach) -> Q:
    """`rules.reaches` as a condition on slots; the two are tested against each other."""
    if reach.is_desk:
        return Q()
    open_to = Q(professional__in=reach.own_ids)
    if reach.is_member:
        open_to |= Q(channels__contains=[Channel.MEMBERS])
    if reach.team_ids:
        open_to |= Q(channels__contains=[Channel.TEAM], professional__in=reach.team_ids)
    if reach.professions:
        open_to |= Q(
            channels__contains=[Channel.PROFESSIONS], professions__overlap=list(reach.professions)
        )
    if reach.is_sas:
        open_to |= Q(channels__contains=[Channel.SAS])
    return open_to
