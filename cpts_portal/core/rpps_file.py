"""The public extraction of the RPPS, read as a stream: only the lines of a territory are kept.

The file is "PS_LibreAcces_Personne_activite", published by the Agence du numérique en santé under
the Licence Ouverte 2.0: UTF-8, `|` between fields and after the last one, no quotes, 52 columns
until 2023 and 56 since, one line for each activity and each skill of a professional. The wording
of the header drifts: a column is known by its folded name, with or without "(coord. structure)".
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, fields
from operator import itemgetter
from pathlib import Path
from typing import IO

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from cpts_portal.core.territory import fold

BLOCK = 1 << 20  # bytes read at once
LONGEST_LINE = 1 << 16  # bytes; the true ones have about 800
RPPS = re.compile(r"8?([0-9]{11})")  # "8" begins an RPPS number in "Identification nationale PP"

COLUMNS: dict[str, tuple[str, ...]] = {
    "rpps": ("Identifiant PP", "Identification nationale PP", "Numéro RPPS", "RPPS"),
    "title": ("Libellé civilité d'exercice", "Libellé civilité exercice"),
    "civility": ("Libellé civilité", "Code civilité"),
    "last_name": ("Nom d'exercice", "Nom exercice", "Nom"),
    "first_name": ("Prénom d'exercice", "Prénom exercice", "Prénom"),
    "profession_code": ("Code profession",),
    "profession_label": ("Libellé profession",),
    "category_code": ("Code catégorie professionnelle",),
    "speciality_type": ("Code type savoir-faire",),
    "speciality_code": ("Code savoir-faire",),
    "speciality_label": ("Libellé savoir-faire",),
    "mode_code": ("Code mode exercice", "Code mode d'exercice"),
    "mode_label": ("Libellé mode exercice", "Libellé mode d'exercice"),
    "siret": ("Numéro SIRET site",),
    "finess": ("Numéro FINESS site",),
    "structure_id": ("Identifiant technique de la structure", "Identifiant structure"),
    "site_name": ("Raison sociale site",),
    "site_sign": ("Enseigne commerciale site",),
    "address_extra": ("Complément destinataire (coord. structure)",),
    "place_extra": ("Complément point géographique (coord. structure)",),
    "street_number": ("Numéro Voie (coord. structure)",),
    "street_repeat": ("Indice répétition voie (coord. structure)",),
    "street_type": ("Libellé type de voie (coord. structure)", "Code type de voie"),
    "street_name": ("Libellé Voie (coord. structure)",),
    "postal_code": ("Code postal (coord. structure)",),
    "commune_code": ("Code commune (coord. structure)", "Code INSEE (coord. structure)"),
    "commune_name": ("Libellé commune (coord. structure)",),
    "phone": ("Téléphone (coord. structure)",),
    "phone_2": ("Téléphone 2 (coord. structure)",),
    "email": ("Adresse e-mail (coord. structure)", "Adresse email (coord. structure)"),
    "sector_code": ("Code secteur d'activité",),
    "sector_label": ("Libellé secteur d'activité",),
    "role_label": ("Libellé rôle",),
}
"""Each field of an activity with the names its column has had, the best first."""

ESSENTIAL = ("rpps", "last_name", "first_name", "profession_code", "commune_code")


@dataclass(frozen=True, slots=True)
class RppsActivity:
    """One line as it is written, "" for what is not said; a person has as many as activities.

    `title` is Docteur or Professeur, `civility` Madame or Monsieur; `mode_code` L (libéral), S
    (salarié) or B (bénévole); `category_code` C (civil), M (militaire) or E (étudiant);
    `speciality_type` S for a speciality of the Ordre; `sector_code` such as SA07 (cabinet
    individuel). Phone, address and e-mail are the place's.
    """

    rpps: str
    title: str
    civility: str
    last_name: str
    first_name: str
    profession_code: str
    profession_label: str
    category_code: str
    speciality_type: str
    speciality_code: str
    speciality_label: str
    mode_code: str
    mode_label: str
    siret: str
    finess: str
    structure_id: str
    site_name: str
    site_sign: str
    address_extra: str
    place_extra: str
    street_number: str
    street_repeat: str
    street_type: str
    street_name: str
    postal_code: str
    commune_code: str
    commune_name: str
    phone: str
    phone_2: str
    email: str
    sector_code: str
    sector_label: str
    role_label: str

    @property
    def street(self) -> str:
        """ "12 B Rue DES LILAS": number, repeat, kind and name of the street, as far as known."""
        parts = (self.street_number, self.street_repeat, self.street_type, self.street_name)
        return " ".join(part for part in parts if part)


@dataclass
class Counts:
    """What a reading has met so far, header and blank lines left out; filled in as it goes.

    `broken` counts the lines with too few or too many fields, and those of the territory that are
    not in the file's encoding; `other_ids` those of the territory under another number than RPPS.
    """

    lines: int = 0
    kept: int = 0
    broken: int = 0
    other_ids: int = 0


def read(
    source: Path | str | IO[bytes], *, communes: Collection[str], counts: Counts | None = None
) -> Iterator[RppsActivity]:
    """Activities at a place of `communes` (INSEE codes), in the order of the file.

    `source` is the text file or the ZIP it is published in. Memory stays under a few megabytes.
    Broken lines are counted in `counts` and passed over; raises ValidationError at the first step
    if the header is not that of the extraction, later if a ZIP proves damaged.
    """
    counts = Counts() if counts is None else counts
    with _opened(source) as file:
        lines = _lines(file)
        header = _Header(next(lines, b""))
        for line in _of_territory(lines, header, communes, counts):
            if activity := _activity(line, header, counts):
                counts.kept += 1
                yield activity


class _Header:
    """Where each field is; a missing essential one, or no `|` at all, raises ValidationError."""

    def __init__(self, line: bytes) -> None:
        self.encoding = _encoding(line)
        names = [fold(name) for name in line.decode(self.encoding).rstrip("\r\n|").split("|")]
        found = {name: _position(names, known) for name, known in COLUMNS.items()}
        if missing := [name for name in ESSENTIAL if found[name] is None]:
            raise ValidationError(_refusal(missing), code="rpps_header")
        self.separators = len(names) - 1
        self.commune = found["commune_code"] or 0
        self.positions = [found[field.name] for field in fields(RppsActivity)]
        # A column that this file has not is read one beyond the last, where there is "".
        self.pick = itemgetter(*(len(names) if at is None else at for at in self.positions))


def _encoding(header: bytes) -> str:
    """UTF-8 as published; cp1252 for a file that a spreadsheet has saved again."""
    try:
        header.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def _position(names: Sequence[str], known: Sequence[str]) -> int | None:
    wordings = [fold(wording) for wording in known]
    wordings += [name.removesuffix(" coord structure") for name in wordings]
    return next((names.index(wording) for wording in wordings if wording in names), None)


def _refusal(missing: Sequence[str]) -> str:
    looked_for = ", ".join(_("« %(words)s »") % {"words": COLUMNS[name][0]} for name in missing)
    return _(
        "Ce n’est pas l’extraction RPPS attendue : sa première ligne doit nommer les colonnes,"
        " séparées par des barres verticales. Introuvables : %(columns)s. Déposez le fichier"
        " « PS_LibreAcces_Personne_activite » de l’annuaire Santé, tel qu’il est publié."
    ) % {"columns": looked_for}


def _of_territory(
    lines: Iterator[bytes], header: _Header, communes: Collection[str], counts: Counts
) -> Iterator[bytes]:
    """The whole lines of these communes: fields are counted, but cut only up to the commune's."""
    wanted = frozenset(code.encode() for code in communes if code)
    at, fewest = header.commune, header.separators
    most = fewest + 1
    for line in lines:
        if not (fewest <= line.count(b"|") <= most):
            is_blank = not line.strip()
            counts.lines += not is_blank
            counts.broken += not is_blank
            continue
        counts.lines += 1
        if line.split(b"|", at + 1)[at].strip() in wanted:
            yield line


