"""The portal with its demo data on this machine: servers, web, worker and beat, until Ctrl-C.

python -m cpts_portal.demo        (or: make demo; RESET=1 starts anew)
"""

import base64
import contextlib
import http.client
import json
import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from cpts_portal.embedded import AlreadyRunning, ServersError, folders, processes, servers
from cpts_portal.embedded.ports import free_port

READY_WITHIN = 90.0
PREFERRED_PORT = 8000
FORGOTTEN_ON_RESET = ("secrets.json", "outbox", "static", "logs", "beat-schedule*")
MIGRATE = ["migrate", "--noinput", "--verbosity", "0"]
COLLECT = ["collectstatic", "--noinput", "--verbosity", "0"]
LOAD = ["load_demo"]
STEPS = {
    "tables de la base, fichiers statiques…": [MIGRATE, COLLECT],
    "données de démonstration…": [LOAD],
}
ACCOUNTS = ["demo_accounts"]
MANAGE = """
import gc, sys
from django.core.management import execute_from_command_line

gc.disable()  # a command does not live long enough to have rubbish worth looking for
execute_from_command_line(["manage.py", *sys.argv[1:]])
"""


class DemoFailed(Exception):
    """Why the demo stops, with the last words of the process that failed."""


class Child(NamedTuple):
    name: str
    process: subprocess.Popen[bytes]
    log: Path


def main() -> int:
    data_dir = folders.data_root() / "demo"
    anew = os.environ.get("RESET") == "1"
    try:
        with processes.stopping_politely():
            run(data_dir, anew=anew)
    except KeyboardInterrupt:
        say("Tout est arrêté.")
    except AlreadyRunning:
        say(f"La démonstration tourne déjà : {_known_address(data_dir)}")
        return 1
    except PermissionError as error:
        say(f"{error.filename} appartient à un autre compte : relancez sous ce compte,")
        say(f"ou supprimez {data_dir}.")
        return 1
    except (DemoFailed, ServersError) as error:
        say(str(error))
        return 1
    return 0


def run(data_dir: Path, *, anew: bool) -> None:
    """Everything up, told, then watched; whatever ends it, nothing is left running."""
    say("Portail CPTS, démonstration", "  PostgreSQL et Valkey…")
    if anew and os.environ.get("DATABASE_URL"):
        say("  (RESET=1 n’efface pas la base que donne DATABASE_URL)")
    with servers(data_dir, anew=anew):
        if anew:
            _forget(data_dir)
        port = free_port(PREFERRED_PORT)
        env = environment(data_dir, port)
        _prepare(env)
        say("  serveur web, ouvrier et horloge…")
        with _children(data_dir, env, port) as children, _address_known(data_dir, port):
            accounts = _manage(env, ACCOUNTS)
            _wait_until_ready(children, port)
            _welcome(data_dir, port, accounts)
            _watch(children)


def environment(data_dir: Path, port: int) -> dict[str, str]:
    """What the demo's processes read: demo on, debug off, keys of its own, http on this host."""
    return {
        **os.environ,
        **_secrets(data_dir),
        "DJANGO_SETTINGS_MODULE": "cpts_portal.settings",
        "DEMO": "1",
        "DEBUG": "0",
        "HTTPS": "0",
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "PUBLIC_URL": f"http://localhost:{port}",
        "TRUSTED_PROXY_COUNT": "0",
        "STATIC_ROOT": str(data_dir / "static"),
        "DEMO_OUTBOX_DIR": str(data_dir / "outbox"),
    }


def commands(data_dir: Path, port: int) -> dict[str, list[str]]:
    """The long-running processes by name, in the order in which they are told to stop."""
    celery = [sys.executable, "-m", "celery", "-q", "-A", "cpts_portal"]
    return {
        "web": [
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "--http", "1"),
            *("--host", "127.0.0.1", "--port", str(port), "--no-ws", "--no-access-log"),
            *("--workers", "2", "--blocking-threads", "4", "--respawn-failed-workers"),
            *("--workers-kill-timeout", "2"),
            "cpts_portal.wsgi:application",
        ],
        "beat": [
            *(*celery, "beat", "--loglevel", "INFO", "--pidfile", ""),
            *("--schedule", str(data_dir / "beat-schedule")),
        ],
        "worker": [*celery, "worker", "--loglevel", "INFO", "--concurrency", "2"],
    }


def say(*lines: str) -> None:
    print(*lines, sep="\n", flush=True)


