"""Printed documents: milliseconds a page, beside Typst alone on the same page, untagged.

Each round prints another title, so that nothing is answered from what Typst remembers.
"""

from __future__ import annotations

import io
import itertools
import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

import typst
from pypdf import PdfReader

from benchmarks.measure import SideBySide, promise, side_by_side
from cpts_portal.core import pdf
from tests import papers

ROUNDS = 30
AT_MOST = 1.5
"""Times the untagged page: what accessibility and the same fonts everywhere may cost."""
PAGE_MS = 50.0


def main() -> None:
    kept = []
    for template, paper in papers.ALL.items():
        pages = len(PdfReader(io.BytesIO(pdf.render(template, paper()))).pages)
        times = measured(template, paper)
        page_ms = times.ours_ms / pages
        note = f"   {page_ms:.1f} ms la page, {times.bare_ms / pages:.1f} ms sans balises"
        kept.append(promise(f"document {template}", times.ratio, AT_MOST, note=note))
        kept.append(promise(f"document {template}, une page", page_ms, PAGE_MS, "ms"))
    if not all(kept):
        sys.exit("les documents ne tiennent pas leur promesse")


def measured(template: str, paper: Callable[[], dict[str, Any]]) -> SideBySide:
    sheets = titled(paper())
    return side_by_side(
        lambda: pdf.render(template, next(sheets)),
        lambda: bare(template, next(sheets)),
        ROUNDS,
    )


def titled(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The same sheet, never twice under one title."""
    return (data | {"title": f"{data['title']} {rank}"} for rank in itertools.count(1))


def bare(template: str, data: dict[str, Any]) -> bytes:
    return typst.compile(
        pdf.ROOT / f"{template}.typ",
        root=pdf.ROOT,
        font_paths=pdf._fonts(),
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"data": json.dumps(data), "language": "fr"},
        pdf_tags=False,
    )
