from datetime import timedelta

import pytest
import redis
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from cpts_portal.core import health
from cpts_portal.core.models import Heartbeat, Message


@pytest.fixture
def beating(db: None) -> None:
    Heartbeat.objects.create(name=health.BEAT, beaten_at=timezone.now())


def _message(**fields: object) -> Message:
    fields = {"channel": "sms", "purpose": "test", "occurrence": "1", "recipient": "x"} | fields
    return Message.objects.create(**fields)


def test_healthz_asks_nothing_of_the_database(client: Client) -> None:
    """Without the db mark, a query would fail this test."""
    response = client.get("/healthz")

    assert (response.status_code, response.content) == (200, b"ok")
    assert "no-store" in response["Cache-Control"]


def test_readyz_is_200_when_everything_turns(client: Client, beating: None) -> None:
    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.json() == {
        "ready": True,
        "checks": {
            "database": {"ok": True},
            "broker": {"ok": True},
            "beat": {"ok": True, "age": 0},
            "messages": {"ok": True},
        },
    }


def test_readyz_is_503_before_the_first_heartbeat(client: Client, db: None) -> None:
    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["checks"]["beat"] == {"ok": False}


def test_readyz_is_503_when_beat_falls_silent(client: Client, beating: None) -> None:
    Heartbeat.objects.update(beaten_at=timezone.now() - timedelta(minutes=4))

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["checks"]["beat"] == {"ok": False, "age": 240}


def test_readyz_is_503_when_a_message_waits_too_long(client: Client, beating: None) -> None:
    _message(not_before=timezone.now() - timedelta(minutes=16))

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["checks"]["messages"] == {"ok": False, "age": 960}


def test_messages_that_wait_for_their_hour_or_are_on_their_way_are_not_late(db: None) -> None:
    now = timezone.now()
    _message(occurrence="later", not_before=now + timedelta(hours=8))
    _message(
        occurrence="leaving",
        not_before=now - timedelta(hours=1),
        status=Message.Status.SENDING,
        leased_until=now + timedelta(minutes=1),
    )

    assert health.check_messages() == {"ok": True}


def test_a_message_that_a_dead_worker_left_is_late(db: None) -> None:
    now = timezone.now()
    _message(
        not_before=now - timedelta(hours=1),
        status=Message.Status.SENDING,
        leased_until=now - timedelta(minutes=50),
    )

    assert health.check_messages() == {"ok": False, "age": 3600}


@pytest.mark.parametrize(
    ("name", "error"),
    [("database", OperationalError("host=secret")), ("broker", redis.ConnectionError("secret"))],
)
def test_readyz_says_what_is_away_and_nothing_else(
    client: Client,
    beating: None,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    error: Exception,
) -> None:
    def fails() -> health.Check:
        raise error

    monkeypatch.setitem(health.CHECKS, name, fails)

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["checks"][name] == {"ok": False}
    assert b"secret" not in response.content


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_addresses_only_answer_questions(client: Client, db: None, path: str) -> None:
    assert client.post(path).status_code == 405
