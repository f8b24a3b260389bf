"""A seat from a poster's code, and one that is freed: through real processes, on a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from playwright.sync_api import expect

from tests.browser import axe
from tests.browser.conftest import Visit
from tests.browser.patient import press
from tests.browser.places import SLUG
from tests.browser.portal import Portal
from tests.browser.visitors import PHONE, Visitor


def test_somebody_registers_on_a_phone_without_a_fault(visit: Visit, portal: Portal) -> None:
    visitor = visit(width=PHONE)
    session = _session(portal, seats_free=1)

    faults = [
        f"{step}: {fault}"
        for step in _register(visitor, portal, session, "odette@courriel.example")
        for fault in axe.faults(visitor.page)
    ]

    expect(visitor.page.locator("h1")).to_have_text("Votre place est confirmée")
    assert not faults, "\n".join(faults)


def test_a_seat_given_back_is_taken_by_the_first_in_line_without_javascript(
    visit: Visit, portal: Portal
) -> None:
    first, second = (visit(width=PHONE, javascript=False) for _who in range(2))
    session = _session(portal, seats_free=1)
    for visitor, address in ((first, "aline@courriel.example"), (second, "zoe@courriel.example")):
        for _step in _register(visitor, portal, session, address):
            pass
    expect(second.page.locator("h1")).to_have_text("Vous êtes en liste d’attente")

    first.page.get_by_text("Annuler mon inscription", exact=True).click()
    press(first.page, "Oui, annuler mon inscription")
    second.page.reload()
    press(second.page, "Je prends cette place")

    expect(second.page.locator("h1")).to_have_text("Votre place est confirmée")
    rows = portal.rows(
        "SELECT status FROM prevention_registration WHERE session_id = %s ORDER BY number DESC"
        " LIMIT 2",
        session,
    )
    assert [row["status"] for row in rows] == ["confirmed", "cancelled"]


def _session(portal: Portal, *, seats_free: int) -> int:
    """One of the demo's with nobody in line, and so many seats left."""
    query = """
        UPDATE prevention_session SET capacity = taken + %s WHERE id = (
            SELECT one.id FROM prevention_session AS one
            JOIN prevention_campaign AS campaign ON campaign.id = one.campaign_id
            JOIN members_cpts AS cpts ON cpts.id = one.cpts_id
            WHERE cpts.slug = %s AND one.status = 'planned' AND one.starts_at > now()
            AND NOT one.is_for_professionals AND campaign.status = 'published'
            AND one.min_age IS NULL AND one.max_age IS NULL AND one.sex = ''
            AND one.communes = '{}' AND NOT EXISTS (
                SELECT 1 FROM prevention_registration
                WHERE session_id = one.id AND status = 'waiting')
            ORDER BY one.starts_at LIMIT 1)
        RETURNING id
    """
    return int(portal.rows(query, seats_free, SLUG)[0]["id"])


def _register(visitor: Visitor, portal: Portal, session: int, address: str) -> Iterator[str]:
    """Each page in turn, an answer forgotten on the way; her own page is the last.

    Nobody fills a form in three seconds: she is asked to read it again, and presses until it is.
    """
    page = visitor.page
    page.goto(f"/evenements/{SLUG}/{session}/inscription/")
    page.get_by_label("Prénom").fill("Odette")
    press(page, "Recevoir mon code")
    yield "le formulaire, un nom oublié"
    page.get_by_label("Nom", exact=True).fill("Vanhove")
    page.get_by_label("Votre téléphone portable ou votre courriel").fill(address)
    while page.get_by_role("button", name="Recevoir mon code").count():
        press(page, "Recevoir mon code")
    yield "le code"
    letter = portal.wait_for_letter(address, "prevention.registration_code")
    [code] = re.findall(r"\b\d{6}\b", letter.body)
    page.get_by_label("Votre code").fill(code)
    press(page, "Terminer mon inscription")
    yield "la réponse"
    page.get_by_role("link", name="Ouvrir ma page").click()
    yield "sa page"
