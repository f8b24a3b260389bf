"""The list of a session as printers have it: who is expected, and room to sign."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cpts_portal.core.identifiers import format_phone
from cpts_portal.core.templatetags.portal import day_full, hour
from prevention.models import Session
from prevention.queries.door import Guest

BLANK_LINES = 12
"""For whoever comes without having registered."""


def door_list(session: Session, guests: list[Guest]) -> dict[str, Any]:
    """What the document `door_list` asks for."""
    cpts = session.cpts
    lines = filter(None, (cpts.address, format_phone(cpts.help_phone), cpts.email))
    return {
        "title": str(session),
        "letterhead": {"name": cpts.name, "lines": list(lines)},
        "pages": _("Page {page} sur {pages}"),
        "subtitle": _subtitle(session),
        "count": ngettext("%(n)d personne inscrite", "%(n)d personnes inscrites", len(guests))
        % {"n": len(guests)},
        "columns": [_("Nom"), _("Prénom"), _("Commune"), _("Signature")],
        "guests": [_row(guest) for guest in guests],
        "others": _("Venues sans inscription"),
        "blanks": BLANK_LINES,
        "note": _(
            "Cette liste porte des noms : ne la laissez pas sur une table, et détruisez-la une fois"
            " les présences notées dans le portail."
        ),
    }


def _subtitle(session: Session) -> str:
    return _("%(day)s, de %(first)s à %(last)s, %(place)s, %(commune)s") % {
        "day": capfirst(day_full(timezone.localtime(session.starts_at))),
        "first": hour(session.starts_at),
        "last": hour(session.ends_at),
        "place": session.place_name,
        "commune": session.commune,
    }


def _row(guest: Guest) -> list[str]:
    commune = guest.registration.commune
    name = guest.last_name or _("Sans nom")
    return [name, guest.first_name, commune.name if commune else ""]


def name_of(session: Session) -> str:
    return _("liste de la séance du %(day)s") % {
        "day": f"{timezone.localtime(session.starts_at):%Y-%m-%d}"
    }
