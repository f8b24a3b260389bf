"""Files that leave the portal as attachments: named in French, never cached, never sniffed."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""How a cell begins that a spreadsheet would calculate (OWASP, CSV injection)."""
NUMBER = re.compile(r"-\d+(?:[.,]\d+)?")
BYTE_ORDER_MARK = "\ufeff"
NO_NAME = "document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST_NAME = 120


def pdf(content: bytes, *, name: str) -> HttpResponse:
    """A printed document as « name.pdf »."""
    return _attachment(content, f"{_safe(name)}.pdf", "application/pdf")


def picture(content: bytes, *, name: str, kind: str) -> HttpResponse:
    """A picture as « name.png » or « name.svg », as `kind` says."""
    content_type = {"png": "image/png", "svg": "image/svg+xml"}[kind]
    return _attachment(content, f"{_safe(name)}.{kind}", content_type)


def vcf(card: str, *, name: str) -> HttpResponse:
    """One or several vCards as « name.vcf »."""
    return _attachment(card.encode(), f"{_safe(name)}.vcf", "text/vcard; charset=utf-8")


def json_file(content: Any, *, name: str) -> HttpResponse:
    """`content` as « name.json », readable by people; days and moments in ISO 8601."""
    text = json.dumps(content, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
    return _attachment(f"{text}\n".encode(), f"{_safe(name)}.json", "application/json")


def csv_file(
    header: Sequence[object], rows: Iterable[Sequence[object]], *, name: str
) -> HttpResponse:
    """A table as « name.csv », which a French Excel opens as it is; see `csv_text`."""
    content = csv_text(header, rows).encode()
    return _attachment(content, f"{_safe(name)}.csv", "text/csv; charset=utf-8")


def xlsx_file(sheets: dict[str, list[list[Any]]], *, name: str) -> HttpResponse:
    """One sheet a title, its first line in bold, as « name.xlsx »; no cell is a formula."""
    book = Workbook(write_only=True)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title[:31])
        sheet.freeze_panes = "A2"
        for number, row in enumerate(rows):
            sheet.append([_typed(sheet, value, is_head=number == 0) for value in row])
    content = io.BytesIO()
    book.save(content)
    return _attachment(content.getvalue(), f"{_safe(name)}.xlsx", XLSX)


def _typed(sheet: Any, value: object, *, is_head: bool) -> Any:
    """A number stays a number; any other value is text, never run."""
    cell: Any = WriteOnlyCell(sheet, value=value if isinstance(value, int | float) else "")
    if not isinstance(value, int | float):
        cell.value = "" if value is None else str(value).replace("\0", "")
        cell.data_type = "s"
    cell.font = Font(bold=is_head)
    return cell


def csv_text(header: Sequence[object], rows: Iterable[Sequence[object]]) -> str:
    """Semicolons, CRLF, byte order mark; no cell is a formula; None is an empty cell."""
    sheet = io.StringIO()
    sheet.write(BYTE_ORDER_MARK)
    writer = csv.writer(sheet, delimiter=";", lineterminator="\r\n")
    writer.writerows([_cell(value) for value in row] for row in (header, *rows))
    return sheet.getvalue()


def _cell(value: object) -> str:
    """Text that a spreadsheet shows and never runs: an apostrophe disarms it; -3,5 is a number."""
    text = "" if value is None else str(value).replace("\0", "")
    if text.lstrip(" \u00a0").startswith(FORMULA) and not NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def _safe(name: str) -> str:
    """A file name that every system keeps: no path, no control, no sign that Windows forbids."""
    kept = unicodedata.normalize("NFC", name)
    kept = "".join(" " if unicodedata.category(sign)[0] == "C" else sign for sign in kept)
    kept = re.sub(r'[\s\\/:*?"<>|;%]+', " ", kept)[:LONGEST_NAME].strip(" .")
    return kept or NO_NAME


def _attachment(content: bytes, file_name: str, content_type: str) -> HttpResponse:
    disposition = content_disposition_header(as_attachment=True, filename=file_name)
    return HttpResponse(
        content,
        content_type=content_type,
        headers={
            "Content-Disposition": disposition,
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )
