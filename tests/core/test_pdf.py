"""What is printed: readable by everyone, the same everywhere, its words never run as code."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
import typst
from django.utils.translation import gettext_lazy
from PIL import Image
from pypdf import PdfReader

from cpts_portal.core import pdf
from tests import papers

every_document = pytest.mark.parametrize("template", papers.ALL)


def read(content: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(content), strict=True)


def text_of(content: bytes) -> str:
    """Words of all pages, on one line, plain spaces."""
    return " ".join(" ".join(page.extract_text() for page in read(content).pages).split())


def tags_of(content: bytes) -> list[str]:
    """Kinds of the structure elements, in reading order."""
    return list(_tags(read(content).trailer["/Root"]["/StructTreeRoot"]["/K"]))


def _tags(node: Any) -> Iterator[str]:
    node = node.get_object()
    for part in node if isinstance(node, list) else [node]:
        element = part.get_object()
        if isinstance(element, dict) and "/S" in element:
            yield element["/S"][1:]
            yield from _tags(element.get("/K", []))


# --- Everyone reads it ---------------------------------------------------------------------------
@every_document
def test_a_document_is_tagged_titled_and_says_its_language_and_standard(template):
    data = papers.ALL[template]()

    root = read(pdf.render(template, data)).trailer["/Root"]

    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "fr"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    metadata = root["/Metadata"].get_data().decode()
    assert re.findall(r"<pdfuaid:part>(\d)</pdfuaid:part>", metadata) == ["1"]
    assert re.findall(r'<rdf:li xml:lang="x-default">(.*?)</rdf:li>', metadata) == [data["title"]]


@every_document
def test_every_font_travels_inside_the_document(template):
    pages = read(pdf.render(template, papers.ALL[template]())).pages

    fonts = [font.get_object() for page in pages for font in page["/Resources"]["/Font"].values()]
    described = [font["/DescendantFonts"][0].get_object()["/FontDescriptor"] for font in fonts]
    assert all("/FontFile2" in one or "/FontFile3" in one for one in described)
    names = {re.split(r"[+-]", one["/FontName"])[1] for one in described}
    assert names <= {"AtkinsonHyperlegibleNext", "BricolageGrotesque96ptExtraBold"}


def test_a_table_has_header_cells_and_each_row_its_cells():
    tags = Counter(tags_of(pdf.render("statement", papers.statement())))

    sections = len(papers.MISSIONS)
    assert tags["Table"] == tags["THead"] == sections
    assert tags["TH"] == 4 * sections
    assert tags["TR"] == (1 + 10 + 1) * sections
    assert (tags["H1"], tags["H2"]) == (1, sections)


def test_the_directory_is_a_list_under_each_heading():
    tags = tags_of(pdf.render("directory", papers.directory()))

    outline = [tag for tag in tags if tag in ("H1", "H2", "L", "LI")]
    assert outline == ["H1"] + (["H2", "L"] + ["LI"] * 25) * len(papers.TRADES)


def test_labels_and_values_are_read_as_a_list():
    tags = Counter(tags_of(pdf.render("receipt", papers.receipt())))

    assert (tags["L"], tags["Lbl"], tags["LBody"], tags["Table"]) == (1, 5, 5, 0)


def test_the_pages_are_numbered_in_the_words_that_were_given():
    pages = read(pdf.render("statement", papers.statement())).pages

    feet = [re.findall(r"Page \d sur \d", page.extract_text()) for page in pages]
    assert feet == [["Page 1 sur 2"], ["Page 2 sur 2"]]


def test_a_document_in_english_says_so():
    content = pdf.render(
        "certificate",
        papers.LETTER
        | {"title": "Certificate", "paragraphs": ["Here."], "pages": "{page} of {pages}"},
        language="en",
    )

    assert read(content).trailer["/Root"]["/Lang"] == "en"
    assert "1 of 1" in text_of(content)


# --- Pictures -----------------------------------------------------------------------------------
SOCIAL = {
    "title": "Parlons du dépistage",
    "community": "CPTS Artois Lys",
    "kicker": "Dépistage des cancers",
    "lines": ["jeudi 3 décembre", "Salle des fêtes, Lestrem"],
    "address": "portail.example",
}


def test_a_template_is_drawn_as_a_picture_one_pixel_a_point():
    drawn = pdf.draw("social", SOCIAL, kind="png")

    assert Image.open(io.BytesIO(drawn)).size == (1200, 630)


def test_a_drawing_holds_no_letter_that_a_reader_would_lack():
    drawn = pdf.draw("social", SOCIAL, kind="svg").decode()

    assert drawn.startswith("<svg")
    assert "<text" not in drawn


# --- The same everywhere -------------------------------------------------------------------------
@every_document
def test_the_same_data_gives_the_same_bytes(template):
    first = pdf.render(template, papers.ALL[template]())

    with ThreadPoolExecutor(4) as pool:
        others = list(pool.map(lambda _: pdf.render(template, papers.ALL[template]()), range(4)))

    assert others == [first] * 4


def test_threads_never_mix_their_documents():
    def printed(rank: int) -> str:
        name = f"Personne numéro {rank}"
        return text_of(pdf.render("receipt", papers.receipt() | {"intro": name}))

    with ThreadPoolExecutor(4) as pool:
        texts = list(pool.map(printed, range(12)))

    found = [re.findall(r"Personne numéro (\d+)", text) for text in texts]
    assert found == [[str(rank)] for rank in range(12)]


# --- Words are never code ------------------------------------------------------------------------
@pytest.mark.parametrize(
    "name",
    [
        "#panic()",
        "]#panic()",
        '"); #panic() //',
        "#read(\"_letter.typ\")",
        "$ x $ *gras* _italique_ `code` @renvoi <label> = Titre",
        "\\u{41} \\#x /* */ // fin",
        '{"title": "autre"}',
    ],
)  # fmt: skip
def test_what_a_person_typed_is_printed_as_it_stands(name):
    content = pdf.render("receipt", papers.receipt() | {"title": name, "intro": name})

    assert read(content).metadata.title == name
    plain = "".join(name.split())
    assert "".join(text_of(content).split()).count(plain) == 3


def test_a_template_reads_nothing_outside_its_folder():
    with pytest.raises(typst.TypstError, match="escape the project root"):
        typst.compile(b'#read("../../../manage.py")', root=pdf.ROOT, format="pdf")

    templates = [path.read_text() for path in pdf.ROOT.glob("*.typ")]
    assert not [text for text in templates if re.search(r"@preview|@local|\beval\(", text)]


@pytest.mark.parametrize("name", ["_letter", "../documents/receipt", "receipt.typ", "", "absent"])
def test_only_a_document_of_ours_is_printed(name):
    with pytest.raises(ValueError, match="no document"):
        pdf.render(name, papers.receipt())


# --- Every name can be printed -------------------------------------------------------------------
def test_what_no_font_draws_becomes_its_likeness_or_a_question_mark():
    typed = "Łucja ﬁn Ｍａｒｉｅ\u202f! 李 😀 \x00 a\u2011b co\u00adop e\u0301\u0378"

    assert pdf.drawable(typed) == "Łucja fin Marie\u00a0! ? ? ? a-b coop é?"
    assert "Łucja fin Marie ! ? ? ? a-b coop é?" in text_of(
        pdf.render("receipt", papers.receipt() | {"intro": typed})
    )


def test_every_sign_that_is_let_through_can_be_drawn():
    signs = [sign for sign in map(chr, range(0x20, 0x3000)) if not pdf.FORBIDDEN.match(sign)]

    content = pdf.render("receipt", papers.receipt() | {"intro": " ".join(signs)})

    assert len(signs) > 900
    assert len(read(content).pages) == 2


def test_lazy_words_are_printed_and_what_has_no_words_is_refused():
    assert pdf.drawable({"a": [gettext_lazy("Oui"), 1, None]}) == {"a": ["Oui", 1, None]}

    with pytest.raises(TypeError, match="date"):
        pdf.drawable({"day": date(2026, 11, 22)})


def test_data_of_another_shape_is_an_error_of_the_programmer():
    data = papers.receipt()
    del data["amount"]

    with pytest.raises(typst.TypstError, match="amount"):
        pdf.render("receipt", data)


def test_an_address_too_long_for_its_column_is_cut_and_stays_on_the_page():
    address = "a" * 150
    data = papers.access_pack()
    data["sections"] = [{"heading": "Joindre", "facts": [["Courriel", address]]}]

    lines = read(pdf.render("access_pack", data)).pages[0].extract_text().split("\n")

    runs = [run for line in lines for run in re.findall(r"a{20,}|a+$", line) if len(run) > 10]
    assert [len(run) for run in runs] == [44, 45, 45, 16]


def test_an_empty_document_is_still_a_document():
    bare = {name: papers.LETTER[name] for name in ("letterhead", "pages")} | {"title": "Vide"}

    for template, more in {
        "certificate": {"paragraphs": []},
        "directory": {"subtitle": "", "groups": []},
        "access_pack": {"intro": "", "sections": [{"heading": "Rien"}]},
        "receipt": papers.receipt() | {"facts": []},
        "statement": papers.statement() | {"sections": []},
    }.items():
        assert len(read(pdf.render(template, bare | more)).pages) == 1
