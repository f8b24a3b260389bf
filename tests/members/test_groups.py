"""Bureau, board and working groups, and who may change them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from cpts_portal.core.models import AuditEntry
from cpts_portal.core.refusals import NotPermitted, Refused
from cpts_portal.core.scoping import open_scope
from members.actions import groups as actions
from members.models import Group, Mandate, Role
from members.queries import groups as queries
from tests.factories import (
    CptsFactory,
    GpFactory,
    GroupFactory,
    MandateFactory,
    MeetingFactory,
    MembershipFactory,
    MissionFactory,
)

PAGE = "/artois-lys/instances/"
TODAY = timezone.localdate


@pytest.fixture
def desk(settings: Any, client: Client, coordinator: Any) -> Client:
    settings.SECOND_FACTOR_REQUIRED = False
    client.force_login(coordinator.user)
    return client


@pytest.fixture
def bureau(cpts: Any) -> Group:
    return GroupFactory(cpts=cpts, kind=Group.Kind.BUREAU, name="Bureau")


def test_group_new_opens_a_group_and_says_who_did(desk, cpts):
    mission = MissionFactory(cpts=cpts)

    response = desk.post(
        f"{PAGE}nouvelle/", {"kind": "working", "name": "Chutes", "mission": mission.pk}
    )

    group = Group.objects.get()
    assert response.url == f"{PAGE}{group.pk}/"
    assert (group.name, group.mission, group.closed_on) == ("Chutes", mission, None)
    assert AuditEntry.objects.get().verb == "open"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"kind": "working", "name": "Bureau"}, "Un groupe porte déjà ce nom."),
        ({"kind": "bureau", "name": "Autre"}, "Cette instance existe déjà."),
        ({"kind": "working", "name": ""}, "Donnez un nom à ce groupe."),
    ],
)
def test_group_new_keeps_what_was_typed_and_says_what_is_wrong(desk, bureau, typed, told):
    response = desk.post(f"{PAGE}nouvelle/", typed | {"purpose": "Pour essayer"})

    assert response.status_code == 422
    assert told in response.content.decode()
    assert "Pour essayer" in response.content.decode()
    assert Group.objects.count() == 1


def test_group_edit_renames_it(desk, bureau):
    response = desk.post(f"{PAGE}{bureau.pk}/modifier/", {"kind": "bureau", "name": "Le bureau"})

    bureau.refresh_from_db()
    assert (response.status_code, bureau.name) == (302, "Le bureau")


def test_group_close_ends_its_mandates_today_and_those_to_come(desk, bureau):
    seat = MandateFactory(group=bureau, cpts=bureau.cpts, membership__cpts=bureau.cpts)
    later = MandateFactory(
        group=bureau,
        cpts=bureau.cpts,
        membership__cpts=bureau.cpts,
        starts_on=TODAY() + timedelta(days=9),
    )

    desk.post(f"{PAGE}{bureau.pk}/terminer/")

    bureau.refresh_from_db()
    assert bureau.closed_on == TODAY()
    assert list(Mandate.objects.values_list("pk", "ends_on")) == [(seat.pk, TODAY())]
    assert not Mandate.objects.filter(pk=later.pk).exists()


def test_group_close_is_refused_while_it_still_has_to_meet(desk, bureau):
    MeetingFactory(cpts=bureau.cpts, group=bureau)

    response = desk.post(f"{PAGE}{bureau.pk}/terminer/")

    bureau.refresh_from_db()
    assert (response.status_code, bureau.closed_on) == (409, None)
    assert "a encore des réunions prévues" in response.content.decode()


def test_a_closed_group_takes_nobody_any_more(coordinator, bureau, gp):
    actions.close_group(bureau, by=coordinator)

    with pytest.raises(Refused, match="terminé depuis le"):
        actions.give_mandate(
            bureau, gp, function="member", starts_on=TODAY(), ends_on=None, by=coordinator
        )


def test_group_list_shows_seats_by_function_with_the_members_own_first(desk, cpts, gp, bureau):
    MandateFactory(group=bureau, membership=gp, function="member")
    president = GpFactory(cpts=cpts, user__last_name="Zola")
    MandateFactory(group=bureau, membership=president, function="president")

    shown = queries.instances(gp, TODAY())

    [seats] = shown.governing
    assert [seat.membership for seat in seats.seats] == [president, gp]
    assert [seat.group for seat in shown.mine] == [bureau]


def test_group_list_puts_working_groups_under_their_mission_and_the_closed_apart(cpts, gp):
    mission = MissionFactory(cpts=cpts)
    inside, alone = GroupFactory(cpts=cpts, mission=mission), GroupFactory(cpts=cpts)
    closed = GroupFactory(cpts=cpts, closed_on=TODAY() - timedelta(days=1))

    shown = queries.instances(gp, TODAY())

    groups = {key: [seats.group for seats in value] for key, value in shown.by_mission.items()}
    assert groups == {mission: [inside], None: [alone]}
    assert shown.closed == [closed]


@pytest.mark.parametrize("count", [1, 3])
def test_group_list_asks_as_much_for_one_group_as_for_three(
    desk, cpts, count, django_assert_num_queries
):
    for _number in range(count):
        MandateFactory(cpts=cpts, membership__cpts=cpts)
    desk.get(PAGE)

    with django_assert_num_queries(6):
        assert desk.get(PAGE).status_code == 200


def test_group_detail_tells_past_from_present(cpts, gp, bureau):
    day = timedelta(days=1)
    now = MandateFactory(group=bureau, membership=gp, starts_on=TODAY() - 5 * day)
    past = MandateFactory(
        group=bureau, membership=gp, starts_on=TODAY() - 20 * day, ends_on=TODAY() - 10 * day
    )
    coming = MandateFactory(group=bureau, membership=GpFactory(cpts=cpts), starts_on=TODAY() + day)

    shown = queries.sitting(bureau, TODAY())

    assert (shown.now, shown.past, shown.coming) == ([now], [past], [coming])


def test_another_cptss_group_does_not_exist(desk):
    other = CptsFactory()
    with open_scope(cpts=other):
        group = GroupFactory(cpts=other)

    assert desk.get(f"{PAGE}{group.pk}/").status_code == 404


@pytest.mark.parametrize("role", [Role.SECRETARY, Role.PARTNER, Role.FUNDER])
def test_only_the_governance_opens_a_group(cpts, role):
    with pytest.raises(NotPermitted):
        actions.open_group(by=MembershipFactory(cpts=cpts, role=role), name="Chutes")


def test_a_treasurer_by_mandate_governs_too(settings, client, cpts, gp, bureau):
    settings.SECOND_FACTOR_REQUIRED = False
    MandateFactory(group=bureau, membership=gp, function="treasurer")
    client.force_login(gp.user)

    assert client.get(f"{PAGE}nouvelle/").status_code == 200
