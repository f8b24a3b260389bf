"""One's own profile: what it says, what everybody may see of it, where one works."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from cpts_portal.core.models import AuditEntry
from cpts_portal.core.refusals import NotPermitted
from members.actions.practices import join_place
from members.actions.profiles import Profile, save_profile
from members.models import Cpts, Membership, Practice, Role
from tests.factories import (
    CommuneFactory,
    CptsFactory,
    MembershipFactory,
    PracticeFactory,
    PracticeMemberFactory,
)

pytestmark = pytest.mark.django_db
PAGE = "/artois-lys/mon-profil/"
PLACES = f"{PAGE}lieux/"
Public = Membership.PublicField


@pytest.fixture(autouse=True)
def second_factor_elsewhere(settings: Any, second_factor_required: None) -> None:
    """Its own tests ask for it."""
    settings.SECOND_FACTOR_REQUIRED = False


@pytest.fixture
def me(client: Client, gp: Membership) -> Client:
    client.force_login(gp.user)
    return client


def traces() -> list[tuple[str, str]]:
    return list(AuditEntry.objects.order_by("pk").values_list("verb", "reason"))


def said(**more: Any) -> dict[str, Any]:
    answers = {"phone": "03 53 01 00 05", "email": "Zoe@Cabinet.example", "wants_minutes": "on"}
    return {**answers, **more}


# --- What it says ---------------------------------------------------------------------------
def test_profile_is_saved_and_its_trace_names_what_changed_without_values(
    me: Client, gp: Membership
) -> None:
    told = said(
        mssante="z@medecin.mssante.fr",
        skills=["plaies"],
        other_skills="hypnose",
        languages=["pol", "fra"],
        wants_ads="on",
    )

    response = me.post(PAGE, told)
    gp.refresh_from_db()

    assert (response.status_code, response.headers["Location"]) == (302, PAGE)
    assert (gp.phone, gp.email, gp.mssante) == (
        "+33353010005",
        "zoe@cabinet.example",
        "z@medecin.mssante.fr",
    )
    assert [one.pk for one in gp.skills.all()] == ["plaies"]
    assert {one.pk for one in gp.languages.all()} == {"pol", "fra"}
    assert (gp.other_skills, gp.wants_minutes, gp.wants_ads) == ("hypnose", True, True)
    assert traces() == [
        ("edit_profile", "phone, email, mssante, other_skills, wants_ads, skills, languages")
    ]


def test_profile_saved_twice_leaves_one_trace(me: Client) -> None:
    for _click in range(2):
        me.post(PAGE, said())

    assert traces() == [("edit_profile", "phone, email")]


def test_consent_to_be_public_is_traced_given_and_taken_back(me: Client, gp: Membership) -> None:
    me.post(PAGE, said(public_fields=["identity", "skills"]))
    me.post(PAGE, said())
    gp.refresh_from_db()

    assert gp.public_fields == []
    assert traces() == [
        ("edit_profile", "phone, email"),
        ("set_public_fields", "identity, skills"),
        ("set_public_fields", ""),
    ]


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("phone", "12", "pas complet"),
        ("email", "zoe", "pas complète"),
        ("mssante", "zoe@cabinet.example", "celle-ci est un courriel"),
        ("other_skills", "1 84 12 76 451 089 46", "sécurité sociale"),
        ("public_fields", ["skills"], "montrez votre nom"),
        ("public_fields", ["identity", "practice_phone"], "montrez vos lieux"),
    ],
)
def test_profile_says_what_to_mend_and_keeps_what_was_typed(
    me: Client, field: str, value: Any, sentence: str
) -> None:
    page = me.post(PAGE, said(**{"other_skills": "hypnose", field: value}))

    assert page.status_code == 422
    assert sentence in page.content.decode()
    assert "Zoe@Cabinet.example" in page.content.decode() or field == "email"
    assert traces() == []


def test_profile_shows_the_rpps_and_does_not_change_it(me: Client, gp: Membership) -> None:
    Membership.objects.filter(pk=gp.pk).update(rpps="10999001253")

    page = me.get(PAGE).content.decode()
    me.post(PAGE, said(rpps="10999000017", profession="infirmier", role="coordinator"))
    gp.refresh_from_db()

    assert "RPPS 10999001253" in page
    assert (gp.rpps, gp.profession_id, gp.role) == (
        "10999001253",
        "medecin-generaliste",
        "professional",
    )


def test_skills_stand_in_the_order_of_their_words_accents_aside(me: Client) -> None:
    page = me.get(PAGE).content.decode()

    assert page.index("Échographie") < page.index("Gériatrie") < page.index("Vaccination")


def test_a_profile_is_written_by_the_member_the_desk_and_nobody_else(
    gp: Membership, coordinator: Membership
) -> None:
    colleague = MembershipFactory(cpts=gp.cpts, role=Role.SECRETARY)

    save_profile(gp, Profile(other_skills="hypnose"), by=coordinator)

    with pytest.raises(NotPermitted, match="Seul ce membre"):
        save_profile(gp, Profile(), by=colleague)
    assert Membership.objects.get(pk=gp.pk).other_skills == "hypnose"


# --- What everybody would see ---------------------------------------------------------------
def test_preview_shows_what_is_typed_and_saves_nothing(me: Client, gp: Membership) -> None:
    told = said(public_fields=["identity", "phone", "skills"], skills=["plaies"], apercu="1")

    part = me.post(PAGE, told, headers={"HX-Request": "true"}).content.decode()
    gp.refresh_from_db()

    assert part.lstrip().startswith('<section class="preview')
    assert "Plaies et cicatrisation" in part
    assert 'href="tel:+33353010005"' in part
    assert "cabinet.example" not in part
    assert (gp.phone, gp.public_fields, traces()) == ("", [], [])


def test_preview_without_script_is_the_page_with_what_was_typed(me: Client) -> None:
    page = me.post(PAGE, said(other_skills="hypnose", public_fields=["identity"], apercu="1"))

    assert page.status_code == 200
    assert 'value="hypnose"' in page.content.decode()
    assert "vous ne paraissez pas" not in page.content.decode()


def test_preview_of_a_choice_that_does_not_hold_says_why(me: Client) -> None:
    told = said(public_fields=["skills"], apercu="1")

    part = me.post(PAGE, told, headers={"HX-Request": "true"}).content.decode()

    assert "montrez votre nom" in part


# --- Places ---------------------------------------------------------------------------------
def typed(**more: Any) -> dict[str, Any]:
    return {
        "name": "Cabinet du Pont",
        "kind": "surgery",
        "address": "3 rue du Pont",
        "where": "62840",
        "hours_1": "9-12 14-19h30",
        **more,
    }


@pytest.fixture
def fleurbaix() -> Any:
    return CommuneFactory(name="Fleurbaix", search_name="fleurbaix", postal_codes=["62840"])


def test_a_new_place_is_described_and_stands_on_the_profile(
    me: Client, gp: Membership, fleurbaix: Any
) -> None:
    response = me.post(f"{PLACES}nouveau/", typed())

    assert (response.status_code, response.headers["Location"]) == (302, PAGE)
    assert [one.practice.name for one in gp.places.all()] == ["Cabinet du Pont"]
    assert "Cabinet du Pont" in me.get(PAGE).content.decode()


def test_the_same_place_sent_twice_is_one_place(me: Client, fleurbaix: Any) -> None:
    answers = [me.post(f"{PLACES}nouveau/", typed()).status_code for _click in range(2)]

    assert answers == [302, 302]
    assert Practice.objects.count() == 1


@pytest.mark.parametrize("same", [{"name": "CABINET de la lys"}, {"finess": "620100057"}])
def test_a_place_already_known_is_offered_rather_than_written_twice(
    me: Client, cpts: Cpts, fleurbaix: Any, same: dict[str, str]
) -> None:
    known = PracticeFactory(cpts=cpts, commune=fleurbaix, finess="620100057")

    page = me.post(f"{PLACES}nouveau/", typed(**same))

    assert page.status_code == 422
    assert "Ce lieu est déjà connu" in page.content.decode()
    assert f'action="{PLACES}{known.pk}/rejoindre/"' in page.content.decode()
    assert Practice.objects.count() == 1


def test_a_shared_place_says_with_whom(me: Client, gp: Membership, fleurbaix: Any) -> None:
    place = PracticeMemberFactory(
        membership=gp, practice=PracticeFactory(cpts=gp.cpts, commune=fleurbaix)
    )
    PracticeMemberFactory(
        membership=MembershipFactory(
            cpts=gp.cpts, user__first_name="Ada", user__last_name="Vasseur"
        ),
        practice=place.practice,
    )

    page = me.get(f"{PLACES}{place.practice_id}/").content.decode()
    me.post(f"{PLACES}{place.practice_id}/", typed(name="Cabinet neuf"))
    place.practice.refresh_from_db()

    assert "partagé avec Ada Vasseur" in page
    assert place.practice.name == "Cabinet neuf"


def test_a_place_typed_wrong_keeps_what_was_typed(me: Client, fleurbaix: Any) -> None:
    page = me.post(f"{PLACES}nouveau/", typed(hours_2="sur rendez-vous"))

    assert page.status_code == 422
    assert 'value="sur rendez-vous"' in page.content.decode()
    assert 'value="9-12 14-19h30"' in page.content.decode()


def test_known_places_are_found_by_words_and_joined(
    me: Client, gp: Membership, fleurbaix: Any
) -> None:
    known = PracticeFactory(cpts=gp.cpts, name="Maison de santé de l’Étang", commune=fleurbaix)
    PracticeFactory(cpts=gp.cpts, name="Autre")
    PracticeFactory(cpts=CptsFactory(), name="Maison de santé étrangère", commune=fleurbaix)

    page = me.get(PLACES, {"q": "etang fleurb"}).content.decode()
    me.post(f"{PLACES}{known.pk}/rejoindre/")

    assert ("Maison de santé de l’Étang" in page, "Autre" in page, "étrangère" in page) == (
        True,
        False,
        False,
    )
    assert [one.practice_id for one in gp.places.all()] == [known.pk]


def test_a_place_is_made_the_main_one_and_left(me: Client, gp: Membership) -> None:
    first, second = PracticeFactory(cpts=gp.cpts), PracticeFactory(cpts=gp.cpts)
    for practice in (first, second):
        join_place(gp, practice, by=gp)

    me.post(f"{PLACES}{second.pk}/principal/")
    me.post(f"{PLACES}{first.pk}/quitter/")

    assert list(gp.places.values_list("practice", "is_main")) == [(second.pk, True)]
    assert me.post(f"{PLACES}{first.pk}/principal/").status_code == 409


def test_a_place_of_another_cpts_or_of_others_is_not_found(me: Client, cpts: Cpts) -> None:
    abroad, others = PracticeFactory(cpts=CptsFactory()), PracticeFactory(cpts=cpts)

    assert me.post(f"{PLACES}{abroad.pk}/rejoindre/").status_code == 404
    assert me.get(f"{PLACES}{others.pk}/").status_code == 404
