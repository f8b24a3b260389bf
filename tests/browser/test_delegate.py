"""The demo's secretary acts for two doctors from one screen, and both names are kept."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.places import SLUG
from tests.browser.portal import Portal
from tests.browser.visitors import DESK


def test_secretary_answers_for_two_doctors(visit: Visit, portal: Portal) -> None:
    principals = _principals(portal)
    proposed = _referral(portal, principals[0], "proposed")
    reserved = _referral(portal, principals[1], "reserved")
    desk = visit(width=DESK)
    desk.log_in("secretariat")

    desk.page.goto(f"/{SLUG}/orientations/")
    for name in (one["last_name"] for one in principals):
        expect(desk.page.get_by_role("heading", name=name)).to_be_visible()
    _press_on(desk.page, proposed, "Réserver et voir l’identité")
    desk.page.goto(f"/{SLUG}/orientations/")
    _press_on(desk.page, reserved, "Accepter")

    assert _traces(portal, proposed) == [_trace("reserve", principals[0])]
    assert _traces(portal, reserved) == [_trace("take", principals[1])]


def _principals(portal: Portal) -> list[dict[str, Any]]:
    query = """
        SELECT principal.id, person.username, person.last_name
        FROM members_delegation AS delegation
        JOIN members_membership AS principal ON principal.id = delegation.principal_id
        JOIN members_user AS person ON person.id = principal.user_id
        JOIN members_membership AS delegate ON delegate.id = delegation.delegate_id
        JOIN members_user AS secretary ON secretary.id = delegate.user_id
        WHERE secretary.username = 'secretariat' ORDER BY principal.id
    """
    found = portal.rows(query)
    assert len(found) == 2, found
    return found


def _referral(portal: Portal, principal: dict[str, Any], status: str) -> int:
    """The latest in that state; pages looked at elsewhere keep the earlier ones."""
    query = "SELECT id FROM patients_referral WHERE gp_id = %s AND status = %s ORDER BY id DESC"
    return int(portal.rows(query, principal["id"], status)[0]["id"])


def _press_on(page: Page, referral: int, button: str) -> None:
    page.locator(f'a[href$="/orientations/{referral}/"]').click()
    card = page.locator("#referral-card")
    expect(card).to_contain_text("Vous agissez pour")
    with page.expect_response(lambda answer: answer.request.method == "POST") as answer:
        card.get_by_role("button", name=button).click()
    assert answer.value.ok, answer.value.status
    expect(card.get_by_role("button", name=button)).to_have_count(0)


def _traces(portal: Portal, referral: int) -> list[dict[str, Any]]:
    """What the secretary did to it: the verb, her name, and whose she did it in."""
    query = """
        SELECT entry.verb, doer.username AS by, principal.username AS behalf
        FROM core_auditentry AS entry
        JOIN members_user AS doer ON doer.id = entry.by_id
        LEFT JOIN members_user AS principal ON principal.id = entry.behalf_id
        WHERE subject_kind = 'patients.referral' AND subject_id = %s
        AND doer.username = 'secretariat' ORDER BY entry.id
    """
    return portal.rows(query, str(referral))


def _trace(verb: str, principal: dict[str, Any]) -> dict[str, Any]:
    return {"verb": verb, "by": "secretariat", "behalf": principal["username"]}
