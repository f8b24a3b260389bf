"""One small world, everybody in it, slots in every set of channels: who is let in to what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import combinations
from typing import Any

import pytest
from django.utils import timezone

from cpts_portal.core.refusals import NotPermitted
from members.delegations import ActingFor
from members.models import Cpts, Membership, Practice, Role
from tests.factories import (
    CptsFactory,
    DelegationFactory,
    GpFactory,
    MembershipFactory,
    PracticeFactory,
    PracticeMemberFactory,
    ProfessionFactory,
)
from tests.unscheduled_care.makers import SasDeskFactory, SlotFactory
from unscheduled_care import rules
from unscheduled_care.actions import holds
from unscheduled_care.models import Channel, Slot
from unscheduled_care.queries.reach import reach_of, visible_to
from unscheduled_care.rules import Reach

SETS = [frozenset(found) for n in range(1, 5) for found in combinations(Channel.values, n)]
TEAM, PROFESSIONS, MEMBERS, SAS = Channel.values
EVERYTHING = frozenset(Channel.values)


class World:
    """A doctor of one house, her slots named to nurses, and those who may want them."""

    def __init__(self, cpts: Cpts) -> None:
        self.cpts = cpts
        self.house: Practice = PracticeFactory(cpts=cpts)
        self.nursing = ProfessionFactory(code="infirmier", label="Infirmier")
        self.doctor = self.at_home(GpFactory(cpts=cpts))
        self.slots = [self.slot(channels) for channels in SETS]

    def slot(self, channels: frozenset[str]) -> Slot:
        hours = 3 + SETS.index(channels)
        return SlotFactory(
            professional=self.doctor,
            practice=self.house,
            starts_at=timezone.now() + timedelta(hours=hours),
            channels=sorted(channels),
            professions=["infirmier"] if PROFESSIONS in channels else [],
        )

    def at_home(self, member: Membership) -> Membership:
        PracticeMemberFactory(membership=member, practice=self.house)
        return member

    def one(self, role: Role, **fields: Any) -> Membership:
        return MembershipFactory(cpts=self.cpts, role=role, **fields)

    def nurse(self) -> Membership:
        return GpFactory(cpts=self.cpts, profession=self.nursing)

    def secretary_of(self, *principals: Membership, **fields: Any) -> Membership:
        delegate = self.one(Role.SECRETARY)
        for principal in principals:
            DelegationFactory(principal=principal, delegate=delegate, **fields)
        return delegate

    def sas(self, member: Membership) -> Membership:
        return SasDeskFactory(membership=member, cpts=self.cpts).membership

    def colleague(self) -> Membership:
        return self.at_home(GpFactory(cpts=self.cpts))

    def acting_for(self, principal: Membership) -> ActingFor:
        return ActingFor(delegate=self.secretary_of(principal), principal=principal)


YESTERDAY = timezone.localdate() - timedelta(days=1)
OVER = {"starts_on": YESTERDAY - timedelta(days=30), "ends_on": YESTERDAY}
VIEWERS: dict[str, tuple[Callable[[World], Any], frozenset[str]]] = {
    "the desk": (lambda w: w.one(Role.COORDINATOR), EVERYTHING),
    "the doctor herself": (lambda w: w.doctor, EVERYTHING),
    "her secretary": (lambda w: w.secretary_of(w.doctor), EVERYTHING),
    "who acts for her": (lambda w: w.acting_for(w.doctor), EVERYTHING),
    "a colleague": (lambda w: w.colleague(), frozenset({TEAM, MEMBERS})),
    "a colleague's secretary": (
        lambda w: w.secretary_of(w.colleague()),
        frozenset({TEAM, MEMBERS}),
    ),
    "who acts for a colleague": (
        lambda w: w.acting_for(w.colleague()),
        frozenset({TEAM, MEMBERS}),
    ),
    "a nurse": (lambda w: w.nurse(), frozenset({PROFESSIONS, MEMBERS})),
    "a nurse of the house": (
        lambda w: w.at_home(w.nurse()),
        frozenset({TEAM, PROFESSIONS, MEMBERS}),
    ),
    "the secretary of a nurse and of a colleague": (
        lambda w: w.secretary_of(w.nurse(), w.colleague()),
        frozenset({TEAM, PROFESSIONS, MEMBERS}),
    ),
    "a doctor of another house": (lambda w: GpFactory(cpts=w.cpts), frozenset({MEMBERS})),
    "a doctor of the bureau": (
        lambda w: w.one(Role.BOARD, profession=ProfessionFactory()),
        frozenset({MEMBERS}),
    ),
    "a secretary": (lambda w: w.one(Role.SECRETARY), frozenset({MEMBERS})),
    "a secretary whose delegation is over": (
        lambda w: w.secretary_of(w.doctor, **OVER),
        frozenset({MEMBERS}),
    ),
    "the SAS": (lambda w: w.sas(w.one(Role.PARTNER)), frozenset({SAS})),
    "the SAS, a nurse of the house by trade": (
        lambda w: w.sas(w.at_home(w.one(Role.PARTNER, profession=w.nursing))),
        frozenset({SAS}),
    ),
    "a partner": (lambda w: w.one(Role.PARTNER), frozenset()),
    "a partner of the house, a nurse by trade": (
        lambda w: w.at_home(w.one(Role.PARTNER, profession=w.nursing)),
        frozenset(),
    ),
    "the bureau, seeing no patient": (lambda w: w.at_home(w.one(Role.BOARD)), frozenset()),
    "a funder": (lambda w: w.one(Role.FUNDER), frozenset()),
    "the SAS no more, a funder now": (lambda w: w.sas(w.one(Role.FUNDER)), frozenset()),
}
"""Somebody of that world, and the channels by which the slots come to her."""


@pytest.fixture
def world(cpts: Cpts) -> World:
    return World(cpts)


def shown(world: World, reach: Reach) -> set[frozenset[str]]:
    """The sets of channels of what PostgreSQL lets through, which is what the rule says."""
    found = Slot.objects.filter(visible_to(reach))
    assert set(found) == {slot for slot in world.slots if rules.reaches(reach, slot)}
    return {frozenset(slot.channels) for slot in found}


def test_everybody_is_let_in_by_her_channels_alone(world: World) -> None:
    reaches = {who: reach_of(make(world)) for who, (make, _channels) in VIEWERS.items()}

    seen = {who: shown(world, reach) for who, reach in reaches.items()}

    assert seen == {
        who: {channels for channels in SETS if channels & own}
        for who, (_make, own) in VIEWERS.items()
    }
    assert {who for who, reach in reaches.items() if reach.is_open} == {
        who for who, (_make, own) in VIEWERS.items() if own
    }


def test_the_slots_of_another_cpts_are_shown_to_nobody(world: World) -> None:
    SlotFactory(professional__cpts=CptsFactory())

    assert shown(world, reach_of(world.one(Role.COORDINATOR))) == {*SETS}


def test_what_is_not_shown_is_not_held_either(world: World) -> None:
    closed_to_her = next(slot for slot in world.slots if {*slot.channels} == {TEAM})

    with pytest.raises(NotPermitted, match="pas ouvert"):
        holds.hold(closed_to_her, by=GpFactory(cpts=world.cpts))


def test_reach_costs_three_statements_for_a_member_and_none_for_the_desk(
    world: World, django_assert_num_queries: Any
) -> None:
    colleague, desk = world.colleague(), world.one(Role.COORDINATOR)

    with django_assert_num_queries(2):
        reach_of(colleague)
    with django_assert_num_queries(0):
        reach_of(desk)
