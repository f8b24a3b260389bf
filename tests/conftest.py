"""Fixtures shared by all: one CPTS with its scope open, one person per role."""

from __future__ import annotations

import gc
import os
from collections.abc import Generator, Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.utils import translation
from hypothesis import settings as hypothesis_settings

from cpts_portal.celery import app as celery_app
from cpts_portal.core import cache as cache_module
from cpts_portal.core import wake
from cpts_portal.core.scoping import open_scope
from cpts_portal.core.sms import LocmemBackend, Sms
from members.models import Cpts, Membership, Role
from tests.databases import empty_by_rows, migrated_template
from tests.factories import CptsFactory, GpFactory, MembershipFactory

hypothesis_settings.register_profile("house", deadline=None)
hypothesis_settings.load_profile("house")

AT_THE_END, LAST_LINES = 20, 15
"""How many failures are told again at the very end, and how much of each."""


def pytest_collection_finish() -> None:
    """What is loaded now stays to the end: a tenth of the time went to looking through it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Generator[None]:
    """Below all the rest, where a log that is cut still shows them: the last words of failures."""
    yield
    stats = terminalreporter.stats
    for report in [*stats.get("error", []), *stats.get("failed", [])][:AT_THE_END]:
        terminalreporter.section(report.nodeid, sep="-", red=True)
        terminalreporter.write_line("\n".join(report.longreprtext.splitlines()[-LAST_LINES:]))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """The tables are made once a run, and cloned for the database of each worker."""
    empty_by_rows()
    template = migrated_template(os.environ["DATABASE_URL"])
    django_settings.DATABASES["default"]["TEST"]["TEMPLATE"] = template


@pytest.fixture(autouse=True)
def sms_outbox(settings: Any) -> list[Sms]:
    """The text messages that left; e-mails are in `django.core.mail.outbox`."""
    settings.SMS_BACKEND = "cpts_portal.core.sms.LocmemBackend"
    settings.SMS_OPTIONS = {}
    LocmemBackend.sent.clear()
    return LocmemBackend.sent


@pytest.fixture(autouse=True)
def fuses_whole() -> Iterator[None]:
    """A server that one test takes away is there again for the next."""
    yield
    wake.broker.reset()
    cache_module.valkey.reset()


@pytest.fixture(autouse=True)
def cache_in_memory(settings: Any) -> Iterator[None]:
    """Counters of attempts begin at nought in each test."""
    memory = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    settings.CACHES = {**settings.CACHES, "default": memory}
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def in_french() -> Iterator[None]:
    """The test client leaves the language of its last page behind."""
    with translation.override("fr"):
        yield


@pytest.fixture(autouse=True, scope="session")
def tasks_run_at_once() -> None:
    """No worker listens here; all are known by name, as in one, whichever tests are run."""
    celery_app.loader.import_default_modules()
    celery_app.conf.update(task_always_eager=True, task_eager_propagates=True)


@pytest.fixture
def cpts(db: None) -> Iterator[Cpts]:
    cpts = CptsFactory(name="CPTS Artois Lys", slug="artois-lys")
    with open_scope(cpts=cpts):
        yield cpts


@pytest.fixture
def coordinator(cpts: Cpts) -> Membership:
    return MembershipFactory(cpts=cpts, role=Role.COORDINATOR)


@pytest.fixture
def gp(cpts: Cpts) -> Membership:
    return GpFactory(cpts=cpts)
