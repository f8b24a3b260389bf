"""A professional before the candidate's form: she answers one page after the other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from playwright.sync_api import Page

from tests.browser.patient import press
from tests.browser.portal import Portal
from tests.browser.visitors import Visitor

CPTS = "artois-lys"


@dataclass(frozen=True)
class Candidate:
    first_name: str
    last_name: str
    email: str
    rpps: str
    profession: str = "Infirmier"
    commune: str = "Laventie"


def apply(visitor: Visitor, portal: Portal, candidate: Candidate) -> Iterator[str]:
    """Each page in turn, an answer forgotten on the way; her own page is the last.

    Nobody fills a form in three seconds: the clock says that she took a minute.
    """
    page = visitor.page
    page.goto(f"/adherer/{CPTS}/")
    yield "presentation"
    page.get_by_role("link", name="Commencer").click()
    press(page, "Continuer")
    yield "vous, rien de répondu"
    yield from _who(page, candidate)
    yield from _where(page, candidate)
    page.get_by_label("J’ai lu ces textes").check()
    yield "engagement"
    press(page, "Continuer")
    yield "verification"
    portal.rows("UPDATE members_application SET created_at = created_at - interval '1 minute'")
    press(page, "Recevoir mon code")
    yield "code"
    letter = portal.wait_for_letter(candidate.email, "members.application_code")
    [code] = re.findall(r"\b\d{6}\b", letter.body)
    page.get_by_label("Votre code").fill(code)
    press(page, "Déposer ma candidature")
    yield "envoyee"
    page.get_by_role("link", name="Ouvrir ma page").click()
    yield "ma candidature"


def _who(page: Page, candidate: Candidate) -> Iterator[str]:
    page.get_by_role("radio").first.check()
    page.get_by_label("Nom", exact=True).fill(candidate.last_name)
    page.get_by_label("Prénom", exact=True).fill(candidate.first_name)
    press(page, "Continuer")
    page.get_by_label("Profession").select_option(label=candidate.profession)
    page.get_by_label("Numéro RPPS").fill(candidate.rpps)
    yield "profession"
    press(page, "Continuer")
    page.get_by_label("Courriel professionnel").fill(candidate.email)
    yield "coordonnees"
    press(page, "Continuer")
    page.get_by_label("Plaies et cicatrisation").check()
    yield "competences"
    press(page, "Continuer")


def _where(page: Page, candidate: Candidate) -> Iterator[str]:
    """A place described in her own words, with a morning of opening."""
    yield "lieux"
    page.get_by_role("link", name="Ajouter un lieu").click()
    page.get_by_label("Commune ou code postal").fill(candidate.commune)
    yield "dans quelle commune"
    press(page, "Continuer")
    page.get_by_label("Nom du lieu").fill("Cabinet infirmier du Pont")
    page.get_by_label("Adresse").fill("2 rue du Pont")
    page.get_by_text("Horaires d’ouverture").click()
    page.get_by_label("Lundi").fill("9h-12h")
    yield "quel lieu"
    press(page, "Ajouter ce lieu")
    yield "lieux, un lieu"
    page.get_by_role("link", name="Continuer").click()
