"""What the settings make of an environment, each read by a Python of its own."""

import json
import os
import subprocess
import sys

import pytest

PRODUCTION = {
    "SECRET_KEY": "s" * 50,
    "FIELD_ENCRYPTION_KEYS": "Zm9yLXRlc3RzLWFsb25lLTMyLWJ5dGVzLWxvbmchISE=",
    "FIELD_HASH_KEY": "h" * 50,
    "DATABASE_URL": "postgresql://postgres/portal",
    "REDIS_URL": "redis://valkey/0",
    "ALLOWED_HOSTS": "portail.example",
    "PUBLIC_URL": "https://portail.example",
}
SHOWN = (
    *("ALLOWED_HOSTS", "PUBLIC_URL", "CSRF_TRUSTED_ORIGINS", "SECOND_FACTOR_REQUIRED"),
    *("SESSION_COOKIE_NAME", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_NAME", "CSRF_COOKIE_SECURE"),
    *("SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS", "SECURE_PROXY_SSL_HEADER"),
)
PROGRAM = f"""
import json
from django.conf import settings
print(json.dumps({{name: getattr(settings, name) for name in {SHOWN}}}))
"""


def read(**changes: str) -> subprocess.CompletedProcess[str]:
    given = {name: value for name, value in {**PRODUCTION, **changes}.items() if value}
    return subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={
            "DJANGO_SETTINGS_MODULE": "cpts_portal.settings",
            "PATH": os.environ["PATH"],
            "PYTHONUTF8": "1",
            **given,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def settings_of(**changes: str) -> dict[str, object]:
    done = read(**changes)
    assert done.returncode == 0, done.stderr
    settings: dict[str, object] = json.loads(done.stdout)
    return settings


def test_settings_are_those_of_production_when_nothing_else_is_said() -> None:
    assert settings_of() == {
        "ALLOWED_HOSTS": ["portail.example"],
        "PUBLIC_URL": "https://portail.example",
        "CSRF_TRUSTED_ORIGINS": ["https://portail.example"],
        "SECOND_FACTOR_REQUIRED": True,
        "SESSION_COOKIE_NAME": "__Host-session",
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_NAME": "__Host-csrf",
        "CSRF_COOKIE_SECURE": True,
        "SECURE_SSL_REDIRECT": True,
        "SECURE_HSTS_SECONDS": 31_536_000,
        "SECURE_PROXY_SSL_HEADER": None,
    }


def test_settings_believe_a_proxy_only_when_one_is_ours() -> None:
    settings = settings_of(TRUSTED_PROXY_COUNT="1")

    assert settings["SECURE_PROXY_SSL_HEADER"] == ["HTTP_X_FORWARDED_PROTO", "https"]


@pytest.mark.parametrize("name", sorted(PRODUCTION.keys() - {"ALLOWED_HOSTS"}))
def test_settings_refuse_to_start_without_a_variable_and_name_it(name: str) -> None:
    done = read(**{name: ""})

    assert done.returncode == 1
    assert f"ImproperlyConfigured: {name} manque" in done.stderr


def test_settings_take_a_public_address_with_its_last_slash() -> None:
    settings = settings_of(PUBLIC_URL="https://portail.example/")

    assert settings["PUBLIC_URL"] == "https://portail.example"
    assert settings["CSRF_TRUSTED_ORIGINS"] == ["https://portail.example"]


def test_settings_refuse_a_demonstration_that_others_could_reach() -> None:
    done = read(DEMO="1", ALLOWED_HOSTS="localhost,portail.example")

    assert done.returncode == 1
    assert "DEMO ouvre les comptes à tous" in done.stderr


def test_settings_of_a_demonstration_on_this_machine_do_without_a_second_factor() -> None:
    settings = settings_of(DEMO="1", ALLOWED_HOSTS="localhost,127.0.0.1")

    assert settings["SECOND_FACTOR_REQUIRED"] is False
