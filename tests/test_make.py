"""The two commands of the README, from the Makefile to the environment they prepare."""

import gettext
import importlib.util
import re
import subprocess
from pathlib import Path
from types import ModuleType

import polib
import pytest

from cpts_portal.catalogue import compile_catalogues
from tests.children import PROJECT
from tests.plugins import browser


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """`scripts/run.py`, whose environment is an empty folder."""
    spec = importlib.util.spec_from_file_location("run", PROJECT / "scripts" / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "VENV", tmp_path)
    return module


def test_each_target_of_make_calls_one_thing(run: ModuleType) -> None:
    makefile = (PROJECT / "Makefile").read_text()
    targets = dict(re.findall(r"^(\w+):.*\n\t\$\(RUN\) (\w+)", makefile, re.MULTILINE))

    assert targets == {name: name for name in run.TARGETS}
    assert makefile.count("\n\t") == len(targets)


def test_locks_are_pinned_by_hash_and_name_no_index() -> None:
    for name in ("base", "dev"):
        lock = (PROJECT / "requirements" / f"{name}.lock").read_text()
        packages = re.findall(r"^[\w\[\].-]+==", lock, re.MULTILINE)
        assert len(packages) > 40
        assert lock.count("--hash=") >= len(packages)
        assert "://" not in lock


def test_an_old_python_is_told_what_to_install(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "OLDEST", (99, 0))
    monkeypatch.setattr(run.shutil, "which", lambda name: None)

    with pytest.raises(SystemExit, match=r"Il faut Python 3\.11 ou plus récent"):
        run.main("demo", [])


def test_an_old_python_hands_over_to_a_newer_one(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "OLDEST", (99, 0))
    monkeypatch.setattr(run.shutil, "which", lambda name: f"/opt/{name}")
    monkeypatch.setattr(run.os, "execv", _leave)

    with pytest.raises(SystemExit, match=r"/opt/python3\.\d+"):
        run.main("demo", [])


def test_a_python_without_venv_is_told_which_package_it_misses(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = subprocess.CompletedProcess([], 1, "ensurepip is not available")
    monkeypatch.setattr(run.subprocess, "run", lambda *arguments, **options: failed)

    with pytest.raises(SystemExit, match=r"apt install python3\.\d+-venv"):
        run.create()


def test_packages_are_installed_once_for_each_lock(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[list[str]] = []

    def note(command: list[str]) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(run.subprocess, "run", note)
    run.install("dev")

    assert "--require-hashes" in commands[0]
    assert run.is_installed("dev")
    assert run.is_installed("base")


def test_packages_of_another_lock_are_installed_anew(run: ModuleType, tmp_path: Path) -> None:
    (tmp_path / ".installed-base-0123456789abcdef").touch()

    assert not run.is_installed("base")


def test_the_demo_alone_does_not_satisfy_the_tests(run: ModuleType) -> None:
    run.stamp("base").touch()

    assert run.is_installed("base")
    assert not run.is_installed("dev")


def test_catalogues_are_compiled_once(tmp_path: Path) -> None:
    source = tmp_path / "en" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    catalogue = polib.POFile()
    catalogue.metadata = {"Content-Type": "text/plain; charset=utf-8"}
    catalogue.append(polib.POEntry(msgid="Réserver", msgstr="Book"))
    catalogue.save(str(source))

    assert compile_catalogues(tmp_path) == [source.with_suffix(".mo")]
    assert compile_catalogues(tmp_path) == []

    with source.with_suffix(".mo").open("rb") as compiled:
        assert gettext.GNUTranslations(compiled).gettext("Réserver") == "Book"


def test_chromium_named_by_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", "/opt/chromium")

    assert browser.find_chromium() == Path("/opt/chromium")


def test_chromium_of_playwright_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chrome = tmp_path / "chromium-1208" / "chrome-linux" / "chrome"
    chrome.parent.mkdir(parents=True)
    chrome.touch()
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(browser.shutil, "which", lambda name, path=None: None)
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))

    assert browser.find_chromium() == chrome


def test_chromium_is_installed_by_root_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser.shutil, "which", lambda name, path=None: f"/usr/bin/{name}")
    monkeypatch.setattr(browser.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(browser.subprocess, "run", _leave)

    assert not browser.install_chromium()


def _leave(*arguments: object, **options: object) -> None:
    raise SystemExit(str(arguments))
