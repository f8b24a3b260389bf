"""What the patient does from her private page."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from cpts_portal.core.fields import keyed_hash
from cpts_portal.core.models import AuditEntry, Message
from cpts_portal.core.refusals import Refused
from patients import lifecycle
from patients.actions import private as actions
from patients.actions import triage
from patients.models import GPRequest
from patients.queries.triage import dossier
from patients.retention import erase_patients
from tests.factories import (
    GPRequestFactory,
    ReferralFactory,
)
from tests.patients.shortcuts import private_url as url

CONTACT = {
    "phone": "06 39 98 55 55",
    "email": "",
    "best_hours": "evening",
    "contact_name": "Paul Garnier",
    "contact_phone": "06 39 98 66 66",
}


def test_private_correct_replaces_the_contact_and_what_finds_it(client, filed, token):
    corrected = client.post(url("correct", token), CONTACT)

    filed.patient.refresh_from_db()
    assert corrected.url == url("show", token)
    assert (filed.patient.phone, filed.patient.email) == ("+33639985555", "")
    assert filed.patient.phone_hash == keyed_hash("+33639985555")
    assert filed.patient.email_hash == ""
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.by_label, entry.reason) == ("correct_contact", "patient", "")


def test_private_correct_is_told_to_the_coordination(client, filed, token, coordinator):
    client.post(url("correct", token), CONTACT)

    told = [event.what for event in dossier(filed, by=coordinator).timeline]
    assert told == ["Coordonnées corrigées"]


def test_correct_contact_writes_nothing_on_an_erased_person(filed, coordinator):
    triage.end_request(filed, lifecycle.WITHDRAW, by=coordinator)
    erase_patients([filed.patient_id])

    with pytest.raises(Refused, match="effacée"):
        actions.correct_contact(filed, {"phone": "+33639985555"})


def test_private_correct_takes_a_landline_alone(client, filed, token):
    corrected = client.post(url("correct", token), {**CONTACT, "phone": "03 53 01 00 01"})

    filed.patient.refresh_from_db()
    assert corrected.url == url("show", token)
    assert filed.patient.phone == "+33353010001"


def test_private_correct_shows_what_is_kept_and_takes_it_back_unchanged(client, filed, token):
    form = client.get(url("correct", token)).context["form"]
    same = {name: form[name].value() or "" for name in CONTACT}

    assert client.post(url("correct", token), same).url == url("show", token)


@pytest.mark.parametrize(
    "bad",
    [{"phone": "", "email": ""}, {"phone": "\x00"}, {"email": "a" * 300}, {"best_hours": "?"}],
)
def test_private_correct_refuses_what_nobody_could_reach(client, filed, token, bad):
    refused = client.post(url("correct", token), {**CONTACT, **bad})

    filed.patient.refresh_from_db()
    assert refused.status_code == 422
    assert filed.patient.phone == "+33639981234"


def test_private_situation_ranks_again_and_keeps_the_first_date(client, filed, token):
    first = filed.first_requested_at
    today = timezone.localdate()

    updated = client.post(
        url("situation", token),
        {
            "situations": ["is_home_bound", "treatment_ends"],
            "treatment_ends_on_day": today.day,
            "treatment_ends_on_month": today.month,
            "treatment_ends_on_year": today.year,
        },
    )

    filed.refresh_from_db()
    assert updated.url == url("show", token)
    assert (filed.priority, filed.priority_reasons) == (1, ["treatment_ends"])
    assert (filed.has_ald, filed.is_home_bound) == (False, True)
    assert filed.first_requested_at == first


def test_private_situation_forgets_the_date_of_a_box_unticked(client, filed, token):
    GPRequest.objects.update(left_hospital_on="2026-11-01")
    form = client.get(url("situation", token)).context["form"]

    client.post(
        url("situation", token),
        {
            "situations": [],
            "left_hospital_on_day": "1",
            "left_hospital_on_month": "11",
            "left_hospital_on_year": "2026",
        },
    )

    filed.refresh_from_db()
    assert form.initial["situations"] == ["has_ald", "left_hospital"]
    assert (filed.left_hospital_on, filed.has_ald) == (None, False)


def test_private_situation_asks_the_date_of_a_box_ticked(client, token):
    refused = client.post(url("situation", token), {"situations": ["left_hospital"]})

    assert refused.status_code == 422
    assert list(refused.context["form"].errors) == ["left_hospital_on"]


def test_private_situation_of_an_ended_request_is_a_conflict(client, token):
    GPRequest.objects.update(status="withdrawn", closed_at=timezone.now())

    refused = client.post(url("situation", token), {"situations": []})

    assert refused.status_code == 409
    assert "terminée" in refused.content.decode()


def test_private_complete_answers_the_coordination(client, filed, token, coordinator):
    triage.ask_for_more(filed, by=coordinator)

    answered = client.post(url("complete", token), {"answer": "Mon médecin part le 3."})

    filed.refresh_from_db()
    entry = AuditEntry.objects.get(verb="complete")
    assert answered.url == url("show", token)
    assert filed.status == "received"
    assert (entry.by_label, entry.reason) == ("patient", "Mon médecin part le 3.")


def test_private_show_reads_the_question_and_the_dossier_its_answer(
    client, filed, token, coordinator
):
    triage.ask_for_more(filed, question="Jusqu’à quand avez-vous une ordonnance ?", by=coordinator)
    page = client.get(url("show", token))
    client.post(url("complete", token), {"answer": "Jusqu’au 3."})

    filed.refresh_from_db()
    said = [event.said for event in dossier(filed, by=coordinator).timeline if event.said]
    assert "Jusqu’à quand avez-vous une ordonnance ?" in page.content.decode()
    assert said == ["Jusqu’au 3.", "Jusqu’à quand avez-vous une ordonnance ?"]


def test_private_complete_twice_is_a_conflict(client, filed, token, coordinator):
    triage.ask_for_more(filed, by=coordinator)
    client.post(url("complete", token), {"answer": "Oui."})

    refused = client.post(url("complete", token), {"answer": "Encore oui."})
    assert refused.status_code == 409
    assert "Encore oui." in refused.content.decode()


def test_private_complete_refuses_a_social_security_number(client, filed, token):
    refused = client.post(url("complete", token), {"answer": "2 48 03 62 491 012 63"})

    assert refused.status_code == 422
    assert "sécurité sociale" in refused.content.decode()


@pytest.mark.parametrize(
    ("reason", "status"),
    [("trouve", "found_alone"), ("inutile", "withdrawn"), ("demenage", "moved")],
)
def test_private_withdraw_ends_the_request_as_she_says(client, filed, token, reason, status):
    ended = client.post(url("withdraw", token), {"reason": reason})

    filed.refresh_from_db()
    assert ended.url == url("show", token)
    assert filed.status == status
    assert filed.closed_at is not None
    message = Message.objects.get(purpose="patients.request_withdrawn")
    assert (message.channel, message.recipient) == ("email", "odile@courriel.example")
    assert "Garnier" not in message.body


def test_private_withdraw_frees_the_gp_who_holds_the_request(client, cpts, filed, token):
    GPRequest.objects.update(status="referred")
    referral = ReferralFactory(request=filed, cpts=cpts)

    client.post(url("withdraw", token), {"reason": "trouve"})

    referral.refresh_from_db()
    assert referral.status == "taken_back"


def test_private_withdraw_twice_is_a_conflict(client, token):
    client.post(url("withdraw", token), {"reason": "trouve"})

    assert client.post(url("withdraw", token), {"reason": "trouve"}).status_code == 409


def test_private_withdraw_asks_why(client, filed, token):
    refused = client.post(url("withdraw", token), {})

    filed.refresh_from_db()
    assert refused.status_code == 422
    assert filed.status == "received"


def test_private_forms_need_the_csrf_token(filed, token):
    strict = Client(enforce_csrf_checks=True)

    assert strict.post(url("withdraw", token), {"reason": "trouve"}).status_code == 403


def test_private_actions_refuse_what_the_page_of_another_asks(filed, cpts):
    ended = GPRequestFactory(cpts=cpts, status="withdrawn", closed_at=timezone.now())

    with pytest.raises(Refused, match="terminée"):
        actions.update_situation(ended, {})
