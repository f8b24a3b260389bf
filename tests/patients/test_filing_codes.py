"""The code that proves that she can be reached."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cpts_portal.core import outbox
from cpts_portal.core.models import Message
from patients.models import GPRequest, RequestDraft
from tests.patients import filing_path as path

pytestmark = pytest.mark.usefixtures("laventie")


def test_code_wrong_five_times_is_worth_nothing_any_more(client):
    path.fill(client)
    path.ask_code(client)
    right = path.last_code()
    wrong = f"{(int(right) + 1) % 10**6:06d}"

    said = [path.send_code(client, wrong).context["form"].errors["code"][0] for _ in range(6)]

    assert "Il vous reste 4 essais." in said[0]
    assert "Il vous reste 1 essai." in said[3]
    assert "Trop d’essais" in said[4]
    assert "Trop d’essais" in said[5]
    assert "Trop d’essais" in path.send_code(client, right).content.decode()
    assert GPRequest.objects.count() == 0


def test_code_of_sixteen_minutes_ago_is_refused(client):
    path.fill(client)
    path.ask_code(client)

    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        refused = path.send_code(client, path.last_code())

    assert refused.status_code == 422
    assert "plus de 15 minutes" in refused.content.decode()


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "１２３４５６", "\x00"])
def test_code_that_is_no_code_is_refused_without_counting(client, typed):
    path.fill(client)
    path.ask_code(client)

    refused = path.send_code(client, typed)

    assert refused.status_code == 422
    assert RequestDraft.objects.get().code_attempts == 0


def test_code_with_a_space_in_the_middle_is_understood(client):
    path.fill(client)
    path.ask_code(client)
    code = path.last_code()

    assert path.send_code(client, f"{code[:3]} {code[3:]}").url == reverse("patients:filing_done")


def test_code_is_sent_once_for_a_double_click_and_again_half_a_minute_later(client):
    path.fill(client)
    path.ask_code(client)
    path.ask_code(client)
    first = path.last_code()

    with time_machine.travel(timezone.now() + timedelta(seconds=31)):
        path.ask_code(client)
        count = Message.objects.count()
        refused = path.send_code(client, first)

        second = path.last_code()
        accepted = path.send_code(client, second)

    assert count == 2
    assert refused.status_code == 422 or first == second
    assert accepted.url == reverse("patients:filing_done")


def test_code_is_sent_five_times_at_most(client):
    path.fill(client)
    start = timezone.now()
    for minute in range(6):
        with time_machine.travel(start + timedelta(minutes=minute)):
            last = path.ask_code(client)

    assert last.status_code == 409
    assert Message.objects.count() == 5


def test_code_is_throttled_per_recipient(client):
    for _ in range(8):
        browser = Client()
        path.fill(browser)
        path.ask_code(browser)
    browser = Client()
    path.fill(browser)

    assert path.ask_code(browser).status_code == 429


def test_code_vouches_only_for_the_answers_it_was_sent_for(client):
    path.fill(client)
    path.ask_code(client)
    code = path.last_code()

    path.answer(client, "contact", phone="06 39 98 99 99")
    refused = path.send_code(client, code)

    assert refused.url == reverse("patients:filing_check")
    assert GPRequest.objects.count() == 0


def test_code_stays_good_when_the_same_answer_is_sent_again(client):
    path.fill(client)
    path.ask_code(client)

    path.answer(client, "contact")

    assert path.send_code(client, path.last_code()).url == reverse("patients:filing_done")


@pytest.mark.parametrize(("minutes", "status"), [(1, "sent"), (16, "dropped")])
def test_code_that_would_arrive_too_late_does_not_leave(client, minutes, status):
    path.fill(client)
    path.ask_code(client)

    with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
        outbox.deliver(Message.objects.get().pk)

    assert Message.objects.get().status == status


def test_code_goes_by_the_way_she_chooses_among_two(client):
    path.fill(client, contact={"email": "odile@courriel.example"})

    page = client.get(reverse("patients:filing_check")).content.decode()
    path.ask_code(client, "email")

    assert "Par SMS au" in page
    assert "Par courriel à odile@courriel.example" in page
    assert Message.objects.get().channel == "email"
    assert path.ask_code(client, "pigeon").status_code == 422
