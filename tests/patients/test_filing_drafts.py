"""The form being filled in belongs to one browser."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from patients.actions.drafts import start_draft
from patients.models import RequestDraft
from patients.views.filing import remember
from tests.patients import filing_path as path

pytestmark = pytest.mark.usefixtures("laventie")


def test_draft_of_another_browser_is_out_of_reach(client):
    path.fill(client)
    draft = RequestDraft.objects.get()
    other = Client()
    other.cookies["demande"] = f"{draft.pk}:forged"

    assert other.get(reverse("patients:filing_check")).url == path.step_url("pour-qui")
    assert Client().get(path.step_url("identite")).url == path.step_url("pour-qui")


def test_draft_cookie_holds_no_answer_and_no_script_reads_it(client):
    path.fill(client)

    cookie = client.cookies["demande"]
    assert cookie.value.startswith(str(RequestDraft.objects.get().pk))
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert "Garnier" not in cookie.value


def test_draft_answers_are_unreadable_in_the_database(client):
    path.fill(client)

    with connection.cursor() as cursor:
        cursor.execute("SELECT answers FROM patients_requestdraft")
        [(stored,)] = cursor.fetchall()
    assert "has_ald" not in stored
    assert "Marie" not in stored


@pytest.mark.parametrize("days", [8, 30])
def test_draft_of_last_week_begins_anew_politely(client, days):
    path.fill(client)

    with time_machine.travel(timezone.now() + timedelta(days=days)):
        page = client.get(reverse("patients:filing_check"), follow=True)

    assert page.redirect_chain == [(path.step_url("pour-qui"), 302)]
    assert "recommencez" in page.content.decode()


def test_draft_erased_meanwhile_begins_anew_politely(client):
    path.fill(client)
    RequestDraft.objects.all().delete()

    page = client.post(path.step_url("preferences"), {"travel_km": "20"}, follow=True)

    assert "recommencez" in page.content.decode()


# --- Begun by a professional ----------------------------------------------------------------
@pytest.fixture
def begun(client) -> RequestDraft:
    """A form opened in this browser with a first name and a number known already."""
    known = {"identite": {"first_name": "Odile"}, "contact": {"phone": "+33639981234"}}
    draft = start_draft("fr", known=known)
    client.cookies.update(remember(HttpResponse(), draft).cookies)
    return draft


def test_form_begun_with_what_is_known_shows_it_without_a_fault(client, begun):
    path.fill(client, until="identite")

    form = client.get(path.step_url("identite")).context["form"]

    assert (form["first_name"].value(), form["last_name"].value()) == ("Odile", None)
    assert form.errors == {}


def test_form_begun_with_what_is_known_asks_every_question_all_the_same(client, begun):
    path.fill(client, until="identite")

    page = client.get(reverse("patients:filing_check"))

    assert page.url == path.step_url("identite")


def test_what_she_answers_goes_before_what_was_known(client, begun):
    path.fill(client)

    form = client.get(path.step_url("identite")).context["form"]

    assert form["first_name"].value() == "Marie-Hélène"
    assert client.get(reverse("patients:filing_check")).status_code == 200


def test_form_begun_twice_under_one_key_is_the_same(db):
    key = uuid4()

    first, again = (start_draft("fr", known={"identite": {}}, key=key) for _time in range(2))

    assert again == first
