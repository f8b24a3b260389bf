"""An Excel workbook (.xlsx) as lines of text: its first visible sheet, values and no formulas.

openpyxl reads the XML through defusedxml, which refuses the entities that would grow without end.
It holds in memory what stands between two rows or two strings, some 300 bytes a tag: both sizes
and tags are counted before it opens anything. zipfile never unpacks more than an entry declares.
"""

from __future__ import annotations

import re
import warnings
import zipfile
from datetime import date, datetime, time
from decimal import Decimal
from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING, Protocol, cast

import openpyxl
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openpyxl.cell.read_only import ReadOnlyCell

Line = tuple[int, list[str]]

EXCEL_ROWS = 1_048_576
MOST_TAGS = 100_000  # between two rows or strings: 16,384 cells of a row, 65,000 styles
ROW_OR_STRING = re.compile(rb"<(?:\w+:)?(?:row|si)[\s/>]")
ZEROS = re.compile(r"0+")
MIDNIGHT = time()


class _Sheet(Protocol):
    """What is used of openpyxl's read-only sheet, which its stubs take for a writable one."""

    sheet_state: str

    def reset_dimensions(self) -> None: ...
    def iter_rows(self, *, max_col: int) -> Iterator[tuple[ReadOnlyCell, ...]]: ...


def read_lines(data: bytes, *, unpacked: int, columns: int, lines: int) -> list[Line]:
    """The first `lines` that are not empty, each with its number and at most `columns` texts.

    Dates are ISO, 8.0 is "8", true is "oui"; a number shown as "00000" keeps its zeros. Raises
    ValidationError for a workbook that is not one, is locked or damaged, or is larger than
    `unpacked` bytes once opened.
    """
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            _check(archive, unpacked)
        with warnings.catch_warnings(action="ignore", category=UserWarning):
            return list(islice(_lines(_first_sheet(data), columns), lines))
    except ValidationError:
        raise
    except Exception as broken:  # a damaged file makes openpyxl raise anything
        raise _damaged() from broken


def _check(archive: zipfile.ZipFile, unpacked: int) -> None:
    parts = {entry.filename.lower(): entry for entry in archive.infolist()}
    if "xl/workbook.xml" not in parts:
        raise _not_a_workbook(frozenset(parts))
    total = sum(entry.file_size for entry in archive.infolist())
    if total > unpacked or any(_is_bloated(archive.read(entry)) for entry in parts.values()):
        raise ValidationError(
            _(
                "Une fois ouvert, ce classeur est trop grand (%(limit)d Mo au plus) : copiez les"
                " seules données dans un classeur neuf."
            )
            % {"limit": unpacked // 1_000_000},
            code="unpacked",
        )


def _is_bloated(part: bytes) -> bool:
    """Whether there are more rows, or more tags between two of them, than Excel writes."""
    start = 0
    for count, found in enumerate(ROW_OR_STRING.finditer(part), start=1):
        if count > EXCEL_ROWS or part.count(b"<", start, found.start()) > MOST_TAGS:
            return True
        start = found.start()
    return part.count(b"<", start) > MOST_TAGS


def _not_a_workbook(names: frozenset[str]) -> ValidationError:
    if "content.xml" in names:
        return ValidationError(
            _("C’est un document LibreOffice : enregistrez-le au format .xlsx ou CSV."), code="ods"
        )
    if "xl/workbook.bin" in names:
        return ValidationError(
            _("C’est un classeur Excel binaire (.xlsb) : enregistrez-le au format .xlsx."),
            code="xlsb",
        )
    return ValidationError(
        _("C’est une archive ou un document, pas un tableau : déposez un fichier .xlsx ou CSV."),
        code="archive",
    )


def _damaged() -> ValidationError:
    return ValidationError(
        _("Ce classeur est illisible : ouvrez-le, puis enregistrez-le de nouveau en .xlsx."),
        code="damaged",
    )


def _first_sheet(data: bytes) -> _Sheet:
    workbook = openpyxl.load_workbook(BytesIO(data), read_only=True, data_only=True)
    sheets = cast("list[_Sheet]", workbook.worksheets)
    sheet = next((sheet for sheet in sheets if sheet.sheet_state == "visible"), None)
    if sheet is None:
        raise ValidationError(
            _("Ce classeur n’a pas de feuille visible : affichez celle qu’il faut lire."),
            code="hidden",
        )
    return sheet


def _lines(sheet: _Sheet, columns: int) -> Iterator[Line]:
    """Trust no declared dimension: some programs write A1:A1, some the whole sheet."""
    sheet.reset_dimensions()
    for number, row in enumerate(sheet.iter_rows(max_col=columns), start=1):
        if number > EXCEL_ROWS:
            raise _damaged()
        if any(cell.value is not None for cell in row):
            yield number, [_text(cell) for cell in row]


def _text(cell: ReadOnlyCell) -> str:
    value = cell.value
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, datetime):
        is_day = value.time() == MIDNIGHT
        return value.date().isoformat() if is_day else value.isoformat(" ", "minutes")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, int | float):
        return _number(value, cell.number_format)
    return "" if value is None else str(value)


def _number(value: float, shown_as: str) -> str:
    """Digits without exponent nor useless decimals: 6.284e4 is "62840"."""
    if isinstance(value, float):
        value = int(value) if value.is_integer() else value
    digits = format(Decimal(repr(value)), "f")
    return digits.zfill(len(shown_as)) if ZEROS.fullmatch(shown_as) else digits
