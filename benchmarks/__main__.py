"""Measure the promises of speed on a database of their own, filled for it and dropped after.

python -m benchmarks [--scale 0.1] [NAME…]        (or: make bench ARGS="inbox")
"""

from __future__ import annotations

import argparse
import importlib
import io
import os
import sys
import tempfile
import time
from pathlib import Path

from tests.databases import database_beside

NAMES = (
    "inbox",
    "private_page",
    "page_weight",
    "commune_search",
    "delivery",
    "rpps_file",
    "documents",
    "board",
    "materialise",
    "claims",
    "events",
    "reminders",
    "reminders_killed",
)
ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "cpts_portal.settings",
    "SECRET_KEY": "for-the-benchmarks-alone-more-than-fifty-characters-long",
    "FIELD_ENCRYPTION_KEYS": "Zm9yLWJlbmNobWFya3MtYWxvbmUtMzItYnl0ZXMtISE=",
    "DEMO": "1",
    "DEBUG": "0",
    "HTTPS": "0",
    "ALLOWED_HOSTS": "testserver",
    "DB_STATEMENT_TIMEOUT": "0",
    "LOG_LEVEL": "ERROR",
    "REQUEST_LOG_LEVEL": "ERROR",
}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("names", nargs="*", metavar="NOM", help=", ".join(NAMES))
    parser.add_argument("--scale", type=float, default=1.0, help="1 : 250 000 demandes")
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - set(NAMES):
        parser.error(f"inconnu : {', '.join(sorted(unknown))}")
    os.environ.update(ENVIRONMENT)
    with (
        tempfile.TemporaryDirectory(prefix="cpts-portal-bench-") as folder,
        database_beside(os.environ["DATABASE_URL"], "benchmarks") as address,
    ):
        os.environ |= {"DATABASE_URL": address, "STATIC_ROOT": folder, "DEMO_OUTBOX_DIR": folder}
        prepare(options.scale)
        broken = [name for name in options.names or NAMES if not run(name)]
    print("\nPromesses manquées : " + ", ".join(broken) if broken else "\nTout est tenu.")
    return 1 if broken else 0


def prepare(scale: float) -> None:
    """Tables, static files with their hashed names, and the people of data.py."""
    import django  # noqa: PLC0415 - the environment is now what it must be

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    from benchmarks import data  # noqa: PLC0415

    started = time.perf_counter()
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("load_communes", verbosity=0, stdout=io.StringIO())
    data.fill(scale)
    print(f"{data.describe()}, en {time.perf_counter() - started:.0f} s", flush=True)


def run(name: str) -> bool:
    """Run one script; False when it says that a promise is broken."""
    print(f"\n── {name}", flush=True)
    try:
        importlib.import_module(f"benchmarks.{name}").main()
    except SystemExit as stopped:
        print(stopped.code or "")
        return not stopped.code
    return True


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    sys.exit(main(sys.argv[1:]))
