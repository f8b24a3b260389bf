"""What a way out says, signed: it stops messages, and opens nothing."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.signing import BadSignature, Signer

from cpts_portal.core.fields import keyed_hash
from cpts_portal.core.models import Message


@dataclass(frozen=True)
class WayOut:
    """Who wants out of what: an address by its hash, a channel, a topic by its seal."""

    cpts_id: int
    channel: str
    recipient_hash: str
    topic_seal: str


def topic_seal(code: str) -> str:
    """A topic without its name: the address of a page may be read over a shoulder."""
    return keyed_hash(f"topic/{code}")[:12]


def token_of(way: WayOut) -> str:
    """Valid as long as the application's key: a mail may be opened years after."""
    parts = (str(way.cpts_id), way.channel, way.topic_seal, way.recipient_hash)
    return _signer().sign(".".join(parts))


def way_of_token(token: str) -> WayOut | None:
    """None for a token that the portal has not signed."""
    try:
        cpts_id, channel, seal, recipient_hash = _signer().unsign(token).split(".")
    except (BadSignature, ValueError):
        return None
    is_known = channel in Message.Channel.values and cpts_id.isdigit()
    return WayOut(int(cpts_id), channel, recipient_hash, seal) if is_known else None


def _signer() -> Signer:
    return Signer(salt="prevention.unsubscribe", sep=".")


@dataclass(frozen=True)
class Recipient:
    """Whoever holds a way out, or the private page of a registration."""

    label: str = "patient"
    user_id: None = None


RECIPIENT = Recipient()
