from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from members.models import Membership, Role, User
from tests.members.conftest import log_in

PAGE = "/compte/sessions/"
MORNING = "2035-11-23T08:00:00+01:00"


def hours_of_work(clock: time_machine.Traveller, client: Client, hours: float) -> Any:
    """A page every twenty minutes for so long; the answer to the last."""
    response = None
    for _page in range(int(hours * 3)):
        clock.shift(timedelta(minutes=20))
        response = client.get(PAGE)
    return response


def said(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def test_session_lapses_after_thirty_idle_minutes(client: Client, person: User) -> None:
    with time_machine.travel(MORNING, tick=False) as clock:
        log_in(client)
        client.get(PAGE)
        clock.shift(timedelta(minutes=31))
        response = client.get(PAGE, follow=True)

    assert response.redirect_chain == [(f"/compte/login/?next={PAGE}", 302)]
    assert said(response) == ["Votre session a pris fin. Connectez-vous pour reprendre."]


def test_session_in_use_goes_on(client: Client, person: User) -> None:
    with time_machine.travel(MORNING, tick=False) as clock:
        log_in(client)
        response = hours_of_work(clock, client, 6)

    assert response.status_code == 200


def test_session_ends_after_twelve_hours_whatever_is_done(
    client: Client, place: Membership, totp: str
) -> None:
    Membership.objects.update(role=Role.PARTNER)
    with time_machine.travel(MORNING, tick=False) as clock:
        client.force_login(place.user)
        client.get(PAGE)
        before = hours_of_work(clock, client, 11.67)
        clock.shift(timedelta(minutes=21))
        after = client.get(PAGE, follow=True)

    assert before.status_code == 200
    assert after.redirect_chain == [(f"/compte/login/?next={PAGE}", 302)]
    assert "durée maximale" in said(after)[0]


def test_session_of_a_coordinator_ends_after_eight_hours(
    client: Client, place: Membership, totp: str
) -> None:
    with time_machine.travel(MORNING, tick=False) as clock:
        client.force_login(place.user)
        client.get(PAGE)
        before = hours_of_work(clock, client, 7.67)
        clock.shift(timedelta(minutes=21))
        after = client.get(PAGE)

    assert (before.status_code, after.status_code) == (200, 302)


def test_session_is_written_once_in_five_minutes(
    client: Client, person: User, settings: Any, django_assert_num_queries: Any
) -> None:
    settings.SECOND_FACTOR_REQUIRED = False
    with time_machine.travel(MORNING, tick=False) as clock:
        log_in(client)
        client.get("/compte/mes-cpts/")
        clock.shift(timedelta(minutes=4))
        with django_assert_num_queries(3):
            client.get("/compte/mes-cpts/")
        clock.shift(timedelta(minutes=4))
        client.get("/compte/mes-cpts/")
        [session] = Session.objects.all()
        [seen] = UserSession.objects.all()

        assert session.expire_date == timezone.now() + timedelta(minutes=30)
        assert seen.last_seen_at == timezone.now()


def test_session_over_sends_an_htmx_request_to_the_login_page(
    client: Client, place: Membership, totp: str
) -> None:
    client.force_login(place.user)
    client.get(PAGE)
    Session.objects.all().delete()

    response = client.get(
        "/artois-lys/",
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/artois-lys/demandes/"},
    )

    assert response["HX-Redirect"] == "/compte/login/?next=/artois-lys/demandes/"


@pytest.mark.parametrize(
    ("referer", "next_page"),
    [
        ("http://testserver/artois-lys/demandes/?onglet=a", "/artois-lys/demandes/%3Fonglet%3Da"),
        ("https://ailleurs.example/piege/", "/"),
        ("", "/"),
    ],
)
def test_session_over_comes_back_to_the_page_that_held_the_form(
    client: Client, db: None, referer: str, next_page: str
) -> None:
    response = client.post("/compte/password/change/", headers={"Referer": referer})

    assert response.url == f"/compte/login/?next={next_page}"


def test_first_visit_is_not_told_of_a_lapsed_session(client: Client, db: None) -> None:
    response = client.get(PAGE, follow=True)

    assert said(response) == []


def test_logout_is_not_told_as_a_lapsed_session(client: Client, person: User) -> None:
    log_in(client)
    client.post("/compte/logout/", follow=True)

    assert said(client.get(PAGE, follow=True)) == []


def test_logout_leaves_nothing_in_the_browser(client: Client, person: User) -> None:
    log_in(client)
    page = client.get(PAGE)
    response = client.post("/compte/logout/")

    assert response["Clear-Site-Data"] == '"cache", "storage"'
    assert page.has_header("Clear-Site-Data") is False


def test_sessions_are_listed_and_the_others_ended(client: Client, person: User) -> None:
    other = Client(headers={"User-Agent": "un autre navigateur"})
    log_in(other)
    log_in(client)
    page = client.get(PAGE)
    client.post(PAGE)

    assert [session.user_agent for session in page.context["sessions"]] == [
        "un autre navigateur",
        "",
    ]
    assert other.get(PAGE).status_code == 302
    assert client.get(PAGE).status_code == 200
