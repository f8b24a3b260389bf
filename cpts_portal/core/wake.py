"""Asking a worker for something now; without a broker, beat's sweep finds it within a minute."""

from __future__ import annotations

from typing import Any

import structlog
from celery import signature
from django.db import transaction
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError

from cpts_portal.core.breaker import Breaker

log = structlog.get_logger(__name__)
broker = Breaker(pause=30)


def after_commit(task: str, *args: Any) -> None:
    """Wake `task`, a registered name, once the caller's transaction is committed.

    A hint, never a promise: the task must find its work in the database.
    """
    transaction.on_commit(lambda: now(task, *args), robust=True)


def now(task: str, *args: Any) -> bool:
    """Ask at once, from outside any transaction; False when the broker is away."""
    if broker.is_open:
        return False
    try:
        signature(task, args=args).apply_async()
    except (BrokerError, RedisError, OSError) as error:
        broker.trip()
        log.warning("broker_away", task=task, error=type(error).__name__)
        return False
    return True
