"""Unscheduled care as its journeys use it: a slot of tomorrow's, and somebody on the phone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from playwright.sync_api import Page, expect

from tests.browser.patient import press
from tests.browser.places import SLUG
from tests.browser.portal import Portal

BOARD = f"/{SLUG}/creneaux/"
NO_SIGN = "Aucun de ces signes"
CLAIM_PAGE = re.compile(r"/reservations/\d+/$")


@dataclass(frozen=True)
class Offered:
    """A slot, and how the portal writes to the professional who offers it."""

    pk: int
    day: date
    professional: int
    email: str

    @property
    def path(self) -> str:
        return f"{BOARD}{self.pk}/"

    @property
    def board(self) -> str:
        """The board of its day."""
        return f"{BOARD}?jour={self.day}"


@dataclass(frozen=True)
class Caller:
    """Whom a slot is for; the number is one of the fictional ones."""

    phone: str
    reason: str = "Mal de gorge"
    age: str = "30 à 49 ans"

    @property
    def e164(self) -> str:
        return "+33" + self.phone.replace(" ", "").removeprefix("0")


def offered(portal: Portal, hour: int, *, turn: int = 0) -> Offered:
    """A slot tomorrow at `hour` in Paris, of one of the pharmacists who have no week of slots.

    Nobody waits in line for a pharmacist: no worker gives it to somebody else meanwhile.
    """
    query = """
        WITH pharmacist AS (
            SELECT member.id, member.cpts_id, place.practice_id, member.email
            FROM members_membership AS member
            JOIN members_cpts AS cpts ON cpts.id = member.cpts_id
            JOIN members_practicemember AS place ON place.membership_id = member.id
            WHERE cpts.slug = %s AND member.profession_id = 'pharmacien' AND member.email <> ''
            AND NOT EXISTS (SELECT 1 FROM unscheduled_care_availability AS week
                            WHERE week.professional_id = member.id)
            ORDER BY member.id OFFSET %s LIMIT 1),
        tomorrow AS (
            SELECT ((now() AT TIME ZONE 'Europe/Paris')::date + 1 + make_time(%s, 0, 0))
                AT TIME ZONE 'Europe/Paris' AS at),
        slot AS (
            INSERT INTO unscheduled_care_slot (cpts_id, professional_id, practice_id, kind, acts,
                channels, professions, give_back_minutes, status, starts_at, ends_at, closes_at,
                is_hidden, offered_by_id, withdraw_reason)
            SELECT cpts_id, id, practice_id, 'practice', '{}', '{members}', '{}', 0, 'open', at,
                at + interval '20 minutes', at, false, id, ''
            FROM pharmacist, tomorrow RETURNING id, professional_id)
        SELECT slot.id, (at AT TIME ZONE 'Europe/Paris')::date AS day, professional_id, email
        FROM slot, pharmacist, tomorrow
    """
    [row] = portal.rows(query, SLUG, turn, hour)
    return Offered(row["id"], row["day"], row["professional_id"], row["email"])


def keep(page: Page, path: str) -> None:
    """From the slot's page, no sign of danger, to the form and its countdown."""
    page.goto(path)
    press(page, NO_SIGN)
    expect(page.get_by_role("timer")).to_be_visible()


def answer(page: Page, caller: Caller) -> None:
    """Fill the form in, without sending it."""
    page.get_by_label("Motif").select_option(label=caller.reason)
    page.get_by_label("Âge", exact=True).select_option(label=caller.age)
    page.get_by_label("A un médecin traitant", exact=True).check()
    page.get_by_label("Téléphone où rappeler").fill(caller.phone)
    page.get_by_label("La personne est d’accord").check()


def book(page: Page) -> None:
    """Send the form; the claim's own page answers."""
    press(page, "Réserver")
    expect(page).to_have_url(CLAIM_PAGE)


def claim_of(portal: Portal, slot: int) -> list[dict[str, str]]:
    """What became of a slot: by whom, through which door, in which state."""
    query = """
        SELECT person.username AS by, claim.door, claim.status
        FROM unscheduled_care_claim AS claim
        JOIN members_membership AS claimer ON claimer.id = claim.claimer_id
        JOIN members_user AS person ON person.id = claimer.user_id
        WHERE claim.slot_id = %s ORDER BY claim.id
    """
    return portal.rows(query, slot)


def link_in(body: str) -> str:
    found = re.search(r"http://\S+", body)
    assert found is not None, body
    return found[0]
