"""A cache that a lost Valkey does not take down with it."""

from __future__ import annotations

import base64
import pickle
from collections.abc import Callable
from typing import Any

import structlog
from django.core.cache import caches
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.core.cache.backends.db import DatabaseCache
from django.db import connection, transaction
from redis.exceptions import RedisError

from cpts_portal.core.breaker import Breaker

log = structlog.get_logger(__name__)
valkey = Breaker(pause=10)


class FallbackCache(DatabaseCache):
    """Django's database cache, whose `incr` loses no count and keeps the key's expiry."""

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """The new count; ValueError when the key is absent or expired."""
        made = self.make_and_validate_key(key, version=version)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT value FROM cache_fallback"
                " WHERE cache_key = %s AND expires > now() FOR UPDATE",
                [made],
            )
            found = cursor.fetchone()
            if found is None:
                raise ValueError("nothing to count under this key")
            count = int(pickle.loads(base64.b64decode(found[0]))) + delta  # noqa: S301 - our own
            value = base64.b64encode(pickle.dumps(count, self.pickle_protocol)).decode()
            cursor.execute(
                "UPDATE cache_fallback SET value = %s WHERE cache_key = %s", [value, made]
            )
        return count


class SturdyCache(BaseCache):
    """Valkey while it answers, the database when it does not: rate limits survive either way.

    After one failure this process leaves Valkey alone for ten seconds, so that a dead server does
    not slow each request. It has no `clear()`: Valkey's database is the broker's too.
    """

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def _ask(self, method: str, *args: Any, **kwargs: Any) -> Any:
        if not valkey.is_open:
            try:
                return self._call("valkey", method, *args, **kwargs)
            except (RedisError, OSError) as error:
                valkey.trip()
                log.warning("cache_fallback", error=type(error).__name__)
        return self._call("database", method, *args, **kwargs)

    def _call(self, alias: str, method: str, *args: Any, **kwargs: Any) -> Any:
        call: Callable[..., Any] = getattr(caches[alias], method)
        return call(*args, **kwargs)

    def add(
        self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        return bool(self._ask("add", key, value, timeout=timeout, version=version))

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        return self._ask("get", key, default, version=version)

    def set(
        self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> None:
        self._ask("set", key, value, timeout=timeout, version=version)

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return bool(self._ask("touch", key, timeout=timeout, version=version))

    def delete(self, key: str, version: int | None = None) -> bool:
        return bool(self._ask("delete", key, version=version))

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        return int(self._ask("incr", key, delta, version=version))
