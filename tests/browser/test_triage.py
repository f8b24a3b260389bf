"""The coordinator's desk: by keyboard alone, and two people at once."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.places import SLUG, Places
from tests.browser.portal import Portal
from tests.browser.visitors import DESK, Visitor

FOCUSED = "document.activeElement.closest('tr')?.dataset.reference"


def test_triage_needs_no_mouse(visit: Visit, portal: Portal) -> None:
    reference = Places(portal).qualified
    desk = _at_the_desk(visit)
    keyboard = desk.page.keyboard

    _walk_down_to(desk.page, reference)
    keyboard.press("Enter")
    detail = desk.page.locator(f'#detail[data-reference="{reference}"]')
    expect(detail).to_be_focused()
    keyboard.press("n")
    expect(detail.locator("#note_body")).to_be_focused()
    keyboard.type("Rappelée ce matin, préfère Laventie.")
    keyboard.press("Tab")
    keyboard.press("Enter")
    expect(detail.locator(".tl")).to_contain_text("préfère Laventie")
    keyboard.press("a")

    expect(detail).to_contain_text("proposée à un médecin")
    assert _holding_referrals(portal, reference) == 1


def test_second_coordinator_is_told_that_it_is_done(visit: Visit, portal: Portal) -> None:
    """Both have the request open and press the same button: one proposal, one polite refusal."""
    reference = Places(portal).qualified
    first, second = _at_the_desk(visit), _at_the_desk(visit)
    for desk in (first, second):
        desk.page.goto(f"/{SLUG}/demandes/{reference}/")

    _propose(first.page)
    expect(first.page.locator("#detail")).to_contain_text("proposée à un médecin")
    with second.page.expect_response(lambda answer: answer.request.method == "POST") as answer:
        _propose(second.page)

    assert answer.value.status == 409
    expect(second.page.locator("#notices")).to_contain_text("plus possible")
    expect(second.page.locator("#detail")).to_contain_text("proposée à un médecin")
    assert _holding_referrals(portal, reference) == 1


def test_search_finds_a_name_without_its_accents(visit: Visit, portal: Portal) -> None:
    """The name asked for is in no address: neither the page's nor the history's."""
    desk = _at_the_desk(visit)

    desk.page.keyboard.press("/")
    desk.page.keyboard.type("oeuvrard")
    desk.page.keyboard.press("Enter")

    expect(desk.page.locator("#queue a.nm")).to_have_text(["Mme Anne-Sophie Œuvrard"])
    assert "oeuvrard" not in desk.page.url


def _at_the_desk(visit: Visit) -> Visitor:
    desk = visit(width=DESK)
    desk.log_in("coordination")
    return desk


def _walk_down_to(page: Page, reference: str) -> None:
    for _ in range(60):
        page.keyboard.press("j")
        if page.evaluate(FOCUSED) == reference:
            return
    raise AssertionError(f"{reference} n’est pas dans la file")


def _propose(page: Page) -> None:
    page.locator("#detail .d-act").get_by_role("button", name="Proposer au").click()


def _holding_referrals(portal: Portal, reference: str) -> int:
    query = """
        SELECT count(*) FROM patients_referral AS referral
        JOIN patients_gprequest AS request ON request.id = referral.request_id
        WHERE request.reference = %s AND referral.status IN ('proposed', 'reserved', 'accepted')
    """
    return int(portal.rows(query, reference)[0]["count"])
