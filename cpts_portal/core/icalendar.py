"""Calendar files (iCalendar, RFC 5545): events that a person's own calendar keeps up to date.

Hours are written in Europe/Paris with its rules, so that a calendar shows them right abroad too.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
CONTENT_TYPE = "text/calendar; charset=utf-8"
OCTETS = 75
"""The longest line, its CRLF aside (RFC 5545 §3.1)."""

ZONE = """\
BEGIN:VTIMEZONE
TZID:Europe/Paris
BEGIN:DAYLIGHT
DTSTART:19810329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
TZNAME:CEST
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19961027T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
TZNAME:CET
END:STANDARD
END:VTIMEZONE""".splitlines()


@dataclass(frozen=True)
class Event:
    """One event; moments are aware.

    A calendar replaces what it has under the same `uid` by what has a higher `sequence`.
    `organizer` is an e-mail address.
    """

    uid: str
    summary: str
    starts_at: datetime
    ends_at: datetime
    stamped_at: datetime
    organizer: str
    organizer_name: str = ""
    sequence: int = 0
    location: str = ""
    description: str = ""
    url: str = ""
    is_cancelled: bool = False
    is_free: bool = False
    """Shown without making its owner busy."""


def calendar(events: Iterable[Event]) -> bytes:
    """The file to serve as `CONTENT_TYPE`; METHOD is CANCEL when every event is cancelled."""
    told = list(events)
    method = "CANCEL" if told and all(event.is_cancelled for event in told) else "PUBLISH"
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Portail CPTS//FR",
        "CALSCALE:GREGORIAN",
        f"METHOD:{method}",
        *ZONE,
        *(line for event in told for line in _event(event)),
        "END:VCALENDAR",
    ]
    return "".join(f"{fold(line)}\r\n" for line in lines).encode()


def escape(text: str) -> str:
    """A TEXT value (§3.3.11): backslash, comma, semicolon and line end; other controls go."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = "".join(sign for sign in text if sign == "\n" or unicodedata.category(sign) != "Cc")
    for sign in ("\\", ";", ","):
        text = text.replace(sign, f"\\{sign}")
    return text.replace("\n", "\\n")


def fold(line: str) -> str:
    """`line` cut every 75 octets of UTF-8 at most, never inside a character (§3.1)."""
    parts, room = [""], OCTETS
    for sign in line:
        size = len(sign.encode())
        if size > room:
            parts.append(" ")
            room = OCTETS - 1
        parts[-1] += sign
        room -= size
    return "\r\n".join(parts)


def moment(name: str, at: datetime) -> str:
    """A property with its hour in Paris; in UTC for an hour that comes a second time in autumn.

    A local hour that exists twice means the first (§3.3.5).
    """
    local = at.astimezone(PARIS)
    if local.fold:
        return f"{name}:{_utc(at)}"
    return f"{name};TZID=Europe/Paris:{local:%Y%m%dT%H%M%S}"


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _event(event: Event) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{escape(event.uid)}"
    yield f"DTSTAMP:{_utc(event.stamped_at)}"
    yield f"SEQUENCE:{event.sequence}"
    yield moment("DTSTART", event.starts_at)
    yield moment("DTEND", event.ends_at)
    yield f"SUMMARY:{escape(event.summary)}"
    yield f"ORGANIZER{_common_name(event.organizer_name)}:mailto:{_plain(event.organizer)}"
    for name, text in (("LOCATION", event.location), ("DESCRIPTION", event.description)):
        if text:
            yield f"{name}:{escape(text)}"
    if event.url:
        yield f"URL:{_plain(event.url)}"
    if event.is_free:
        yield "TRANSP:TRANSPARENT"
    yield f"STATUS:{'CANCELLED' if event.is_cancelled else 'CONFIRMED'}"
    yield "END:VEVENT"


def _common_name(name: str) -> str:
    """A quoted parameter (§3.2), which holds neither quotes nor controls."""
    kept = "".join(sign for sign in name if sign != '"' and unicodedata.category(sign) != "Cc")
    return f';CN="{kept}"' if kept else ""


def _plain(value: str) -> str:
    """An address or a URI, which no line end may cut."""
    return "".join(sign for sign in value if unicodedata.category(sign) != "Cc")
