"""Where a member works, as the desk writes it for her: the same form, the desk's name on it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from cpts_portal.core.models import AuditEntry, Message
from members.models import Cpts, Membership, Practice, Role
from tests.factories import (
    CommuneFactory,
    CptsFactory,
    GpFactory,
    GroupFactory,
    MandateFactory,
    MembershipFactory,
    PracticeFactory,
    PracticeMemberFactory,
)
from tests.members.conftest import queries_of

NBSP = "\u00a0"


@pytest.fixture
def desk(settings: Any, client: Client, coordinator: Membership) -> Client:
    settings.SECOND_FACTOR_REQUIRED = False
    client.force_login(coordinator.user)
    return client


@pytest.fixture
def fleurbaix(db: None) -> Any:
    return CommuneFactory(name="Fleurbaix", search_name="fleurbaix", postal_codes=["62840"])


@pytest.fixture
def lys(gp: Membership, fleurbaix: Any) -> Practice:
    """Where the GP works."""
    known = PracticeFactory(cpts=gp.cpts, name="Cabinet de la Lys", commune=fleurbaix)
    PracticeMemberFactory(membership=gp, practice=known, is_main=True)
    return known


def also_at(member: Membership, name: str) -> Practice:
    """One more place of hers, not the main one."""
    practice: Practice = PracticeFactory(cpts=member.cpts, name=name)
    PracticeMemberFactory(membership=member, practice=practice, is_main=False)
    return practice


def places(member: Membership, rest: str = "") -> str:
    return f"/artois-lys/adhesions/{member.pk}/lieux/{rest}"


def typed(**more: Any) -> dict[str, Any]:
    told = {"name": "Cabinet du Pont", "kind": "surgery", "address": "3 rue du Pont"}
    return {**told, "where": "62840", "hours_1": "9-12 14-19h30", **more}


def traces() -> list[tuple[str, Any]]:
    """What was done, and by whom; readings aside."""
    done = AuditEntry.objects.exclude(verb="read").order_by("pk")
    return [(entry.verb, entry.by) for entry in done.select_related("by")]


def held(member: Membership) -> list[tuple[str, bool]]:
    found = member.places.select_related("practice").order_by("pk")
    return [(place.practice.name, place.is_main) for place in found]


# --- The list ---------------------------------------------------------------------------------
def test_the_file_leads_to_the_places_and_the_list_shows_them(
    desk: Client, gp: Membership, lys: Practice
) -> None:
    file = desk.get(f"/artois-lys/adhesions/{gp.pk}/").content.decode()
    page = desk.get(places(gp)).content.decode()

    assert f'href="{places(gp)}"' in file
    assert "Cabinet de la Lys" in page
    assert f'href="{places(gp, f"{lys.pk}/")}"' in page
    assert f'href="{places(gp, f"{lys.pk}/quitter/")}"' in page


def test_known_places_are_found_by_words_and_hers_are_not_offered_again(
    desk: Client, gp: Membership, lys: Practice, fleurbaix: Any
) -> None:
    known = PracticeFactory(cpts=gp.cpts, name="Maison de l’Étang", commune=fleurbaix)
    PracticeFactory(cpts=CptsFactory(), name="Maison étrangère", commune=fleurbaix)

    page = desk.get(places(gp), {"q": "fleurb"})

    assert list(page.context["practices"]) == [known]
    assert page.context["typed"] == "fleurb"


def test_the_list_costs_as_many_queries_for_three_places_as_for_one(
    desk: Client, gp: Membership, lys: Practice
) -> None:
    one = queries_of(desk, places(gp))
    for _more in range(2):
        also_at(gp, "Autre")

    assert queries_of(desk, places(gp)) == one


# --- Added ------------------------------------------------------------------------------------
def test_a_known_place_is_joined_by_the_desk_twice_is_once(
    desk: Client, coordinator: Membership, gp: Membership
) -> None:
    known = PracticeFactory(cpts=gp.cpts, name="Maison de l’Étang")

    responses = [desk.post(places(gp, f"{known.pk}/rejoindre/")) for _click in range(2)]

    assert [(each.status_code, each.headers["Location"]) for each in responses] == [
        (302, places(gp)),
        (302, places(gp)),
    ]
    assert held(gp) == [("Maison de l’Étang", True)]
    assert traces() == [("join_practice", coordinator.user)]
    assert held(coordinator) == []


def test_a_new_place_is_described_with_its_hours_and_the_trace_bears_the_desk(
    desk: Client, coordinator: Membership, gp: Membership, fleurbaix: Any
) -> None:
    responses = [desk.post(places(gp, "nouveau/"), typed()).status_code for _click in range(2)]

    practice = Practice.objects.get()
    assert responses == [302, 302]
    assert held(gp) == [("Cabinet du Pont", True)]
    assert [(one.opens, one.closes) for one in practice.hours.all()] == [(540, 720), (840, 1170)]
    assert traces() == [("add_practice", coordinator.user)]
    assert Message.objects.count() == 0


def test_a_place_already_known_is_offered_for_this_member(
    desk: Client, gp: Membership, fleurbaix: Any
) -> None:
    known = PracticeFactory(cpts=gp.cpts, name="Cabinet du Pont", commune=fleurbaix)

    page = desk.post(places(gp, "nouveau/"), typed())

    assert page.status_code == 422
    assert f'action="{places(gp, f"{known.pk}/rejoindre/")}"' in page.content.decode()
    assert 'value="9-12 14-19h30"' in page.content.decode()
    assert Practice.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"hours_2": "sur rendez-vous"}, "hours_2"), ({"where": ""}, "where"), ({"name": ""}, "name")],
)
def test_a_place_typed_wrong_keeps_what_was_typed(
    desk: Client, gp: Membership, fleurbaix: Any, wrong: dict[str, str], field: str
) -> None:
    page = desk.post(places(gp, "nouveau/"), typed(**wrong))

    assert (page.status_code, list(page.context["form"].errors)) == (422, [field])
    assert 'value="3 rue du Pont"' in page.content.decode()
    assert 'value="9-12 14-19h30"' in page.content.decode()
    assert held(gp) == []


# --- Mended -----------------------------------------------------------------------------------
def test_a_shared_place_is_mended_for_all_who_work_there_and_says_with_whom(
    desk: Client, coordinator: Membership, gp: Membership, lys: Practice
) -> None:
    colleague = GpFactory(cpts=gp.cpts, user__first_name="Ada", user__last_name="Vasseur")
    PracticeMemberFactory(membership=colleague, practice=lys)

    page = desk.get(places(gp, f"{lys.pk}/")).content.decode()
    response = desk.post(places(gp, f"{lys.pk}/"), typed(name="Cabinet neuf"))

    assert "partagé avec Ada Vasseur" in page
    assert 'value="Cabinet de la Lys"' in page
    assert (response.status_code, held(colleague)) == (302, [("Cabinet neuf", True)])
    assert traces() == [("edit_practice", coordinator.user)]


def test_a_place_mended_wrong_keeps_what_was_typed(
    desk: Client, gp: Membership, lys: Practice
) -> None:
    page = desk.post(places(gp, f"{lys.pk}/"), typed(hours_7="toujours"))

    lys.refresh_from_db()
    assert page.status_code == 422
    assert 'value="toujours"' in page.content.decode()
    assert lys.name == "Cabinet de la Lys"


# --- The main one, the one that is left -------------------------------------------------------
def test_another_place_is_made_the_main_one(
    desk: Client, coordinator: Membership, gp: Membership, lys: Practice
) -> None:
    pond = also_at(gp, "Maison de l’Étang")

    page = desk.post(places(gp, f"{pond.pk}/principal/"), follow=True)

    assert held(gp) == [("Cabinet de la Lys", False), ("Maison de l’Étang", True)]
    assert traces() == [("set_main_practice", coordinator.user)]
    assert f"est le lieu principal de {gp.user}" in page.content.decode()


def test_leaving_is_confirmed_on_a_page_that_names_the_next_main_place(
    desk: Client, coordinator: Membership, gp: Membership, lys: Practice
) -> None:
    also_at(gp, "Maison de l’Étang")

    asked = desk.get(places(gp, f"{lys.pk}/quitter/")).content.decode()
    kept = held(gp)
    response = desk.post(places(gp, f"{lys.pk}/quitter/"))

    assert f"«{NBSP}Maison de l’Étang{NBSP}» devient son lieu principal" in asked
    assert kept == [("Cabinet de la Lys", True), ("Maison de l’Étang", False)]
    assert (response.headers["Location"], held(gp)) == (
        places(gp),
        [("Maison de l’Étang", True)],
    )
    assert traces() == [("leave_practice", coordinator.user)]


def test_a_page_grown_old_says_that_the_place_is_left(
    desk: Client, gp: Membership, lys: Practice
) -> None:
    desk.post(places(gp, f"{lys.pk}/quitter/"))

    late = [
        desk.get(places(gp, f"{lys.pk}/")),
        desk.post(places(gp, f"{lys.pk}/"), typed()),
        desk.post(places(gp, f"{lys.pk}/principal/")),
        desk.get(places(gp, f"{lys.pk}/quitter/")),
    ]
    again = desk.post(places(gp, f"{lys.pk}/quitter/"))

    assert [each.status_code for each in late] == [409] * 4
    assert all("n’exerce plus dans ce lieu" in each.content.decode() for each in late)
    assert again.status_code == 302
    assert [verb for verb, _by in traces()] == ["leave_practice"]


def test_nothing_is_written_of_a_member_whose_place_has_ended(
    desk: Client, gp: Membership, lys: Practice, fleurbaix: Any
) -> None:
    gp.ends_on, gp.end_reason = gp.starts_on, "left"
    gp.save()
    known = PracticeFactory(cpts=gp.cpts, commune=fleurbaix)

    page = desk.get(places(gp)).content.decode()
    typed_in_vain = [
        desk.post(places(gp, "nouveau/"), typed()),
        desk.post(places(gp, f"{lys.pk}/"), typed()),
    ]
    refused = [
        desk.post(places(gp, f"{known.pk}/rejoindre/")),
        desk.post(places(gp, f"{lys.pk}/quitter/")),
    ]

    assert "<form" not in page.split("<main")[1].split("</main")[0]
    assert [each.status_code for each in (*typed_in_vain, *refused)] == [409] * 4
    assert all('value="3 rue du Pont"' in each.content.decode() for each in typed_in_vain)
    assert held(gp) == [("Cabinet de la Lys", True)]


# --- Who may ----------------------------------------------------------------------------------
def test_the_bureau_by_mandate_writes_places_and_a_colleague_does_not(
    settings: Any, client: Client, cpts: Cpts, gp: Membership
) -> None:
    settings.SECOND_FACTOR_REQUIRED = False
    known = PracticeFactory(cpts=cpts, name="Maison de l’Étang")
    elected, colleague = GpFactory(cpts=cpts), MembershipFactory(cpts=cpts, role=Role.SECRETARY)
    MandateFactory(membership=elected, group=GroupFactory(cpts=cpts, kind="bureau"))

    answers = []
    for member in (colleague, elected):
        client.force_login(member.user)
        answers.append(client.post(places(gp, f"{known.pk}/rejoindre/")).status_code)

    assert answers == [403, 302]
    assert traces() == [("join_practice", elected.user)]


def test_members_and_places_of_another_cpts_do_not_exist(desk: Client, gp: Membership) -> None:
    abroad = PracticeMemberFactory(membership=GpFactory(cpts=CptsFactory()))

    member, practice = abroad.membership, abroad.practice_id
    asked = [
        desk.get(places(member)),
        desk.get(places(member, "nouveau/")),
        desk.get(places(member, f"{practice}/")),
        desk.post(places(gp, f"{practice}/rejoindre/")),
        desk.get(places(gp, f"{practice}/")),
        desk.get(places(gp, f"{practice}/quitter/")),
    ]

    assert [each.status_code for each in asked] == [404] * 6
