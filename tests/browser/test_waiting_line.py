"""A place in the line, offered and taken: through real processes, on real clocks."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.places import SLUG
from tests.browser.portal import Portal
from tests.browser.visitors import DESK, PHONE

WAITING = "06 39 98 71 02"


def test_somebody_in_line_takes_the_slot_that_is_offered_to_her(
    visit: Visit, portal: Portal
) -> None:
    desk, person = visit(width=DESK), visit(width=PHONE, javascript=False)
    desk.log_in("coordination")
    _put_in_line(desk.page)
    slot = _new_slot(portal)

    portal.send_task("unscheduled_care.move_lines")
    offer = portal.wait_for_letter("+33639987102", "unscheduled_care.waiting_offered")
    person.page.goto(_link(offer.body))
    person.page.get_by_role("button", name="Je prends ce créneau").click()

    expect(person.page.locator("h1")).to_have_text("Votre rendez-vous est réservé")
    claims = portal.rows("SELECT door FROM unscheduled_care_claim WHERE slot_id = %s", slot)
    assert claims == [{"door": "waiting"}]
    portal.end_quiet_hours()
    portal.wait_for_letter("+33639987102", "unscheduled_care.appointment_booked")


def _put_in_line(page: Page) -> None:
    """For a midwife, within two days."""
    page.goto(f"/{SLUG}/liste-d-attente/ajouter/")
    page.get_by_label("Quelle profession").select_option("sage-femme")
    page.get_by_label("Motif").select_option("grossesse")
    page.get_by_label("N’en a pas").check()
    _say_who(page, WAITING, "Solène")
    page.get_by_role("button", name="Mettre en liste d’attente").click()
    expect(page.locator("main")).to_contain_text("à son rang")


def _say_who(page: Page, phone: str, first_name: str) -> None:
    page.get_by_label("Commune de la personne").fill("Laventie")
    page.get_by_label("30 à 49 ans").check()
    page.get_by_label("Téléphone où la joindre").fill(phone)
    page.get_by_label("Prénom").fill(first_name)
    page.get_by_label("est d’accord").check()


def _new_slot(portal: Portal) -> int:
    """A midwife's consultation at a distance, in two hours or as soon after as she is free."""
    query = """
        INSERT INTO unscheduled_care_slot (cpts_id, professional_id, kind, acts, channels,
            professions, give_back_minutes, status, starts_at, ends_at, closes_at, is_hidden,
            withdraw_reason)
        SELECT member.cpts_id, member.id, 'remote', '{}', '{members}', '{}', 0, 'open', begins,
            begins + interval '20 minutes', begins, false, ''
        FROM members_membership AS member
        JOIN members_cpts AS cpts ON cpts.id = member.cpts_id,
            generate_series(now() + interval '2 hours', now() + interval '20 hours',
                            interval '10 minutes') AS begins
        WHERE cpts.slug = %s AND member.profession_id = 'sage-femme' AND member.ends_on IS NULL
        AND NOT EXISTS (SELECT 1 FROM unscheduled_care_slot AS other
            WHERE other.professional_id = member.id AND other.status <> 'withdrawn'
            AND other.starts_at < begins + interval '20 minutes' AND other.ends_at > begins)
        ORDER BY begins, member.id LIMIT 1 RETURNING id
    """
    return int(portal.rows(query, SLUG)[0]["id"])


def _link(body: str) -> Any:
    found = re.search(r"http://\S+/mon-attente/\S+/", body)
    assert found is not None, body
    return found.group()
