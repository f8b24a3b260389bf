"""The words of a reminder: plain text with {variables}, checked before they are kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext_lazy as _

from cpts_portal.core import sms
from prevention.models import Audience

VARIABLES: dict[str, Any] = {
    "titre": _("le titre de la séance"),
    "date": _("le jour"),
    "heure": _("l’heure de début"),
    "lieu": _("le nom du lieu"),
    "adresse": _("la rue"),
    "commune": _("la commune"),
    "lien": _("la page privée de la personne"),
    "telephone": _("le téléphone de la CPTS"),
}
WITHOUT_A_SESSION = ("titre", "lien", "telephone")
MOST_SEGMENTS = 2
SAMPLE = {
    "titre": "Dépistage et prévention : venez nombreux",
    "date": "mercredi 23 septembre",
    "heure": "14 h 30",
    "lieu": "Salle des fêtes",
    "adresse": "17 rue du 11-Novembre-1918",
    "commune": "Sailly-sur-la-Lys",
    "lien": "https://portail.cpts.example/mon-inscription/" + "0" * 32 + "/",
    "telephone": "03 53 01 00 01",
}
"""As long as they usually are: what a text message is counted with before there is a session."""

_BRACES = re.compile(r"\{([^{}]*)\}")


def known_variables(audience: str) -> tuple[str, ...]:
    """A recall list has neither hour nor place."""
    return WITHOUT_A_SESSION if audience == Audience.RECALLED else tuple(VARIABLES)


def unknown_variables(text: str, audience: str) -> list[str]:
    """As they are written, in their order; a lone brace is one too."""
    known = known_variables(audience)
    named = [f"{{{name}}}" for name in _BRACES.findall(text) if name not in known]
    alone = [brace for brace in _BRACES.sub("", text) if brace in "{}"]
    return list(dict.fromkeys([*named, *alone]))


def segments_of(sms_text: str, values: Mapping[str, str] = SAMPLE) -> int:
    """How many text messages the operator bills for it."""
    return sms.segments(sms.plain(worded(sms_text, values)))


def worded(text: str, values: Mapping[str, str]) -> str:
    """`text` with its variables replaced; every one it has must be in `values`."""
    parts = _parts(text)
    return "".join(part if at % 2 == 0 else values[part] for at, part in enumerate(parts))


@lru_cache(maxsize=512)
def _parts(text: str) -> tuple[str, ...]:
    """Words and names of variables, turn by turn."""
    return tuple(_BRACES.split(text))
