"""The commune decides the CPTS; outside every one, nothing is kept."""

from __future__ import annotations

import pytest
from django.urls import reverse

from patients.models import RequestDraft
from tests.factories import CommuneFactory, CptsCommuneFactory, CptsFactory
from tests.patients import filing_path as path

pytestmark = pytest.mark.usefixtures("laventie")


def test_commune_is_proposed_once_the_postal_code_is_typed(client):
    path.answer(client, "pour-qui")

    typed = client.post(path.step_url("commune"), {"postal_code": "62 840"})
    page = client.get(typed.url)

    assert typed.url == path.step_url("commune", code_postal="62840")
    assert page.status_code == 200
    assert page.content.decode().count('name="commune"') == 3


def test_commune_of_a_postal_code_that_has_one_is_already_ticked(client):
    CommuneFactory(insee_code="62765", name="Saint-Omer", postal_codes=["62500"])
    path.answer(client, "pour-qui")

    page = client.get(path.step_url("commune", code_postal="62500")).content.decode()

    assert 'value="62765" id="id_commune_0" checked' in page


def test_commune_gives_the_form_to_its_cpts(client, cpts):
    path.fill(client, until="medecin-traitant")

    page = client.get(path.step_url("medecin-traitant"))

    assert page.context["cpts"] == cpts
    assert cpts.name in page.content.decode()
    assert page.context["map"].home.name == "Laventie"


def test_commune_may_be_changed_for_another_cpts_until_confirmed(client, laventie):
    arras = CommuneFactory(insee_code="62041", name="Arras", postal_codes=["62000"])
    other = CptsCommuneFactory(cpts=CptsFactory(slug="grand-arras"), commune=arras).cpts
    path.fill(client)

    path.answer(client, "commune", postal_code="62000", shown="62000", commune="62041")

    assert RequestDraft.objects.get().cpts == other


@pytest.mark.parametrize("code", ["abc", "99999", "6" * 500])
def test_commune_page_shows_any_postal_code_of_the_address_without_crashing(client, code):
    path.answer(client, "pour-qui")

    assert client.get(path.step_url("commune", code_postal=code)).status_code == 200


def test_outside_page_opens_for_any_commune_code(client):
    for code in ("", "99999", "é" * 50):
        page = client.get(reverse("patients:filing_outside", query={"commune": code}))
        assert page.status_code == 200


@pytest.mark.parametrize("chosen", ["62765", "ailleurs"])
def test_commune_outside_every_cpts_is_redirected_kindly_and_nothing_is_kept(client, cpts, chosen):
    CommuneFactory(
        insee_code="62765",
        name="Saint-Omer",
        postal_codes=["62500"],
        latitude=50.75,
        longitude=2.25,
    )
    path.answer(client, "pour-qui")

    left = path.answer(client, "commune", postal_code="62500", shown="62500", commune=chosen)
    page = client.get(left.url).content.decode()

    assert left.url.startswith(reverse("patients:filing_outside"))
    assert RequestDraft.objects.count() == 0
    assert client.cookies["demande"].value == ""
    assert "36 46" in page
    assert (cpts.name in page) == (chosen == "62765")
