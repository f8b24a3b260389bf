"""Prepare `.venv` from a hash-pinned lock if need be, then run one target of the Makefile.

Needs Python alone. Written so that an older Python can still read it and say what is wrong.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
VENV = PROJECT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST = (3, 11)
NEWER = ("python3.14", "python3.13", "python3.12", "python3.11")

WITH_SERVERS = "python -m cpts_portal.embedded --throwaway --"
# target: its lock, then the commands it runs in order until one fails
TARGETS = {
    "demo": ("base", ["python -m cpts_portal.demo"]),
    "test": (
        "dev",
        ["python -m tests.plugins.browser", "python -m pytest -n auto"],
    ),
    "check": ("dev", [WITH_SERVERS + " sh scripts/check.sh"]),
    "fmt": ("dev", ["sh scripts/fmt.sh"]),
    "bench": ("dev", [WITH_SERVERS + " python -m benchmarks"]),
    "docs": ("dev", [WITH_SERVERS + " sh scripts/docs.sh"]),
}


def main(target, arguments):
    if sys.version_info < OLDEST:
        run_with_a_newer_python()
    os.chdir(str(PROJECT))
    lock, commands = TARGETS[target]
    prepare(lock)
    os.environ["VIRTUAL_ENV"] = str(VENV)
    os.environ["PATH"] = str(VENV / "bin") + os.pathsep + os.environ.get("PATH", os.defpath)
    commands = [command.split() for command in commands]
    for command in commands[:-1]:
        subprocess.run(command, check=True)
    if target == "test" and not arguments and os.environ.get("CI"):
        arguments = ["--cov", "--cov-report="]  # the floor is held; a failure has the last word
    os.execvp(commands[-1][0], commands[-1] + arguments)


def run_with_a_newer_python():
    """Hand over to a newer Python of this machine; without one, say what to install."""
    for name in NEWER:
        found = shutil.which(name)
        if found:
            os.execv(found, [found] + sys.argv)
    stop(
        "Il faut Python 3.11 ou plus récent, celui-ci est {}.{}.".format(*sys.version_info),
        "Installez-le, ou nommez-le : make PYTHON=/chemin/vers/python3.12 …",
    )


def prepare(lock):
    """Make the environment hold what the lock says, once; a second run finds its stamp."""
    with (PROJECT / ".venv.lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if not works(PYTHON):
            create()
        if not is_installed(lock):
            install(lock)
    subprocess.run([str(PYTHON), "-m", "cpts_portal.catalogue"], check=True)


def works(python):
    """False for an environment that was never made, was moved, or is too old."""
    code = "import sys, pip; sys.exit(sys.version_info < {})".format(OLDEST)
    with contextlib.suppress(OSError):
        return subprocess.run([str(python), "-c", code], stderr=subprocess.DEVNULL).returncode == 0
    return False


def create():
    print("Création de l’environnement Python (.venv)…", flush=True)
    shutil.rmtree(str(VENV), ignore_errors=True)
    made = subprocess.run(
        [sys.executable, "-m", "venv", str(VENV)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
    )
    if made.returncode != 0:
        shutil.rmtree(str(VENV), ignore_errors=True)
        stop(
            made.stdout,
            "L’environnement Python n’a pas pu être créé. Sous Debian ou Ubuntu, il manque sans",
            "doute un paquet : apt install python{}.{}-venv".format(*sys.version_info),
        )


def is_installed(lock):
    """The development lock holds everything of the base one."""
    return any(stamp(name).exists() for name in {lock, "dev"})


def install(lock):
    print("Installation des paquets de requirements/{}.lock…".format(lock), flush=True)
    done = subprocess.run(
        [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        + ["--no-input", "--require-hashes", "-r", str(lock_file(lock))]
    )
    if done.returncode != 0:
        stop("Les paquets n’ont pas pu être installés : voir le message de pip ci-dessus.")
    for old in VENV.glob(".installed-{}-*".format(lock)):
        old.unlink()
    stamp(lock).touch()


def stamp(lock):
    digest = hashlib.sha256(lock_file(lock).read_bytes()).hexdigest()[:16]
    return VENV / ".installed-{}-{}".format(lock, digest)


def lock_file(lock):
    return PROJECT / "requirements" / "{}.lock".format(lock)


def stop(*lines):
    sys.exit("\n".join(lines))


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        stop("Usage : python scripts/run.py {} …".format("|".join(TARGETS)))
    try:
        main(sys.argv[1], sys.argv[2:])
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
    except KeyboardInterrupt:
        sys.exit(130)
