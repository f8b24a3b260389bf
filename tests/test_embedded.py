"""The servers of our own: real processes on throw-away folders, a second or two each."""

import os
import pwd
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from cpts_portal.embedded import (
    AlreadyRunning,
    ServersError,
    folders,
    given,
    postgres,
    processes,
    servers,
    shared_servers,
    throwaway_servers,
    valkey,
)
from cpts_portal.embedded.ports import free_port
from tests import children

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="demande root")


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose environment names no server."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)


@pytest.fixture(scope="module")
def prepared() -> Iterator[Path]:
    """A data folder that every account may reach; its cluster is made once for all tests."""
    with tempfile.TemporaryDirectory(prefix="cpts-portal-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder) / "data"


@pytest.fixture
def data_dir(alone: None, prepared: Path) -> Path:
    return prepared


def test_servers_start_stop_and_keep_their_data(data_dir: Path) -> None:
    with servers(data_dir) as addresses:
        assert os.environ["DATABASE_URL"] == addresses.database_url
        with psycopg.connect(addresses.database_url) as connection:
            connection.execute("DROP TABLE IF EXISTS kept")
            connection.execute("CREATE TABLE kept AS SELECT 'Étaples' AS name")
            assert _shown(connection, "fsync", "jit", "listen_addresses") == ["on", "off", ""]
            assert connection.info.server_version >= 180000
        assert redis.Redis.from_url(addresses.redis_url).set("kept", "yes")

    assert "DATABASE_URL" not in os.environ
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(addresses.database_url)

    with servers(data_dir) as again, psycopg.connect(again.database_url) as connection:
        assert connection.execute("SELECT upper(name) FROM kept").fetchone() == ("ÉTAPLES",)
        assert redis.Redis.from_url(again.redis_url).get("kept") == b"yes"


def test_servers_anew_forget(data_dir: Path) -> None:
    with servers(data_dir) as addresses, psycopg.connect(addresses.database_url) as connection:
        connection.execute("CREATE TABLE forgotten ()")

    with servers(data_dir, anew=True) as addresses, psycopg.connect(addresses.database_url) as c:
        assert c.execute("SELECT to_regclass('forgotten')").fetchone() == (None,)


def test_servers_of_a_killed_run_are_recovered(data_dir: Path) -> None:
    """Killed outright, we leave a stale postmaster.pid and, at worst, a server on its way out."""
    code = (
        "import sys, time; from pathlib import Path; from cpts_portal.embedded import servers\n"
        "with servers(Path(sys.argv[1])): print('up', flush=True); time.sleep(60)"
    )
    with children.python("-c", code, str(data_dir)) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "up\n"
        cluster = folders.postgres_home(data_dir, folders.postgres_account(data_dir)) / "postgres"
        postmaster = int((cluster / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGKILL)
        child.kill()
        child.communicate()

    with servers(data_dir) as addresses, psycopg.connect(addresses.database_url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_servers_spare_a_process_that_inherited_a_stale_number(data_dir: Path) -> None:
    with servers(data_dir):
        pass
    account = folders.postgres_account(data_dir)
    cluster = folders.postgres_home(data_dir, account) / "postgres"
    bystander = subprocess.Popen(["sleep", "60"], user=account.pw_uid if account else None)
    (cluster / "postmaster.pid").write_text(f"{bystander.pid}\n{cluster}\n")

    with servers(data_dir):
        assert bystander.poll() is None

    bystander.kill()
    bystander.wait()


def test_servers_of_one_folder_are_refused_to_a_second_command(data_dir: Path) -> None:
    with servers(data_dir), pytest.raises(AlreadyRunning, match="déjà utilisé"):
        _enter_elsewhere(data_dir)


def _enter_elsewhere(data_dir: Path) -> None:
    with folders.claimed(data_dir):
        pytest.fail("two commands held one folder")


def test_shared_servers_join_the_running_ones_and_leave_them_up(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with servers(data_dir) as first:
        monkeypatch.delenv("DATABASE_URL")
        with shared_servers(data_dir) as second:
            assert second == first
        with psycopg.connect(first.database_url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        monkeypatch.setenv("DATABASE_URL", first.database_url)

    assert not (data_dir / "addresses.json").exists()


def test_throwaway_servers_are_fast_apart_and_leave_nothing(
    alone: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTAL_DATA_DIR", str(tmp_path))
    with throwaway_servers() as first:
        monkeypatch.delenv("DATABASE_URL")
        monkeypatch.delenv("REDIS_URL")
        with throwaway_servers() as second, psycopg.connect(second.database_url) as connection:
            assert second.database_url != first.database_url
            assert _shown(connection, "fsync", "synchronous_commit") == ["off", "off"]
        os.environ.update(first.environment)

    assert [path for path in (tmp_path / "throwaway").iterdir() if path.is_dir()] == []


def test_given_servers_are_used_and_left_running(data_dir: Path, tmp_path: Path) -> None:
    with servers(data_dir) as mine, servers(tmp_path / "other") as theirs:
        assert theirs == mine
        assert not (tmp_path / "other" / "postgres").exists()


def test_given_server_that_does_not_answer_is_a_clear_refusal(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", f"redis://:not-to-be-shown@127.0.0.1:{free_port()}/0")

    with pytest.raises(ServersError, match="REDIS_URL") as refusal, servers(data_dir):
        pytest.fail("a server that does not answer was used")

    assert "not-to-be-shown" not in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "check"),
    [("PostgreSQL", given.check_postgresql), ("Redis", given.check_redis)],
)
def test_given_server_that_is_too_old_is_a_clear_refusal(
    data_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    check: Callable[[str], None],
) -> None:
    monkeypatch.setattr(given, "OLDEST_POSTGRESQL", 99)
    monkeypatch.setattr(given, "OLDEST_REDIS", 99)
    with servers(data_dir) as addresses:
        url = addresses.database_url if name == "PostgreSQL" else addresses.redis_url
        with pytest.raises(ServersError, match=f"{name} .* est trop ancien, il faut 99"):
            check(url)


def test_a_cluster_of_another_major_is_a_clear_refusal(data_dir: Path) -> None:
    with servers(data_dir):
        pass
    home = folders.postgres_home(data_dir, folders.postgres_account(data_dir))
    (home / "postgres" / "PG_VERSION").write_text("17\n")

    with pytest.raises(ServersError, match="RESET=1"), servers(data_dir):
        pytest.fail("a cluster of PostgreSQL 17 was opened")

    (home / "postgres" / "PG_VERSION").write_text("18\n")


def test_servers_are_asked_whether_they_are_ours(data_dir: Path) -> None:
    with servers(data_dir) as addresses:
        home = folders.postgres_home(data_dir, folders.postgres_account(data_dir))
        assert postgres.is_ours(home / "run", home / "postgres")
        assert not postgres.is_ours(home / "run", home / "another")
        assert valkey.is_ours(addresses.redis_url, data_dir / "valkey")
        assert not valkey.is_ours(addresses.redis_url, data_dir / "another")


def test_files_that_hold_secrets_are_ours_alone(data_dir: Path) -> None:
    with servers(data_dir):
        home = folders.postgres_home(data_dir, folders.postgres_account(data_dir))
        private = [data_dir / "addresses.json", data_dir / "valkey" / "valkey.conf"]
        private += [data_dir / "valkey", home / "run", home / "postgres"]
        assert [stat.S_IMODE(path.stat().st_mode) & 0o077 for path in private] == [0] * 5


def test_a_path_too_long_for_a_socket_finds_a_shorter_one(alone: None, tmp_path: Path) -> None:
    deep = tmp_path / ("profond-" * 12) / "data"
    try:
        with servers(deep) as addresses, psycopg.connect(addresses.database_url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        folders.discard(deep)


def test_a_folder_that_another_account_made_first_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir(mode=0o777)
    (tmp_path / "run").chmod(0o777)

    with pytest.raises(ServersError, match="n’est pas à nous seuls"):
        folders.private_folder(tmp_path / "run", None)


@as_root
def test_as_root_a_closed_home_is_neither_opened_nor_in_the_way(
    alone: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Data and programs out of PostgreSQL's reach are moved, and no parent's mode changes."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    data_dir = closed / "var"
    real_reach = folders._reaches
    monkeypatch.setattr(
        folders,
        "_reaches",
        lambda account, path: path.name != "postgres" and real_reach(account, path),
    )
    try:
        with servers(data_dir) as addresses, psycopg.connect(addresses.database_url) as connection:
            [shown] = _shown(connection, "data_directory")
            assert not shown.startswith(str(closed))
            owner = pwd.getpwuid(Path(shown).stat().st_uid)
            assert owner.pw_name == folders.SYSTEM_ACCOUNT
    finally:
        folders.discard(data_dir)

    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert not Path(shown).exists()


@as_root
def test_as_root_data_of_an_ordinary_account_stay_with_it(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    nobody = pwd.getpwnam("nobody")
    os.chown(tmp_path / "postgres", nobody.pw_uid, nobody.pw_gid)

    assert folders.postgres_account(tmp_path) == nobody


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_command_with_servers_leaves_nothing_behind(data_dir: Path, number: signal.Signals) -> None:
    with children.python(
        *("-m", "cpts_portal.embedded", "--data", str(data_dir), "--"),
        *(
            sys.executable,
            "-c",
            "import os, time; print(os.environ['DATABASE_URL'], flush=True); time.sleep(60)",
        ),
    ) as child:
        assert child.stdout is not None
        url = child.stdout.readline().strip()
        assert url.startswith("postgresql://")

        os.killpg(child.pid, number)
        child.communicate(timeout=30)

        assert child.returncode != 0

    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)


def test_command_with_servers_returns_its_status(data_dir: Path) -> None:
    exits = [sys.executable, "-c", "raise SystemExit(7)"]
    command = ["-m", "cpts_portal.embedded", "--data", str(data_dir), "--", *exits]
    with children.python(*command) as child:
        child.communicate(timeout=30)

    assert child.returncode == 7


def test_stop_kills_what_will_not_end(tmp_path: Path) -> None:
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print('deaf', flush=True); time.sleep(60)"
    )
    log = tmp_path / "log"
    process = processes.spawn([sys.executable, "-c", stubborn], log=log)
    while not log.read_text():
        os.sched_yield()

    processes.stop(process, patience=0.1)

    assert process.returncode == -signal.SIGKILL


def test_children_die_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from cpts_portal.embedded import processes\n"
        "print(processes.spawn(['sleep', '60'], log=Path(sys.argv[1])).pid, flush=True)\n"
        "time.sleep(60)"
    )
    with children.python("-c", code, str(tmp_path / "log")) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())

        parent.kill()
        parent.communicate()

    assert processes.wait_until_gone(pid, patience=10)


def _shown(connection: psycopg.Connection, *settings: str) -> list[str]:
    return [connection.execute(f"SHOW {name}").fetchone()[0] for name in settings]
