"""The shared desk: whose agendas, what a line says, kept fresh for nothing."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from members.models import Cpts, Membership, Role
from tests.factories import DelegationFactory, GpFactory, MembershipFactory
from tests.unscheduled_care.makers import ClaimFactory, HoldFactory, SlotFactory
from unscheduled_care.actions import holds
from unscheduled_care.models import Slot

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture(autouse=True)
def one_factor(settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = False


def at(hours: int) -> datetime:
    return datetime.combine(timezone.localdate() + timedelta(days=1), time(hours), PARIS)


def slot_of(member: Membership, hours: int, **fields: Any) -> Slot:
    return SlotFactory(professional=member, starts_at=at(hours), **fields)


def desk(client: Client, cpts: Cpts, by: Membership, query: str = "", **headers: str) -> Any:
    client.force_login(by.user)
    path = reverse("unscheduled_care:desk_show", args=[cpts.slug])
    return client.get(f"{path}?jour={at(9).date()}{query}", headers=headers)


def states(response: Any) -> dict[str, list[str]]:
    return {
        column.member.user.last_name: [line.state for line in column.lines]
        for column in response.context["desk"].columns
    }


def test_desk_shows_each_agenda_of_the_day_by_name(
    client: Client, cpts: Cpts, coordinator: Membership
) -> None:
    first = GpFactory(cpts=cpts, user__last_name="Allart")
    second = GpFactory(cpts=cpts, user__last_name="Bultel")
    slot_of(second, 9)
    slot_of(first, 10, channels=["team"])
    SlotFactory(professional=first, starts_at=at(9) + timedelta(days=3))

    assert states(desk(client, cpts, coordinator)) == {"Allart": ["free"], "Bultel": ["free"]}


def test_desk_says_free_kept_held_and_booked(
    client: Client, cpts: Cpts, coordinator: Membership
) -> None:
    gp = GpFactory(cpts=cpts, user__last_name="Allart")
    slot_of(gp, 9)
    mine = slot_of(gp, 10)
    HoldFactory(slot=slot_of(gp, 11))
    claim = ClaimFactory(slot=slot_of(gp, 12))
    holds.hold(mine, by=coordinator)

    response = desk(client, cpts, coordinator)

    assert states(response) == {"Allart": ["free", "kept", "held", "booked"]}
    assert claim.contact.phone not in response.content.decode()


def test_desk_of_a_secretary_begins_with_those_for_whom_she_acts(
    client: Client, cpts: Cpts
) -> None:
    secretary = MembershipFactory(cpts=cpts, role=Role.SECRETARY)
    hers, other = (GpFactory(cpts=cpts, user__last_name=name) for name in ("Mahieu", "Allart"))
    DelegationFactory(principal=hers, delegate=secretary)
    slot_of(hers, 9, channels=["team"])
    slot_of(other, 9)
    slot_of(GpFactory(cpts=cpts), 9, channels=["sas"])

    response = desk(client, cpts, secretary)
    both = desk(client, cpts, secretary, f"&qui={hers.pk}&qui={other.pk}")

    assert states(response) == {"Mahieu": ["free"]}
    assert [member.pk for member in response.context["desk"].others] == [other.pk]
    assert states(both) == {"Allart": ["free"], "Mahieu": ["free"]}


def test_desk_shows_another_secretarys_claim_as_taken_without_a_word(
    client: Client, cpts: Cpts
) -> None:
    claim = ClaimFactory(slot=slot_of(GpFactory(cpts=cpts), 9))
    secretary = MembershipFactory(cpts=cpts, role=Role.SECRETARY)

    html = desk(client, cpts, secretary).content.decode()

    assert "pris" in html
    assert claim.get_age_band_display() not in html


def test_desk_is_not_taken_for_fresh_under_another_address(
    client: Client, cpts: Cpts, coordinator: Membership
) -> None:
    slot_of(GpFactory(cpts=cpts), 9)
    tag = desk(client, cpts, coordinator)["ETag"]

    elsewhere = desk(client, cpts, coordinator, "&qui=1", **{"If-None-Match": tag})
    forged = desk(client, cpts, coordinator, **{"If-None-Match": 'W/"1:1:;9e9;a:b"'})

    assert (elsewhere.status_code, forged.status_code) == (200, 200)


@pytest.mark.parametrize("query", ["&qui=x", "&qui=99999999999999", "&jour=2026-02-31"])
def test_desk_takes_nonsense_calmly(
    client: Client, cpts: Cpts, coordinator: Membership, query: str
) -> None:
    assert desk(client, cpts, coordinator, query).status_code == 200


def test_desk_takes_as_many_queries_for_one_slot_as_for_three(
    client: Client, cpts: Cpts, coordinator: Membership, django_assert_num_queries: Any
) -> None:
    slot_of(GpFactory(cpts=cpts), 9)
    client.force_login(coordinator.user)
    path = reverse("unscheduled_care:desk_show", args=[cpts.slug]) + f"?jour={at(9).date()}"
    client.get(path)
    with django_assert_num_queries(8) as first:
        client.get(path)
    ClaimFactory(slot=slot_of(GpFactory(cpts=cpts), 10))
    slot_of(GpFactory(cpts=cpts), 11)

    with django_assert_num_queries(len(first.captured_queries)):
        client.get(path)
