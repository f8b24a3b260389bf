from __future__ import annotations

from datetime import timedelta

import pytest

from members import rules
from members.models import Membership, Role, User

SEEING = {Role.COORDINATOR, Role.PROFESSIONAL, Role.SECRETARY, Role.PARTNER}


@pytest.mark.parametrize("role", Role)
def test_can_see_names_is_for_those_who_meet_patients(role: Role) -> None:
    assert rules.can_see_names(Membership(role=role)) is (role in SEEING)


@pytest.mark.parametrize(
    ("user", "roles", "needed"),
    [
        (User(), [], False),
        (User(), [Role.BOARD, Role.FUNDER], False),
        (User(), [Role.FUNDER, Role.PROFESSIONAL], True),
        (User(is_staff=True), [], True),
        (User(is_superuser=True), [], True),
    ],
)
def test_needs_second_factor_as_soon_as_one_place_shows_a_name(
    user: User, roles: list[Role], needed: bool
) -> None:
    assert rules.needs_second_factor(user, [Membership(role=role) for role in roles]) is needed


def test_has_role_is_false_of_who_has_no_place() -> None:
    assert rules.has_role(None, {Role.COORDINATOR}) is False


@pytest.mark.parametrize(
    ("roles", "hours"), [([], 12), ([Role.BOARD], 12), ([Role.BOARD, Role.COORDINATOR], 8)]
)
def test_session_age_is_shorter_for_who_coordinates(roles: list[Role], hours: int) -> None:
    places = [Membership(role=role) for role in roles]

    assert rules.session_age(User(), places) == timedelta(hours=hours)
