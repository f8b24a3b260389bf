"""Uploaded tables: what people have is forgiven, what cannot be read is refused with a sentence."""

from __future__ import annotations

import csv
import zipfile
from datetime import date, datetime, time
from io import BytesIO, StringIO
from typing import Any

import openpyxl
import pytest
from django.core.exceptions import ValidationError
from hypothesis import assume, given
from hypothesis import strategies as st

from cpts_portal.core import sheets, workbooks
from cpts_portal.core.sheets import Limits, Mapping, Sheet, match_headers

NB = "\u00a0"
FEWER_ROWS = 20_000
"""In place of Excel's million, for a test's time."""

MEMBERS = [["Nom", "Prénom", "N° RPPS"], ["Inventé", "Zoë", "10000100015"], ["Test", "Luc", ""]]


def written(rows: list[list[str]], separator: str = ";", encoding: str = "utf-8") -> bytes:
    text = StringIO()
    csv.writer(text, delimiter=separator).writerows(rows)
    return text.getvalue().encode(encoding)


def workbook(rows: list[list[Any]], **states: str) -> bytes:
    """A workbook of one visible sheet, after others by their titles and states."""
    book = openpyxl.Workbook()
    for title, state in states.items():
        book.create_sheet(title, 0).sheet_state = state
    for row in rows:
        book.worksheets[-1].append(row)
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def repacked(content: bytes, **parts: bytes) -> bytes:
    """A workbook with some of its parts written anew; `sheet1` is the first sheet's XML."""
    names = {"sheet1": "xl/worksheets/sheet1.xml", "styles": "xl/styles.xml"}
    anew = {names.get(key, key): value for key, value in parts.items()}
    packed = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(content)) as source,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            target.writestr(name, anew.pop(name, source.read(name)))
        for name, value in anew.items():
            target.writestr(name, value)
    return packed.getvalue()


def refused(content: bytes, limits: Limits | None = None) -> tuple[str | None, str]:
    """The code and the sentence of a refusal."""
    with pytest.raises(ValidationError) as refusal:
        sheets.read(content, limits)
    return refusal.value.code, refusal.value.messages[0]


# --- CSV ------------------------------------------------------------------------------------
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_csv_is_read_whatever_its_encoding_and_its_separator(separator, encoding):
    sheet = sheets.read(written(MEMBERS, separator, encoding))

    assert sheet == Sheet(headers=MEMBERS[0], rows=MEMBERS[1:], lines=[2, 3])


def test_separators_in_sentences_do_not_mislead():
    rows = [["Nom", "Lieu"], ["Inventé, Zoë", "1, rue A, Lens"], ["Test, Luc", "2, rue B, Lens"]]

    assert sheets.read(written(rows)).rows == rows[1:]


def test_the_separator_that_excel_writes_on_the_first_line_is_believed():
    sheet = sheets.read(b"sep=|\r\na;b|c\r\n1;2|3\r\n")

    assert sheet == Sheet(headers=["a;b", "c"], rows=[["1;2", "3"]], lines=[3])


def test_lines_are_numbered_as_people_see_them():
    content = 'Nom;Note\r\n\r\n"Zoë";"sur\r\ndeux lignes"\r\n;;\r\nLuc;x\r\n'.encode()

    sheet = sheets.read(content)

    assert list(sheet.numbered()) == [(3, ["Zoë", "sur\ndeux lignes"]), (6, ["Luc", "x"])]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_on_any_machine(end):
    assert sheets.read(f"a;b{end}1;2{end}3;4".encode()).lines == [2, 3]


def test_a_single_column_is_a_table():
    assert sheets.read(b"e-mail\na@example.org\nb@example.org\n") == Sheet(
        headers=["e-mail"], rows=[["a@example.org"], ["b@example.org"]], lines=[2, 3]
    )


def test_title_lines_above_the_headers_are_passed_over():
    titles = [["Membres de la CPTS", "", ""], ["", "", ""], ["Au 22 novembre", "", ""]]

    sheet = sheets.read(written([*titles, *MEMBERS]))

    assert (sheet.headers, sheet.lines) == (MEMBERS[0], [5, 6])


