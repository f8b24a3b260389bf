"""A person without a GP before the public form: she answers one page after the other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import Page, expect

from tests.browser.portal import Portal
from tests.browser.visitors import Visitor


@dataclass(frozen=True)
class Person:
    """What she answers; the e-mail is optional, the number is one of the fictional ones."""

    first_name: str
    last_name: str
    phone: str
    email: str = ""
    postal_code: str = "62840"
    commune: str = "Laventie"

    @property
    def e164(self) -> str:
        return "+33" + self.phone.replace(" ", "").removeprefix("0")


def _for_whom(page: Page, person: Person) -> None:
    page.get_by_label("Pour moi", exact=True).check()


def _commune(page: Page, person: Person) -> None:
    """The first page asks the postal code; the same page then asks which of its communes."""
    choice = page.get_by_label(person.commune, exact=True)
    if choice.count():
        choice.check()
    else:
        page.get_by_label("Code postal").fill(person.postal_code)


def _no_gp(page: Page, person: Person) -> None:
    page.get_by_label("Non, il est parti à la retraite").check()


def _situation(page: Page, person: Person) -> None:
    page.get_by_label("Affection de longue durée").check()
    page.get_by_label("Sortie d’hôpital récente").check()


def _dates(page: Page, person: Person) -> None:
    """Yesterday will do: a day that is always recent."""
    for part, value in _yesterday().items():
        page.get_by_label(part, exact=True).fill(value)


def _identity(page: Page, person: Person) -> None:
    page.get_by_label("Mme", exact=True).check()
    page.get_by_label("Nom", exact=True).fill(person.last_name)
    page.get_by_label("Prénom", exact=True).fill(person.first_name)
    for part, value in (("Jour", "27"), ("Mois", "3"), ("Année", "1948")):
        page.get_by_label(part, exact=True).fill(value)


def _contact(page: Page, person: Person) -> None:
    page.get_by_label(re.compile("^Téléphone")).fill(person.phone)
    page.get_by_label(re.compile("^Courriel")).fill(person.email)
    page.get_by_label("Après 17 h").check()


def _preferences(page: Page, person: Person) -> None:
    page.get_by_label("20\u00a0km").check()
    page.get_by_label("Quelque chose à ajouter").fill("Mon médecin a fermé en juin.")


def _consent(page: Page, person: Person) -> None:
    page.get_by_label("J’accepte").check()


ANSWERS: dict[str, Callable[[Page, Person], None]] = {
    "pour-qui": _for_whom,
    "commune": _commune,
    "medecin-traitant": _no_gp,
    "situation": _situation,
    "dates": _dates,
    "identite": _identity,
    "contact": _contact,
    "preferences": _preferences,
    "accord": _consent,
}


def answer_every_question(visitor: Visitor, person: Person) -> Iterator[str]:
    """Yields the name of each page as it stands before her, then goes on to the check."""
    page = visitor.page
    page.goto("/trouver-un-medecin/")
    while (slug := _slug(page)) in ANSWERS:
        yield slug
        ANSWERS[slug](page, person)
        press(page, "Continuer")
    expect(page.get_by_role("heading", level=1)).to_have_text("Vérifiez vos réponses")
    yield "verification"


def receive_the_code(visitor: Visitor, portal: Portal, person: Person) -> str:
    """Ask for the code and read it as her phone shows it.

    The form suspects whoever is done in three seconds: the clock says that she took a minute.
    """
    portal.rows("UPDATE patients_requestdraft SET created_at = created_at - interval '1 minute'")
    page = visitor.page
    press(page, "Recevoir mon code")
    expect(page.get_by_role("heading", level=1)).to_have_text("Entrez votre code")
    letter = portal.wait_for_letter(person.e164, "patients.request_code")
    found = re.search(r"\b\d{6}\b", letter.body)
    assert found is not None, letter.body
    return found[0]


def enter_the_code(visitor: Visitor, code: str) -> str:
    """Returns the reference that the confirmation shows."""
    page = visitor.page
    page.get_by_label("Votre code").fill(code)
    page.get_by_role("button", name="Envoyer ma demande").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Votre demande est enregistrée")
    found = re.search(r"\b20\d\d-\d{4,}\b", page.get_by_role("main").inner_text())
    assert found is not None
    return found[0]


def file_a_request(visitor: Visitor, portal: Portal, person: Person) -> str:
    """From the first question to the confirmation; returns the reference."""
    for _ in answer_every_question(visitor, person):
        pass
    return enter_the_code(visitor, receive_the_code(visitor, portal, person))


def press(page: Page, button: str) -> None:
    """Press, and wait for the page that answers, be it at the same address."""
    with page.expect_navigation():
        page.get_by_role("button", name=button).click()


def _yesterday() -> dict[str, str]:
    day = datetime.now(ZoneInfo("Europe/Paris")).date() - timedelta(days=1)
    return {"Jour": str(day.day), "Mois": str(day.month), "Année": str(day.year)}


def _slug(page: Page) -> str:
    return page.url.partition("?")[0].rstrip("/").rpartition("/")[2]
