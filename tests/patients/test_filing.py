"""The public form, from the first question to the private link, and filing for others."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from cpts_portal.core.models import AuditEntry, Message
from cpts_portal.core.refusals import Refused
from patients.actions import filing as actions
from patients.models import GPRequest, Patient, PrivateLink, RequestDraft
from tests.factories import CptsFactory
from tests.patients import filing_path as path

pytestmark = pytest.mark.usefixtures("laventie")


# --- The way ------------------------------------------------------------------------------------
def test_filing_makes_one_request_with_its_rank_reference_and_private_link(client):
    page = path.file(client)

    [filed] = GPRequest.objects.all()
    assert page.status_code == 200
    assert filed.reference in page.content.decode()
    assert (filed.priority, filed.priority_reasons) == (2, ["ald", "aged_70"])
    assert (filed.age_band, filed.status, filed.source) == ("70-84", "received", "web")
    assert filed.patient.last_name == "D’Hœdt-Œuvrard"
    assert filed.patient.search_name == "d hoedt oeuvrard marie helene"
    assert filed.patient.phone == "+33639981234"
    assert PrivateLink.objects.count() == 1
    assert [entry.verb for entry in AuditEntry.objects.all()] == ["file"]


def test_filing_sends_the_reference_and_the_link_without_a_name_or_a_medical_word(client):
    page = path.file(client)

    received = Message.objects.get(purpose="patients.request_received")
    assert (received.channel, received.recipient) == ("sms", "+33639981234")
    assert page.context["private_url"] in received.body
    assert page.context["filed"].reference in received.body
    for word in ("Hœdt", "Hoedt", "Marie", "ALD", "médecin", "1948"):
        assert word not in received.body


def test_filing_by_email_sends_the_code_and_the_link_there(client):
    contact = {"phone": "", "email": "Odile@Courriel.example"}

    path.file(client, channel="email", contact=contact)

    sent = Message.objects.order_by("created_at").values_list("channel", "purpose")
    assert list(sent) == [
        ("email", "patients.request_code"),
        ("email", "patients.request_received"),
    ]
    assert Patient.objects.get().email == "odile@courriel.example"


def test_filing_for_a_child_asks_about_the_child(client):
    path.answer(client, "pour-qui", filed_for_whom="child")

    page = client.get(path.step_url("commune"))

    assert page.context["form"].heading == "Dans quelle commune habite votre enfant\u00a0?"


def test_filing_asks_the_dates_only_of_those_who_ticked_them(client):
    path.fill(client, until="situation")
    plain = path.answer(client, "situation")
    dated = path.answer(client, "situation", situations=["left_hospital", "treatment_ends"])

    soon = timezone.localdate() + timedelta(days=5)
    days = {"treatment_ends_on_day": soon.day, "treatment_ends_on_month": soon.month}
    missing = client.post(dated.url, {**days, "treatment_ends_on_year": soon.year})

    assert (plain.url, dated.url) == (path.step_url("identite"), path.step_url("dates"))
    assert list(missing.context["form"].errors) == ["left_hospital_on"]
    assert client.get(path.step_url("identite")).url == path.step_url("dates")


def test_filing_keeps_the_dates_in_the_request(client):
    today = timezone.localdate()
    path.fill(client, until="identite", situation={"situations": ["left_hospital"]})
    client.post(
        path.step_url("dates"),
        {
            "left_hospital_on_day": today.day,
            "left_hospital_on_month": today.month,
            "left_hospital_on_year": today.year,
        },
    )
    path.fill(client, after="identite")
    path.ask_code(client)
    path.send_code(client, path.last_code())

    filed = GPRequest.objects.get()
    assert (filed.left_hospital_on, filed.priority) == (today, 1)


def test_filing_step_shows_again_what_was_answered(client):
    path.fill(client)

    page = client.get(path.step_url("identite")).content.decode()

    assert "D’Hœdt-Œuvrard" in page
    assert 'value="1948"' in page


def test_filing_step_leads_back_to_the_first_question_without_an_answer(client):
    path.fill(client, until="situation")

    assert client.get(path.step_url("contact")).url == path.step_url("situation")
    assert client.get(reverse("patients:filing_check")).url == path.step_url("situation")
    assert client.get(reverse("patients:filing_code")).url == path.step_url("situation")
    assert client.get(reverse("patients:filing_done")).url == reverse("patients:filing_check")


def test_filing_step_returns_to_the_check_it_was_opened_from(client):
    path.fill(client)

    corrected = client.post(path.step_url("preferences", retour="1"), {"travel_km": "20"})

    assert corrected.url == reverse("patients:filing_check")
    assert "jusqu’à 20\u00a0km" in client.get(corrected.url).content.decode()


def test_filing_start_offers_to_go_on_or_to_begin_anew(client):
    fresh = client.get(reverse("patients:filing_start"))
    path.fill(client, until="situation")

    assert fresh.url == path.step_url("pour-qui")
    assert client.get(reverse("patients:filing_start")).status_code == 200
    assert client.post(reverse("patients:filing_start")).url == path.step_url("pour-qui")
    assert RequestDraft.objects.count() == 0


def test_filing_step_costs_the_same_queries_near_the_end_as_near_the_start(
    client, django_assert_max_num_queries
):
    path.fill(client)

    for slug in ("medecin-traitant", "accord"):
        with django_assert_max_num_queries(4):
            assert client.get(path.step_url(slug)).status_code == 200


@pytest.mark.parametrize("year", [1926, 2099])
def test_filing_refuses_a_date_whose_year_is_a_slip(client, year):
    path.fill(client, until="identite", situation={"situations": ["treatment_ends"]})
    day = {"treatment_ends_on_day": "3", "treatment_ends_on_month": "11"}

    refused = client.post(path.step_url("dates"), {**day, "treatment_ends_on_year": str(year)})

    assert refused.status_code == 422
    assert "Vérifiez l’année" in refused.content.decode()


def test_filing_dates_are_not_asked_of_those_who_ticked_nothing(client):
    path.fill(client)

    assert client.post(path.step_url("dates"), {}).url == path.step_url("pour-qui")


def test_filing_unknown_question_is_not_found(client):
    assert client.get(path.step_url("inconnue")).status_code == 404


# --- For others ---------------------------------------------------------------------------------
def identity(**changes: object) -> actions.Identity:
    known = {
        "last_name": "Garnier",
        "first_name": "Odile",
        "birth_date": timezone.localdate() - timedelta(days=20_000),
        "phone": "+33639980001",
    }
    return actions.Identity(**{**known, **changes})


def test_file_request_by_a_coordinator_is_traced_to_her_and_tells_the_patient(
    cpts, coordinator, laventie
):
    filed = actions.file_request(
        cpts=cpts,
        identity=identity(),
        situation=actions.Situation(commune=laventie, no_gp_reason="retired"),
        source="phone",
        by=coordinator,
    )

    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.by_label, entry.by) == ("file", "coordinator", coordinator.user)
    assert (filed.source, filed.priority_reasons) == ("phone", ["gp_retired"])
    assert Message.objects.get().purpose == "patients.request_received"


def test_file_request_of_someone_already_waiting_is_refused_with_the_reference(
    cpts, coordinator, laventie
):
    situation = actions.Situation(commune=laventie, no_gp_reason="retired")
    asked = {"cpts": cpts, "situation": situation, "source": "phone", "by": coordinator}
    filed = actions.file_request(identity=identity(), **asked)

    with pytest.raises(Refused, match=filed.reference):
        actions.file_request(identity=identity(first_name="ODILE"), **asked)

    assert Patient.objects.count() == 1


def test_file_request_with_a_landline_alone_sends_nothing(cpts, coordinator, laventie):
    actions.file_request(
        cpts=cpts,
        identity=identity(phone="+33353010009"),
        situation=actions.Situation(commune=laventie, no_gp_reason="retired"),
        source="paper",
        by=coordinator,
    )

    assert Message.objects.count() == 0


def test_references_follow_each_other_within_a_cpts_and_a_paris_year(cpts):
    other = CptsFactory()

    with time_machine.travel("2026-12-31T22:59:00Z"):
        last_year = [actions.next_reference(cpts), actions.next_reference(cpts)]
    with time_machine.travel("2026-12-31T23:01:00Z"):
        new_year = [actions.next_reference(cpts), actions.next_reference(other)]

    assert last_year == ["2026-0001", "2026-0002"]
    assert new_year == ["2027-0001", "2027-0001"]
