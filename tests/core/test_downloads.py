"""Attachments: their names on every system, and tables that no spreadsheet calculates."""

from __future__ import annotations

import csv
import io
import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpts_portal.core import downloads
from cpts_portal.core.downloads import csv_text


@pytest.mark.parametrize(
    ("response", "content_type", "ending"),
    [
        (downloads.pdf(b"%PDF", name="reçu"), "application/pdf", "pdf"),
        (downloads.vcf("BEGIN:VCARD", name="reçu"), "text/vcard; charset=utf-8", "vcf"),
        (downloads.csv_file(["a"], [], name="reçu"), "text/csv; charset=utf-8", "csv"),
        (downloads.json_file({}, name="reçu"), "application/json", "json"),
        (downloads.picture(b"x", name="reçu", kind="png"), "image/png", "png"),
        (downloads.picture(b"x", name="reçu", kind="svg"), "image/svg+xml", "svg"),
    ],
)
def test_a_file_is_an_attachment_that_nobody_keeps_or_guesses(response, content_type, ending):
    assert dict(response.headers) == {
        "Content-Type": content_type,
        "Content-Disposition": f"attachment; filename*=utf-8''re%C3%A7u.{ending}",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("etat-2026", 'filename="etat-2026.pdf"'),
        ("../../etc/passwd", 'filename="etc passwd.pdf"'),
        ('a"; filename="b.exe', 'filename="a filename= b.exe.pdf"'),
        ("un\r\nSet-Cookie: x", 'filename="un Set-Cookie x.pdf"'),
        ("\u202egnp.exe", 'filename="gnp.exe.pdf"'),
        (" . ", 'filename="document.pdf"'),
        ("", 'filename="document.pdf"'),
        ("x" * 300, f'filename="{"x" * 120}.pdf"'),
    ],
)
def test_a_file_name_has_no_path_no_control_and_an_end(name, sent):
    response = downloads.pdf(b"", name=name)

    assert response["Content-Disposition"] == f"attachment; {sent}"


def test_a_table_opens_in_a_french_spreadsheet():
    written = csv_text(["Nom", "Heures"], [["Œuvrard; Julie", "2,5"], ["Nowak", None]])

    assert written == '\ufeffNom;Heures\r\n"Œuvrard; Julie";2,5\r\nNowak;\r\n'


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+33321000000", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1", "--2"],
)
def test_a_formula_is_disarmed(cell):
    [[read]] = list(csv.reader(io.StringIO(csv_text([cell], [])[1:], newline=""), delimiter=";"))

    assert read == f"'{cell}"


@pytest.mark.parametrize("cell", ["-3", "-3,50", "-3.5", 12, 4.5, date(2026, 11, 22), "a=b", ""])
def test_what_calculates_nothing_stays_as_it_is(cell):
    assert csv_text([cell, "fin"], []) == f"\ufeff{cell};fin\r\n"


@given(st.lists(st.text(st.characters(exclude_characters="\0")), min_size=2, max_size=4))
def test_a_table_is_read_back_as_it_was_written_but_for_the_apostrophes(row):
    written = csv_text([], [row])[len("\ufeff\r\n") :]

    [read] = csv.reader(io.StringIO(written, newline=""), delimiter=";")
    assert [cell.removeprefix("'") for cell in read] == [cell.removeprefix("'") for cell in row]


def test_a_card_and_a_json_file_keep_their_accents():
    card = downloads.vcf("N:Œuvrard", name="fiche")
    data = downloads.json_file({"né le": date(1980, 1, 2)}, name="données")

    assert card.content.decode() == "N:Œuvrard"
    assert data.content.decode() == '{\n  "né le": "1980-01-02"\n}\n'
    assert json.loads(data.content) == {"né le": "1980-01-02"}
