"""A passkey in a real browser, with Chromium's own virtual authenticator."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from members import demo
from tests.browser import axe
from tests.browser.conftest import Visit
from tests.browser.portal import Portal
from tests.browser.visitors import DESK, Visitor

KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
}


@pytest.fixture
def holder(visit: Visit, portal: Portal) -> Iterator[Visitor]:
    """The secretary, on a computer that can hold a key; hers is forgotten afterwards."""
    visitor: Visitor = visit(width=DESK)
    device = visitor.context.new_cdp_session(visitor.page)
    device.send("WebAuthn.enable")
    device.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})
    yield visitor
    portal.rows("DELETE FROM mfa_authenticator")


def add_key(holder: Visitor, *, is_passwordless: bool) -> None:
    page = holder.page
    holder.log_in("secretariat")
    page.goto("/compte/2fa/webauthn/add/")
    page.locator("input[type=password]").fill(demo.PASSWORD)
    page.locator("input[type=password]").press("Enter")
    page.locator("input[name=name]").fill("Ordinateur du secrétariat")
    page.locator("input[name=passwordless]").set_checked(is_passwordless)
    page.locator("#mfa_webauthn_add").click()
    page.wait_for_url("**/recovery-codes/")


def leave(holder: Visitor) -> None:
    holder.context.clear_cookies()


def test_passkey_opens_the_portal_without_a_password(holder: Visitor) -> None:
    add_key(holder, is_passwordless=True)
    leave(holder)

    holder.page.goto("/compte/login/")
    holder.page.locator("#passkey_login").click()
    holder.page.wait_for_url("**/artois-lys/")

    assert holder.page.locator("h1").inner_text() == "Votre secrétariat"


def test_passkey_is_asked_for_after_the_password(holder: Visitor) -> None:
    add_key(holder, is_passwordless=False)
    leave(holder)

    page = holder.page
    page.goto("/compte/login/")
    page.locator("input[name=login]").fill("secretariat")
    page.locator("input[name=password]").fill(demo.PASSWORD)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url("**/2fa/authenticate/")
    faults = axe.faults(page)
    page.goto("/artois-lys/")

    assert not faults, "\n".join(faults)
    assert page.url == f"{holder.url}/compte/2fa/authenticate/"


def test_pages_of_who_holds_a_key_have_no_fault(holder: Visitor, portal: Portal) -> None:
    add_key(holder, is_passwordless=True)
    [key] = portal.rows("SELECT id FROM mfa_authenticator WHERE type = 'webauthn'")
    pages = ("", "recovery-codes/", "recovery-codes/generate/", "reauthenticate/")
    keys = ("", f"keys/{key['id']}/edit/", f"keys/{key['id']}/remove/", "reauthenticate/")

    faults = []
    for path in (*pages, *(f"webauthn/{end}" for end in keys)):
        answer = holder.page.goto(f"/compte/2fa/{path}")
        assert answer, path
        assert answer.status == 200, path
        faults += [f"{path}: {fault}" for fault in axe.faults(holder.page)]

    assert not faults, "\n".join(faults)
