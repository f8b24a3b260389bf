"""A local SMTP server that swallows what it is given, in a process of its own.

python -m benchmarks.smtp_sink PORT
"""

from __future__ import annotations

import logging
import signal
import sys
import threading
from typing import Any

from aiosmtpd.controller import Controller


class Swallow:
    async def handle_DATA(  # noqa: N802 - the server's own name
        self, server: Any, session: Any, envelope: Any
    ) -> str:
        return "250 OK"


def main(port: int) -> None:
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda number, frame: stopped.set())
    controller = Controller(Swallow(), hostname="127.0.0.1", port=port)
    controller.start()
    stopped.wait()
    controller.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]))
