"""Statements and certificates as printers and spreadsheets read them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from decimal import Decimal
from io import StringIO
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from cpts_portal.core.identifiers import format_phone
from cpts_portal.core.templatetags.portal import day_full, duration, euros
from members.models import Attendance, Cpts, Membership
from members.queries.statements import Days, Line, Part, Statement

RISKY = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would take for a formula."""


def told(days: Days) -> str:
    return _("du %(first)s au %(last)s") % {
        "first": day_full(days.starts_on),
        "last": day_full(days.ends_on),
    }


def _mission(part: Part | Line) -> str:
    return part.mission.label if part.mission else _("Hors mission")


# --- Spreadsheet ----------------------------------------------------------------------------
def as_csv(statement: Statement) -> bytes:
    """For French spreadsheets: UTF-8 with its mark, semicolons, decimal commas."""
    text = StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    heads = (_("Mission"), _("Nom"), _("Prénom"), _("Profession"), _("Réunions"))
    writer.writerow((*heads, _("Minutes"), _("Heures"), _("Taux horaire"), _("Montant")))
    for line in statement.lines:
        writer.writerow([_safe(cell) for cell in _cells(line)])
    return text.getvalue().encode("utf-8-sig")


def _cells(line: Line) -> Sequence[str]:
    user, profession = line.member.user, line.member.profession
    hours = Decimal(line.minutes) / 60
    return (
        _mission(line),
        user.last_name,
        user.first_name,
        str(profession or ""),
        str(line.meetings),
        str(line.minutes),
        f"{hours:.2f}".replace(".", ","),
        f"{line.rate:.2f}".replace(".", ","),
        f"{line.amount:.2f}".replace(".", ","),
    )


def _safe(cell: str) -> str:
    """A name that begins like a formula is text."""
    return f"'{cell}" if cell.startswith(RISKY) else cell


# --- Paper ----------------------------------------------------------------------------------
def _letter(cpts: Cpts, title: str) -> dict[str, Any]:
    lines = filter(None, (cpts.address, format_phone(cpts.help_phone), cpts.email))
    return {
        "title": title,
        "letterhead": {"name": cpts.name, "lines": list(lines)},
        "pages": _("Page {page} sur {pages}"),
        "signature": {
            "place_date": _("Le %(day)s") % {"day": day_full(timezone.localdate())},
            "who": cpts.name,
            "role": _("Pour le bureau"),
        },
    }


def printed(statement: Statement, cpts: Cpts) -> dict[str, Any]:
    """What templates/core/documents/statement.typ wants."""
    columns = [
        {"label": _("Personne")},
        {"label": _("Réunions"), "numeric": True},
        {"label": _("Heures"), "numeric": True},
        {"label": _("Taux"), "numeric": True},
        {"label": _("Montant"), "numeric": True},
    ]
    return {
        **_letter(cpts, _("Relevé d’indemnités")),
        "subtitle": told(statement.days),
        "sections": [
            {
                "heading": _mission(part),
                "columns": columns,
                "rows": [_row(line) for line in part.lines],
                "total": [_("Total"), "", duration(part.minutes), "", euros(part.amount)],
            }
            for part in statement.parts
        ],
        "total": {"label": _("Total à verser"), "value": euros(statement.amount)},
    }


def _row(line: Line) -> list[str]:
    hours = duration(line.minutes)
    return [str(line.member), str(line.meetings), hours, euros(line.rate), euros(line.amount)]


def certificate(
    member: Membership, attendances: Iterable[Attendance], days: Days, cpts: Cpts
) -> dict[str, Any]:
    """What templates/core/documents/certificate.typ wants: who was at what, and for how long."""
    listed = list(attendances)
    total = sum(attendance.minutes or 0 for attendance in listed)
    names = {"name": str(member), "cpts": cpts.name, "days": told(days)}
    sentence = _("La %(cpts)s atteste que %(name)s a participé, %(days)s, aux réunions suivantes.")
    none = _("La %(cpts)s n’a noté aucune présence de %(name)s %(days)s.")
    return {
        **_letter(cpts, _("Attestation de présence")),
        "paragraphs": [(sentence if listed else none) % names],
        "meetings": _meetings(listed, total) if listed else None,
    }


def _meetings(listed: Iterable[Attendance], total: int) -> dict[str, Any]:
    rows = [
        [day_full(one.meeting.starts_at), one.meeting.title, duration(one.minutes)]
        for one in listed
    ]
    return {
        "columns": [
            {"label": _("Jour")},
            {"label": _("Réunion"), "wide": True},
            {"label": _("Durée"), "numeric": True},
        ],
        "rows": rows,
        "total": [_("Total"), "", duration(total)],
    }
