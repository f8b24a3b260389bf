"""The public RPPS extraction: the territory's lines kept, whatever the header says or the disk did.

samples/rpps.txt is invented: its people, numbers and places to practise are nobody's.
"""

from __future__ import annotations

import tracemalloc
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from cpts_portal.core import rpps_file
from cpts_portal.core.identifiers import validate_finess, validate_rpps
from cpts_portal.core.rpps_file import Counts, RppsActivity

SAMPLE = Path(__file__).parent / "samples" / "rpps.txt"
HEADER, *LINES = SAMPLE.read_bytes().splitlines(keepends=True)
LAVENTIE, FLEURBAIX = "62491", "62338"


def read(content: bytes, *communes: str, counts: Counts | None = None) -> list[RppsActivity]:
    wanted = set(communes or (LAVENTIE, FLEURBAIX))
    return list(rpps_file.read(BytesIO(content), communes=wanted, counts=counts))


def names(activities: list[RppsActivity]) -> list[str]:
    return [f"{activity.last_name} {activity.commune_name}" for activity in activities]


def zipped(**files: bytes) -> BytesIO:
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as writer:
        for name, content in files.items():
            writer.writestr(f"{name}.txt", content)
    archive.seek(0)
    return archive


# --- What is kept ---------------------------------------------------------------------------
def test_one_activity_a_line_of_the_territory_in_the_order_of_the_file():
    counts = Counts()

    activities = list(rpps_file.read(SAMPLE, communes={LAVENTIE, FLEURBAIX}, counts=counts))

    assert names(activities) == [
        "MARCHAND-TEST Laventie",
        "MARCHAND-TEST Fleurbaix",
        "ÉCHANTILLON Laventie",
        "FACTICE Fleurbaix",
    ]
    assert counts == Counts(lines=7, kept=4, broken=0, other_ids=1)


def test_an_activity_says_who_what_where_and_how_to_call():
    activity = read(HEADER + LINES[0])[0]

    assert activity == RppsActivity(
        rpps="10000100015",
        title="Docteur",
        civility="Madame",
        last_name="MARCHAND-TEST",
        first_name="ALINE",
        profession_code="10",
        profession_label="Médecin",
        category_code="C",
        speciality_type="S",
        speciality_code="SM54",
        speciality_label="Médecine générale",
        mode_code="L",
        mode_label="Libéral",
        siret="",
        finess="",
        structure_id="R10000100015",
        site_name="CABINET DU DR MARCHAND-TEST",
        site_sign="",
        address_extra="",
        place_extra="",
        street_number="12",
        street_repeat="B",
        street_type="Rue",
        street_name="DES TILLEULS",
        postal_code="62840",
        commune_code=LAVENTIE,
        commune_name="Laventie",
        phone="0353010001",
        phone_2="",
        email="cabinet@example.org",
        sector_code="SA07",
        sector_label="Cabinet individuel",
        role_label="Titulaire de cabinet",
    )
    assert activity.street == "12 B Rue DES TILLEULS"


def test_the_sample_has_numbers_that_could_be_true():
    for activity in rpps_file.read(SAMPLE, communes={LAVENTIE, FLEURBAIX}):
        validate_rpps(activity.rpps)
        if activity.finess:
            validate_finess(activity.finess)


def test_no_commune_keeps_no_line():
    counts = Counts()

    assert list(rpps_file.read(SAMPLE, communes=set(), counts=counts)) == []
    assert counts == Counts(lines=7)


def test_a_place_without_its_commune_code_belongs_to_no_territory():
    assert read(HEADER + LINES[6], LAVENTIE, "") == read(HEADER + LINES[6], "62840", "") == []


# --- A header that drifts -------------------------------------------------------------------
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("Code commune (coord. structure)", "CODE_COMMUNE"),
        ("Code commune (coord. structure)", "code commune (coord structure)"),
        ("Nom d'exercice", "Nom d’exercice"),
        ("Prénom d'exercice", " Prenom exercice "),
        ("|Identifiant PP|", "|N°|"),
    ],
)
def test_a_column_is_known_by_several_wordings(ours, theirs):
    header = HEADER.decode().replace(ours, theirs).encode()

    assert read(header + b"".join(LINES)) == read(HEADER + b"".join(LINES))


def test_columns_may_change_places_and_new_ones_come():
    columns = list(zip(*(line.decode().split("|")[:56] for line in (HEADER, *LINES)), strict=True))
    columns.insert(3, ("Colonne d’un an prochain", *"1234567"))
    lines = ("|".join(cells) + "|\r\n" for cells in zip(*reversed(columns), strict=True))

    assert read("".join(lines).encode()) == read(HEADER + b"".join(LINES))


def test_the_52_columns_of_before_2023_leave_what_they_lack_empty():
    cut = ["|".join(line.decode().split("|")[:52]) + "|\n" for line in (HEADER, *LINES)]

    activities = read("".join(cut).encode())

    assert names(activities) == names(read(HEADER + b"".join(LINES)))
    assert {activity.role_label for activity in activities} == {""}


