"""What people do by mistake: twice, backwards, too late, at somebody else's door."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser import patient
from tests.browser.conftest import Visit
from tests.browser.patient import Person
from tests.browser.places import SLUG, Places
from tests.browser.portal import Portal
from tests.browser.visitors import PHONE


def test_double_click_and_back_file_one_request(visit: Visit, portal: Portal) -> None:
    her, rose = visit(width=PHONE), Person("Rose", "Essaimeur", "06 39 98 70 20")
    for _ in patient.answer_every_question(her, rose):
        pass
    code = patient.receive_the_code(her, portal, rose)

    her.page.get_by_label("Votre code").fill(code)
    her.page.get_by_role("button", name="Envoyer ma demande").dblclick()
    expect(her.page.get_by_role("heading", level=1)).to_have_text("Votre demande est enregistrée")
    her.page.go_back()
    her.page.goto("/trouver-un-medecin/code/")

    expect(her.page.get_by_role("heading", level=1)).to_have_text("Votre demande est enregistrée")
    query = "SELECT count(*) FROM patients_patient WHERE search_name = 'essaimeur rose'"
    assert portal.rows(query) == [{"count": 1}]


def test_wrong_code_says_how_many_tries_are_left(visit: Visit, portal: Portal) -> None:
    her, nadia = visit(width=PHONE), Person("Nadia", "Sauvage", "06 39 98 70 21")
    for _ in patient.answer_every_question(her, nadia):
        pass
    code = patient.receive_the_code(her, portal, nadia)

    her.page.get_by_label("Votre code").fill(f"{(int(code) + 1) % 10**6:06d}")
    her.page.get_by_role("button", name="Envoyer ma demande").click()

    expect(her.page.get_by_role("alert").first).to_contain_text("Il vous reste 4 essais")
    expect(her.page).to_have_title(re.compile(r"^Erreur\s:"))


def test_tampered_link_and_foreign_doors_are_not_found(visit: Visit, portal: Portal) -> None:
    places = Places(portal)
    doctor = visit(width=PHONE)
    doctor.log_in("medecin")
    doors = {
        f"/ma-demande/{places.no_link}/": 404,
        f"/{SLUG}/orientations/999999999/": 404,
        f"/{SLUG}/demandes/{places.qualified}/": 403,
        "/grand-arras/orientations/": 404,
        "/pas-une-cpts/": 404,
    }

    found = {door: doctor.page.goto(door) for door in doors}

    assert {door: answer and answer.status for door, answer in found.items()} == doors
    expect(doctor.page.get_by_role("heading", level=1)).to_be_visible()
