"""A table that somebody uploads, CSV or XLSX, as headers and rows of text.

What people have is forgiven: encoding, separator, titles above the headers, empty lines, numbers
that became floats. What cannot be read is refused in a sentence that says what to do.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from io import StringIO
from itertools import islice
from typing import IO

from django.core.exceptions import ValidationError
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cpts_portal.core import workbooks
from cpts_portal.core.territory import fold
from cpts_portal.core.workbooks import Line

SEPARATORS = ";,\t|"
LINES_LOOKED_AT = 50  # to choose a separator
TITLES = 10  # lines that may stand above the headers
WORKBOOK = b"PK\x03\x04"
BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
UNPRINTABLE = re.compile(r"[\x00-\x08\x0e-\x1f]")
FLOAT = re.compile(r"(\d{5,})\.0+")  # 10999000012.0, what some programs make of a long number
LOCKED = "EncryptedPackage".encode("utf-16-le")
EMPTY = gettext_lazy("Ce fichier est vide : vérifiez que vous déposez le bon.")
SIGNS = (
    (rb"\s*\Z", EMPTY, "empty"),
    (
        rb"\xd0\xcf\x11\xe0(?s:.*)" + re.escape(LOCKED),
        gettext_lazy("Ce classeur est protégé par un mot de passe : enregistrez-le sans."),
        "locked",
    ),
    (
        rb"\xd0\xcf\x11\xe0",
        gettext_lazy("C’est un ancien classeur Excel (.xls) : enregistrez-le au format .xlsx."),
        "xls",
    ),
    (rb"%PDF", gettext_lazy("C’est un PDF : déposez le tableau en .xlsx ou CSV."), "pdf"),
    (
        rb"(?i)(\xef\xbb\xbf)?\s*<(!doctype|html|head|body|table|\?xml)",
        gettext_lazy("C’est une page Web, pas un tableau : enregistrez-la au format .xlsx ou CSV."),
        "html",
    ),
)
"""How files that are no table begin, what is said of them, and the code of the refusal."""


@dataclass(frozen=True)
class Limits:
    """What a file may be at most: bytes, rows below the headers, columns, characters in a cell.

    `unpacked` is what an .xlsx may become once opened, in bytes: it is a compressed archive.
    """

    bytes: int = 5_000_000
    rows: int = 5_000
    columns: int = 60
    cell: int = 500
    unpacked: int = 25_000_000


@dataclass(frozen=True)
class Sheet:
    """Rows as wide as the headers, without the empty ones; `lines[n]` is where row n stands.

    `too_wide` holds the lines with something beyond the last header, a separator in a cell as a
    rule: their cells may have moved, the caller refuses them one by one.
    """

    headers: list[str]
    rows: list[list[str]]
    lines: list[int]
    too_wide: list[int] = field(default_factory=list)

    def numbered(self) -> Iterator[Line]:
        """Each row with its line in the file, as a person counts: the first is 1."""
        return zip(self.lines, self.rows, strict=True)


@dataclass(frozen=True)
class Mapping:
    """Where each known column is in a row, and what is odd about the headers, as they were typed.

    A known name found twice is in `doubled`, with the first of its columns in `columns`.
    """

    columns: dict[str, int]
    unknown: list[str]
    missing: list[str]
    doubled: list[str]

    def cells(self, row: Sequence[str]) -> dict[str, str]:
        """The known cells of a row by their names; those without a column are left out."""
        return {name: row[at] for name, at in self.columns.items()}


def read(source: bytes | IO[bytes], limits: Limits | None = None) -> Sheet:
    """The table in a CSV or XLSX file; raises ValidationError with what to do about it.

    CSV: UTF-8, UTF-16 or Windows; `;`, `,`, tab or `|`. XLSX: the first visible sheet. Memory
    is bounded by the limits.
    """
    limits = limits or Limits()
    data = source if isinstance(source, bytes) else source.read(limits.bytes + 1)
    if len(data) > limits.bytes:
        raise _too_large(limits)
    for begins, sentence, code in SIGNS:
        if re.match(begins, data):
            raise ValidationError(sentence, code=code)
    most = limits.rows + TITLES + 2
    if data.startswith(WORKBOOK):
        lines = workbooks.read_lines(
            data, unpacked=limits.unpacked, columns=2 * limits.columns, lines=most
        )
    else:
        lines = list(islice(_csv_lines(_decoded(data)), most))
    return _sheet(lines, limits)


def match_headers(headers: Sequence[str], known: MappingOf[str, Sequence[str]]) -> Mapping:
    """Compare headers, folded, with each known name and its other wordings.

    {"rpps": ("N° RPPS", "numéro RPPS")} is found under "rpps", "N° RPPS", "NUMERO_RPPS"…
    """
    names = {fold(wording): name for name, others in known.items() for wording in (name, *others)}
    found = [names.get(fold(header)) for header in headers]
    columns = {name: found.index(name) for name in found if name is not None}
    unknown = zip(headers, found, strict=True)
    return Mapping(
        columns={name: columns[name] for name in known if name in columns},
        unknown=[header for header, name in unknown if name is None and header],
        missing=[name for name in known if name not in columns],
        doubled=[name for name in known if found.count(name) > 1],
    )


# --- Text -----------------------------------------------------------------------------------
def _decoded(data: bytes) -> str:
    marked = next((name for mark, name in BOMS.items() if data.startswith(mark)), None)
    for encoding in (marked,) if marked else ("utf-8", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not UNPRINTABLE.search(text):
            return text
    raise ValidationError(
        _("Ce fichier n’est pas un tableau lisible : déposez un fichier .xlsx ou CSV."),
        code="binary",
    )


def _csv_lines(text: str) -> Iterator[Line]:
    """The lines that are not empty; a cell on several lines stands where it begins."""
    separator, text = _separator(text)
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator)
    try:
        number = 1
        for row in reader:
            if any(cell.strip() for cell in row):
                yield number, row
            number = reader.line_num + 1
    except csv.Error as broken:
        raise ValidationError(
            _("Ligne %(line)d : un guillemet ouvert n’est jamais fermé.") % {"line": number},
            code="quote",
        ) from broken


def _separator(text: str) -> tuple[str, str]:
    """The one that cuts the most lines into as many cells; Excel's "sep=;" has the last word."""
    if told := re.match(r"sep=([;,\t|])(?=\r|\n)", text, re.IGNORECASE):
        return told[1], text[told.end() :]
    return max(SEPARATORS, key=lambda separator: _regularity(text, separator)), text


