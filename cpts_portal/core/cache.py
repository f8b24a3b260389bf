"""A cache that a lost Valkey does not take down with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from django.core.cache import caches
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)


class SturdyCache(BaseCache):
    """Valkey while it answers, the database when it does not: rate limits survive either way."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def _ask(self, method: str, *args: Any, **kwargs: Any) -> Any:
        try:
            return self._call("valkey", method, *args, **kwargs)
        except (RedisError, OSError) as error:
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

    def clear(self) -> None:
        self._ask("clear")
