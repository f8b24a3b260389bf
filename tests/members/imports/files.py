"""Files of invented people, and what was made of them."""

from __future__ import annotations

from stdnum import luhn

from cpts_portal.core import audit
from members.actions import imports as actions
from members.models import (
    ImportBatch,
    ImportRow,
    Membership,
)

HEADER = "Nom;Prénom;Mail;Tél;Métier;N° RPPS"
ONE = f"{HEADER}\nInventé;Zoë;;;MG;".encode()
LETTERS = "abcdefghijklmnopqrstuvwxyz"
V = ImportRow.Verdict


def rpps(number: int) -> str:
    body = f"1000{number:06d}"
    return f"{body}{luhn.calc_check_digit(body)}"


def read(by: Membership, *lines: str, header: str = HEADER) -> ImportBatch:
    """A file of these lines, read."""
    batch = actions.upload("\n".join((header, *lines)).encode(), name="membres.csv", by=by)
    actions.read(batch, by=audit.SYSTEM)
    return ImportBatch.objects.get(pk=batch.pk)


def verdicts(batch: ImportBatch) -> list[str]:
    return [str(row.verdict) for row in batch.rows.all()]


def said(batch: ImportBatch, line: int = 2) -> list[tuple[str, str]]:
    return [(one["field"], one["code"]) for one in batch.rows.get(line=line).problems]