def test_rows_are_as_wide_as_the_headers_and_those_beyond_are_told():
    sheet = sheets.read(b"a;b;c\n1\n1;2;3;;\n1;2;3;4\n")

    assert sheet.rows == [["1", "", ""], ["1", "2", "3"], ["1", "2", "3"]]
    assert sheet.too_wide == [4]


def test_spaces_around_are_taken_away_and_floats_of_long_numbers_undone():
    sheet = sheets.read(" N°  RPPS ;\u00a0Rue\n10999000012.0; 12.0 \n".encode())

    assert sheet.headers == ["N° RPPS", "Rue"]
    assert sheet.rows == [["10999000012", "12.0"]]


cells = st.text(
    st.characters(exclude_categories=["C", "Z"], include_characters=" ;,|\"'\n"), max_size=12
)


@given(st.integers(2, 6).flatmap(lambda n: st.lists(st.lists(cells, min_size=n, max_size=n))))
def test_what_is_written_with_quotes_is_read_back(rows):
    rows = [["".join(cell.strip()) for cell in row] for row in rows]
    rows = [row for row in rows if any(row)]
    assume(rows)
    headers = [f"colonne {at}" for at in range(len(rows[0]))]
    text = StringIO()
    csv.writer(text, delimiter=";", quoting=csv.QUOTE_ALL).writerows([headers, *rows])

    sheet = sheets.read(b"sep=;\n" + text.getvalue().encode())

    assert sheet.headers == headers
    assert sheet.rows == rows


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_politely_refused(content):
    try:
        sheet = sheets.read(content)
    except ValidationError:
        return

    assert len(sheet.rows) == len(sheet.lines) > 0
    assert {len(row) for row in sheet.rows} == {len(sheet.headers)}


# --- XLSX -----------------------------------------------------------------------------------
def test_a_workbook_is_read_as_its_csv_would_be():
    titled = [["Membres de la CPTS"], [], *MEMBERS, [None, None], ["Fin", None, None]]

    sheet = sheets.read(workbook(titled))

    assert sheet.headers == MEMBERS[0]
    assert list(sheet.numbered()) == [(4, MEMBERS[1]), (5, MEMBERS[2]), (7, ["Fin", "", ""])]


def test_values_come_as_people_would_type_them():
    row = [10999000012.0, 62840.0, 0.1, 3, True, date(2026, 11, 22), time(14, 20), None, "=1+1"]
    moment = datetime(2026, 11, 22, 14, 20)  # noqa: DTZ001 - workbooks know no time zone

    sheet = sheets.read(workbook([list("abcdefghij"), [*row, moment]]))

    days = ["2026-11-22", "14:20:00", "", "", "2026-11-22 14:20"]
    assert sheet.rows == [["10999000012", "62840", "0.1", "3", "oui", *days]]


@pytest.mark.parametrize("written", ["6.2840e4", "6.284E+04", "62840", "62840.0"])
def test_a_number_has_its_digits_however_the_file_writes_it(written):
    content = workbook([["a", "b"], [1, 2]])
    xml = zipfile.ZipFile(BytesIO(content)).read("xl/worksheets/sheet1.xml").decode()

    sheet = sheets.read(repacked(content, sheet1=xml.replace("<v>1<", f"<v>{written}<").encode()))

    assert sheet.rows == [["62840", "2"]]


def test_a_postal_code_shown_with_its_zero_keeps_it():
    book = openpyxl.Workbook()
    book.worksheets[0].append(["Code postal"])
    book.worksheets[0].append([1000])
    book.worksheets[0]["A2"].number_format = "00000"

    assert sheets.read(saved(book)).rows == [["01000"]]


def test_the_first_visible_sheet_is_the_one_read():
    content = workbook(MEMBERS, Aide="hidden", Listes="veryHidden")

    assert sheets.read(content).headers == MEMBERS[0]


def test_a_wrong_declared_size_hides_no_row():
    content = workbook(MEMBERS)
    xml = zipfile.ZipFile(BytesIO(content)).read("xl/worksheets/sheet1.xml")

    for wrong in (b'ref="A1:A1"', b'ref="A1:XFD1048576"'):
        sheet = sheets.read(repacked(content, sheet1=xml.replace(b'ref="A1:C3"', wrong)))
        assert sheet.rows == MEMBERS[1:]


