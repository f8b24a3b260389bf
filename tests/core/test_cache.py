"""Valkey may die: what is counted goes on being counted, and nobody waits for it."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection
from django.utils import timezone
from structlog.testing import capture_logs

from cpts_portal.core import breaker
from cpts_portal.core import cache as cache_module
from cpts_portal.core.cache import FallbackCache, SturdyCache

NOBODY = "redis://127.0.0.1:1/0"


@pytest.fixture
def sturdy(db):
    cache_module.valkey.reset()
    yield SturdyCache("cache_fallback", {})
    cache_module.valkey.reset()


@pytest.fixture
def valkey_down(settings, sturdy):
    settings.CACHES = {
        **settings.CACHES,
        "valkey": {**settings.CACHES["valkey"], "LOCATION": NOBODY},
    }


def use_as_a_counter(cache: SturdyCache, key: str) -> list[Any]:
    return [
        cache.get(key),
        cache.add(key, 1, timeout=60),
        cache.add(key, 5, timeout=60),
        cache.incr(key),
        cache.get(key),
        cache.touch(key, 90),
        cache.delete(key),
        cache.get(key, "gone"),
    ]


COUNTED = [None, True, False, 2, 2, True, True, "gone"]


def test_sturdy_cache_counts_in_valkey(sturdy):
    assert use_as_a_counter(sturdy, "counter") == COUNTED


def test_sturdy_cache_counts_in_the_database_while_valkey_is_away(sturdy, valkey_down):
    assert use_as_a_counter(sturdy, "counter") == COUNTED


def test_sturdy_cache_asks_a_dead_server_once(sturdy, valkey_down):
    with capture_logs() as logs:
        for _request in range(5):
            sturdy.get("counter")

    assert [line["event"] for line in logs] == ["cache_fallback"]


def test_sturdy_cache_asks_again_after_the_pause(sturdy, valkey_down, monkeypatch):
    with capture_logs() as logs:
        sturdy.get("counter")
        later = time.monotonic() + 11
        monkeypatch.setattr(breaker.time, "monotonic", lambda: later)
        sturdy.get("counter")

    assert [line["event"] for line in logs] == ["cache_fallback", "cache_fallback"]


def test_fallback_incr_refuses_what_is_absent_or_expired(db):
    fallback: Any = caches["database"]
    fallback.set("old", 3, timeout=60)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cache_fallback SET expires = expires - interval '1 hour'")

    for key in ("old", "never"):
        with pytest.raises(ValueError, match="nothing to count"):
            fallback.incr(key)


def test_fallback_incr_keeps_the_expiry(db):
    fallback: Any = caches["database"]
    fallback.set("counter", 1, timeout=3600)

    fallback.incr("counter")

    with connection.cursor() as cursor:
        cursor.execute("SELECT expires FROM cache_fallback")
        [(expires,)] = cursor.fetchall()
    assert expires > timezone.now() + timedelta(minutes=55)


@pytest.mark.django_db(transaction=True)
def test_fallback_incr_loses_no_count_between_threads():
    FallbackCache("cache_fallback", {}).set("counter", 0, timeout=60)

    def count() -> None:
        for _time in range(25):
            FallbackCache("cache_fallback", {}).incr("counter")
        connection.close()

    threads = [threading.Thread(target=count) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert FallbackCache("cache_fallback", {}).get("counter") == 100
