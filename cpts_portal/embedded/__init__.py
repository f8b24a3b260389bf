"""Real PostgreSQL and Valkey from wheels, for a machine that has neither.

Each is started only when its variable (`DATABASE_URL`, `REDIS_URL`) is unset, on files of ours,
asked whether it serves those very files before it is used, and stopped when the block ends.
"""

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from cpts_portal.embedded import folders, given, postgres, processes, valkey
from cpts_portal.embedded.errors import AlreadyRunning, ServersError

__all__ = [
    "Addresses",
    "AlreadyRunning",
    "ServersError",
    "servers",
    "shared_servers",
    "throwaway_servers",
]

ADDRESSES = "addresses.json"


@dataclass(frozen=True)
class Addresses:
    """Where the servers answer, passwords included: never to be logged."""

    database_url: str
    redis_url: str

    @property
    def environment(self) -> dict[str, str]:
        return {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url}


@contextlib.contextmanager
def servers(data_dir: Path, *, anew: bool = False) -> Iterator[Addresses]:
    """Durable servers on `data_dir`, their addresses in the environment while the block runs.

    `anew` forgets what they held; it never touches a server named by the environment.
    Raises AlreadyRunning when another command holds the folder, ServersError when a server
    refuses to start or a given one is too old.
    """
    with (
        folders.claimed(data_dir),
        _running(data_dir, durable=True, anew=anew) as addresses,
        _published(addresses, data_dir),
    ):
        yield addresses


@contextlib.contextmanager
def throwaway_servers() -> Iterator[Addresses]:
    """Fast servers that forget everything, in a folder that no other run uses."""
    parent = folders.data_root() / "throwaway"
    slot = contextlib.nullcontext(parent) if _all_given() else folders.claimed_slot(parent)
    with slot as data_dir, _running(data_dir, durable=False, anew=True) as addresses:
        yield addresses


@contextlib.contextmanager
def shared_servers(data_dir: Path) -> Iterator[Addresses]:
    """The servers of `data_dir`, whether we start them or a running command already has."""
    with contextlib.ExitStack() as stack:
        try:
            addresses = stack.enter_context(servers(data_dir))
        except AlreadyRunning as busy:
            addresses = _read_addresses(busy)
            stack.enter_context(_in_environment(addresses))
        yield addresses


@contextlib.contextmanager
def _running(data_dir: Path, *, durable: bool, anew: bool) -> Iterator[Addresses]:
    with contextlib.ExitStack() as stack:
        addresses = Addresses(
            database_url=_postgresql(stack, data_dir, durable=durable, anew=anew),
            redis_url=_valkey(stack, data_dir, durable=durable, anew=anew),
        )
        stack.enter_context(_in_environment(addresses))
        try:
            yield addresses
        finally:
            with processes.uninterrupted():
                stack.close()


def _all_given() -> bool:
    return bool(os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"))


def _postgresql(stack: contextlib.ExitStack, data_dir: Path, *, durable: bool, anew: bool) -> str:
    url = os.environ.get("DATABASE_URL")
    if not url:
        return stack.enter_context(postgres.running(data_dir, durable=durable, anew=anew))
    given.check_postgresql(url)
    return url


def _valkey(stack: contextlib.ExitStack, data_dir: Path, *, durable: bool, anew: bool) -> str:
    url = os.environ.get("REDIS_URL")
    if not url:
        return stack.enter_context(valkey.running(data_dir, durable=durable, anew=anew))
    given.check_redis(url)
    return url


@contextlib.contextmanager
def _in_environment(addresses: Addresses) -> Iterator[None]:
    previous = {name: os.environ.get(name) for name in addresses.environment}
    os.environ.update(addresses.environment)
    try:
        yield
    finally:
        for name, value in previous.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextlib.contextmanager
def _published(addresses: Addresses, data_dir: Path) -> Iterator[None]:
    """Leave the addresses where another command of the same account may find them."""
    path = data_dir / ADDRESSES
    path.touch(mode=0o600)
    path.write_text(json.dumps(asdict(addresses)))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _read_addresses(busy: AlreadyRunning) -> Addresses:
    try:
        return Addresses(**json.loads((busy.data_dir / ADDRESSES).read_text()))
    except (OSError, ValueError):
        raise busy from None
