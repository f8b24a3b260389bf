"""A person who can log in for real, and the codes her authenticator application would show."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from members.models import Cpts, Membership, Role, User
from tests.factories import MembershipFactory, UserFactory

PASSWORD = "lanterne-velours-onze"


@pytest.fixture(autouse=True)
def second_factor_required(settings: Any) -> None:
    """As in production; the demonstration alone does without."""
    settings.SECOND_FACTOR_REQUIRED = True
    settings.DEMO = False


@pytest.fixture(autouse=True)
def light_passwords(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["tests.members.hashing.LightArgon2"]


@pytest.fixture
def person(cpts: Cpts) -> User:
    user: User = UserFactory(username="maud", email="maud@sante.example")
    user.set_password(PASSWORD)
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    return user


@pytest.fixture
def place(cpts: Cpts, person: User) -> Membership:
    """The person coordinates the CPTS."""
    return MembershipFactory(cpts=cpts, user=person, role=Role.COORDINATOR)


@pytest.fixture
def totp(person: User) -> str:
    """The secret of the application that the person has enrolled."""
    secret = generate_totp_secret()
    TOTP.activate(person, secret)
    return secret


def code_of(secret: str, later: int = 0) -> str:
    """The six digits shown now, or `later` periods of 30 s from now."""
    counters = list(yield_hotp_counters_from_time())
    return format_hotp_value(hotp_value(secret, counters[len(counters) // 2] + later))


def log_in(client: Client, login: str = "maud", password: str = PASSWORD, **extra: Any) -> Any:
    return client.post("/compte/login/", {"login": login, "password": password, **extra})


def queries_of(client: Client, address: str) -> int:
    """How many queries the page takes, once what is read once a process has been read."""
    client.get(address)
    with CaptureQueriesContext(connection) as taken:
        client.get(address)
    return len(taken)