def _activity(line: bytes, header: _Header, counts: Counts) -> RppsActivity | None:
    try:
        cells = line.decode(header.encoding.removesuffix("-sig")).rstrip("\r").split("|")
    except UnicodeDecodeError:
        counts.broken += 1
        return None
    cells[header.separators + 1 :] = [""]
    number, *others = (cell.strip() for cell in header.pick(cells))
    rpps = RPPS.fullmatch(number)
    if rpps is None:
        counts.other_ids += 1
        return None
    return RppsActivity(rpps.group(1), *others)


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    """Lines without their end; one that never ends is thrown away, its last piece is broken."""
    rest = b""
    while block := _block(file):
        *lines, rest = (rest + block).split(b"\n")
        yield from lines
        if len(rest) > LONGEST_LINE:
            rest = b""
    if rest:
        yield rest


def _block(file: IO[bytes]) -> bytes:
    try:
        return file.read(BLOCK)
    except (zipfile.BadZipFile, zlib.error, EOFError) as broken:
        raise _damaged() from broken


@contextmanager
def _opened(source: Path | str | IO[bytes]) -> Iterator[IO[bytes]]:
    with ExitStack() as stack:
        if isinstance(source, (Path, str)):
            source = stack.enter_context(Path(source).open("rb"))
        if zipfile.is_zipfile(source):
            source.seek(0)
            yield stack.enter_context(_unzipped(stack.enter_context(zipfile.ZipFile(source))))
        else:
            source.seek(0)
            yield source


def _unzipped(archive: zipfile.ZipFile) -> IO[bytes]:
    """The published ZIP holds three files: ours by its name, else the first text file."""
    texts = [name for name in archive.namelist() if name.lower().endswith((".txt", ".csv"))]
    texts.sort(key=lambda name: "personne activite" not in fold(name))
    if not texts:
        raise ValidationError(
            _("Cette archive ne contient pas de fichier texte : déposez l’extraction RPPS."),
            code="rpps_archive",
        )
    try:
        return archive.open(texts[0])
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as broken:
        raise _damaged() from broken


def _damaged() -> ValidationError:
    return ValidationError(
        _("Cette archive est abîmée ou protégée : téléchargez-la de nouveau."),
        code="rpps_archive",
    )
