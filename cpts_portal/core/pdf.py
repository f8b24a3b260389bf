"""Printed documents: tagged PDF (PDF/UA-1, ISO 14289-1) from the templates of core/documents.

A template is code of ours; what it shows arrives as one JSON string, so that nothing that a
person typed is ever read as code. Each template says in its head which data it wants.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

import typst
from django.conf import settings
from django.utils.functional import Promise

ROOT = Path(settings.BASE_DIR) / "templates" / "core" / "documents"
FONTS = Path(settings.BASE_DIR) / "static" / "fonts"
Kind = Literal["png", "svg"]
STANDARD: typst.PDFStandard = "ua-1"
FORBIDDEN = re.compile(
    "[^\n -~\u00a0-\u024f\u0386\u0388-\u038a\u038c\u038e-\u03a1\u03a3-\u03ff\u0400-\u045f"
    "\u1e00-\u1eff\u2013-\u2014\u2018-\u201e\u2022\u2026\u20ac\u2212]"
)
"""What the fonts may not have: one missing sign, and PDF/UA-1 refuses the whole document."""
LIKE = str.maketrans(
    {"\u202f": "\u00a0", "\u2009": "\u00a0", "\u2010": "-", "\u2011": "-", "\t": " ", "\u00ad": ""}
)
UNKNOWN = "?"


def render(template: str, data: Mapping[str, Any], *, language: str = "fr") -> bytes:
    """The document `template` (its file without `.typ`) as PDF; same data, same bytes.

    Strings of `data` arrive worded in `language` (ISO 639-1), lazy ones too; a sign that no font
    draws becomes a question mark. Raises ValueError for an unknown template, and
    typst.TypstError where the data has not the shape that the template tells.
    """
    return typst.compile(
        _path(template),
        root=ROOT,
        font_paths=_fonts(),
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"data": json.dumps(drawable(data)), "language": language},
        pdf_standards=STANDARD,
        timestamp=0,
    )


def draw(template: str, data: Mapping[str, Any], *, kind: Kind, language: str = "fr") -> bytes:
    """The one page of `template` as a picture, one pixel a point; raises as `render` does.

    An SVG holds its letters as outlines, so that it looks the same everywhere.
    """
    return typst.compile(
        _path(template),
        root=ROOT,
        font_paths=_fonts(),
        ignore_system_fonts=True,
        format=kind,
        ppi=72,
        sys_inputs={"data": json.dumps(drawable(data)), "language": language},
    )


def drawable(value: Any) -> Any:
    """`value` for JSON, where every text holds only what the fonts can draw; raises TypeError."""
    match value:
        case str() | Promise():
            return FORBIDDEN.sub(_nearest, unicodedata.normalize("NFC", str(value)).translate(LIKE))
        case Mapping():
            return {str(name): drawable(part) for name, part in value.items()}
        case list() | tuple():
            return [drawable(part) for part in value]
        case None | bool() | int() | float():
            return value
        case _:
            raise TypeError(f"{type(value).__name__} is not worded for print")


def _nearest(sign: re.Match[str]) -> str:
    """« ﬁ » becomes « fi », full-width letters plain ones; anything else is unknown."""
    plain = unicodedata.normalize("NFKC", sign[0])
    return UNKNOWN if FORBIDDEN.search(plain) else plain


def _path(template: str) -> Path:
    path = ROOT / f"{template}.typ"
    if not re.fullmatch(r"[a-z]+(?:_[a-z]+)*", template) or not path.is_file():
        raise ValueError(f"no document is named {template!r}")
    return path


@cache
def _fonts() -> typst.Fonts:
    """Read once a process; shared by its threads, since nothing writes to it."""
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(FONTS)]
    )
