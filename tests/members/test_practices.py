"""Places of work: described, joined, left, and which one is the main one."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils.datastructures import MultiValueDict

from cpts_portal.core.models import AuditEntry
from cpts_portal.core.refusals import NotPermitted, Refused
from members.actions.practices import Place, join_place, leave_place, save_place, set_main
from members.forms.practices import PracticeForm, first_values
from members.models import Language, Membership, OpeningHours, Practice, PracticeMember, Role
from tests.factories import (
    CommuneFactory,
    CptsFactory,
    MembershipFactory,
    PracticeFactory,
    PracticeMemberFactory,
)

NBSP = "\u00a0"


@pytest.fixture
def fleurbaix(db: None) -> Any:
    return CommuneFactory(name="Fleurbaix", search_name="fleurbaix", postal_codes=["62840"])


def typed(**more: Any) -> MultiValueDict[str, Any]:
    answers = {"name": "Cabinet du Pont", "kind": "surgery", "address": "3 rue du Pont"}
    told = {**answers, "where": "62840", **more}
    return MultiValueDict(
        {key: value if isinstance(value, list) else [value] for key, value in told.items()}
    )


def verbs() -> list[tuple[str, str]]:
    return list(AuditEntry.objects.order_by("pk").values_list("verb", "reason"))


# --- The form -------------------------------------------------------------------------------
def test_practice_form_tells_the_place_with_its_hours(fleurbaix: Any) -> None:
    form = PracticeForm(
        typed(
            phone="03 53 01 00 05", finess="620 100 057", hours_1="9-12 14-19h30", hours_2="fermé"
        )
    )

    assert form.errors == {}
    assert form.place == Place(
        name="Cabinet du Pont",
        address="3 rue du Pont",
        commune=fleurbaix,
        phone="+33353010005",
        finess="620100057",
        hours=((1, 540, 720), (1, 840, 1170)),
    )


@pytest.mark.parametrize("where", ["62840", "fleurbaix", "FLEURBAIX", "62840 Fleurbaix", "fleurb"])
def test_practice_form_finds_the_commune_by_code_or_name(fleurbaix: Any, where: str) -> None:
    CommuneFactory(name="Lestrem", search_name="lestrem", postal_codes=["62136"])

    form = PracticeForm(typed(where=where))

    assert form.errors == {}
    assert form.place.commune == fleurbaix


def test_practice_form_asks_which_when_several_communes_answer(fleurbaix: Any) -> None:
    sailly = CommuneFactory(name="Sailly", search_name="sailly", postal_codes=["62840"])

    asked = PracticeForm(typed())
    answered = PracticeForm(typed(commune=sailly.pk))
    by_name = PracticeForm(typed(where="62840 Sailly"))

    assert asked.errors == {
        "commune": [f"Plusieurs communes répondent{NBSP}: choisissez la bonne."]
    }
    assert {code for code, _label in asked.fields["commune"].choices} == {fleurbaix.pk, sailly.pk}
    assert answered.errors == {}
    assert answered.place.commune == sailly
    assert by_name.errors == {}
    assert by_name.place.commune == sailly


def test_practice_form_asks_again_when_the_chosen_commune_is_of_another_search(
    fleurbaix: Any,
) -> None:
    CommuneFactory(name="Sailly", search_name="sailly", postal_codes=["62840"])
    lestrem = CommuneFactory(name="Lestrem", search_name="lestrem", postal_codes=["62136"])

    form = PracticeForm(typed(commune=lestrem.pk))

    assert form.errors == {"commune": [f"Plusieurs communes répondent{NBSP}: choisissez la bonne."]}


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("where", "Nulle-Part", "Aucune commune ne s’appelle"),
        ("where", "", "Écrivez la commune"),
        ("name", "", "Écrivez le nom du lieu"),
        ("address", "", "Écrivez le numéro"),
        ("address", "1 84 12 76 451 089 46", "sécurité sociale"),
        ("finess", "620100058", "numéro FINESS"),
        ("phone", "12", "pas complet"),
        ("hours_3", "sur rendez-vous", "seulement des heures"),
    ],
)
def test_practice_form_says_what_to_mend(
    fleurbaix: Any, field: str, value: str, sentence: str
) -> None:
    form = PracticeForm(typed(**{field: value}))

    assert list(form.errors) == [field]
    assert sentence in form.errors[field][0]


def test_first_values_are_the_form_filled_in_and_change_nothing(
    gp: Membership, fleurbaix: Any
) -> None:
    language = Language.objects.get(pk="pol")
    place = Place(
        name="Cabinet du Pont",
        address="3 rue du Pont",
        commune=fleurbaix,
        phone="+33353010005",
        does_home_visits=True,
        languages=(language,),
        hours=((1, 540, 720), (1, 840, 1140), (6, 540, 720)),
    )
    practice = save_place(gp, place, by=gp)
    shown = PracticeForm(initial=first_values(practice))

    boxes = {name: shown[name].value() for name in ("where", "hours_1", "hours_2", "phone")}
    again = PracticeForm(
        typed(
            where=boxes["where"],
            phone=boxes["phone"],
            does_home_visits="on",
            languages=["pol"],
            hours_1=boxes["hours_1"],
            hours_6=shown["hours_6"].value(),
        )
    )

    assert boxes["hours_1"] == f"9{NBSP}h–12{NBSP}h, 14{NBSP}h–19{NBSP}h"
    assert boxes["hours_2"] == ""
    assert again.errors == {}
    assert again.place == place


# --- The actions ----------------------------------------------------------------------------
def test_save_place_writes_a_new_practice_where_the_member_now_works(
    gp: Membership, fleurbaix: Any
) -> None:
    place = Place("Cabinet du Pont", "3 rue du Pont", fleurbaix, hours=((1, 540, 720),))

    practice = save_place(gp, place, by=gp)

    assert [(one.practice, one.is_main) for one in gp.places.all()] == [(practice, True)]
    assert [(one.weekday, one.opens, one.closes) for one in practice.hours.all()] == [(1, 540, 720)]
    assert verbs() == [("add_practice", "")]


def test_save_place_corrects_a_shared_practice_and_traces_names_without_values(
    gp: Membership, fleurbaix: Any
) -> None:
    practice = PracticeFactory(cpts=gp.cpts, commune=fleurbaix, latitude=50.6, longitude=2.8)
    PracticeMemberFactory(membership=gp, practice=practice)
    OpeningHours.objects.create(cpts=gp.cpts, practice=practice, weekday=1, opens=480, closes=720)
    place = Place(practice.name, "4 rue Neuve", fleurbaix, phone="+33353010005")

    save_place(gp, place, by=gp, practice=practice)
    practice.refresh_from_db()

    assert (practice.address, practice.phone) == ("4 rue Neuve", "+33353010005")
    assert (practice.latitude, practice.longitude) == (None, None)
    assert list(practice.hours.all()) == []
    assert verbs() == [("edit_practice", "address, phone, hours")]


def test_save_place_that_changes_nothing_leaves_no_trace(gp: Membership, fleurbaix: Any) -> None:
    place = Place("Cabinet du Pont", "3 rue du Pont", fleurbaix, hours=((1, 540, 720),))
    practice = save_place(gp, place, by=gp)

    save_place(gp, place, by=gp, practice=practice)

    assert verbs() == [("add_practice", "")]


def test_save_place_is_refused_for_a_practice_where_one_does_not_work(
    gp: Membership, fleurbaix: Any
) -> None:
    elsewhere = PracticeFactory(cpts=gp.cpts)

    with pytest.raises(NotPermitted, match="ceux qui y exercent"):
        save_place(gp, Place("Pris", "1 rue", fleurbaix), by=gp, practice=elsewhere)


def test_a_place_is_written_by_the_member_or_the_coordination_and_by_nobody_else(
    gp: Membership, coordinator: Membership, fleurbaix: Any
) -> None:
    colleague = MembershipFactory(cpts=gp.cpts, role=Role.SECRETARY)
    stranger = MembershipFactory(cpts=CptsFactory(), role=Role.COORDINATOR)
    place = Place("Cabinet du Pont", "3 rue du Pont", fleurbaix)

    for nobody in (colleague, stranger):
        with pytest.raises(NotPermitted, match="Seul ce membre"):
            save_place(gp, place, by=nobody)

    assert save_place(gp, place, by=coordinator).places.get().membership == gp


def test_joining_twice_is_once_and_the_second_place_is_not_the_main_one(gp: Membership) -> None:
    first, second = PracticeFactory(cpts=gp.cpts), PracticeFactory(cpts=gp.cpts)

    for practice in (first, second, second):
        join_place(gp, practice, by=gp)

    assert list(gp.places.order_by("pk").values_list("practice", "is_main")) == [
        (first.pk, True),
        (second.pk, False),
    ]
    assert verbs() == [("join_practice", ""), ("join_practice", "")]


def test_leaving_the_main_place_makes_another_the_main_one_and_keeps_the_practice(
    gp: Membership,
) -> None:
    first, second = PracticeFactory(cpts=gp.cpts), PracticeFactory(cpts=gp.cpts)
    for practice in (first, second):
        join_place(gp, practice, by=gp)

    leave_place(gp, first, by=gp)
    leave_place(gp, first, by=gp)

    assert list(gp.places.values_list("practice", "is_main")) == [(second.pk, True)]
    assert Practice.objects.count() == 2
    assert [verb for verb, _reason in verbs()][2:] == ["leave_practice"]


def test_leaving_the_last_place_leaves_none(gp: Membership) -> None:
    place = PracticeMemberFactory(membership=gp)

    leave_place(gp, place.practice, by=gp)

    assert not PracticeMember.objects.exists()


def test_set_main_moves_the_main_place_and_refuses_one_that_is_left(gp: Membership) -> None:
    first, second = PracticeFactory(cpts=gp.cpts), PracticeFactory(cpts=gp.cpts)
    for practice in (first, second):
        join_place(gp, practice, by=gp)

    set_main(gp, second, by=gp)
    set_main(gp, second, by=gp)
    leave_place(gp, first, by=gp)

    assert list(gp.places.values_list("practice", "is_main")) == [(second.pk, True)]
    with pytest.raises(Refused, match="n’exercez plus"):
        set_main(gp, first, by=gp)
    assert [verb for verb, _reason in verbs()].count("set_main_practice") == 1
