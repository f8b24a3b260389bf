"""What PostgreSQL lets through is what the rule says, for any slot and any reader."""

from __future__ import annotations

from itertools import chain, combinations

import pytest

from members.models import Cpts, Role
from tests.factories import GpFactory, MembershipFactory, PracticeFactory, PracticeMemberFactory
from tests.unscheduled_care.makers import SlotFactory
from unscheduled_care import rules
from unscheduled_care.models import Channel, Slot
from unscheduled_care.queries.reach import visible_to
from unscheduled_care.rules import Reach

CHANNELS = [
    list(found)
    for found in chain.from_iterable(combinations(Channel.values, n) for n in range(1, 5))
]
NURSE, GP = "infirmier", "medecin-generaliste"


@pytest.fixture
def slots(cpts: Cpts) -> list[Slot]:
    """One of each set of channels, by a colleague of the reader's place and by a stranger."""
    place = PracticeFactory(cpts=cpts)
    made = []
    for channels in CHANNELS:
        for is_colleague in (True, False):
            professional = GpFactory(cpts=cpts)
            if is_colleague:
                PracticeMemberFactory(membership=professional, practice=place)
            named = [NURSE, "sage-femme"] if Channel.PROFESSIONS in channels else []
            made.append(
                SlotFactory(
                    professional=professional, practice=place, channels=channels, professions=named
                )
            )
    return made


@pytest.mark.parametrize("is_member", [True, False])
@pytest.mark.parametrize("is_sas", [True, False])
@pytest.mark.parametrize("professions", [(), (GP,), (GP, NURSE)])
def test_the_condition_and_the_rule_say_the_same(
    slots: list[Slot], is_member: bool, is_sas: bool, professions: tuple[str, ...]
) -> None:
    own, team = frozenset({slots[0].professional_id}), {one.professional_id for one in slots[::2]}
    readers = [
        Reach(
            membership_id=slots[0].professional_id,
            is_desk=is_desk,
            is_member=is_member,
            is_sas=is_sas,
            own_ids=own_ids,
            team_ids=frozenset(team_ids),
            professions=frozenset(professions),
        )
        for is_desk in (True, False)
        for own_ids in (own, frozenset())
        for team_ids in (team, ())
    ]

    for reader in readers:
        told = set(Slot.objects.filter(visible_to(reader)).values_list("pk", flat=True))
        assert told == {slot.pk for slot in slots if rules.reaches(reader, slot)}


def test_who_has_no_way_in_reaches_nothing(slots: list[Slot]) -> None:
    partner = MembershipFactory(cpts=slots[0].cpts, role=Role.PARTNER)

    reader = Reach(membership_id=partner.pk)

    assert not reader.is_open
    assert list(Slot.objects.filter(visible_to(reader))) == []