def test_formatted_empty_rows_down_to_the_last_are_passed_over(monkeypatch):
    monkeypatch.setattr(workbooks, "EXCEL_ROWS", FEWER_ROWS)
    content = workbook(MEMBERS)
    xml = zipfile.ZipFile(BytesIO(content)).read("xl/worksheets/sheet1.xml")
    last = b'<row r="20000"><c r="A20000"/></row></sheetData>'

    sheet = sheets.read(repacked(content, sheet1=xml.replace(b"</sheetData>", last)))

    assert sheet.rows == MEMBERS[1:]


# --- Refusals -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("content", "code", "sentence"),
    [
        (b"", "empty", "Ce fichier est vide : vérifiez que vous déposez le bon."),
        (b"\r\n \n", "empty", "Ce fichier est vide : vérifiez que vous déposez le bon."),
        (b";;\n;;\n", "empty", "Ce fichier est vide : vérifiez que vous déposez le bon."),
        (
            b"Nom;RPPS\n\n",
            "only_headers",
            "Ce fichier n’a que des en-têtes : ajoutez au moins une ligne dessous.",
        ),
        (b"%PDF-1.7\n", "pdf", "C’est un PDF : déposez le tableau en .xlsx ou CSV."),
        (
            b"\n<!DOCTYPE html><table>",
            "html",
            "C’est une page Web, pas un tableau : enregistrez-la au format .xlsx ou CSV.",
        ),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99),
            "xls",
            "C’est un ancien classeur Excel (.xls) : enregistrez-le au format .xlsx.",
        ),
        (
            b"\xd0\xcf\x11\xe0" + bytes(99) + "EncryptedPackage".encode("utf-16-le"),
            "locked",
            "Ce classeur est protégé par un mot de passe : enregistrez-le sans.",
        ),
        (
            b"\x89PNG\r\n\x1a\n\x00\x00",
            "binary",
            "Ce fichier n’est pas un tableau lisible : déposez un fichier .xlsx ou CSV.",
        ),
        (
            b"PK\x03\x04 and no more",
            "damaged",
            "Ce classeur est illisible : ouvrez-le, puis enregistrez-le de nouveau en .xlsx.",
        ),
    ],
)
def test_what_is_no_table_is_named(content, code, sentence):
    assert refused(content) == (code, sentence.replace(" :", f"{NB}:"))


@pytest.mark.parametrize(
    ("part", "code"),
    [("content.xml", "ods"), ("xl/workbook.bin", "xlsb"), ("word/document.xml", "archive")],
)
def test_an_archive_that_is_no_workbook_is_named(part, code):
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(part, b"")

    assert refused(packed.getvalue())[0] == code


def test_a_file_too_large_is_refused_unread():
    content = BytesIO(b"a;b\n" + b"1;2\n" * 1_000_000)

    with pytest.raises(ValidationError) as refusal:
        sheets.read(content, Limits(bytes=1_500_000))

    assert content.tell() == 1_500_001
    assert refusal.value.messages == [
        f"Ce fichier dépasse 1,5{NB}Mo{NB}: ôtez ce qui ne sert pas, ou faites-en plusieurs."
    ]


@pytest.mark.parametrize("make", [written, workbook])
@pytest.mark.parametrize("titles", [0, 10])
def test_rows_have_a_limit(make, titles):
    rows = [["Titre"]] * titles + [["a", "b"]] + [["1", "2"]] * 1200

    assert len(sheets.read(make(rows), Limits(rows=1200)).rows) == 1200
    assert refused(make(rows), Limits(rows=1199)) == (
        "rows",
        f"Ce fichier a plus de 1{NB}199 lignes{NB}: faites-en plusieurs.",
    )


@pytest.mark.parametrize("make", [written, workbook])
def test_columns_have_a_limit(make):
    rows = [["a"] * 60, ["1"] * 60 + ["", "x"]]

    assert refused(make(rows)) == (
        "columns",
        f"Ligne 2{NB}: plus de 60 colonnes. Gardez celles qui servent.",
    )


