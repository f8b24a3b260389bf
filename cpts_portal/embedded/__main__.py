"""Run a command with PostgreSQL and Valkey at its side.

python -m cpts_portal.embedded [--data FOLDER | --throwaway] -- COMMAND…
"""

import argparse
import contextlib
import signal
import subprocess
import sys
from pathlib import Path

from cpts_portal.embedded import (
    ServersError,
    folders,
    processes,
    shared_servers,
    throwaway_servers,
)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m cpts_portal.embedded",
        description="Lance une commande avec PostgreSQL et Valkey à ses côtés.",
    )
    parser.add_argument("--data", type=Path, metavar="DOSSIER", help="défaut : var/dev")
    parser.add_argument("--throwaway", action="store_true", help="serveurs jetables et rapides")
    parser.add_argument("command", nargs="+", metavar="COMMANDE")
    options = parser.parse_args(arguments)
    data_dir = (options.data or folders.data_root() / "dev").resolve()
    servers = throwaway_servers() if options.throwaway else shared_servers(data_dir)
    try:
        with processes.stopping_politely(), servers:
            return _follow(options.command)
    except (ServersError, OSError) as error:
        print(error, file=sys.stderr)
        return 1


def _follow(command: list[str]) -> int:
    """Run the command in our own session: Ctrl-C is its to answer, we only wait for its end."""
    with subprocess.Popen(command) as child:  # noqa: S603 - the developer's own command
        try:
            return child.wait()
        except KeyboardInterrupt:
            child.wait()
            return 128 + signal.SIGINT
        finally:
            with contextlib.suppress(ProcessLookupError):
                child.terminate()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
