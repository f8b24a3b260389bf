"""So many in so long, per address and per key, whoever pretends to be who."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.http import HttpResponse
from django.test import RequestFactory

from cpts_portal.core import throttle
from cpts_portal.core.middleware import RefusalMiddleware
from cpts_portal.core.refusals import Throttled

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def test_hit_lets_the_limit_pass_and_refuses_the_next():
    with time_machine.travel(NOON, tick=False):
        for _attempt in range(3):
            throttle.hit("192.0.2.7", "filing", limit=3, seconds=600)

        with pytest.raises(Throttled) as refusal:
            throttle.hit("192.0.2.7", "filing", limit=3, seconds=600)

    assert refusal.value.retry_after == 601


def test_hit_begins_again_with_the_next_window():
    with time_machine.travel(NOON, tick=False) as clock:
        throttle.hit("192.0.2.7", "filing", limit=1, seconds=600)
        clock.shift(timedelta(seconds=600))

        assert throttle.hit("192.0.2.7", "filing", limit=1, seconds=600) is None


def test_hit_counts_each_scope_and_each_address_apart():
    throttle.hit("192.0.2.7", "filing", limit=1, seconds=600)

    assert throttle.hit("192.0.2.7", "code", limit=1, seconds=600) is None
    assert throttle.hit("192.0.2.8", "filing", limit=1, seconds=600) is None


def test_hit_counts_a_key_from_any_address():
    throttle.hit("192.0.2.7", "code", limit=1, seconds=600, key="draft-1")

    with pytest.raises(Throttled):
        throttle.hit("192.0.2.8", "code", limit=1, seconds=600, key="draft-1")
    assert throttle.hit(None, "code", limit=1, seconds=600, key="draft-2") is None


def test_hit_takes_an_ipv6_network_for_one_client():
    throttle.hit("2001:db8:1:2::1", "filing", limit=1, seconds=600)

    with pytest.raises(Throttled):
        throttle.hit("2001:db8:1:2:aaaa::9", "filing", limit=1, seconds=600)
    assert throttle.hit("2001:db8:1:3::1", "filing", limit=1, seconds=600) is None


class LosingCache:
    """Valkey had the key; the database, asked next, has not."""

    def __init__(self) -> None:
        self.kept: dict[str, int] = {}

    def add(self, key: str, value: int, timeout: int) -> bool:
        return False

    def incr(self, key: str) -> int:
        raise ValueError(key)

    def set(self, key: str, value: int, timeout: int) -> None:
        self.kept[key] = value


def test_hit_counts_from_one_when_the_counter_was_lost(monkeypatch):
    losing = LosingCache()
    monkeypatch.setattr(throttle, "cache", losing)

    throttle.hit("192.0.2.7", "filing", limit=1, seconds=600)

    assert list(losing.kept.values()) == [1]


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "", "198.51.100.1"),
        (0, "192.0.2.66", "198.51.100.1"),  # nobody of ours has said so
        (1, "192.0.2.7", "192.0.2.7"),
        (1, "192.0.2.66, 192.0.2.7", "192.0.2.7"),  # the first was invented by the client
        (2, "192.0.2.66, 192.0.2.7, 203.0.113.9", "192.0.2.7"),
        (2, "192.0.2.7", "198.51.100.1"),  # came round one of the proxies
        (1, "192.0.2.7:50123", "192.0.2.7"),
        (1, "[2001:db8::7]:443", "2001:db8::7"),
        (1, "::ffff:192.0.2.7", "192.0.2.7"),
        (1, "not an address", ""),
    ],
)
def test_client_address_believes_our_own_proxies_only(settings, proxies, forwarded, address):
    settings.TRUSTED_PROXY_COUNT = proxies
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request = RequestFactory().get("/", headers=headers, REMOTE_ADDR="198.51.100.1")

    assert throttle.client_address(request) == address


def test_throttled_is_a_429_page_that_says_when_to_come_back(rf):
    middleware = RefusalMiddleware(lambda request: HttpResponse())

    response = middleware.process_exception(rf.get("/"), Throttled("Attendez.", retry_after=42))

    assert response.status_code == 429
    assert response["Retry-After"] == "42"
    assert "Trop d’essais" in response.content.decode()