@pytest.mark.parametrize("make", [written, workbook])
def test_cells_have_a_limit(make):
    code, sentence = refused(make([["a", "b"], ["1", "é" * 501]]))

    assert code == "cell"
    assert sentence == (
        f"Ligne 2, colonne 2{NB}: plus de 500 caractères dans une case. Raccourcissez-la, ou fermez"
        " le guillemet resté ouvert."
    )


def test_a_quote_never_closed_is_told_where_it_opens():
    content = b'a;b\n1;2\n3;"4\n' + b"5;6\n" * 50_000

    assert refused(content) == (
        "quote",
        f"Ligne 3{NB}: un guillemet ouvert n’est jamais fermé.",
    )


def test_a_workbook_that_grows_without_measure_is_refused_unopened():
    bomb = repacked(workbook(MEMBERS), sheet1=b" " * 30_000_000)

    code, sentence = refused(bomb)

    assert len(bomb) < 100_000
    assert code == "unpacked"
    assert sentence == (
        f"Une fois ouvert, ce classeur est trop grand (25{NB}Mo au plus){NB}: copiez les seules"
        " données dans un classeur neuf."
    )


@pytest.mark.parametrize(
    ("part", "content"),
    [
        ("sheet1", b'<row r="1">' + b"<c/>" * 100_001),
        ("sheet1", b'<x:row r="1">' + b"<x:c/>" * 100_001 + b"</x:row><x:row/>"),
        ("sheet1", b"<row/>" * 1_048_577),
        ("styles", b"<xf/>" * 100_001),
        ("xl/other.xml", "<c/>".encode("utf-16") * 100_001),
    ],
)
def test_a_workbook_with_tags_without_number_is_refused_unopened(part, content):
    assert refused(repacked(workbook(MEMBERS), **{part: content}))[0] == "unpacked"


def test_a_workbook_that_lies_about_its_size_is_refused():
    content = repacked(workbook(MEMBERS), sheet1=b" " * 30_000_000)
    size = (30_000_000).to_bytes(4, "little")

    assert refused(content.replace(size, (1000).to_bytes(4, "little")))[0] == "damaged"


def test_entities_are_never_expanded():
    lol = b'<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><worksheet>&b;</worksheet>'

    assert openpyxl.DEFUSEDXML
    assert refused(repacked(workbook(MEMBERS), sheet1=lol))[0] == "damaged"


def test_rows_beyond_what_excel_has_are_refused(monkeypatch):
    monkeypatch.setattr(workbooks, "EXCEL_ROWS", FEWER_ROWS)
    content = workbook(MEMBERS)
    xml = zipfile.ZipFile(BytesIO(content)).read("xl/worksheets/sheet1.xml")
    last = b'<row r="99999999999"><c><v>1</v></c></row></sheetData>'

    assert refused(repacked(content, sheet1=xml.replace(b"</sheetData>", last)))[0] == "damaged"


def test_a_workbook_without_a_visible_sheet_is_refused():
    content = workbook(MEMBERS)
    xml = zipfile.ZipFile(BytesIO(content)).read("xl/workbook.xml")
    hidden = repacked(
        content, **{"xl/workbook.xml": xml.replace(b'state="visible"', b'state="hidden"')}
    )

    assert refused(hidden)[0] == "hidden"


# --- Headers --------------------------------------------------------------------------------
KNOWN = {"last_name": ("Nom", "Nom de famille"), "rpps": ("N° RPPS", "RPPS"), "email": ("E-mail",)}


def test_headers_are_matched_by_their_folded_names():
    mapping = match_headers(["NOM_DE_FAMILLE", "n°  rpps", "e mail"], KNOWN)

    assert mapping == Mapping(
        columns={"last_name": 0, "rpps": 1, "email": 2}, unknown=[], missing=[], doubled=[]
    )
    assert mapping.cells(["Inventé", "1", "a@b.fr"]) == {
        "last_name": "Inventé",
        "rpps": "1",
        "email": "a@b.fr",
    }


def test_headers_unknown_missing_and_doubled_are_told():
    mapping = match_headers(["RPPS", "Ville", "", "N° RPPS", "Nom"], KNOWN)

    assert mapping == Mapping(
        columns={"last_name": 4, "rpps": 0}, unknown=["Ville"], missing=["email"], doubled=["rpps"]
    )
