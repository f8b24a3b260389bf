"""Real PostgreSQL and Valkey for a test run, started before Django reads its settings.

Loaded by pyproject's `-p`. With DATABASE_URL and REDIS_URL set, those are used instead.
"""

import contextlib
import os
import signal
from pathlib import Path
from types import FrameType

import pytest

ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "cpts_portal.settings",
    "SECRET_KEY": "for-tests-alone-a-secret-key-of-more-than-fifty-characters",
    "FIELD_ENCRYPTION_KEYS": "Zm9yLXRlc3RzLWFsb25lLTMyLWJ5dGVzLWxvbmchISE=",
    "DEBUG": "1",
    "DEMO": "1",
    "STATIC_ROOT": str(Path(__file__).resolve().parents[2] / "var" / "static"),
}


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """After pytest-cov has begun to watch, before pytest-django loads the settings."""
    from cpts_portal.embedded import ServersError, throwaway_servers  # noqa: PLC0415 - see above

    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    Path(os.environ["STATIC_ROOT"]).mkdir(parents=True, exist_ok=True)  # WhiteNoise asks for it
    signal.signal(signal.SIGTERM, _interrupt)
    running = contextlib.ExitStack()
    early_config.add_cleanup(running.close)
    try:
        running.enter_context(throwaway_servers())
    except ServersError as error:
        raise pytest.UsageError(str(error)) from None


def _interrupt(number: int, frame: FrameType | None) -> None:
    """A run that is told to end stops its servers too, as Ctrl-C does."""
    raise KeyboardInterrupt
