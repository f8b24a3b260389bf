"""The register of members as the desk reads, searches, exports and opens it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cpts_portal.core.models import AuditEntry, Message
from members.models import College, Cpts, Membership, Role, Subscription, User
from members.queries.memberships import Filters, register
from tests.factories import (
    CollegeFactory,
    CptsFactory,
    GpFactory,
    MembershipFactory,
    ProfessionFactory,
    SubscriptionFactory,
    UserFactory,
)


@pytest.fixture(autouse=True)
def without_second_factor(settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = False


@pytest.fixture
def desk(client: Client, coordinator: Membership) -> Client:
    client.force_login(coordinator.user)
    return client


@pytest.fixture
def college(cpts: Cpts) -> College:
    return CollegeFactory(cpts=cpts, grace_days=60)


def named(cpts: Cpts, last_name: str, first_name: str = "Maud", **more: Any) -> Membership:
    user = UserFactory(last_name=last_name, first_name=first_name)
    return GpFactory(cpts=cpts, user=user, **more)


def paid_to(member: Membership, ends_on: date) -> Membership:
    SubscriptionFactory(
        cpts=member.cpts,
        membership=member,
        college=member.college,
        starts_on=ends_on - timedelta(days=364),
        ends_on=ends_on,
        is_paid=True,
    )
    return member


def day(after: int = 0) -> date:
    return timezone.localdate() + timedelta(days=after)


def at(name: str, *args: Any) -> str:
    return reverse(f"members:{name}", args=["artois-lys", *args])


def names(**asked: Any) -> list[str]:
    return [row.name for row in register(Filters(**asked)).rows]


def four(cpts: Cpts, college: College) -> None:
    """One of each standing."""
    long_ago = day(-400)
    paid_to(named(cpts, "Bon", college=college, starts_on=long_ago), day(30))
    paid_to(named(cpts, "Grâce", college=college, starts_on=long_ago), day(-30))
    paid_to(named(cpts, "Échu", college=college, starts_on=long_ago), day(-90))
    named(cpts, "Parti", ends_on=day(-1))


# --- Searching ------------------------------------------------------------------------------
def test_each_standing_has_its_tab_with_its_count(cpts, college):
    four(cpts, college)

    tabs = register(Filters()).facets["standing"]

    assert [(tab.value, tab.count) for tab in tabs] == [
        ("", 3),
        ("good", 1),
        ("grace", 1),
        ("lapsed", 1),
        ("left", 1),
    ]
    assert names(standing="lapsed") == ["Échu Maud"]
    assert names(standing="left") == ["Parti Maud"]


def test_a_name_is_found_whatever_its_accents_and_order(cpts):
    named(cpts, "Béthencourt", "Zoé")
    named(cpts, "Bernard", "Zoé")

    assert names(q="zoe beth") == ["Béthencourt Zoé"]
    assert names(q="BÉTHEN") == ["Béthencourt Zoé"]


def test_names_are_sorted_as_a_reader_expects(cpts):
    for last_name in ("Zola", "Étienne", "Abbé", "Eude"):
        named(cpts, last_name)

    assert names() == ["Abbé Maud", "Étienne Maud", "Eude Maud", "Zola Maud"]


def test_filters_count_what_they_would_leave_beside_the_others(cpts, college):
    named(cpts, "Alix", college=college)
    named(cpts, "Brun", profession=ProfessionFactory(code="sage-femme"))
    MembershipFactory(cpts=cpts, role=Role.PARTNER)

    facets = register(Filters(profession="sage-femme")).facets

    assert [(choice.value, choice.count) for choice in facets["role"]] == [("professional", 1)]
    assert {choice.value: choice.count for choice in facets["profession"]} == {
        "medecin-generaliste": 1,
        "sage-femme": 1,
    }


def test_one_who_came_back_stands_once(cpts):
    before = named(cpts, "Revenu", ends_on=day(-5))
    GpFactory(cpts=cpts, user=before.user, starts_on=day())

    assert names() == ["Revenu Maud"]
    assert names(standing="left") == []


def test_the_neighbours_are_not_in_the_register(cpts):
    named(CptsFactory(), "Ailleurs")

    assert names() == []


def test_fifty_a_page(cpts):
    for number in range(51):
        named(cpts, f"Nom {number:02d}")

    last = register(Filters(), 9)

    assert (last.pages, last.number, last.total) == (2, 2, 51)
    assert [row.name for row in last.rows] == ["Nom 50 Maud"]


@pytest.mark.parametrize(
    "query", ["?situation=nimporte&page=-4&tri=x&college=9", "?page=99999999999999", "?q=%25%27"]
)
def test_an_address_typed_anyhow_is_still_a_page(desk, query):
    assert desk.get(at("membership_list") + query).status_code == 200


def test_the_register_costs_as_many_queries_for_three_as_for_one(desk, cpts, college):
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(at("membership_list")).status_code == 200
        return len(queries)

    paid_to(named(cpts, "Un", college=college, starts_on=day(-400)), day(30))
    desk.get(at("membership_list"))
    one = cost()
    for last_name in ("Deux", "Trois"):
        paid_to(named(cpts, last_name, college=college, starts_on=day(-400)), day(30))

    assert cost() == one


# --- Taking away ----------------------------------------------------------------------------
def test_the_export_takes_what_the_filters_leave_and_is_traced(desk, cpts, coordinator):
    named(cpts, "=cmd()", rpps="10999000129")
    named(cpts, "Autre")

    response = desk.post(at("membership_export"), {"q": "10999000129"})

    lines = response.content.decode("utf-8-sig").splitlines()
    assert [line.split(";")[:5] for line in lines] == [
        ["Nom", "Prénom", "Titre", "Profession", "RPPS"],
        ["'=cmd()", "Maud", "", "Médecin généraliste", "10999000129"],
    ]
    entry = AuditEntry.objects.get(verb="export_register")
    assert (entry.by, entry.reason) == (coordinator.user, "1")


# --- Writing down ---------------------------------------------------------------------------
def told(**changed: Any) -> dict[str, Any]:
    today = day()
    typed = {
        "first_name": "Inès",
        "last_name": "Fauquembergue",
        "email": "Ines@Cabinet.example",
        "role": "professional",
        "profession": ProfessionFactory().pk,
        "starts_on_day": today.day,
        "starts_on_month": today.month,
        "starts_on_year": today.year,
        "invite": "on",
    }
    return {**typed, **changed}


def test_a_member_written_down_is_invited(desk, college):
    response = desk.post(at("membership_new"), told(college=college.pk))

    member = Membership.objects.get(user__last_name="Fauquembergue")
    assert response.url == at("membership_detail", member.pk)
    assert member.email == "ines@cabinet.example"
    assert Subscription.objects.get().membership == member
    assert Message.objects.get(purpose="members.invitation").recipient == member.email


def test_a_member_written_down_without_an_address_is_not(desk):
    desk.post(at("membership_new"), told(email="", invite=""))

    assert Membership.objects.get(user__last_name="Fauquembergue").email == ""
    assert Message.objects.count() == 0


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"email": ""}, "email"),
        ({"profession": ""}, "profession"),
        ({"rpps": "10999000128"}, "rpps"),
        ({"starts_on_month": "13"}, "starts_on"),
        ({"role": "emperor"}, "role"),
    ],
)
def test_what_is_wrong_is_said_beside_what_was_typed(desk, wrong, field):
    response = desk.post(at("membership_new"), told(**wrong))

    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert b"Fauquembergue" in response.content
    assert User.objects.filter(last_name="Fauquembergue").count() == 0


# --- One member -----------------------------------------------------------------------------
def test_the_file_of_a_member_is_opened_with_a_trace(desk, cpts, gp):
    response = desk.get(at("membership_detail", gp.pk))

    assert response.status_code == 200
    entry = AuditEntry.objects.get(verb="read")
    assert (entry.subject_kind, entry.subject_id) == ("members.membership", str(gp.pk))


def test_the_file_of_another_cpts_does_not_exist(desk):
    stranger = GpFactory(cpts=CptsFactory())

    assert desk.get(at("membership_detail", stranger.pk)).status_code == 404


def test_the_desk_changes_role_and_college_then_ends_and_takes_back(desk, cpts, college, gp):
    today = day()
    posted = {"day": today.day, "month": today.month, "year": today.year}
    desk.post(at("membership_role", gp.pk), {"role": "board", "profession": ""})
    desk.post(at("membership_college", gp.pk), {"college": college.pk})
    desk.post(
        at("membership_end", gp.pk),
        {"reason": "left", "note": "retraite", **{f"on_{part}": posted[part] for part in posted}},
    )
    tomorrow = day(1)
    desk.post(
        at("membership_return", gp.pk),
        {
            "role": "board",
            "college": college.pk,
            "starts_on_day": tomorrow.day,
            "starts_on_month": tomorrow.month,
            "starts_on_year": tomorrow.year,
        },
    )

    gp.refresh_from_db()
    assert (gp.role, gp.college, gp.ends_on, gp.end_note) == ("board", college, today, "retraite")
    again = Membership.objects.get(user=gp.user, starts_on=tomorrow)
    assert (again.role, again.college) == ("board", college)


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("membership_role", {"role": "professional", "profession": ""}),
        ("membership_college", {"college": "0"}),
        ("membership_end", {"reason": "left", "on_day": "31", "on_month": "2", "on_year": "2026"}),
        ("membership_return", {"role": "professional"}),
    ],
)
def test_an_action_mistyped_shows_the_file_again(desk, gp, name, typed):
    response = desk.post(at(name, gp.pk), typed)

    assert response.status_code == 422


def test_the_private_note_is_read_by_the_governance_alone(desk, gp, client, cpts):
    gp.ends_on, gp.end_reason, gp.end_note = day(-1), "excluded", "brouille durable"
    gp.save()

    read = desk.get(at("membership_detail", gp.pk)).content.decode()
    client.force_login(GpFactory(cpts=cpts).user)
    refused = client.get(at("membership_detail", gp.pk))

    assert "brouille durable" in read
    assert refused.status_code == 403


def test_the_last_coordinator_s_end_is_refused_in_a_sentence(desk, coordinator):
    today = day()
    typed = {"reason": "left", "on_day": today.day, "on_month": today.month, "on_year": today.year}

    response = desk.post(at("membership_end", coordinator.pk), typed)

    assert response.status_code == 409
    assert "dernière personne de la coordination" in response.content.decode()
