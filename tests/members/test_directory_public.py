"""The directory that everybody reads: what is not opted in is in nothing that leaves."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from members.models import Cpts, Language, Membership, Skill
from members.queries.directory import Filters, public_look_up
from tests.factories import (
    CommuneFactory,
    CptsCommuneFactory,
    CptsFactory,
    GpFactory,
    PracticeFactory,
    PracticeMemberFactory,
    UserFactory,
)
from tests.members.conftest import queries_of

pytestmark = pytest.mark.django_db
PAGE = "/annuaire/artois-lys/"
Public = Membership.PublicField
TOLD = {
    Public.IDENTITY: ["Zoé Durand", "Médecin généraliste"],
    Public.PRACTICE: ["Maison Rouge", "9 quai des Brumes", "Lestrem"],
    Public.PRACTICE_PHONE: ["03\u00a053\u00a001\u00a000\u00a007", "+33353010007"],
    Public.PHONE: ["03\u00a053\u00a001\u00a000\u00a005", "+33353010005"],
    Public.EMAIL: ["zoe.durand@cabinet.example", "zoe.durand<wbr>@cabinet.example"],
    Public.SKILLS: ["Addictologie", "hypnose"],
    Public.LANGUAGES: ["olonais", "turc"],
}
"""What each field, and no other, puts into the pages, the contact card or both."""
NEVER = ["zoe@secret.example", "z@pro.mssante.example", "Collectif Nord", "10999001253"]


@pytest.fixture
def zoe(cpts: Cpts) -> Any:
    """A member with something in every field, who shows nothing yet."""
    member = GpFactory(
        cpts=cpts,
        user=UserFactory(first_name="Zoé", last_name="Durand", email="zoe@secret.example"),
        phone="+33353010005",
        email="zoe.durand@cabinet.example",
        mssante="z@pro.mssante.example",
        organisation="Collectif Nord",
        other_skills="hypnose",
        rpps="10999001253",
    )
    member.skills.add(Skill.objects.get(pk="addictologie"))
    member.languages.add(Language.objects.get(pk="pol"))
    practice = PracticeFactory(
        cpts=cpts,
        name="Maison Rouge",
        address="9 quai des Brumes",
        commune=CommuneFactory(name="Lestrem"),
        phone="+33353010007",
    )
    practice.languages.add(Language.objects.get(pk="tur"))
    PracticeMemberFactory(membership=member, practice=practice)
    return member


def show(member: Any, *fields: str) -> None:
    member.public_fields = list(fields)
    member.save(update_fields=["public_fields"])


def everything_shown(client: Client, member: Any) -> str:
    """The list, her page and her contact card, in one text, long lines of the card joined."""
    addresses = (PAGE, f"{PAGE}{member.pk}/", f"{PAGE}{member.pk}/contact.vcf")
    pages = [client.get(address) for address in addresses]
    assert [page.status_code for page in pages] == [200, 200, 200]
    return "\n".join(page.content.decode() for page in pages).replace("\r\n ", "")


@pytest.mark.parametrize("field", [field for field in Public if field != Public.IDENTITY])
def test_a_field_shows_what_it_says_and_nothing_else(
    client: Client, zoe: Any, field: Public
) -> None:
    fields = {Public.IDENTITY, field} | (
        {Public.PRACTICE} if field == Public.PRACTICE_PHONE else set()
    )
    show(zoe, *fields)

    shown = everything_shown(client, zoe)
    absent = [word for other in set(Public) - fields for word in TOLD[other]] + NEVER
    if Public.LANGUAGES not in fields or Public.PRACTICE not in fields:
        absent.append("turc")

    assert any(word in shown for word in TOLD[field])
    assert [word for word in absent if word in shown] == []


def test_all_fields_show_all_but_what_is_never_public(client: Client, zoe: Any) -> None:
    show(zoe, *Public.values)

    shown = everything_shown(client, zoe)

    assert [field for field in Public if not any(word in shown for word in TOLD[field])] == []
    assert [word for word in NEVER if word in shown] == []


def test_who_has_not_opted_in_is_nowhere(client: Client, zoe: Any) -> None:
    page = client.get(PAGE)

    assert "Durand" not in page.content.decode()
    for address in (f"{PAGE}{zoe.pk}/", f"{PAGE}{zoe.pk}/contact.vcf"):
        assert client.get(address).status_code == 404


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"skill": "addictologie"}, Public.SKILLS),
        ({"q": "hypnose"}, Public.SKILLS),
        ({"language": "pol"}, Public.LANGUAGES),
        ({"q": "maison rouge"}, Public.PRACTICE),
    ],
)
def test_searching_does_not_reveal_what_is_not_public(
    zoe: Any, asked: dict[str, str], field: Public
) -> None:
    shown_but_this = [one for one in Public if one not in (field, Public.PRACTICE_PHONE)]
    show(zoe, *shown_but_this)
    hidden = public_look_up(Filters(**asked))
    show(zoe, *Public.values)
    seen = public_look_up(Filters(**asked))

    assert hidden.total == 0 or hidden.filters == Filters()
    assert [one.code for one in hidden.facets["skill"] if field == Public.SKILLS] == []
    assert (seen.filters, seen.total) == (Filters(**asked), 1)


def test_an_organisation_is_not_searched_by_the_public(zoe: Any) -> None:
    show(zoe, *Public.values)

    assert public_look_up(Filters(q="collectif")).total == 0


def test_a_commune_is_not_counted_for_who_hides_her_place(zoe: Any) -> None:
    show(zoe, Public.IDENTITY)

    assert dict(public_look_up(Filters()).communes) == {}


def test_a_directory_that_nobody_has_joined_is_a_kind_page(client: Client, zoe: Any) -> None:
    page = client.get(PAGE)

    assert page.status_code == 200
    assert "L’annuaire se prépare" in page.content.decode()


def test_the_public_directory_may_be_indexed_but_not_its_searches(client: Client, zoe: Any) -> None:
    show(zoe, Public.IDENTITY)

    pages = [client.get(PAGE + asked).content.decode() for asked in ("", "?q=durand")]
    detail = client.get(f"{PAGE}{zoe.pk}/").content.decode()

    assert ['name="robots"' in page for page in (*pages, detail)] == [False, True, False]


def test_a_closed_or_unknown_cpts_has_no_public_directory(client: Client, cpts: Cpts) -> None:
    CptsFactory(slug="fermee", is_active=False)

    assert [client.get(f"/annuaire/{slug}/").status_code for slug in ("fermee", "jamais")] == [
        404,
        404,
    ]


def test_another_cpts_does_not_show_her(client: Client, zoe: Any) -> None:
    show(zoe, Public.IDENTITY)
    CptsFactory(slug="voisine")

    assert client.get(f"/annuaire/voisine/{zoe.pk}/").status_code == 404


def test_the_public_directory_asks_as_many_queries_for_thirteen_members_as_for_three(
    client: Client, cpts: Cpts
) -> None:
    counts = []
    for more in (3, 10):
        for _number in range(more):
            show(GpFactory(cpts=cpts), *Public.values)
        counts.append(queries_of(client, PAGE))

    assert counts[0] == counts[1]


# --- Choosing a community -------------------------------------------------------------------
def test_a_commune_leads_to_its_community(client: Client, cpts: Cpts) -> None:
    lestrem = CommuneFactory(name="Lestrem", search_name="lestrem", postal_codes=["62136"])
    CommuneFactory(name="Lestrange", search_name="lestrange", postal_codes=["63000"])
    CptsCommuneFactory(cpts=cpts, commune=lestrem)

    page = client.get("/annuaire/?commune=lestr").content.decode()

    assert f'href="{PAGE}?commune={lestrem.pk}"' in page
    assert "Lestrange\u00a0: aucune CPTS de ce portail" in page


def test_an_unknown_commune_is_said_and_the_list_of_communities_stays(
    client: Client, cpts: Cpts
) -> None:
    page = client.get("/annuaire/?commune=Nulle-Part").content.decode()

    assert "Aucune commune ne répond à «\u00a0Nulle-Part\u00a0»" in page
    assert f'href="{PAGE}"' in page
