"""A door on a telephone: names, a seat set free, counters; with JavaScript and without."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visit
from tests.browser.places import SLUG, Places
from tests.browser.portal import Portal
from tests.browser.visitors import PHONE


def test_the_only_seat_goes_from_who_left_to_who_stands_there(visit: Visit, portal: Portal) -> None:
    session = _soon(portal)
    first, second = visit(width=PHONE), visit(width=PHONE, javascript=False)
    for visitor in (first, second):
        visitor.log_in("coordination")
        visitor.page.goto(f"/{SLUG}/prevention/seances/{session}/entree/")

    _let_in(first.page, "Caron")
    expect(first.page.locator("#notices")).to_contain_text("notée présente")
    _let_in(second.page, "Nowak")
    expect(second.page.locator("main")).to_contain_text("La salle est pleine")
    expect(second.page.locator("#id_last_name")).to_have_value("Nowak")
    _guest(first.page, "Caron").get_by_role("button", name="Absente").click()
    expect(_guest(first.page, "Caron").locator("[aria-pressed=true]")).to_contain_text("Absente")
    expect(first.page.locator("#door-sums dd").last).to_have_text("1")
    second.page.get_by_role("button", name="Noter présente").click()

    expect(_guest(second.page, "Nowak").locator("[aria-pressed=true]")).to_contain_text("Présente")
    rows = portal.rows(
        "SELECT status, door FROM prevention_registration WHERE session_id = %s ORDER BY number",
        session,
    )
    assert [row["status"] for row in rows] == ["absent", "attended"]


def test_counters_and_the_search_of_a_name(visit: Visit, portal: Portal) -> None:
    session = _soon(portal)
    quick, plain = visit(width=PHONE), visit(width=PHONE, javascript=False)
    for visitor in (quick, plain):
        visitor.log_in("coordination")
    quick.page.goto(f"/{SLUG}/prevention/seances/{session}/entree/")
    _let_in(quick.page, "Œuvrard")

    quick.page.get_by_label("Chercher un nom").fill("oeuv")
    expect(_guest(quick.page, "Œuvrard")).to_be_visible()
    quick.page.get_by_label("Chercher un nom").fill("caron")
    expect(_guest(quick.page, "Œuvrard")).to_be_hidden()
    quick.page.get_by_role("button", name="Une de plus, 25 à 49 ans").click()
    expect(quick.page.locator("#counter-25-49 output")).to_have_text("1")
    plain.page.goto(f"/{SLUG}/prevention/seances/{session}/entree/")
    plain.page.get_by_role("button", name="Une de plus, 25 à 49 ans").click()

    expect(plain.page.locator("#counter-25-49 output")).to_have_text("2")
    expect(plain.page.locator("#door-search")).to_be_hidden()


def _soon(portal: Portal) -> int:
    """A session with one seat, that begins within the hour."""
    query = """
        INSERT INTO prevention_session (cpts_id, campaign_id, title, starts_at, ends_at,
            place_name, address, commune_id, is_accessible, access_note, is_for_professionals,
            capacity, taken, last_number, sex, communes, status, sequence, created_by_id,
            created_at, cancel_reason, key)
        SELECT cpts_id, campaign_id, 'Stand du marché', now() + interval '30 minutes',
            now() + interval '2 hours', place_name, address, commune_id, true, '', false, 1, 0,
            0, '', '{}', 'planned', 0, created_by_id, now(), '', gen_random_uuid()
        FROM prevention_session WHERE id = %s RETURNING id
    """
    [row] = portal.rows(query, Places(portal).session_to_come)
    return int(row["id"])


def _let_in(page: Page, name: str) -> None:
    page.locator("#id_last_name").fill(name)
    page.get_by_role("button", name="Noter présente").click()


def _guest(page: Page, name: str) -> Locator:
    return page.locator("li.guest", has_text=name)
