"""Applying, in a real browser: every page of the form, then the board's decision."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser import axe, candidate
from tests.browser.conftest import Visit
from tests.browser.patient import press
from tests.browser.portal import Portal
from tests.browser.visitors import DESK, PHONE


def test_candidate_applies_on_a_phone_without_a_fault(visit: Visit, portal: Portal) -> None:
    visitor = visit(width=PHONE)
    odile = candidate.Candidate("Odile", "Ramecourt", "odile@candidate.example", "10000000017")

    faults = [
        f"{step}: {fault}"
        for step in candidate.apply(visitor, portal, odile)
        for fault in axe.faults(visitor.page)
    ]

    assert not faults, "\n".join(faults)


def test_candidate_without_javascript_is_admitted_and_invited(visit: Visit, portal: Portal) -> None:
    visitor, desk = visit(width=PHONE, javascript=False), visit(width=DESK)
    basile = candidate.Candidate("Basile", "Noyelle", "basile@candidat.example", "10101010105")
    for _step in candidate.apply(visitor, portal, basile):
        pass

    desk.log_in("coordination")
    desk.page.goto(f"/{candidate.CPTS}/candidatures/")
    desk.page.get_by_role("link", name="Basile Noyelle").click()
    press(desk.page, "Admettre")

    portal.wait_for_letter(basile.email, "members.application_admitted")
    portal.wait_for_letter(basile.email, "members.invitation")
    visitor.page.reload()
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Bienvenue, vous êtes membre")