def _prepare(env: dict[str, str]) -> None:
    """Bring the database and the files up to date."""
    for title, commands in STEPS.items():
        say(f"  {title}")
        _manage(env, *commands)


def _manage(env: dict[str, str], *commands: list[str]) -> str:
    """Run these commands at once; returns what they said, or raises DemoFailed."""
    with contextlib.ExitStack() as stack:
        running = [stack.enter_context(_managing(env, command)) for command in commands]
        return "".join(
            _finished(process, command[0])
            for process, command in zip(running, commands, strict=True)
        )


@contextlib.contextmanager
def _managing(env: dict[str, str], command: list[str]) -> Iterator[subprocess.Popen[str]]:
    """A command of Django's under way; it is ended with the block if it has not by itself."""
    with subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-c", MANAGE, *command],
        cwd=folders.PROJECT,
        env={**env, "DB_STATEMENT_TIMEOUT": "0"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def _finished(process: subprocess.Popen[str], name: str) -> str:
    said, _ = process.communicate()
    if process.returncode != 0:
        last = "\n".join(said.splitlines()[-25:])
        raise DemoFailed(f"« manage.py {name} » a échoué :\n{last}")
    return said


@contextlib.contextmanager
def _children(data_dir: Path, env: dict[str, str], port: int) -> Iterator[list[Child]]:
    logs = data_dir / "logs"
    logs.mkdir(mode=0o700, exist_ok=True)
    children: list[Child] = []
    try:
        for name, command in commands(data_dir, port).items():
            log = logs / f"{name}.log"
            process = processes.spawn(command, log=log, env=env, cwd=folders.PROJECT)
            children.append(Child(name, process, log))
        yield children
    finally:
        with processes.uninterrupted():
            say("Arrêt…")
            processes.stop(*(child.process for child in children))


def _wait_until_ready(children: list[Child], port: int) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while (answer := _readiness(port)) != "":
        _refuse_the_dead(children)
        if time.monotonic() > deadline:
            raise DemoFailed(f"Le portail n’est pas prêt après {READY_WITHIN:.0f} s : {answer}")
        time.sleep(0.1)


def _readiness(port: int) -> str:
    """Nothing when /readyz says that all is well, else what it says."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with contextlib.closing(connection):
        try:
            connection.request("GET", "/readyz", headers={"Host": f"localhost:{port}"})
            response = connection.getresponse()
            body = response.read().decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            return str(error)
    return "" if response.status == http.client.OK else body[-2000:]


def _watch(children: list[Child]) -> None:
    while True:
        _refuse_the_dead(children)
        time.sleep(0.5)


def _refuse_the_dead(children: list[Child]) -> None:
    for child in children:
        status = child.process.poll()
        if status is not None:
            raise DemoFailed(
                f"Le processus « {child.name} » s’est arrêté (code {status}), tout s’arrête."
                f" Ses dernières lignes, de {child.log} :\n{processes.last_lines(child.log)}"
            )


def _welcome(data_dir: Path, port: int, accounts: str) -> None:
    say(
        "",
        f"Le portail est prêt : http://localhost:{port}/",
        "",
        "Comptes de démonstration (un clic suffit sur la page de connexion) :",
        accounts.rstrip(),
        "",
        f"Messages envoyés (courriels et SMS) : http://localhost:{port}/demo/messages/",
        f"Journaux : {data_dir / 'logs'}",
        "Ctrl-C arrête tout.",
    )


@contextlib.contextmanager
def _address_known(data_dir: Path, port: int) -> Iterator[None]:
    """Let a second `make demo` say where the first one answers."""
    path = data_dir / "address"
    path.write_text(f"http://localhost:{port}/")
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _known_address(data_dir: Path) -> str:
    with contextlib.suppress(OSError):
        return (data_dir / "address").read_text()
    return "elle est en train de démarrer ou de s’arrêter."


def _secrets(data_dir: Path) -> dict[str, str]:
    """The keys of this demo, made once and kept: its data are encrypted with them."""
    path = data_dir / "secrets.json"
    if not path.exists():
        path.touch(mode=0o600)
        key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
        made = {"SECRET_KEY": secrets.token_urlsafe(48), "FIELD_ENCRYPTION_KEYS": key}
        path.write_text(json.dumps(made))
    kept: dict[str, str] = json.loads(path.read_text())
    return kept


def _forget(data_dir: Path) -> None:
    for pattern in FORGOTTEN_ON_RESET:
        for path in data_dir.glob(pattern):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


if __name__ == "__main__":
    sys.exit(main())