def _regularity(text: str, separator: str) -> tuple[int, int]:
    """Lines of the most usual width, then that width; lines of a single cell say nothing."""
    try:
        rows = list(islice(csv.reader(StringIO(text), delimiter=separator), LINES_LOOKED_AT))
    except csv.Error:
        return (0, 0)
    widths = Counter(len(row) for row in rows if len(row) > 1)
    return max(((count, width) for width, count in widths.items()), default=(0, 0))


# --- Table ----------------------------------------------------------------------------------
def _sheet(lines: Iterable[Line], limits: Limits) -> Sheet:
    trimmed = [(number, _trimmed(cells)) for number, cells in lines]
    trimmed = [(number, cells) for number, cells in trimmed if cells]
    if not trimmed:
        raise ValidationError(EMPTY, code="empty")
    _check_size(trimmed, limits)
    at = _header_at([cells for _number, cells in trimmed])
    headers, body = trimmed[at][1], trimmed[at + 1 :]
    if not body:
        raise ValidationError(
            _("Ce fichier n’a que des en-têtes : ajoutez au moins une ligne dessous."),
            code="only_headers",
        )
    if len(body) > limits.rows:
        raise _too_many_rows(limits)
    width = len(headers)
    return Sheet(
        headers=[" ".join(header.split()) for header in headers],
        rows=[(cells + [""] * width)[:width] for _number, cells in body],
        lines=[number for number, _cells in body],
        too_wide=[number for number, cells in body if len(cells) > width],
    )


def _trimmed(cells: Iterable[str]) -> list[str]:
    """Cells without spaces around, the empty ones at the end gone."""
    kept = [FLOAT.sub(r"\1", cell) if FLOAT.fullmatch(cell) else cell for cell in _stripped(cells)]
    while kept and not kept[-1]:
        kept.pop()
    return kept


def _stripped(cells: Iterable[str]) -> Iterator[str]:
    return (cell.replace("\r\n", "\n").strip() for cell in cells)


def _header_at(lines: Sequence[Sequence[str]]) -> int:
    """The first line that fills two thirds of the widest: titles above the headers are short."""
    filled = [sum(1 for cell in cells if cell) for cells in lines[: TITLES + 1]]
    return next(at for at, count in enumerate(filled) if count * 3 >= max(filled) * 2)


def _check_size(lines: Iterable[Line], limits: Limits) -> None:
    for number, cells in lines:
        if len(cells) > limits.columns:
            raise ValidationError(
                _("Ligne %(line)d : plus de %(limit)d colonnes. Gardez celles qui servent.")
                % {"line": number, "limit": limits.columns},
                code="columns",
            )
        for column, cell in enumerate(cells, start=1):
            if len(cell) > limits.cell:
                raise ValidationError(
                    _(
                        "Ligne %(line)d, colonne %(column)d : plus de %(limit)d caractères dans"
                        " une case. Raccourcissez-la, ou fermez le guillemet resté ouvert."
                    )
                    % {"line": number, "column": column, "limit": limits.cell},
                    code="cell",
                )


def _too_large(limits: Limits) -> ValidationError:
    return ValidationError(
        _("Ce fichier dépasse %(limit)s Mo : ôtez ce qui ne sert pas, ou faites-en plusieurs.")
        % {"limit": number_format(round(limits.bytes / 1_000_000, 1))},
        code="bytes",
    )


def _too_many_rows(limits: Limits) -> ValidationError:
    return ValidationError(
        _("Ce fichier a plus de %(limit)s lignes : faites-en plusieurs.")
        % {"limit": number_format(limits.rows, force_grouping=True)},
        code="rows",
    )
