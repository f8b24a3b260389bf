"""Each promise of the tables, asked of the database itself."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from members.models import Cpts, Membership, Profession, Role, User
from tests.factories import (
    CommuneFactory,
    CptsCommuneFactory,
    CptsFactory,
    GpFactory,
    MembershipFactory,
    PracticeFactory,
    PracticeMemberFactory,
    UserFactory,
)


def refused(name: str) -> Any:
    return pytest.raises(IntegrityError, match=name)


def test_two_accounts_may_have_no_email(db: None) -> None:
    UserFactory(email=None)
    UserFactory(email=None)

    assert User.objects.filter(email=None).count() == 2


def test_two_accounts_never_share_an_email_whatever_the_case(db: None) -> None:
    UserFactory(email="maud@sante.example")

    with refused("user_email_unique_whatever_the_case"):
        UserFactory(email="Maud@Sante.example")


def test_an_empty_email_is_null(db: None) -> None:
    with refused("user_email_null_rather_than_empty"):
        UserFactory(email="")


@pytest.mark.parametrize("slug", ["compte", "administration", "demo", "trouver-un-medecin"])
def test_a_cpts_takes_no_address_of_the_portal(db: None, slug: str) -> None:
    with refused("cpts_slug_not_reserved"):
        CptsFactory(slug=slug)


def test_a_commune_belongs_to_one_cpts(db: None) -> None:
    commune = CommuneFactory()
    CptsCommuneFactory(commune=commune)

    with refused("commune_id"):
        CptsCommuneFactory(commune=commune)


def test_a_person_has_one_open_place_in_a_cpts(coordinator: Membership) -> None:
    with refused("membership_one_at_a_time"):
        MembershipFactory(cpts=coordinator.cpts, user=coordinator.user, role=Role.BOARD)


def test_a_past_place_leaves_room_for_a_new_one(coordinator: Membership) -> None:
    Membership.objects.update(ends_on=coordinator.starts_on, end_reason="left")
    again = coordinator.starts_on + timedelta(days=1)
    MembershipFactory(cpts=coordinator.cpts, user=coordinator.user, starts_on=again)

    assert Membership.objects.current().count() == 1


def test_a_professional_has_a_profession(cpts: Cpts) -> None:
    with refused("membership_professional_has_profession"):
        MembershipFactory(cpts=cpts, role=Role.PROFESSIONAL, profession=None)


@pytest.mark.parametrize("rpps", ["1234", "1000000000A"])
def test_a_rpps_has_eleven_digits(cpts: Cpts, rpps: str) -> None:
    with refused("membership_rpps_has_11_digits"):
        GpFactory(cpts=cpts, rpps=rpps)


def test_a_place_ends_after_it_starts(cpts: Cpts) -> None:
    with refused("membership_ends_after_it_starts"):
        MembershipFactory(cpts=cpts, ends_on=date(2020, 1, 1))


def test_a_practice_has_both_coordinates_or_none(cpts: Cpts) -> None:
    with refused("practice_position_whole_or_absent"):
        PracticeFactory(cpts=cpts, latitude=50.6)


def test_a_finess_has_nine_characters(cpts: Cpts) -> None:
    with refused("practice_finess_has_9_characters"):
        PracticeFactory(cpts=cpts, finess="62")


def test_a_member_has_one_main_place(gp: Membership) -> None:
    PracticeMemberFactory(membership=gp)

    with refused("practice_member_one_main_place"):
        PracticeMemberFactory(membership=gp)


def test_a_member_works_in_her_own_cpts(gp: Membership) -> None:
    elsewhere = PracticeFactory(cpts=CptsFactory())

    with refused("practice_member_practice_same_cpts"), transaction.atomic():
        PracticeMemberFactory(membership=gp, practice=elsewhere)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_professions_are_there_from_the_first_day(db: None) -> None:
    doctors = Profession.objects.filter(can_be_treating_doctor=True)

    assert {profession.code for profession in doctors} == {
        "medecin-generaliste",
        "medecin-specialiste",
    }
