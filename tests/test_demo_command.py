"""`make demo` for real: PostgreSQL, Valkey, granian, worker and beat, then nothing left."""

import http.client
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from cpts_portal import demo
from cpts_portal.embedded import processes
from tests import children
from tests.children import PROJECT

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def prepared() -> Iterator[Path]:
    """A data folder that every account may reach, used by all these tests in turn."""
    with tempfile.TemporaryDirectory(prefix="cpts-portal-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


@pytest.fixture
def data_dir(prepared: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The demo's folder, beside the servers of these tests; nothing asks for a reset."""
    monkeypatch.delenv("RESET", raising=False)
    monkeypatch.setenv("PORTAL_DATA_DIR", str(prepared))
    return prepared / "demo"


@pytest.fixture
def bare(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose environment names no server: the demo brings its own."""
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Children that only wait, on a base without tables: what is watched is how all ends."""
    waits = [sys.executable, "-c", "import time; time.sleep(60)"]
    monkeypatch.setattr(demo, "STEPS", {})
    monkeypatch.setattr(demo, "ACCOUNTS", ["version"])
    monkeypatch.setattr(
        demo, "commands", lambda data_dir, port: dict.fromkeys(("web", "beat", "worker"), waits)
    )


def test_demo_tells_the_way_in_and_stops_at_ctrl_c(bare: None) -> None:
    with children.python("-m", "cpts_portal.demo") as child:
        assert child.stdout is not None
        said: list[str] = []
        for line in child.stdout:
            said.append(line)
            if line == "Ctrl-C arrête tout.\n":
                break
        assert said[-1] == "Ctrl-C arrête tout.\n", "".join(said)
        address = next(line.split()[-1] for line in said if line.startswith("Le portail est prêt"))
        started = _descendants(child.pid)
        statuses = [_status(address + path) for path in ("readyz", "", "demo/messages/")]
        second = subprocess.run(
            [sys.executable, "-m", "cpts_portal.demo"],
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=False,
        )

        os.killpg(child.pid, signal.SIGINT)
        rest, _ = child.communicate(timeout=60)

    assert statuses == [200, 200, 200]
    assert any("/demo/messages/" in line for line in said)
    assert second.returncode == 1
    assert f"La démonstration tourne déjà : {address}" in second.stdout
    assert rest.endswith("Tout est arrêté.\n")
    assert child.returncode == 0
    assert len(started) >= 7  # postgres, valkey, granian and its two workers, worker, beat
    assert [pid for pid in started if not processes.wait_until_gone(pid, patience=5)] == []


def test_demo_keeps_its_keys_until_it_is_reset(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bytes] = []

    def note_and_leave(env: dict[str, str]) -> None:
        seen.append((data_dir / "secrets.json").read_bytes())
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "_prepare", note_and_leave)

    assert demo.main() == 0
    assert demo.main() == 0
    monkeypatch.setenv("RESET", "1")
    assert demo.main() == 0

    assert seen[0] == seen[1]
    assert seen[1] != seen[2]
    assert (data_dir / "secrets.json").stat().st_mode & 0o077 == 0


def test_demo_stops_all_and_says_which_process_died(
    bare: None,
    idle: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    started: list[int] = []
    commands = demo.commands

    def with_a_dying_beat(data_dir: Path, port: int) -> dict[str, list[str]]:
        dies = [sys.executable, "-c", "raise SystemExit('le coeur a lâché')"]
        return commands(data_dir, port) | {"beat": dies}

    spawn = processes.spawn

    def spawn_and_note(*arguments: object, **options: object) -> subprocess.Popen[bytes]:
        child = spawn(*arguments, **options)
        started.append(child.pid)
        return child

    monkeypatch.setattr(demo, "_readiness", lambda port: "")
    monkeypatch.setattr(demo, "commands", with_a_dying_beat)
    monkeypatch.setattr(processes, "spawn", spawn_and_note)

    assert demo.main() == 1

    said = capsys.readouterr().out
    assert "Le portail est prêt" in said
    assert "Le processus « beat » s’est arrêté (code 1)" in said
    assert "le coeur a lâché" in said
    assert len(started) == 5  # postgres, valkey, web, beat and worker
    assert [pid for pid in started if not processes.wait_until_gone(pid, patience=5)] == []


def test_demo_says_which_step_failed(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo, "STEPS", {"une étape…": [["no_such_command"]]})

    assert demo.main() == 1

    said = capsys.readouterr().out
    assert "« manage.py no_such_command » a échoué" in said
    assert "Unknown command" in said


def test_demo_gives_up_on_a_portal_that_never_is_ready(
    data_dir: Path,
    idle: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(demo, "READY_WITHIN", 0.0)

    assert demo.main() == 1

    assert "Le portail n’est pas prêt après 0 s" in capsys.readouterr().out


def test_demo_of_another_account_is_a_clear_refusal(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise PermissionError(13, "Permission denied", "postgres")

    monkeypatch.setattr(demo, "run", refuse)

    assert demo.main() == 1

    assert "appartient à un autre compte" in capsys.readouterr().out


def test_demo_listens_on_this_machine_alone(data_dir: Path) -> None:
    web = demo.commands(data_dir, 8000)["web"]

    assert web[web.index("--host") + 1] == "127.0.0.1"


def _status(address: str) -> int:
    url = urlsplit(address)
    connection = http.client.HTTPConnection("127.0.0.1", url.port, timeout=20)
    connection.request("GET", url.path, headers={"Host": url.netloc})
    status = connection.getresponse().status
    connection.close()
    return status


def _descendants(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [each for child in children for each in (int(child), *_descendants(int(child)))]
