"""After a slot is claimed: the patient's link, and the doctor's taps between two visits."""

from __future__ import annotations

import secrets
from typing import Any

from playwright.sync_api import expect

from patients.queries.private import token_hash
from tests.browser.conftest import Visit
from tests.browser.places import SLUG
from tests.browser.portal import Portal
from tests.browser.visitors import PHONE

CLAIM = """
    SELECT claim.id, claim.slot_id, professional.email, person.email AS user_email,
        (slot.starts_at AT TIME ZONE 'Europe/Paris')::date::text AS day
    FROM unscheduled_care_claim AS claim
    JOIN unscheduled_care_slot AS slot ON slot.id = claim.slot_id
    JOIN members_membership AS professional ON professional.id = slot.professional_id
    JOIN members_user AS person ON person.id = professional.user_id
    JOIN members_cpts AS cpts ON cpts.id = claim.cpts_id
    WHERE cpts.slug = %s
"""


def test_patient_cancels_without_javascript_and_the_professional_is_told(
    visit: Visit, portal: Portal
) -> None:
    claim = _last_to_come(portal)
    page = visit(width=PHONE, javascript=False).page

    page.goto(f"/mon-rendez-vous/{_key_to(portal, claim)}/")
    page.get_by_text("Annuler ce rendez-vous").click()
    page.get_by_role("button", name="Oui, annuler mon rendez-vous").click()

    expect(page.get_by_role("heading", name="Votre rendez-vous est annulé")).to_be_visible()
    told = portal.wait_for_letter(
        claim["email"] or claim["user_email"],
        "unscheduled_care.claim_cancelled",
        containing=f"/reservations/{claim['id']}/",
    )
    assert told.channel == "email"


def test_doctor_notes_the_day_in_one_tap_and_corrects_it(visit: Visit, portal: Portal) -> None:
    claim = _last_of_the_gp(portal)
    doctor = visit(width=PHONE)
    doctor.log_in("medecin")

    doctor.page.goto(f"/{SLUG}/ma-journee/?jour={claim['day']}")
    line = doctor.page.locator(f"#visit-{claim['slot_id']}")
    line.get_by_role("button", name="Non venu").click()
    expect(doctor.page.get_by_text("C’est noté : patient non venu.")).to_be_visible()
    line.get_by_text("Corriger").click()
    line.get_by_role("button", name="Vu", exact=True).click()
    expect(doctor.page.get_by_text("C’est noté : vu.")).to_be_visible()

    assert _traces(portal, claim) == ["miss", "see"]


def _last_to_come(portal: Portal) -> dict[str, Any]:
    """The farthest ahead, which no other test looks at."""
    ahead = " AND claim.status = 'booked' AND slot.starts_at > now() + interval '1 day'"
    return portal.rows(f"{CLAIM}{ahead} ORDER BY slot.starts_at DESC LIMIT 1", SLUG)[0]


def _last_of_the_gp(portal: Portal) -> dict[str, Any]:
    """The latest one seen by the demonstration's GP, as if nothing had been noted of it."""
    seen = " AND claim.status = 'seen' AND person.username = 'medecin'"
    claim = portal.rows(f"{CLAIM}{seen} ORDER BY slot.starts_at DESC LIMIT 1", SLUG)[0]
    portal.rows(
        "UPDATE unscheduled_care_claim SET status = 'booked', outcome_at = NULL WHERE id = %s",
        claim["id"],
    )
    return claim


def _key_to(portal: Portal, claim: dict[str, Any]) -> str:
    token = secrets.token_urlsafe(16)
    portal.rows(
        "UPDATE unscheduled_care_claimcontact SET link_hash = %s WHERE claim_id = %s",
        *(token_hash(token), claim["id"]),
    )
    return token


def _traces(portal: Portal, claim: dict[str, Any]) -> list[str]:
    query = """
        SELECT verb FROM core_auditentry
        WHERE subject_kind = 'unscheduled_care.claim' AND subject_id = %s ORDER BY id
    """
    return [row["verb"] for row in portal.rows(query, str(claim["id"]))]
