"""A CPTS brings its sheet of two hundred members: read, looked at, applied, undone."""

from __future__ import annotations

from itertools import product
from pathlib import Path

from playwright.sync_api import Page, expect
from stdnum import luhn

from tests.browser.conftest import Visit
from tests.browser.patient import press
from tests.browser.places import SLUG
from tests.browser.portal import Portal
from tests.browser.visitors import DESK

HEADER = "Nom;Prénom;Mail;Tél;Profession;N° RPPS;Ville;CP;Remarques"
FIRST_NAMES = (
    *("Adélie", "Basile", "Célestine", "Donatien", "Églantine"),
    *("Firmin", "Gwendoline", "Hilaire", "Isaure", "Joachim"),
)
LAST_NAMES = (
    *("Aubépin", "Boutefeu", "Chantelouve", "Dargelin", "Esquermoise", "Fontenoy", "Garenne"),
    *("Hautecloche", "Isbergue", "Jonquière", "Korbeau", "Longueval", "Merlimont", "Noircarme"),
    *("Ostricourt", "Pérenchies", "Quesnoy", "Rougefort", "Sangatte", "Tourmignies"),
)
BROKEN = {
    "email": "isaure chez cabinet",
    "phone": "06 39",
    "profession": "magnétiseur",
    "rpps": "10000000000",
    "last_name": "",
}
"""A cell of each kind that cannot be read; three lines have each."""


def test_two_hundred_members_are_imported_then_taken_back(
    visit: Visit, portal: Portal, tmp_path: Path
) -> None:
    before = _members(portal)
    desk = visit(width=DESK)
    desk.log_in("coordination")

    desk.page.goto(f"/{SLUG}/import/")
    desk.page.get_by_label("Votre tableau").set_input_files(_sheet(tmp_path))
    press(desk.page, "Lire ce fichier")
    _wait_until_read(desk.page)
    assert _tabs(desk.page) == {
        "À importer": 184,
        "Homonymes": 1,
        "Déjà membres": 0,
        "À corriger": 15,
    }
    desk.shoot("import")
    press(desk.page, "Importer Hélène Marchand")
    press(desk.page, "Inscrire 185 membres")
    expect(desk.page.locator("#notices, [role=status]").first).to_contain_text("185 membres")
    assert _members(portal) == before + 185

    desk.page.get_by_text("C’était une erreur").click()
    press(desk.page, "Annuler l’import")
    expect(desk.page.get_by_text("185 membres sont retirés")).to_be_visible()
    assert _members(portal) == before


def _sheet(folder: Path) -> Path:
    """184 lines to add, a namesake of the demo's GP, fifteen broken ones; in Windows' letters."""
    names = list(product(LAST_NAMES, FIRST_NAMES))
    people = [_person(number, *name) for number, name in enumerate(names)]
    people[0] |= {"last_name": "Marchand", "first_name": "Hélène"}
    for number, (cell, wrong) in enumerate([*BROKEN.items()] * 3):
        people[10 * number + 5][cell] = wrong
    lines = [HEADER, *(";".join(person.values()) for person in people)]
    file = folder / "membres.csv"
    file.write_bytes("\r\n".join(lines).encode("cp1252"))
    return file


def _person(number: int, last_name: str, first_name: str) -> dict[str, str]:
    rpps = f"1020304{number:03d}"
    return {
        "last_name": last_name,
        "first_name": first_name,
        "email": f"membre{number}@cabinet.example",
        "phone": f"06 39 98 {number // 100:02d} {number % 100:02d}",
        "profession": "infirmière",
        "rpps": rpps + luhn.calc_check_digit(rpps),
        "city": "Laventie",
        "postal_code": "62840",
        "note": "",
    }


def _wait_until_read(page: Page) -> None:
    """The worker reads it; the page asks every three seconds."""
    expect(page.get_by_role("navigation", name="Lignes du fichier")).to_be_visible(timeout=20_000)


def _tabs(page: Page) -> dict[str, int]:
    """The tabs' words and counts."""
    tabs = page.get_by_role("navigation", name="Lignes du fichier").get_by_role("link").all()
    words = [tab.inner_text().split() for tab in tabs]
    return {" ".join(label): int(count) for *label, count in words}


def _members(portal: Portal) -> int:
    query = """
        SELECT count(*) FROM members_membership AS member
        JOIN members_cpts AS cpts ON cpts.id = member.cpts_id
        WHERE cpts.slug = %s AND member.ends_on IS NULL
    """
    return int(portal.rows(query, SLUG)[0]["count"])