@pytest.mark.parametrize("header_ends", ["|\n", "|\r\n", "\n"])
@pytest.mark.parametrize("line_ends", ["|\n", "|\r\n", "\n", "|", ""])
def test_header_and_lines_may_end_with_a_separator_or_without(header_ends, line_ends):
    header, line = (text.decode().removesuffix("|\n") for text in (HEADER, LINES[0]))

    content = (header + header_ends + line + line_ends).encode()

    assert read(content) == read(HEADER + LINES[0])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_the_header_tells_the_encoding(encoding):
    content = (HEADER + LINES[2]).decode().encode(encoding)

    assert names(read(content)) == ["ÉCHANTILLON Laventie"]


def test_a_header_without_the_essential_is_refused_with_the_columns_looked_for():
    header = HEADER.replace(b"Code commune", b"Commune").replace(b"Code profession|", b"Metier|")

    with pytest.raises(ValidationError) as refusal:
        read(header + LINES[0])

    assert refusal.value.code == "rpps_header"
    assert refusal.value.message == (
        "Ce n’est pas l’extraction RPPS attendue\u00a0: sa première ligne doit nommer les colonnes,"
        " séparées par des barres verticales. Introuvables\u00a0: «\u00a0Code profession\u00a0»,"
        " «\u00a0Code commune (coord. structure)\u00a0». Déposez le fichier"
        " «\u00a0PS_LibreAcces_Personne_activite\u00a0» de l’annuaire Santé, tel qu’il est publié."
    )


@pytest.mark.parametrize("content", [b"", b"\n", b"Nom;Commune\nA;B\n", b"%PDF-1.7\n", b"\0" * 99])
def test_what_is_not_the_extraction_is_refused(content):
    with pytest.raises(ValidationError, match="Ce n’est pas l’extraction RPPS"):
        read(content)


# --- A file that suffered -------------------------------------------------------------------
@pytest.mark.parametrize(
    "broken",
    [
        b"8|10000100015|\n",
        LINES[0].replace(b"ALINE", b"AL|INE").replace(b"Docteur", b"Doc|teur"),
        LINES[0].replace(b"ALINE", b"AL\xcfNE"),
        b"\0" * 300 + b"\n",
        b"x" * 3_000_000 + b"\n",
    ],
)
def test_a_broken_line_is_counted_and_passed_over(broken):
    counts = Counts()

    activities = read(HEADER + LINES[0] + broken + b"\n" + LINES[2], counts=counts)

    assert names(activities) == ["MARCHAND-TEST Laventie", "ÉCHANTILLON Laventie"]
    assert counts == Counts(lines=3, kept=2, broken=1)


@given(st.lists(st.binary(max_size=80)), st.integers(0, 7))
def test_no_line_is_fatal(noise, at):
    lines = [*LINES[:at], *(line.replace(b"\n", b"") + b"\n" for line in noise), *LINES[at:]]
    counts = Counts()

    activities = read(HEADER + b"".join(lines), counts=counts)

    assert names(activities) == names(read(HEADER + b"".join(LINES)))
    assert counts.lines == 7 + counts.broken


@given(st.integers(1, 4000))
def test_lines_are_whole_wherever_the_file_is_cut_into_blocks(size):
    pieces = rpps_file._lines(Slow(HEADER + b"".join(LINES), size))

    assert b"\n".join(pieces) + b"\n" == HEADER + b"".join(LINES)


class Slow(BytesIO):
    """A file that gives less than it is asked for."""

    def __init__(self, content: bytes, at_once: int) -> None:
        super().__init__(content)
        self.at_once = at_once

    def read(self, size: int | None = -1) -> bytes:
        return super().read(self.at_once)


def test_memory_does_not_grow_with_the_file():
    content = BytesIO(HEADER + b"".join(LINES) * 10_000)

    tracemalloc.start()
    kept = sum(1 for _ in rpps_file.read(content, communes={LAVENTIE}))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert kept == 20_000
    assert peak < 16 * rpps_file.BLOCK


# --- The archive it is published in ---------------------------------------------------------
def test_the_activities_are_found_in_the_published_archive():
    archive = zipped(
        PS_LibreAcces_Dipl_AutExerc=b"Type|",
        PS_LibreAcces_Personne_activite_202611220801=SAMPLE.read_bytes(),
        PS_LibreAcces_SavoirFaire=b"Type|",
    )

    assert len(list(rpps_file.read(archive, communes={LAVENTIE}))) == 2


def test_an_archive_is_read_from_the_disk_too(tmp_path):
    path = tmp_path / "extraction.zip"
    path.write_bytes(zipped(rpps=SAMPLE.read_bytes()).getvalue())

    assert len(list(rpps_file.read(str(path), communes={LAVENTIE}))) == 2


def test_an_archive_without_text_is_refused():
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        writer.writestr("photo.jpg", b"")

    with pytest.raises(ValidationError, match="ne contient pas de fichier texte"):
        next(rpps_file.read(archive, communes=set()))


def test_a_damaged_archive_is_refused():
    content = bytearray(zipped(rpps=SAMPLE.read_bytes() * 50).getvalue())
    content[400:420] = bytes(20)

    with pytest.raises(ValidationError, match="abîmée"):
        list(rpps_file.read(BytesIO(content), communes={LAVENTIE}))


def test_a_locked_archive_is_refused():
    content = bytearray(zipped(rpps=SAMPLE.read_bytes()).getvalue())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1

    with pytest.raises(ValidationError, match="protégée"):
        next(rpps_file.read(BytesIO(content), communes={LAVENTIE}))
