"""The Chromium of the browser tests: found, installed where we may, or loudly missed.

`python -m tests.plugins.browser` installs it as root on a machine with apt.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PLAYWRIGHT_CACHES = (".cache/ms-playwright", "Library/Caches/ms-playwright")
TOGETHER = {
    "tests/browser/": "the browser",
    "tests/test_embedded.py": "servers",
    "tests/test_demo_command.py": "servers",
    "tests/board/test_load_demo.py": "the demonstration, loaded",
}
"""The tests that one worker does all, since what they begin with is long to make."""
HOW_TO = (
    "Chromium est introuvable : les tests de navigateur sont sautés.\n"
    "Pour les lancer : « apt install chromium » (Debian), « playwright install chromium »,\n"
    "ou CHROMIUM=/chemin/vers/chromium make test."
)


def find_chromium() -> Path | None:
    """The browser named by CHROMIUM, else the machine's, else Playwright's own."""
    named = os.environ.get("CHROMIUM")
    if named:
        return Path(named)
    return next(_candidates(), None)


def _candidates() -> Iterator[Path]:
    for name in NAMES:
        found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/bin:/usr/local/bin")
        if found:
            yield Path(found)
    named = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    caches = [Path(named)] if named else [Path.home() / cache for cache in PLAYWRIGHT_CACHES]
    for cache in caches:
        yield from sorted(cache.glob("chromium-*/chrome-*/chrome"), reverse=True)
        yield from sorted(cache.glob("chromium-*/chrome-*/*.app/Contents/MacOS/*"), reverse=True)


def install_chromium() -> bool:
    """Install Debian's package, as root on a machine with apt; False when that is not possible."""
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        return False
    print("Installation de Chromium (paquet Debian)…", flush=True)
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (
        ["update", "-q"],
        ["install", "-q", "-y", "--no-install-recommends", "chromium"],
    ):
        done = subprocess.run(
            [apt, *arguments], env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
        if done.returncode != 0:
            print(done.stdout[-1000:] + done.stderr[-1000:], file=sys.stderr)
    return find_chromium() is not None


class LongestFirst(LoadScopeScheduling):
    """One worker begins with the browser's portal, the next with servers, which need no tables:
    it does not wait for those that the first one is making.

    Groups are handed out by their number of tests, the others one by one: all end together.
    """

    def _split_scope(self, nodeid: str) -> str:
        found = (group for path, group in TOGETHER.items() if nodeid.startswith(path))
        return next(found, nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    return LongestFirst(config, log)


def pytest_configure(config: pytest.Config) -> None:
    found = find_chromium()
    if found is not None:
        os.environ["CHROMIUM"] = str(found)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if "CHROMIUM" not in os.environ:
        for item in items:
            if "browser" in item.keywords:
                item.add_marker(pytest.mark.skip(reason="Chromium est introuvable"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    if any("Chromium est introuvable" in str(report.longrepr) for report in skipped):
        terminalreporter.section("NAVIGATEUR", red=True, bold=True)
        terminalreporter.write_line(HOW_TO)


if __name__ == "__main__" and find_chromium() is None and not install_chromium():
    print(HOW_TO, file=sys.stderr)
