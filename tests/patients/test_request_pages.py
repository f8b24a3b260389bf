"""The page of one request, and each step from it, with and without htmx."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cpts_portal.core.models import AccessEntry, AuditEntry
from patients import lifecycle
from patients.actions import referrals, triage
from patients.models import ENDED, ContactAttempt, GPRequest, Note, Referral, Status
from patients.queries.triage import dossier
from patients.retention import erase_patients
from tests.factories import CptsFactory, GPRequestFactory, MembershipFactory, PatientFactory
from tests.patients.shortcuts import address

HTMX = {"HX-Request": "true"}


def test_request_detail_shows_everything_and_logs_the_reading(desk, referral, coordinator):
    request = referral.request
    triage.add_note(request, body="Préfère le matin", by=coordinator)
    triage.log_attempt(request, way="phone", has_answered=False, by=coordinator)

    html = desk.get(address(request)).content.decode()

    for told in (request.patient.last_name, "Préfère le matin", "Tentative par téléphone"):
        assert told in html
    assert AccessEntry.objects.get(purpose="open").patient_ids == [request.patient_id]


def test_request_detail_for_htmx_is_the_pane_alone(desk, qualified):
    html = desk.get(address(qualified), headers=HTMX).content.decode()

    assert 'id="detail"' in html
    assert "<html" not in html
    assert AccessEntry.objects.filter(purpose="list").count() == 0


def test_request_detail_of_another_cpts_does_not_exist(desk, qualified):
    other = GPRequestFactory(cpts=CptsFactory())

    assert desk.get(address(other)).status_code == 404
    assert desk.post(address(other, "qualifier/")).status_code == 404
    assert desk.get("/artois-lys/demandes/2026-9999/").status_code == 404


@pytest.mark.parametrize("role", ["board", "funder", "partner", "secretary"])
def test_request_pages_are_closed_to_other_roles(qualified, one_factor, client, role):
    client.force_login(MembershipFactory(cpts=qualified.cpts, role=role).user)

    assert client.get(address(qualified)).status_code == 403
    assert client.get("/artois-lys/demandes/").status_code == 403
    assert client.post(address(qualified, "qualifier/")).status_code == 403


def test_request_detail_asks_as_many_queries_however_long_its_story(
    desk, referral, coordinator, django_assert_num_queries
):
    page = address(referral.request)
    triage.add_note(referral.request, body="note", by=coordinator)
    desk.get(page, headers=HTMX)
    with CaptureQueriesContext(connection) as short:
        desk.get(page, headers=HTMX)
    for number in range(6):
        triage.add_note(referral.request, body=f"note {number}", by=coordinator)
        triage.log_attempt(referral.request, way="sms", has_answered=False, by=coordinator)

    with django_assert_num_queries(len(short)):
        desk.get(page, headers=HTMX)


def test_the_story_names_the_secretary_and_the_doctor_she_acts_for(qualified, coordinator, gp):
    secretary = MembershipFactory(cpts=gp.cpts, role="secretary").user
    AuditEntry.objects.create(
        cpts=gp.cpts,
        subject_kind="patients.gprequest",
        subject_id=str(qualified.pk),
        verb="set_first_visit",
        by=secretary,
        by_label="secretary",
        behalf=gp.user,
    )

    [event] = dossier(qualified, by=coordinator).timeline

    assert event.who == f"{secretary}, pour {gp.user}"


def test_request_detail_still_opens_once_the_identity_is_erased(desk, referral, gp, coordinator):
    request = referrals.accept(referral, by=gp).request
    triage.plan_call_back(request, on=timezone.localdate(), by=coordinator)
    triage.set_first_visit(request, on=timezone.localdate(), by=gp)
    triage.declare(request, by=coordinator)
    erase_patients([request.patient_id])

    html = desk.get(address(request)).content.decode()

    assert "Identité effacée" in html
    assert "Premier rendez-vous fixé<br>" in html


def test_request_detail_counts_a_late_referral_as_returned(desk, referral):
    now = timezone.now()
    Referral.objects.update(proposed_at=now - timedelta(hours=72), expires_at=now)

    html = desk.get(address(referral.request)).content.decode()

    assert "sans réponse du médecin" in html
    assert "Proposer au" in html


STEPS = [
    ("note/", {"body": "Rappelle jeudi"}),
    ("tentative/", {"way": "phone", "has_answered": "non"}),
    ("rappel/", {"on": "2030-01-01"}),
    ("priorite/", {"priority": "2", "reason": "isolée"}),
    ("complement/", {}),
    ("clore/", {"ending": "withdraw", "is_sure": "on"}),
    ("attribuer/", {"to": ""}),
]


@pytest.mark.parametrize(("step", "data"), STEPS, ids=[step for step, _data in STEPS])
def test_each_step_answers_with_and_without_htmx(desk, qualified, step, data):
    if "on" in data:
        data = {"on": (timezone.localdate() + timedelta(days=2)).isoformat()}

    plain = desk.post(address(qualified, step), data)
    GPRequest.objects.update(status=Status.QUALIFIED, closed_at=None)
    swapped = desk.post(address(qualified, step), data, headers=HTMX)

    assert (plain.status_code, plain["Location"]) == (302, address(qualified))
    assert (swapped.status_code, swapped["HX-Trigger"]) == (
        200,
        '{"requests-changed": {}}',
    )


def test_the_whole_line_through_the_pages(desk, surgery, intake, coordinator):
    request = GPRequestFactory(cpts=coordinator.cpts)
    desk.post(address(request, "qualifier/"))
    desk.post(address(request, "proposer/"), {"gp": intake.membership.pk})
    referral = Referral.objects.get()
    surgery.post(f"/artois-lys/orientations/{referral.pk}/accepter/")
    desk.post(address(request, "rendez-vous/"), {"on": timezone.localdate().isoformat()})
    desk.post(address(request, "declarer/"))

    request.refresh_from_db()
    assert request.status == Status.DECLARED
    desk.post(address(request, "rouvrir/"))
    request.refresh_from_db()
    assert request.status == Status.RECEIVED


def test_call_back_cancel_and_referral_take_back(desk, referral, coordinator):
    triage.plan_call_back(referral.request, on=timezone.localdate(), by=coordinator)

    desk.post(address(referral.request, "rappel/annuler/"))
    desk.post(address(referral.request, "reprendre/"))

    request = GPRequest.objects.get()
    assert (request.call_back_on, request.status) == (None, Status.QUALIFIED)


BAD = [
    ("note/", {"body": ""}, "Écrivez la note"),
    ("note/", {"body": "Son numéro : 2 64 09 62 119 012 46"}, "sécurité sociale"),
    ("note/", {"body": "a\x00b"}, "illisible"),
    ("note/", {"body": "x" * 10_000}, "trop long"),
    ("tentative/", {"way": "pigeon"}, "Dites si la personne a répondu."),
    ("rappel/", {"on": "2020-01-01"}, "à partir d’aujourd’hui"),
    ("rappel/", {"on": "demain"}, "n’existe pas"),
    ("rappel/", {"on": "2999-01-01"}, "dans l’année qui vient"),
    ("priorite/", {"priority": "1", "reason": ""}, "Dites pourquoi"),
    ("priorite/", {"priority": "9", "reason": "x"}, "Choix"),
    ("clore/", {"ending": "", "is_sure": "on"}, "Choisissez un motif."),
    ("clore/", {"ending": "withdraw"}, "Cochez la case"),
    ("clore/", {"ending": "explode", "is_sure": "on"}, "Ce motif"),
    ("proposer/", {"gp": "999999"}, "n’est pas dans cette CPTS"),
    ("proposer/", {}, "Choisissez un médecin."),
    ("attribuer/", {"to": "999999"}, "coordination"),
]


@pytest.mark.parametrize(("step", "data", "told"), BAD)
def test_bad_input_is_a_422_in_plain_french(desk, qualified, step, data, told):
    for headers in ({}, HTMX):
        response = desk.post(address(qualified, step), data, headers=headers)
        html = response.content.decode()
        assert response.status_code == 422
        assert told in html or told == "Choix"
    qualified.refresh_from_db()
    assert qualified.status == Status.QUALIFIED
    assert Note.objects.count() == 0


def test_a_stale_tab_gets_409_with_the_request_as_it_stands(desk, referral, gp):
    plain = desk.post(address(referral.request, "proposer/"), {"gp": gp.pk})
    swapped = desk.post(address(referral.request, "proposer/"), {"gp": gp.pk}, headers=HTMX)

    for response in (plain, swapped):
        html = response.content.decode()
        assert response.status_code == 409
        assert "n’est plus possible" in html
        assert "Réponse attendue avant" in html
    assert 'hx-swap-oob="outerHTML"' in swapped.content.decode()


def test_a_double_click_writes_once(desk, qualified):
    first = desk.post(address(qualified, "complement/"))
    second = desk.post(address(qualified, "complement/"))

    assert (first.status_code, second.status_code) == (302, 409)
    assert AuditEntry.objects.filter(verb="ask").count() == 1


LANDLINE = "Pas de message possible : téléphone fixe seulement, prévenez par téléphone."


@pytest.mark.parametrize(
    ("contact", "status", "is_told"),
    [
        ({"phone": "+33321000001", "email": ""}, "accepted", True),
        ({"phone": "+33321000001", "email": ""}, "out_of_area", True),
        ({"phone": "+33321000001", "email": ""}, "qualified", False),
        ({"phone": "+33321000001", "email": ""}, "deceased", False),
        ({"phone": "+33321000001", "email": "odile@courriel.example"}, "accepted", False),
        ({"phone": "+33639981234", "email": ""}, "accepted", False),
    ],
)
def test_the_desk_is_told_when_news_cannot_be_written_to_her(desk, cpts, contact, status, is_told):
    closed_at = timezone.now() if status in ENDED else None
    patient = PatientFactory(cpts=cpts, **contact)
    request = GPRequestFactory(cpts=cpts, patient=patient, status=status, closed_at=closed_at)

    page = desk.get(address(request)).content.decode()

    assert (LANDLINE in page) is is_told


NOTE = {"body": "Rappeler après 17 h", "form_key": str(uuid4())}
TRY = {"way": "phone", "has_answered": "non", "form_key": str(uuid4())}


@pytest.mark.parametrize(
    ("step", "data", "model"), [("note/", NOTE, Note), ("tentative/", TRY, ContactAttempt)]
)
def test_a_form_sent_twice_writes_once_and_answers_the_same(desk, qualified, step, data, model):
    answers = [desk.post(address(qualified, step), data) for _time in range(2)]

    assert [(answer.status_code, answer.url) for answer in answers] == [
        (302, address(qualified))
    ] * 2
    assert model.objects.count() == 1


@pytest.mark.parametrize(
    ("step", "data", "changed", "model", "told"),
    [
        ("note/", NOTE, {"body": "Autre chose"}, Note, "Votre note est déjà ajoutée"),
        ("tentative/", TRY, {"way": "sms"}, ContactAttempt, "Votre tentative est déjà notée"),
    ],
)
def test_a_form_changed_and_sent_again_is_a_409_that_a_second_press_settles(
    desk, qualified, step, data, changed, model, told
):
    desk.post(address(qualified, step), data)

    refused = desk.post(address(qualified, step), {**data, **changed})
    new_key = refused.context["form"]["form_key"].value()
    pressed = desk.post(address(qualified, step), {**data, **changed, "form_key": new_key})

    assert (refused.status_code, pressed.status_code) == (409, 302)
    assert told in refused.content.decode()
    assert new_key != data["form_key"]
    assert model.objects.count() == 2


def test_two_pages_bear_two_keys(desk, qualified):
    keys = {
        str(desk.get(address(qualified)).context[form]["form_key"].value())
        for form in ("note_form", "attempt_form")
        for _time in range(2)
    }

    assert len(keys) == 4


def test_an_attempt_sent_again_after_the_end_is_still_the_one_kept(desk, qualified, coordinator):
    desk.post(address(qualified, "tentative/"), TRY)
    triage.end_request(qualified, lifecycle.WITHDRAW, by=coordinator)

    again = desk.post(address(qualified, "tentative/"), TRY)

    assert again.status_code == 302
    assert ContactAttempt.objects.count() == 1


def test_a_key_that_is_none_asks_to_load_the_page_again(desk, qualified):
    refused = desk.post(address(qualified, "note/"), {**NOTE, "form_key": "x"})

    assert refused.status_code == 422
    assert "Rechargez la page" in refused.content.decode()
    assert not Note.objects.exists()


def test_unreachable_too_soon_is_a_409_on_the_page(desk, qualified):
    data = {"ending": "lose_touch", "reason": "Trois appels vains", "is_sure": "on"}

    for headers in ({}, HTMX):
        response = desk.post(address(qualified, "clore/"), data, headers=headers)
        html = response.content.decode()
        assert response.status_code == 409
        assert "trois tentatives" in html
        assert "Trois appels vains" in html
