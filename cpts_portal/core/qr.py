"""QR codes: inside a page, under a policy that allows no inline style, or as files to print."""

from __future__ import annotations

import io
from typing import Any

import segno
from django.utils.html import format_html
from django.utils.safestring import SafeString

QUIET = 4
"""Clear modules around the code, as ISO/IEC 18004 wants them."""


def svg(data: str, *, label: str, css_class: str = "qr") -> SafeString:
    """The QR code of `data` as inline SVG, dark on light in both themes, named `label`.

    Its size is the business of `css_class`. Error correction M mends 15 % of the code. Raises
    segno.DataOverflowError beyond 2,331 bytes of UTF-8.
    """
    code = _code(data)
    side = code.symbol_size(border=QUIET)[0]
    return format_html(
        '<svg class="{}" viewBox="0 0 {} {}" role="img" shape-rendering="crispEdges">'
        "<title>{}</title>"
        '<rect width="{}" height="{}" fill="#fff"/><path fill="#000" d="{}"/></svg>',
        css_class, side, side, label, side, side, _dark(code),
    )  # fmt: skip


def svg_file(data: str) -> bytes:
    """The QR code of `data` as an SVG document, black on white, for print; raises as `svg` does."""
    return _saved(_code(data), kind="svg", light="#fff", xmldecl=False, svgclass=None)


def png_file(data: str) -> bytes:
    """The QR code of `data` as a picture of 24 pixels a module; raises as `svg` does."""
    return _saved(_code(data), kind="png", scale=24)


def _code(data: str) -> segno.QRCode:
    return segno.make_qr(data, error="m", boost_error=False, encoding="utf-8")


def _saved(code: segno.QRCode, **options: Any) -> bytes:
    content = io.BytesIO()
    code.save(content, border=QUIET, **options)
    return content.getvalue()


def _dark(code: segno.QRCode) -> str:
    """Path data: one bar a run of dark modules, row by row."""
    runs: list[str] = []
    for row, modules in enumerate(code.matrix):
        start = 0
        while (start := modules.find(1, start)) >= 0:
            end = modules.find(0, start)
            end = len(modules) if end < 0 else end
            runs.append(f"M{start + QUIET} {row + QUIET}h{end - start}v1h-{end - start}z")
            start = end
    return "".join(runs)
