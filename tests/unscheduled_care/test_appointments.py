"""The patient's page: her link, her appointment, her calendar, her way out."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cpts_portal.core.models import AuditEntry
from tests.factories import GpFactory, PracticeFactory
from tests.unscheduled_care.makers import ClaimFactory, move
from unscheduled_care.actions import claims as actions
from unscheduled_care.actions.steps import token_hash
from unscheduled_care.models import Claim, ClaimContact, Slot
from unscheduled_care.queries.appointments import shut_at

PARIS = ZoneInfo("Europe/Paris")
TOKEN = "jeton-de-Philomene-0042"


@pytest.fixture
def claim(cpts) -> Claim:
    practice = PracticeFactory(cpts=cpts, phone="+33353010077", is_wheelchair_accessible=True)
    made = ClaimFactory(
        slot__professional=GpFactory(cpts=cpts),
        slot__practice=practice,
        slot__starts_at=timezone.now() + timedelta(days=2),
    )
    ClaimContact.objects.filter(claim=made).update(link_hash=token_hash(TOKEN))
    return made


def address(name: str = "show", token: str = TOKEN) -> str:
    return reverse(f"unscheduled_care:appointment_{name}", args=[token])


def lines_of(claim_file: bytes) -> list[str]:
    """The logical lines of a calendar file, unfolded."""
    return claim_file.decode().replace("\r\n ", "").split("\r\n")


# --- Her page -----------------------------------------------------------------------------------
def test_page_tells_hour_place_and_professional_and_no_reason(client: Client, claim):
    page = client.get(address())

    said = page.content.decode()
    hour = claim.slot.starts_at.astimezone(PARIS)
    assert page.status_code == 200
    assert f"{hour.hour}\u00a0h\u00a0{hour:%M}" in said
    assert [
        word in said
        for word in (
            str(claim.slot.professional),
            "Cabinet de la Lys",
            "2 place du Marché",
            "Accès en fauteuil roulant",
            "tel:+33353010077",
            "tel:15",
            reverse("patients:filing_start"),
        )
    ] == [True] * 7
    assert [
        word for word in (str(claim.reason), "Odile", claim.contact.phone) if word in said
    ] == []


def test_page_is_read_in_english(client: Client, claim):
    page = client.get(address(), headers={"accept-language": "en"})

    assert page["Content-Language"] == "en"


def test_page_leaves_no_trace_of_its_address(client: Client, claim):
    page = client.get(address())

    assert page["Referrer-Policy"] == "strict-origin"
    assert page["X-Robots-Tag"] == "noindex, nofollow, noarchive"
    assert page["Cache-Control"] == "no-store, private"


@pytest.mark.parametrize("name", ["show", "calendar"])
def test_wrong_link_is_a_polite_404(client: Client, claim, name):
    page = client.get(address(name, "un-autre-jeton"))

    assert page.status_code == 404
    assert "Ce lien n’est plus valable" in page.content.decode()


def test_guessing_links_is_slowed_down(client: Client, claim):
    statuses = [client.get(address(token=f"essai-{n}")).status_code for n in range(31)]

    assert statuses == [404] * 30 + [429]


def test_link_dies_at_the_end_of_the_day_after(client: Client, claim):
    move(claim.slot, timedelta(days=-5))

    assert client.get(address()).status_code == 404


@pytest.mark.parametrize(
    ("starts_at", "shut"),
    [
        ("2026-03-28T10:00", "2026-03-30T00:00"),
        ("2026-10-24T23:30", "2026-10-26T00:00"),
        ("2027-03-28T08:00", "2027-03-30T00:00"),
        ("2027-10-31T02:30", "2027-11-02T00:00"),
    ],
)
def test_link_lives_by_paris_days_over_both_clock_changes(starts_at, shut):
    start = datetime.fromisoformat(starts_at).replace(tzinfo=PARIS)

    assert shut_at(Slot(starts_at=start)) == datetime.fromisoformat(shut).replace(tzinfo=PARIS)


# --- Her way out --------------------------------------------------------------------------------
def test_cancelling_frees_the_slot_and_is_traced_to_the_patient(client: Client, claim):
    answer = client.post(address("cancel"), follow=True)

    claim.refresh_from_db()
    assert answer.redirect_chain == [(address(), 302)]
    assert "Votre rendez-vous est annulé" in answer.content.decode()
    assert (claim.status, claim.cancel_reason, claim.sequence) == ("cancelled", "patient", 1)
    assert Slot.objects.get().status == "open"
    assert AuditEntry.objects.get(verb="cancel").by_label == "patient"


def test_cancelling_twice_is_as_once(client: Client, claim):
    client.post(address("cancel"))

    again = client.post(address("cancel"))

    assert again.status_code == 302
    assert AuditEntry.objects.filter(verb="cancel").count() == 1


def test_cancelling_once_its_hour_has_come_is_refused(client: Client, claim):
    move(claim.slot, timedelta(days=-2, minutes=-5))

    late = client.post(address("cancel"))

    assert late.status_code == 409
    assert "il ne s’annule plus" in late.content.decode()
    assert Claim.objects.get().status == "booked"


def test_page_of_a_past_appointment_offers_no_way_out(client: Client, claim):
    move(claim.slot, timedelta(days=-2, minutes=-5))

    said = client.get(address()).content.decode()

    assert "Votre rendez-vous est passé" in said
    assert address("cancel") not in said


def test_cancelling_is_no_get(client: Client, claim):
    assert client.get(address("cancel")).status_code == 405


# --- Her calendar -------------------------------------------------------------------------------
def test_calendar_file_tells_when_and_where_and_neither_reason_nor_key(client: Client, claim):
    answer = client.get(address("calendar"))

    lines = lines_of(answer.content)
    local = claim.slot.starts_at.astimezone(PARIS)
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert lines[:5] == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Portail CPTS//FR",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
    ]
    assert f"UID:rendez-vous-{claim.pk}@artois-lys.portail-cpts" in lines
    assert "SEQUENCE:0" in lines
    assert f"DTSTART;TZID=Europe/Paris:{local:%Y%m%dT%H%M%S}" in lines
    assert "TZID:Europe/Paris" in lines
    commune = claim.slot.practice.commune.name
    assert f"LOCATION:Cabinet de la Lys\\, 2 place du Marché\\, {commune}" in lines
    secrets = (TOKEN, str(claim.reason), "Odile", claim.contact.phone)
    assert [secret for secret in secrets if secret in "\n".join(lines)] == []


def test_calendar_lines_are_at_most_75_octets(client: Client, claim):
    answer = client.get(address("calendar"))

    assert max(len(line) for line in answer.content.split(b"\r\n")) <= 75


def test_calendar_of_a_cancelled_appointment_takes_it_away(client: Client, claim):
    actions.cancel(claim, reason="mistake", by=claim.claimer)

    lines = lines_of(client.get(address("calendar")).content)

    assert [line for line in lines if line.startswith(("METHOD", "SEQUENCE", "STATUS", "UID"))] == [
        "METHOD:CANCEL",
        f"UID:rendez-vous-{claim.pk}@artois-lys.portail-cpts",
        "SEQUENCE:1",
        "STATUS:CANCELLED",
    ]
