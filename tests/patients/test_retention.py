"""The proof of erasure: what named a person is found nowhere, what counts her is kept."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from cpts_portal.core import audit, outbox, retention
from cpts_portal.core.fields import decrypt, keyed_hash
from cpts_portal.core.models import AuditEntry, Message
from patients.models import (
    ContactAttempt,
    GPRequest,
    Note,
    Patient,
    PrivateLink,
    Referral,
    RequestDraft,
    Status,
)
from tests.core.conftest import TEMPLATES
from tests.factories import GpFactory, GPRequestFactory, PatientFactory, ReferralFactory

FERNET = re.compile(r"gAAAA[\w=-]+")
HALF_A_YEAR = timedelta(days=184)
UNIQUE = {
    "first_name": "Zephirine-Unique",
    "last_name": "Quatrebarbes-Unique",
    "search_name": "quatrebarbes unique zephirine unique",
    "phone": "+33639980177",
    "email": "zephirine@unique.example",
    "contact_name": "Anatole Unique",
    "contact_phone": "+33639980178",
    "words": "Mots uniques de Zéphirine",
    "note": "Note unique sur Zéphirine",
    "reason": "Raison unique pour Zéphirine",
    "override": "Correction unique pour Zéphirine",
    "languages": "volapük unique",
    "token_hash": keyed_hash("jeton unique"),
    "phone_hash": keyed_hash("+33639980177"),
    "email_hash": keyed_hash("zephirine@unique.example"),
    "birth_date": "1931-02-28",
}


def whole_database() -> str:
    """Every row of every table as text, with all that our keys can read read out."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT quote_ident(table_name) FROM information_schema.tables"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        tables = [name for (name,) in cursor.fetchall()]
        rows: list[str] = []
        for table in tables:
            cursor.execute(f"SELECT t::text FROM {table} t")  # noqa: S608 - its own catalogue
            rows += [row for (row,) in cursor.fetchall()]
    return FERNET.sub(lambda token: decrypt(token.group()), "\n".join(rows))


def found_of_her() -> list[str]:
    everything = whole_database()
    return sorted(name for name, value in UNIQUE.items() if value in everything)


@pytest.fixture(autouse=True)
def note_templates(settings):
    [engine] = settings.TEMPLATES
    settings.TEMPLATES = [{**engine, "DIRS": [*engine["DIRS"], TEMPLATES]}]


@pytest.fixture
def her_request(cpts, coordinator) -> GPRequest:
    """A request closed today, with everything that the portal may come to hold on a person."""
    fields = ("first_name", "last_name", "search_name", "phone", "email")
    patient = PatientFactory(
        cpts=cpts,
        birth_date=date(1931, 2, 28),
        contact_name=UNIQUE["contact_name"],
        contact_phone=UNIQUE["contact_phone"],
        **{name: UNIQUE[name] for name in fields},
    )
    request = GPRequestFactory(
        cpts=cpts,
        patient=patient,
        words=UNIQUE["words"],
        priority_override=1,
        override_reason=UNIQUE["override"],
        spoken_languages=UNIQUE["languages"],
    )
    Note.objects.create(cpts=cpts, request=request, author=coordinator, body=UNIQUE["note"])
    ContactAttempt.objects.create(cpts=cpts, request=request, by=coordinator, way="phone")
    PrivateLink.objects.create(
        cpts=cpts,
        request=request,
        token_hash=UNIQUE["token_hash"],
        expires_at=timezone.now() + timedelta(days=365),
    )
    draft = RequestDraft.objects.create(
        cpts=cpts,
        answers=json.dumps(UNIQUE),
        request=request,
        confirmed_at=timezone.now(),
    )
    referral = ReferralFactory(
        cpts=cpts, request=request, gp=GpFactory(cpts=cpts), proposed_by=coordinator
    )
    for subject in (patient, request, referral):
        audit.record(subject, "close", by=coordinator, reason=UNIQUE["reason"])
    for number, subject in enumerate((request, draft, None)):
        post_to_her(subject, str(number))
    request.status, request.closed_at = Status.DECLARED, timezone.now()
    request.save()
    return request


def post_to_her(subject, occurrence: str, **changes) -> Message | None:
    asked = {
        "channel": "email",
        "recipient": UNIQUE["email"],
        "purpose": "tests.note",
        "occurrence": occurrence,
        "template": "tests/note",
        "context": {"who": UNIQUE["first_name"]},
        "subject": subject,
    }
    with transaction.atomic():
        message = outbox.post(**{**asked, **changes})
    outbox.deliver(message.pk)
    return message


def test_erased_person_is_found_nowhere_in_the_database(her_request):
    assert found_of_her() == sorted(UNIQUE)

    retention.run(timezone.now() + HALF_A_YEAR)

    assert found_of_her() == []


def test_erasure_keeps_the_figures(her_request):
    retention.run(timezone.now() + HALF_A_YEAR)

    kept = GPRequest.objects.get()
    assert (kept.status, kept.rank, kept.age_band, kept.no_gp_reason) == (
        her_request.status,
        1,
        her_request.age_band,
        her_request.no_gp_reason,
    )
    assert kept.patient.display_name == "Identité effacée"
    assert ContactAttempt.objects.count() == 1
    assert Referral.objects.count() == 1
    assert AuditEntry.objects.filter(verb="close", reason="").count() == 3
    assert Message.objects.filter(status="sent", body="").count() == 3
    assert list(kept.events.values_list("status", flat=True))[-1] == Status.DECLARED


def test_identity_stays_until_half_a_year_after_the_end(her_request):
    run = retention.run(timezone.now() + timedelta(days=182))

    assert run.counts["patients.closed_requests"] == 0
    assert Patient.objects.get().last_name == UNIQUE["last_name"]


def test_identity_stays_while_another_request_runs(her_request):
    GPRequestFactory(cpts=her_request.cpts, patient=her_request.patient)

    run = retention.run(timezone.now() + HALF_A_YEAR)

    assert run.counts["patients.closed_requests"] == 0


def test_a_message_that_waits_for_a_relative_at_her_address_stays(her_request):
    waiting = post_to_her(None, "son", not_before=timezone.now() + timedelta(days=200))

    retention.run(timezone.now() + HALF_A_YEAR)

    waiting.refresh_from_db()
    assert (waiting.status, waiting.recipient) == ("waiting", UNIQUE["email"])


def test_a_message_that_waits_about_her_request_is_dropped(her_request):
    waiting = post_to_her(her_request, "later", not_before=timezone.now() + timedelta(days=200))

    retention.run(timezone.now() + HALF_A_YEAR)

    waiting.refresh_from_db()
    assert (waiting.status, waiting.recipient, waiting.body) == ("dropped", "", "")


@pytest.mark.parametrize(("days", "left"), [(6, 1), (8, 0)])
def test_draft_is_deleted_after_a_week_with_what_was_sent_about_it(db, days, left):
    draft = RequestDraft.objects.create(answers="{}")
    post_to_her(draft, "code")

    retention.run(timezone.now() + timedelta(days=days))

    assert RequestDraft.objects.count() == left
    assert Message.objects.exclude(recipient="").count() == left
