"""A real SMTP server that keeps what it is given, and misbehaves when told to."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from typing import Any, NamedTuple

from aiosmtpd.controller import Controller

from cpts_portal.embedded.ports import free_port


class Mail(NamedTuple):
    to: str
    message_id: str
    content: bytes


@dataclass
class Sink:
    """`at_rcpt` and `at_data` answer for an address; `drops` are cut off after their text.

    Once each: `cuts` are cut off before it is kept, `delays` are asked to come back later.
    """

    port: int = 0
    mails: list[Mail] = field(default_factory=list)
    connections: int = 0
    at_rcpt: dict[str, str] = field(default_factory=dict)
    at_data: dict[str, str] = field(default_factory=dict)
    drops: list[str] = field(default_factory=list)
    cuts: list[str] = field(default_factory=list)
    delays: list[str] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        return [mail.message_id for mail in self.mails]

    async def handle_EHLO(  # noqa: N802 - the server's own names, here and below
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.connections += 1
        return responses

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if address in self.at_rcpt:
            return self.at_rcpt[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: Any, session: Any, envelope: Any
    ) -> str:
        [address] = envelope.rcpt_tos
        if address in self.at_data:
            return self.at_data[address]
        if address in self.delays:
            self.delays.remove(address)
            return "451 come back later"
        if address in self.cuts:
            self.cuts.remove(address)
            server.transport.close()
            return "250 OK"
        parsed = message_from_bytes(envelope.content)
        self.mails.append(Mail(address, str(parsed["Message-ID"]), envelope.content))
        if address in self.drops:
            self.drops.remove(address)
            server.transport.close()
        return "250 OK"


@contextlib.contextmanager
def sink_running() -> Iterator[Sink]:
    sink = Sink(port=free_port())
    controller = Controller(sink, hostname="127.0.0.1", port=sink.port)
    controller.start()
    sink.connections = 0
    try:
        yield sink
    finally:
        controller.stop()
