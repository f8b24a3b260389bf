"""Contact cards: vCard 4.0 (RFC 6350), escaped and folded.

segno's own helper neither folds long lines nor escapes a comma inside a name, hence this one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

FOLD = 75
"""Octets in a line, its end not counted (RFC 6350 §3.2)."""
KINDS = ("voice", "cell", "fax", "text")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class Address:
    """A postal address in France unless `country` says otherwise."""

    street: str
    postal_code: str
    city: str
    country: str = "France"


def vcard(
    *,
    family_name: str,
    given_name: str,
    honorific: str = "",
    profession: str = "",
    organisation: str = "",
    phones: Iterable[tuple[str, str]] = (),
    emails: Iterable[str] = (),
    address: Address | None = None,
    url: str = "",
    note: str = "",
) -> str:
    """One card, ending in CRLF; what is empty is left out.

    `phones` are (kind, number in E.164): voice, cell, fax or text; raises ValueError for another
    kind. `profession` is said as TITLE, the function of a person in an organisation.
    """
    full_name = " ".join(filter(None, (honorific, given_name, family_name)))
    lines = [
        "BEGIN:VCARD",
        "VERSION:4.0",
        f"N:{_joined((family_name, given_name, '', honorific, ''))}",
        f"FN:{_escaped(full_name)}",
        *_texts("TITLE", [profession]),
        *_texts("ORG", [organisation]),
        *(_phone(kind, number) for kind, number in phones),
        *_texts("EMAIL;TYPE=work", emails),
        *_address(address),
        *([f"URL:{_uri(url)}"] if url else []),
        *_texts("NOTE", [note]),
        "END:VCARD",
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _texts(name: str, values: Iterable[str]) -> list[str]:
    return [f"{name}:{_escaped(value)}" for value in values if value]


def _phone(kind: str, number: str) -> str:
    if kind not in KINDS:
        raise ValueError(f"a phone is one of {KINDS}, not {kind!r}")
    return f'TEL;VALUE=uri;TYPE="work,{kind}":tel:{_uri(number)}'


def _address(address: Address | None) -> list[str]:
    """Post office box and extended address stay empty (RFC 6350 §6.3.1)."""
    if address is None:
        return []
    parts = ("", "", address.street, address.city, "", address.postal_code, address.country)
    return [f"ADR;TYPE=work:{_joined(parts)}"]


def _joined(parts: Sequence[str]) -> str:
    return ";".join(_escaped(part) for part in parts)


def _escaped(text: str) -> str:
    """RFC 6350 §3.4; control characters, which no text of a card may hold, are dropped."""
    clean = CONTROL.sub("", re.sub(r"\r\n?", "\n", text))
    return re.sub(r"([\\;,])", r"\\\1", clean).replace("\n", "\\n")


def _uri(address: str) -> str:
    """An address cannot end the line: what no address holds is percent-encoded (RFC 3986)."""
    return quote(address, safe=":/?#[]@!$&'()*+,;=%-._~")


def _folded(line: str) -> str:
    """At most 75 octets a line, no character cut in two, the following lines begin with a space."""
    pieces, room = [""], FOLD
    for character in line:
        size = len(character.encode())
        if size > room:
            pieces.append(" ")
            room = FOLD - 1
        pieces[-1] += character
        room -= size
    return "\r\n".join(pieces)
