"""Child processes of the tests: they heed Ctrl-C, and end with their test whatever happens."""

import contextlib
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


@contextlib.contextmanager
def python(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run Python in a session of its own, from the project's root, its output in a pipe."""
    with subprocess.Popen(
        [sys.executable, *arguments],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=_heed_ctrl_c,  # noqa: PLW1509 - no thread yet
    ) as child:
        try:
            yield child
        finally:
            child.kill()


def _heed_ctrl_c() -> None:
    """A test run in the background is deaf to SIGINT, and so would be its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
