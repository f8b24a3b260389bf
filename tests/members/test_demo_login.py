from __future__ import annotations

from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client

from members import demo
from members.models import User
from tests.factories import UserFactory


@pytest.fixture
def account(db: None, settings: Any) -> User:
    settings.DEMO, settings.ALLOWED_HOSTS = True, ["*"]
    return UserFactory(username="medecin")


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1", "[::1]:8000"])
def test_demo_login_is_one_click_on_the_machine_itself(
    client: Client, account: User, host: str
) -> None:
    response = client.post("/demo/connexion/", {"account": "medecin"}, headers={"Host": host})

    assert (response.status_code, response.url) == (302, "/compte/mes-cpts/")
    assert client.session["_auth_user_id"] == str(account.pk)


@pytest.mark.parametrize(
    "host", ["portail.example", "localhost.portail.example", "192.168.1.4", "127.0.0.1.nip.example"]
)
def test_demo_login_does_not_exist_from_elsewhere(client: Client, account: User, host: str) -> None:
    response = client.post("/demo/connexion/", {"account": "medecin"}, headers={"Host": host})

    assert response.status_code == 404
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("address", ["192.0.2.7", "2001:db8::7", ""])
def test_demo_login_does_not_believe_a_stranger_who_names_this_host(
    client: Client, account: User, address: str
) -> None:
    response = client.post(
        "/demo/connexion/",
        {"account": "medecin"},
        headers={"Host": "localhost"},
        REMOTE_ADDR=address,
    )

    assert response.status_code == 404


def test_demo_login_does_not_exist_in_production(
    client: Client, account: User, settings: Any
) -> None:
    settings.DEMO = False

    response = client.post(
        "/demo/connexion/", {"account": "medecin"}, headers={"Host": "localhost"}
    )

    assert response.status_code == 404


@pytest.mark.parametrize("username", ["patronne", "", "coordination"])
def test_demo_login_opens_no_other_account(client: Client, account: User, username: str) -> None:
    UserFactory(username="patronne")

    response = client.post("/demo/connexion/", {"account": username}, headers={"Host": "localhost"})

    assert response.status_code == 404


def test_demo_login_wants_a_csrf_token_and_a_post(account: User) -> None:
    strict = Client(enforce_csrf_checks=True, headers={"Host": "localhost"})

    assert strict.post("/demo/connexion/", {"account": "medecin"}).status_code == 403
    assert strict.get("/demo/connexion/").status_code == 405


def test_demo_login_buttons_are_the_known_accounts() -> None:
    page = render_to_string("members/demo_login.html")

    assert [name for name in demo.ACCOUNTS if f'value="{name}"' in page] == list(demo.ACCOUNTS)
    assert page.count("<button") == len(demo.ACCOUNTS)
