"""Posters on one tagged page, codes that lead to the public page, pictures for shared links."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from PIL import Image
from pypdf import PdfReader

from members.models import Cpts, Membership, Role
from prevention.models import CampaignPartner
from prevention.queries.posters import campaign_sheet, session_sheet
from tests.factories import CommuneFactory, MembershipFactory
from tests.prevention.makers import CampaignFactory, CampaignPageFactory, SessionFactory

DESK = "/artois-lys/prevention/"
HERE = "/evenements/artois-lys/"
POINTS = {"a4": (595, 842), "a3": (842, 1191)}


@pytest.fixture
def campaign(cpts: Cpts) -> Any:
    campaign = CampaignFactory(
        cpts=cpts, title="Octobre rose", audience_note="Femmes de 50 à 74 ans"
    )
    CampaignPageFactory(campaign=campaign, body="Un temps d’échange.\n\nEt un café.")
    CampaignPartner.objects.create(cpts=cpts, campaign=campaign, name="Ville de Lestrem")
    return campaign


@pytest.fixture
def session(campaign: Any) -> Any:
    return SessionFactory(campaign=campaign, commune=CommuneFactory(name="Lestrem"))


@pytest.fixture
def desk(client: Client, coordinator: Membership) -> Client:
    client.force_login(coordinator.user)
    return client


def read(content: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(content), strict=True)


def words_of(content: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in read(content).pages).split())


def tags_of(node: Any) -> Iterator[Any]:
    """The structure elements, in reading order."""
    node = node.get_object()
    for part in node if isinstance(node, list) else [node]:
        element = part.get_object()
        if isinstance(element, dict) and "/S" in element:
            yield element
            yield from tags_of(element.get("/K", []))


def poster(desk: Client, path: str) -> bytes:
    answer = desk.get(f"{DESK}{path}")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    return answer.content


# --- Posters --------------------------------------------------------------------------------
@pytest.mark.parametrize("paper", ["a4", "a3"])
def test_a_poster_is_one_tagged_page_of_its_paper(desk: Client, session: Any, paper: str) -> None:
    content = poster(desk, f"campagnes/{session.campaign_id}/affiche.pdf?format={paper}")

    document = read(content)
    [page] = document.pages
    root = document.trailer["/Root"]
    assert (round(page.mediabox.width), round(page.mediabox.height)) == POINTS[paper]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "fr"
    metadata = root["/Metadata"].get_data().decode()
    assert re.findall(r"<pdfuaid:part>(\d)</pdfuaid:part>", metadata) == ["1"]
    assert re.findall(r'<rdf:li xml:lang="x-default">(.*?)</rdf:li>', metadata) == ["Octobre rose"]


def test_a_poster_has_headings_a_list_and_a_code_that_is_named(desk: Client, session: Any) -> None:
    content = poster(desk, f"seances/{session.pk}/affiche.pdf")

    elements = list(tags_of(read(content).trailer["/Root"]["/StructTreeRoot"]["/K"]))
    kinds = [element["/S"][1:] for element in elements]
    alts = [element["/Alt"] for element in elements if element["/S"] == "/Figure"]
    assert [kind for kind in kinds if kind in ("H1", "H2", "L", "LI")] == [
        "H1", "H2", "L", "LI", "H2",
    ]  # fmt: skip
    assert alts == [f"Code à flasher : http://localhost:8000{HERE}{session.pk}/"]


def test_a_poster_says_when_where_with_whom_and_how(desk: Client, cpts: Cpts, session: Any) -> None:
    words = words_of(poster(desk, f"campagnes/{session.campaign_id}/affiche.pdf"))

    for said in (
        "Octobre rose", "CPTS Artois Lys", "Femmes de 50 à 74 ans", "Un temps d’échange.",
        "Salle des fêtes", "3 place de la Mairie, Lestrem", "Inscrivez-vous",
        f"localhost:8000{HERE}campagne/{session.campaign_id}", "Ville de Lestrem",
    ):  # fmt: skip
        assert said in words
    assert "Et un café" not in words


def test_a_poster_speaks_french_to_residents_whoever_prints_it(desk: Client, session: Any) -> None:
    path = f"{DESK}campagnes/{session.campaign_id}/affiche.pdf"

    answer = desk.get(path, headers={"Accept-Language": "en"})

    assert read(answer.content).trailer["/Root"]["/Lang"] == "fr"
    assert "Inscrivez-vous" in words_of(answer.content)


def test_a_campaign_of_many_dates_says_how_many_more(desk: Client, campaign: Any) -> None:
    for days in range(1, 21):
        SessionFactory(campaign=campaign, starts_at=timezone.now() + timedelta(days=days))

    content = poster(desk, f"campagnes/{campaign.pk}/affiche.pdf")

    words = words_of(content)
    assert len(read(content).pages) == 1
    shown = words.count("Salle des fêtes")
    assert f"et {20 - shown} autres dates" in words
    assert shown >= 4


def test_a_poster_of_the_longest_words_is_still_one_page(desk: Client, campaign: Any) -> None:
    long = {"place_name": "Salle " * 20, "address": "rue " * 50, "title": "Dépistage " * 12}
    session = SessionFactory(campaign=campaign, is_accessible=True, **long)
    campaign.audience_note = "Personnes " * 20
    campaign.title = "M" * 120
    campaign.save()

    for path in (f"campagnes/{campaign.pk}/", f"seances/{session.pk}/"):
        content = poster(desk, f"{path}affiche.pdf")
        assert len(read(content).pages) == 1
        assert "Inscrivez-vous" in words_of(content)


def test_a_poster_of_no_date_yet_is_a_poster(desk: Client, campaign: Any) -> None:
    words = words_of(poster(desk, f"campagnes/{campaign.pk}/affiche.pdf"))

    assert "Octobre rose" in words
    assert "Dates et lieux" not in words


def test_the_first_sentences_of_a_long_page_are_whole(campaign: Any) -> None:
    campaign.pages.update(body="Une phrase courte. " * 30)

    sheet = campaign_sheet(campaign, "a4", timezone.now())

    assert sheet["intro"].endswith("courte.")
    assert len(sheet["intro"]) <= 220


def test_a_session_poster_tells_for_whom_it_is(session: Any) -> None:
    session.min_age, session.sex = 50, "female"

    assert session_sheet(session, "a4")["audience"] == "À partir de 50 ans, femmes"


@pytest.mark.parametrize(
    ("role", "status"), [(Role.COORDINATOR, 200), (Role.SECRETARY, 404), (Role.PARTNER, 404)]
)
def test_the_poster_of_a_draft_is_for_the_coordination(
    client: Client, cpts: Cpts, role: Role, status: int
) -> None:
    session = SessionFactory(campaign=CampaignFactory(cpts=cpts, status="draft"))
    client.force_login(MembershipFactory(cpts=cpts, role=role).user)

    paths = (f"campagnes/{session.campaign_id}/", f"seances/{session.pk}/")
    given = [client.get(f"{DESK}{path}affiche.pdf").status_code for path in paths]

    assert given == [status, status]


# --- Codes and pictures ---------------------------------------------------------------------
@pytest.mark.parametrize(
    ("query", "kind", "begins"),
    [("", "image/svg+xml", b"<svg"), ("?format=png", "image/png", b"\x89PNG")],
)
def test_a_code_is_taken_away_as_a_file(
    desk: Client, session: Any, query: str, kind: str, begins: bytes
) -> None:
    for path in (f"campagnes/{session.campaign_id}/code/", f"seances/{session.pk}/code/"):
        answer = desk.get(f"{DESK}{path}{query}")

        assert answer["Content-Type"] == kind
        assert answer.content.startswith(begins)
        assert "attachment" in answer["Content-Disposition"]


def test_the_picture_of_a_shared_link_is_1200_by_630(client: Client, session: Any) -> None:
    for path in (f"{session.pk}/image/", f"campagne/{session.campaign_id}/image/"):
        answer = client.get(HERE + path)

        assert answer["Content-Type"] == "image/png"
        assert Image.open(io.BytesIO(answer.content)).size == (1200, 630)


def test_the_picture_of_a_shared_link_comes_as_svg_too(client: Client, session: Any) -> None:
    answer = client.get(f"{HERE}{session.pk}/image/?format=svg")

    assert answer["Content-Type"] == "image/svg+xml"
    assert "<script" not in answer.content.decode()
    assert "sandbox" in answer["Content-Security-Policy"]


def test_the_picture_of_a_shared_link_is_drawn_once(
    client: Client, session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = client.get(f"{HERE}{session.pk}/image/")
    monkeypatch.setattr("prevention.views.event_pictures.pdf.draw", None)

    assert client.get(f"{HERE}{session.pk}/image/").content == first.content


def test_drawing_pictures_is_not_a_way_to_tire_the_portal(
    client: Client, session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("prevention.views.event_pictures.DRAWN_AN_HOUR", 1)

    kinds = ("png", "svg", "png")
    given = [client.get(f"{HERE}{session.pk}/image/?format={kind}").status_code for kind in kinds]

    assert given == [200, 429, 200]
