"""The confirmation: once, the same page to whoever asks twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cpts_portal.core.models import Message
from patients.models import GPRequest, Patient, PrivateLink, RequestDraft
from tests.patients import filing_path as path

pytestmark = pytest.mark.usefixtures("laventie")


def test_confirmation_sent_again_gives_the_same_page_and_no_second_row(client):
    first = path.file(client)

    again = client.get(path.send_code(client, path.last_code()).url)

    assert again.context["private_url"] == first.context["private_url"]
    assert GPRequest.objects.count() == 1
    assert Message.objects.filter(purpose="patients.request_received").count() == 1


def test_confirmation_then_back_leads_to_the_same_page(client):
    path.file(client)
    done = reverse("patients:filing_done")

    assert client.get(reverse("patients:filing_check")).url == done
    assert path.ask_code(client).url == done
    assert client.get(path.step_url("contact")).url == done
    assert path.answer(client, "contact").url == done
    assert path.answer(client, "commune").url == done
    assert GPRequest.objects.count() == 1


def test_confirmation_then_another_answer_is_a_conflict_that_says_what_to_do(client):
    page = path.file(client)

    changed = path.answer(client, "contact", phone="06 39 98 99 99")

    assert changed.status_code == 409
    assert page.context["filed"].reference in changed.content.decode()
    assert "lien privé" in changed.content.decode()
    assert Patient.objects.get().phone == "+33639981234"


def test_confirmation_then_another_code_is_a_conflict(client):
    path.file(client)
    other = f"{(int(path.last_code()) + 1) % 10**6:06d}"

    assert path.send_code(client, other).status_code == 409


def test_confirmation_leaves_no_answer_in_the_draft(client):
    path.file(client)

    draft = RequestDraft.objects.get()
    assert draft.request == GPRequest.objects.get()
    for typed in ("Marie", "has_ald", "06 39", "1948"):
        assert typed not in draft.answers


def test_confirmation_is_shown_for_an_hour_in_that_browser(client):
    path.file(client)

    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        page = client.get(reverse("patients:filing_done"))

    assert page.url == path.step_url("pour-qui")


def test_confirmation_of_the_same_person_gives_the_request_already_there(client):
    first = path.file(client)

    second = path.file(Client(), identite={"last_name": "D'HOEDT OEUVRARD"})

    assert GPRequest.objects.count() == 1
    assert second.context["filed"] == first.context["filed"]
    assert second.context["is_known"] is True
    assert Message.objects.filter(purpose="patients.link_resent").count() == 1
    assert PrivateLink.objects.count() == 2


def test_confirmation_tells_a_third_party_nothing(client):
    """He knows her name and phone, but proved only his own e-mail."""
    path.file(client)

    stranger = path.file(Client(), channel="email", contact={"email": "autre@courriel.example"})

    assert stranger.context["is_known"] is False
    assert GPRequest.objects.count() == 2


def test_confirmation_after_the_end_of_a_request_makes_a_new_one(client):
    path.file(client)
    GPRequest.objects.update(status="withdrawn", closed_at=timezone.now())

    path.file(Client())

    assert list(GPRequest.objects.values_list("status", flat=True).order_by("pk")) == [
        "withdrawn",
        "received",
    ]


def test_filing_start_after_a_confirmation_shows_it_or_begins_another(client):
    path.file(client)

    page = client.get(reverse("patients:filing_start"))
    other = client.post(reverse("patients:filing_start"))

    assert page.context["resume_url"] == reverse("patients:filing_done")
    assert other.url == path.step_url("pour-qui")
    assert path.answer(client, "pour-qui").url == path.step_url("commune")
    assert RequestDraft.objects.count() == 2
