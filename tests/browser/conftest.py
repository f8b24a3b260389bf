"""Chromium and the running portal; each person who visits it has a window of her own."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from cpts_portal.embedded import processes
from tests.browser.portal import Portal, running_portal
from tests.browser.visitors import Visitor

QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)
LOOKED_AT_FIRST = "tests/browser/test_accessibility.py"
Visit = Callable[..., Visitor]


def pytest_itemcollected(item: pytest.Item) -> None:
    """All of this folder; tests.plugins.browser gives it to one worker.

    The portal runs in processes of its own: there is nothing to cover in this one.
    """
    for mark in (pytest.mark.browser, pytest.mark.processes, pytest.mark.no_cover):
        item.add_marker(mark)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever the random order: pages are looked at before a journey changes what they show."""
    items.sort(key=lambda item: not item.nodeid.startswith(LOOKED_AT_FIRST))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failure shows the last words of the web server, of the worker and of beat."""
    report = yield
    running = getattr(item, "funcargs", {}).get("portal")
    if report.failed and running is not None:
        for log in sorted(running.logs.glob("*.log")):
            report.sections.append((log.name, processes.last_lines(log, 4)))
    return report


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """The portal with its demo data, started once; tests file requests of their own."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    with running_portal(tmp_path_factory.mktemp("portal"), f"live_{worker}") as portal:
        yield portal


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Of a module only: while Playwright runs, Django refuses the ORM to the whole thread."""
    arguments = [*QUIET, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ["CHROMIUM"], args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def visit(
    chromium: Browser, portal: Portal, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Visit]:
    """Open a window: `visit(width=390)`; at the end no window may have complained."""
    visitors: list[Visitor] = []

    def open_window(url: str = portal.url, **options: Any) -> Visitor:
        visitors.append(Visitor.arriving(chromium, url, tmp_path, **options))
        return visitors[-1]

    yield open_window
    complaints = [complaint for visitor in visitors for complaint in visitor.leave()]
    assert complaints == []
