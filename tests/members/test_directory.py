"""The directory that colleagues read: found without accents, narrowed, taken away with a trace."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from cpts_portal.core.models import AuditEntry
from members.models import Cpts, Language, Membership, OpeningHours, Role, Skill, User
from members.queries.directory import PAGE, Filters, look_up
from members.queries.hours import door_words, week_of
from members.queries.territory import territory_of
from members.rules.openings import door_at
from tests.factories import (
    CollegeFactory,
    CommuneFactory,
    CptsCommuneFactory,
    CptsFactory,
    GpFactory,
    IntakeFactory,
    MembershipFactory,
    PracticeFactory,
    PracticeMemberFactory,
    ProfessionFactory,
    UserFactory,
)
from tests.members.conftest import queries_of

pytestmark = pytest.mark.django_db
LIST = "/artois-lys/annuaire/"
NBSP = "\u00a0"


@pytest.fixture(autouse=True)
def second_factor_elsewhere(settings: Any, second_factor_required: None) -> None:
    """Its own tests ask for it."""
    settings.SECOND_FACTOR_REQUIRED = False


@pytest.fixture
def reader(client: Client, gp: Membership) -> Client:
    client.force_login(gp.user)
    return client


def member(cpts: Cpts, last_name: str, first_name: str = "Zoé", **more: Any) -> Any:
    user = UserFactory(first_name=first_name, last_name=last_name)
    return GpFactory(cpts=cpts, user=user, **more)


def names(**asked: str) -> list[str]:
    return [card.last_name for card in look_up(Filters(**asked)).cards]


def paris(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of November 2026; the 23rd is a Monday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=ZoneInfo("Europe/Paris"))


# --- Who is in it ---------------------------------------------------------------------------
def test_directory_holds_who_is_a_member_today_and_not_the_funder(cpts: Cpts) -> None:
    today = timezone.localdate()
    member(cpts, "Ici")
    member(cpts, "Parti", ends_on=today - timedelta(days=1))
    member(cpts, "Demain", starts_on=today + timedelta(days=1))
    User.objects.filter(pk=member(cpts, "Ferme").user_id).update(is_active=False)
    MembershipFactory(cpts=cpts, role=Role.FUNDER)

    assert names() == ["Ici"]


def test_directory_keeps_a_lapsed_member(cpts: Cpts) -> None:
    college = CollegeFactory(cpts=cpts, grace_days=0)
    member(cpts, "Lapse", college=college, starts_on=timezone.localdate() - timedelta(days=900))

    assert names() == ["Lapse"]


def test_directory_of_another_cpts_is_not_read(cpts: Cpts, reader: Client) -> None:
    stranger = member(CptsFactory(), "Ailleurs")

    page = reader.get(LIST)

    assert "Ailleurs" not in page.content.decode()
    assert reader.get(f"{LIST}{stranger.pk}/").status_code == 404


# --- Finding --------------------------------------------------------------------------------
def test_search_is_blind_to_accents_and_to_the_order_of_words(cpts: Cpts) -> None:
    member(cpts, "Œuvrard-Lefèvre", "Éloïse")
    member(cpts, "Lefebvre")

    for typed in ("oeuvrard", "LEFEVRE eloise", "élo", "lefèvre"):
        assert names(q=typed) == ["Œuvrard-Lefèvre"]


def test_search_finds_an_organisation_a_practice_and_a_free_skill(cpts: Cpts) -> None:
    member(cpts, "Ccas", organisation="CCAS de Béthune")
    member(cpts, "Sommeil", other_skills="apnée du sommeil, rêves")
    working = member(cpts, "Lys")
    PracticeMemberFactory(membership=working, practice=PracticeFactory(cpts=cpts, name="MSP Lys"))

    assert [names(q=typed) for typed in ("bethune", "apnee", "msp")] == [
        ["Ccas"],
        ["Sommeil"],
        ["Lys"],
    ]


def test_filters_narrow_together_and_say_how_many_each_would_leave(cpts: Cpts) -> None:
    lestrem = CommuneFactory(name="Lestrem")
    skill, language = Skill.objects.get(pk="plaies"), Language.objects.get(pk="pol")
    nurse = ProfessionFactory(code="infirmier", label="Infirmier")
    both, polish, doctor = (
        member(cpts, "Both", profession=nurse),
        member(cpts, "Polish", profession=nurse),
        member(cpts, "Doctor"),
    )
    both.skills.add(skill)
    doctor.skills.add(skill)
    for one in (both, polish):
        one.languages.add(language)
    PracticeMemberFactory(membership=both, practice=PracticeFactory(cpts=cpts, commune=lestrem))

    found = look_up(Filters(skill="plaies", profession="infirmier"))

    assert [card.last_name for card in found.cards] == ["Both"]
    assert names(commune=lestrem.pk) == ["Both"]
    assert names(language="pol") == ["Both", "Polish"]
    assert [(one.code, one.count) for one in found.facets["profession"]] == [
        ("infirmier", 1),
        ("medecin-generaliste", 1),
    ]
    assert [(one.code, one.count) for one in found.facets["skill"]] == [("plaies", 1)]
    assert found.asked_words == "Infirmier, Plaies et cicatrisation"


def test_a_filter_that_nobody_here_answers_is_forgotten(cpts: Cpts) -> None:
    member(cpts, "Ici")

    found = look_up(Filters(commune="75056", profession="astronaute"))

    assert (found.filters, found.total) == (Filters(), 1)


@pytest.mark.parametrize("asked", ["?page=abc", "?page=99", "?commune=%27--", "?q=" + "x" * 300])
def test_an_address_that_is_not_understood_is_a_page_all_the_same(
    reader: Client, asked: str
) -> None:
    assert reader.get(LIST + asked).status_code == 200


def test_five_hundred_members_come_a_page_at_a_time(cpts: Cpts, reader: Client) -> None:
    for number in range(PAGE):
        member(cpts, f"Nom{number:03d}")

    first, last = look_up(Filters(), 1), look_up(Filters(), 7)

    assert (first.pages, len(first.cards), last.number, len(last.cards)) == (2, PAGE, 2, 1)
    assert "Page 2 sur 2" in reader.get(f"{LIST}?page=2").content.decode()


# --- Pages ----------------------------------------------------------------------------------
def furnished(cpts: Cpts, last_name: str) -> Any:
    one = member(cpts, last_name, phone="+33353010005", mssante="z@pro.mssante.example")
    one.skills.add(Skill.objects.get(pk="plaies"))
    one.languages.add(Language.objects.get(pk="pol"))
    practice = PracticeFactory(cpts=cpts)
    PracticeMemberFactory(membership=one, practice=practice)
    OpeningHours.objects.create(cpts=cpts, practice=practice, weekday=1, opens=540, closes=720)
    return one


def test_directory_asks_as_many_queries_for_twenty_members_as_for_three(
    cpts: Cpts, reader: Client
) -> None:
    counts = []
    for last in (2, 22):
        for number in range(last):
            furnished(cpts, f"Nom{last}x{number}")
        counts.append(queries_of(reader, LIST))

    assert counts[0] == counts[1]


def test_directory_list_gives_the_means_to_call_and_to_write(cpts: Cpts, reader: Client) -> None:
    furnished(cpts, "Durand")

    page = reader.get(f"{LIST}?q=durand").content.decode()

    assert 'href="tel:+33353010005"' in page
    assert 'href="mailto:z@pro.mssante.example"' in page
    assert f"1 membre sur 2{NBSP}: «{NBSP}durand{NBSP}»" in page


def test_directory_detail_tells_places_hours_and_languages(cpts: Cpts, reader: Client) -> None:
    found = furnished(cpts, "Durand")

    page = reader.get(f"{LIST}{found.pk}/").content.decode()

    for told in ("Zoé Durand", "Cabinet de la Lys", "Plaies et cicatrisation", "Polonais"):
        assert told in page
    assert f"9{NBSP}h–12{NBSP}h" in page


def test_directory_never_tells_who_takes_new_patients_nor_the_log_in_address(
    cpts: Cpts, reader: Client
) -> None:
    found = furnished(cpts, "Durand")
    IntakeFactory(membership=found, monthly_quota=7)

    pages = [reader.get(address).content.decode() for address in (LIST, f"{LIST}{found.pk}/")]

    for page in pages:
        assert "nouveaux patients" not in page.lower()
        assert found.user.email not in page


def test_directory_list_answers_htmx_with_its_part_alone(reader: Client) -> None:
    part = reader.get(LIST, headers={"HX-Request": "true"}).content.decode()

    assert part.lstrip().startswith('<div class="dir" id="directory">')


def test_a_search_without_answer_says_what_to_try(reader: Client) -> None:
    page = reader.get(f"{LIST}?q=introuvable").content.decode()

    assert "Essayez le nom seul" in page


# --- The map --------------------------------------------------------------------------------
def test_territory_counts_members_by_commune_and_draws_each(cpts: Cpts) -> None:
    communes = [
        CommuneFactory(name="Lestrem", latitude=50.62, longitude=2.68),
        CommuneFactory(name="Fleurbaix", latitude=50.65, longitude=2.83),
        CommuneFactory(name="Perdue", latitude=None, longitude=None, position="none"),
    ]
    for commune in communes:
        CptsCommuneFactory(cpts=cpts, commune=commune)
    PracticeMemberFactory(
        membership=member(cpts, "Durand"), practice=PracticeFactory(cpts=cpts, commune=communes[0])
    )

    territory = territory_of(cpts, look_up(Filters()).communes, communes[1].pk)

    assert [(one.name, one.count, one.shade, bool(one.path)) for one in territory.spots] == [
        ("Fleurbaix", 0, "me", True),
        ("Lestrem", 1, "shade-1", True),
        ("Perdue", 0, "shade-0", False),
    ]


def test_the_map_is_doubled_by_a_table_of_links(cpts: Cpts, reader: Client) -> None:
    lestrem = CommuneFactory(name="Lestrem")
    CptsCommuneFactory(cpts=cpts, commune=lestrem)
    PracticeMemberFactory(
        membership=member(cpts, "Durand"), practice=PracticeFactory(cpts=cpts, commune=lestrem)
    )

    page = reader.get(f"{LIST}?q=durand").content.decode()

    assert f'<td><a href="{LIST}?commune={lestrem.pk}&amp;q=durand">Lestrem</a></td>' in page
    assert f'<a href="{LIST}?commune={lestrem.pk}&amp;q=durand" tabindex="-1"><path' in page


# --- Doors ----------------------------------------------------------------------------------
HOURS = [(1, 540, 720), (1, 840, 1140), (5, 540, 720)]


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (paris(23, 9), f"Ouvert jusqu’à 12{NBSP}h"),
        (paris(23, 11, 59), f"Ouvert jusqu’à 12{NBSP}h"),
        (paris(23, 12), f"Fermé, ouvre à 14{NBSP}h"),
        (paris(23, 8), f"Fermé, ouvre à 9{NBSP}h"),
        (paris(23, 19), f"Fermé, ouvre vendredi à 9{NBSP}h"),
        (paris(27, 13), f"Fermé, ouvre lundi à 9{NBSP}h"),
    ],
)
def test_a_door_says_until_when_it_is_open_or_shut(moment: datetime, words: str) -> None:
    door = door_at(HOURS, moment)

    assert door is not None
    assert door_words(door) == words


def test_a_place_open_one_morning_a_week_opens_again_the_week_after() -> None:
    door = door_at([(1, 540, 720)], paris(23, 13))

    assert door is not None
    assert door_words(door) == f"Fermé, ouvre lundi à 9{NBSP}h"


def test_hours_that_nobody_has_told_are_neither_open_nor_shut() -> None:
    assert door_at([], paris(23, 9)) is None
    assert week_of([]) == []
    assert week_of(HOURS)[1] == ("Mardi", "fermé")


# --- Taken away -----------------------------------------------------------------------------
def test_one_contact_card_is_downloaded_and_traced(cpts: Cpts, reader: Client) -> None:
    found = furnished(cpts, "Durand")

    response = reader.post(f"{LIST}{found.pk}/contact.vcf")
    [trace] = AuditEntry.objects.all()

    assert response.headers["Content-Type"].startswith("text/vcard")
    assert "FN:Zoé Durand" in response.content.decode()
    assert "EMAIL;TYPE=work:z@pro.mssante.example" in response.content.decode()
    assert (trace.verb, trace.target, trace.reason) == ("export_directory", "vcard", "1")


def test_the_filtered_contacts_are_downloaded_whole_and_traced(cpts: Cpts, reader: Client) -> None:
    for number in range(PAGE + 1):
        member(cpts, f"Durand{number}")

    response = reader.post(f"{LIST}annuaire.vcf", {"q": "durand"})
    [trace] = AuditEntry.objects.all()

    assert response.content.decode().count("BEGIN:VCARD") == PAGE + 1
    assert (trace.target, trace.reason) == ("vcard", str(PAGE + 1))


def test_the_directory_is_printed_and_traced(cpts: Cpts, reader: Client) -> None:
    furnished(cpts, "Durand")

    response = reader.post(f"{LIST}annuaire.pdf", {"q": "durand"})
    [trace] = AuditEntry.objects.all()

    assert response.content.startswith(b"%PDF-")
    assert (trace.target, trace.reason, trace.by_id) == ("pdf", "1", trace.by_id)


def test_a_download_by_a_link_is_refused_since_it_is_traced(cpts: Cpts, reader: Client) -> None:
    assert reader.get(f"{LIST}annuaire.pdf").status_code == 405
