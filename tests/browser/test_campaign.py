"""« Octobre rose » from its template to the public page, and leaflets from a phone to the desk."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser import axe
from tests.browser.conftest import Visit
from tests.browser.patient import press
from tests.browser.places import SLUG
from tests.browser.portal import Portal
from tests.browser.visitors import DESK, PHONE, Visitor

TITLE = "Octobre rose du canton"
TOO_HEAVY = 9 * 1024 * 1024


@pytest.fixture
def coordinator(visit: Visit) -> Visitor:
    visitor = visit(width=DESK)
    visitor.log_in("coordination")
    return visitor


def test_octobre_rose_is_prepared_and_published(
    visit: Visit, coordinator: Visitor, tmp_path: Path
) -> None:
    page = coordinator.page
    page.goto(f"/{SLUG}/prevention/")

    page.get_by_role("link", name="Préparer une campagne").click()
    page.get_by_role("link", name="Octobre rose", exact=False).first.click()
    page.get_by_label("Titre").fill(TITLE)
    press(page, "Créer la campagne")
    expect(page.locator("h1")).to_have_text(TITLE)
    assert not axe.faults(page)

    _illustrate(coordinator, tmp_path)
    page.get_by_role("link", name=TITLE).click()
    _plan_a_session(coordinator)
    page.get_by_role("link", name=TITLE).first.click()
    press(page, "Publier")
    expect(page.get_by_text("La campagne est publiée.")).to_be_visible()

    resident = visit(width=PHONE).page
    resident.goto(page.url.split("#")[0].replace(f"/{SLUG}/prevention/campagnes/", _public()))
    expect(resident.locator("h1")).to_contain_text(TITLE)
    expect(resident.get_by_alt_text("Un ruban rose")).to_be_visible()


def _public() -> str:
    return f"/evenements/{SLUG}/campagne/"


def _illustrate(visitor: Visitor, tmp_path: Path) -> None:
    """A picture that is too heavy first, then one that is not."""
    page = visitor.page
    heavy, light = tmp_path / "lourde.jpg", tmp_path / "ruban.png"
    heavy.write_bytes(b"\xff\xd8" + b"\0" * TOO_HEAVY)
    Image.new("RGB", (640, 400), "pink").save(light)

    page.get_by_role("link", name="Un dépistage tous les deux ans").click()
    page.get_by_label("Ce que montre l’image").fill("Un ruban rose")
    page.get_by_label("Image", exact=True).set_input_files(heavy)
    press(page, "Ajouter l’image")
    expect(page.get_by_text("Cette image pèse plus de 8 Mo").first).to_be_visible()
    expect(page.get_by_label("Ce que montre l’image")).to_have_value("Un ruban rose")
    page.get_by_label("Image", exact=True).set_input_files(light)
    press(page, "Ajouter l’image")
    expect(page.get_by_alt_text("Un ruban rose")).to_be_visible()


def _plan_a_session(visitor: Visitor) -> None:
    page = visitor.page
    page.get_by_role("link", name="Prévoir une séance").first.click()
    for name, typed in (
        ("day", "2027-10-09"),
        ("starts", "14:00"),
        ("ends", "16:00"),
        ("place_name", "Salle des fêtes"),
        ("address", "3 place de la Mairie"),
    ):
        page.locator(f'input[name="{name}"]').fill(typed)
    page.locator('select[name="commune"]').select_option(index=1)
    page.locator("main form button.btn-1").click()
    expect(page.get_by_text("La séance est prévue.")).to_be_visible()


def test_material_is_ordered_on_a_phone_and_handed_over(
    visit: Visit, coordinator: Visitor, portal: Portal
) -> None:
    doctor = visit(width=PHONE)
    doctor.log_in("medecin")
    material = portal.rows(
        "SELECT one.id, one.name, one.stock FROM prevention_material AS one"
        " JOIN members_cpts AS cpts ON cpts.id = one.cpts_id"
        " WHERE cpts.slug = %s AND one.is_active AND one.stock > 0 ORDER BY one.stock DESC LIMIT 1",
        SLUG,
    )[0]

    doctor.page.goto(f"/{SLUG}/prevention/materiel/commander/")
    doctor.page.locator(f'input[name="material-{material["id"]}"]').fill("1")
    press(doctor.page, "Commander")
    expect(doctor.page.get_by_text("Votre commande est partie")).to_be_visible()
    coordinator.page.goto(f"/{SLUG}/prevention/materiel/commandes/")
    coordinator.page.get_by_role("listitem").filter(has_text=material["name"]).filter(
        has=coordinator.page.get_by_role("button", name="Remettre")
    ).last.get_by_role("button", name="Remettre").click()
    expect(coordinator.page.get_by_text("La commande est remise")).to_be_visible()

    left = portal.rows("SELECT stock FROM prevention_material WHERE id = %s", material["id"])[0]
    assert left["stock"] < material["stock"]
