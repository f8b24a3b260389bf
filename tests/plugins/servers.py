"""Real PostgreSQL and Valkey for a test run, started before Django reads its settings.

Loaded by pyproject's `-p`. With DATABASE_URL and REDIS_URL set, those are used instead.
"""

import contextlib
import os
import signal
from collections.abc import Generator
from types import FrameType

import pytest

from cpts_portal.embedded import ServersError, throwaway_servers

ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "cpts_portal.settings",
    "SECRET_KEY": "for-tests-alone-a-secret-key-of-more-than-fifty-characters",
    "FIELD_ENCRYPTION_KEYS": "Zm9yLXRlc3RzLWFsb25lLTMyLWJ5dGVzLWxvbmchISE=",
    "DEBUG": "1",
    "DEMO": "1",
}


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, object, object]:
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    _leave_on(signal.SIGTERM)
    running = contextlib.ExitStack()
    early_config.add_cleanup(running.close)
    try:
        running.enter_context(throwaway_servers())
    except ServersError as error:
        raise pytest.UsageError(str(error)) from None
    return (yield)


def _leave_on(number: signal.Signals) -> None:
    """A run that is told to end stops its servers too, as Ctrl-C does."""

    def leave(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(number, leave)
