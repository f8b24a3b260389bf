"""Child processes that do not outlive the one that started them."""

import contextlib
import ctypes
import os
import pwd
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType

_PR_SET_PDEATHSIG = 1


def spawn(
    command: Sequence[str | Path],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    account: pwd.struct_passwd | None = None,
    cwd: Path | None = None,
    death_signal: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start `command` in a session of its own, so that Ctrl-C reaches only us.

    On Linux the kernel sends `death_signal` to the child should we be killed outright.
    """
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603 - our own commands, never a user's
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=env,
            cwd=cwd,
            start_new_session=True,
            preexec_fn=_dies_with_its_parent(death_signal),  # noqa: PLW1509 - no thread yet
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
        )


def run(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    account: pwd.struct_passwd | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a short command from `/`, which every account may enter, and keep what it said."""
    return subprocess.run(  # noqa: S603 - our own commands, never a user's
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
        env=env,
        cwd="/",
        user=account.pw_uid if account else None,
        group=account.pw_gid if account else None,
        extra_groups=[] if account else None,
    )


def stop(
    *running: subprocess.Popen[bytes],
    by: signal.Signals = signal.SIGTERM,
    patience: float = 15.0,
) -> None:
    """Ask all to end, in that order; after `patience` seconds, kill the session of who has not."""
    deadline = time.monotonic() + patience
    for process in running:
        process.send_signal(by)  # heeds the dead: to them it sends nothing
    for process in running:
        try:
            process.wait(max(deadline - time.monotonic(), 0))
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def last_lines(log: Path, count: int = 15) -> str:
    """The end of a log file, or nothing when there is none."""
    with contextlib.suppress(OSError):
        return "\n".join(log.read_text(errors="replace").splitlines()[-count:])
    return ""


def command_line(pid: int) -> list[str]:
    """The arguments of a living process; an empty list when there is none or it cannot be read."""
    with contextlib.suppress(OSError):
        raw = Path(f"/proc/{pid}/cmdline").read_bytes()
        return raw.decode(errors="replace").split("\0")[:-1]
    if Path("/proc/self").exists():
        return []
    return run(["/bin/ps", "-p", str(pid), "-o", "command="]).stdout.split()


def wait_until_gone(pid: int, patience: float = 30.0) -> bool:
    """True when the process has ended within `patience` seconds."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if _is_zombie(pid):
            return True
        time.sleep(0.05)
    return False


@contextlib.contextmanager
def stopping_politely() -> Iterator[None]:
    """Turn SIGTERM and SIGHUP into an exit that runs every `finally` (status 128 + signal)."""

    def leave(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    with _handling(leave, signal.SIGTERM, signal.SIGHUP):
        yield


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Let nobody interrupt the stopping of servers: a second Ctrl-C waits for its end."""
    with _handling(lambda number, frame: None, signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        yield


@contextlib.contextmanager
def _handling(
    handler: Callable[[int, FrameType | None], None], *numbers: signal.Signals
) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, old in previous.items():
            signal.signal(number, old)


def _dies_with_its_parent(death_signal: signal.Signals) -> Callable[[], None] | None:
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0) and None


def _is_zombie(pid: int) -> bool:
    with contextlib.suppress(OSError, IndexError):
        stat = Path(f"/proc/{pid}/stat").read_text()
        return stat.rpartition(")")[2].split()[0] == "Z"
    return False
