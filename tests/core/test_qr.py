"""Codes that a telephone reads from a page under a strict policy."""

from __future__ import annotations

import io
import re

import pytest
import segno
from defusedxml.ElementTree import fromstring
from PIL import Image

from cpts_portal.core import qr

ADDRESS = "https://portail.example/artois-lys/reunions/42/presence/abcdefghijklmnop/"


def read_back(svg: str) -> list[list[int]]:
    """The modules that the bars of the drawing cover, quiet zone included."""
    root = fromstring(svg)
    side = int(root.attrib["viewBox"].split()[2])
    modules = [[0] * side for _ in range(side)]
    for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)", root[2].attrib["d"]):
        for column in range(int(x), int(x) + int(length)):
            modules[int(y)][column] = 1
    return modules


def test_the_drawing_is_the_code_with_its_quiet_zone():
    drawn = qr.svg(ADDRESS, label="Code de présence")

    code = segno.make_qr(ADDRESS, error="m", boost_error=False, encoding="utf-8")
    assert read_back(drawn) == [list(row) for row in code.matrix_iter(border=4)]
    assert code.error == "M"


def test_the_drawing_has_a_name_and_no_inline_style():
    drawn = qr.svg(ADDRESS, label="Présence", css_class="qr big")

    root = fromstring(drawn)
    assert root.attrib == {
        "class": "qr big",
        "viewBox": "0 0 45 45",
        "role": "img",
        "shape-rendering": "crispEdges",
    }
    assert [child.tag for child in root] == ["title", "rect", "path"]
    assert root[0].text == "Présence"
    assert (root[1].attrib["fill"], root[2].attrib["fill"]) == ("#fff", "#000")
    assert "style" not in drawn


def test_a_label_cannot_open_an_element():
    drawn = qr.svg("a", label="<script>alert(1)</script>")

    assert fromstring(drawn)[0].text == "<script>alert(1)</script>"


def test_the_files_to_print_hold_the_same_code_with_its_quiet_zone():
    modules = [list(row) for row in segno.make_qr(ADDRESS, error="m", boost_error=False).matrix]

    picture = Image.open(io.BytesIO(qr.png_file(ADDRESS))).convert("L")
    drawing = fromstring(qr.svg_file(ADDRESS))

    side = len(modules) + 2 * qr.QUIET
    assert picture.size == (24 * side, 24 * side)
    assert [
        [int(picture.getpixel((24 * x + 12, 24 * y + 12)) == 0) for x in range(4, side - 4)]
        for y in range(4, side - 4)
    ] == modules
    assert drawing.tag == "{http://www.w3.org/2000/svg}svg"


def test_what_no_code_can_hold_is_refused():
    with pytest.raises(segno.DataOverflowError):
        qr.svg("é" * 2000, label="trop long")
