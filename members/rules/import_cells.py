"""One line of an import: what each cell means, or why it cannot be read; nothing is guessed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NoReturn

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from cpts_portal.core.forms import validate_person_name
from cpts_portal.core.identifiers import (
    contains_nir,
    parse_phone,
    validate_clean_text,
    validate_rpps,
)
from cpts_portal.core.models import Commune
from cpts_portal.core.territory import fold
from members.models import College, Practice, Profession, Role

Cells = Mapping[str, str]
OLDEST = date(1990, 1, 1)
DAY = re.compile(r"(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4}|\d{2})")
ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[ T][\d:]+)?")
DISARMED = re.compile(r"'(?=[=+\-@＝＋－＠\t])")
"""What our own tables put before a formula; a file that comes back has it."""
ENDINGS = (("trice", "teur"), ("euse", "eur"), ("iere", "ier"), ("ienne", "ien"), ("e", ""))
FEMININE = frozenset({"e", "ere", "iere", "ne", "ienne", "se", "euse", "trice", "ale"})
TITLES = {
    "m": "M.",
    "mr": "M.",
    "monsieur": "M.",
    "mme": "Mme",
    "madame": "Mme",
    "mlle": "Mme",
    "dr": "Dr",
    "docteur": "Dr",
    "doctoresse": "Dr",
    "pr": "Pr",
    "professeur": "Pr",
}
KINDS = {
    "cabinet": Practice.Kind.SURGERY,
    "msp": Practice.Kind.MSP,
    "maison": Practice.Kind.MSP,
    "centre de": Practice.Kind.HEALTH_CENTRE,
    "cds": Practice.Kind.HEALTH_CENTRE,
    "pharmacie": Practice.Kind.PHARMACY,
    "officine": Practice.Kind.PHARMACY,
    "labo": Practice.Kind.LABORATORY,
    "hopital": Practice.Kind.HOSPITAL,
    "centre hospitalier": Practice.Kind.HOSPITAL,
    "ch": Practice.Kind.HOSPITAL,
    "clinique": Practice.Kind.HOSPITAL,
    "ehpad": Practice.Kind.EHPAD,
    "medico": Practice.Kind.MEDICO_SOCIAL,
    "esms": Practice.Kind.MEDICO_SOCIAL,
}
"""How the kind of a place begins, folded; the longest that fits wins, anything else is another."""


@dataclass(frozen=True)
class KnownMember:
    """A member of this CPTS, of today or of before, as far as lines are compared with her."""

    pk: int
    name: str
    rpps: str
    emails: tuple[str, ...]
    has_left: bool


@dataclass(frozen=True)
class Known:
    """What lines are judged against; the keys of the dicts are folded or neutral words."""

    professions: Mapping[str, Profession] = field(default_factory=dict)
    colleges: Mapping[str, College] = field(default_factory=dict)
    communes_by_name: Mapping[str, Sequence[Commune]] = field(default_factory=dict)
    communes_by_code: Mapping[str, Sequence[Commune]] = field(default_factory=dict)
    covered: frozenset[str] = frozenset()
    members: Sequence[KnownMember] = ()


@dataclass(frozen=True)
class ToldPlace:
    """Where somebody works: without a name nor an address, only the commune is known."""

    name: str
    kind: str
    address: str
    commune: Commune


@dataclass(frozen=True)
class Told:
    """A line that was read; "" and None for what it does not say or what cannot be read."""

    title: str = ""
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone: str = ""
    mssante: str = ""
    profession: Profession | None = None
    rpps: str = ""
    college: College | None = None
    organisation: str = ""
    starts_on: date | None = None
    place: ToldPlace | None = None

    @property
    def name(self) -> str:
        return fold(f"{self.last_name} {self.first_name}")

    @property
    def role(self) -> str:
        """Who has no profession is a partner: the line says her structure instead."""
        return Role.PROFESSIONAL if self.profession else Role.PARTNER


@dataclass(frozen=True)
class Problem:
    """Why a field of a line is refused; `line` is another line of the file that it meets."""

    field: str
    code: str
    line: int = 0

    def as_json(self) -> dict[str, Any]:
        told: dict[str, Any] = {"field": self.field, "code": self.code}
        return {**told, "line": self.line} if self.line else told


def read_cells(cells: Cells, known: Known, today: date) -> tuple[Told, list[Problem]]:
    """What a line says, and each field of it that cannot be kept."""
    told: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, read in READERS.items():
        try:
            told[name] = read(cells, known, today)
        except ValidationError as refusal:
            problems.append(Problem(_refused_field(name, refusal), str(refusal.code)))
    if not told.get("profession") and not told.get("organisation"):
        problems += [Problem("profession", "nobody")] * (not _has(problems, "profession"))
    return Told(**told), problems


def _has(problems: Sequence[Problem], name: str) -> bool:
    return any(problem.field == name for problem in problems)


def _refused_field(name: str, refusal: ValidationError) -> str:
    return str((refusal.params or {}).get("field", name))


def without_nir(cells: Cells) -> tuple[dict[str, str], list[Problem]]:
    """The cells without any social security number, which is never kept, and where one stood."""
    if not contains_nir("\n".join(cells.values())):
        return dict(cells), []
    named = [name for name, text in cells.items() if contains_nir(text)]
    kept = {name: "" if name in named else text for name, text in cells.items()}
    return kept, [Problem(name, "nir") for name in named]


def neutral(text: str) -> str:
    """A word of a trade blind to accents, gender and number: "Infirmières" is "infirmier"."""
    return " ".join(_neutral(word) for word in fold(text).split() if word not in FEMININE)


def _neutral(word: str) -> str:
    singular = word.removesuffix("s") if len(word) > 3 else word
    for feminine, masculine in ENDINGS:
        if len(singular) > 4 and singular.endswith(feminine):
            return singular.removesuffix(feminine) + masculine
    return singular


def proper_name(text: str) -> str:
    """Capitals alone become a name: "D'HŒDT-LORCY" is "D'Hœdt-Lorcy"; any other stays."""
    name = " ".join(text.split())
    return name.title() if name.isupper() and len(name) > 1 else name


# --- A cell ---------------------------------------------------------------------------------
def _refuse(code: str, field: str = "") -> NoReturn:
    raise ValidationError(code, code=code, params={"field": field} if field else None)


def _text(cells: Cells, name: str, at_most: int) -> str:
    text = DISARMED.sub("", cells.get(name, "").strip())
    validate_clean_text(text)
    if len(text) > at_most:
        _refuse("long", name)
    return text


def _name(field: str) -> Callable[[Cells, Known, date], str]:
    def read(cells: Cells, _known: Known, _today: date) -> str:
        name = proper_name(_text(cells, field, 60))
        if not name:
            _refuse("empty")
        validate_person_name(name)
        return name

    return read


def _title(cells: Cells, _known: Known, _today: date) -> str:
    """The most of what is said: « Mme le Dr » is a doctor."""
    words = fold(cells.get("title", "")).split()
    found = [TITLES[word] for word in words if word in TITLES]
    return next((title for title in ("Pr", "Dr", "Mme", "M.") if title in found), "")


def _email(field: str) -> Callable[[Cells, Known, date], str]:
    def read(cells: Cells, _known: Known, _today: date) -> str:
        address = _text(cells, field, 254).lower().removeprefix("mailto:")
        if address:
            try:
                validate_email(address)
            except ValidationError:
                _refuse("email")
        return address

    return read


def _phone(cells: Cells, _known: Known, _today: date) -> str:
    typed = _text(cells, "phone", 40)
    if not typed:
        return ""
    try:
        return parse_phone(typed)
    except ValidationError:
        if re.fullmatch(r"[1-9]\d{8}", typed):  # a spreadsheet has eaten the first 0
            return parse_phone(f"0{typed}")
        raise


def _rpps(cells: Cells, _known: Known, _today: date) -> str:
    """Eleven digits; a 12th before them, 8, is how other files write it."""
    number = re.sub(r"[\s.]", "", _text(cells, "rpps", 40))
    if len(number) == 12 and number.startswith("8"):
        number = number[1:]
    if number:
        validate_rpps(number)
    return number


def _profession(cells: Cells, known: Known, _today: date) -> Profession | None:
    typed = _text(cells, "profession", 120)
    if not typed:
        return None
    found = known.professions.get(neutral(typed))
    return found or _refuse("unknown")


def _college(cells: Cells, known: Known, _today: date) -> College | None:
    typed = _text(cells, "college", 120)
    if not typed:
        return None
    found = known.colleges.get(neutral(typed))
    return found or _refuse("unknown")


def _organisation(cells: Cells, _known: Known, _today: date) -> str:
    return _text(cells, "organisation", 120)


def _starts_on(cells: Cells, _known: Known, today: date) -> date | None:
    typed = " ".join(_text(cells, "starts_on", 40).split())
    if not typed:
        return None
    day = _day(typed) or _refuse("date")
    if day > today:
        _refuse("future")
    if day < OLDEST:
        _refuse("old")
    return day


def _day(typed: str) -> date | None:
    """12/3/2024, 12.03.24 or 2024-03-12; None for anything else, or for a day that is not."""
    french, iso = DAY.fullmatch(typed), ISO_DAY.fullmatch(typed)
    if french:
        day, month, year = (int(part) for part in french.groups())
    elif iso:
        year, month, day = (int(part) for part in iso.groups())
    else:
        return None
    try:
        return date(year + 2000 if year < 100 else year, month, day)
    except ValueError:
        return None


# --- A place --------------------------------------------------------------------------------
def _place(cells: Cells, known: Known, _today: date) -> ToldPlace | None:
    name, address = _text(cells, "place", 120), " ".join(_text(cells, "address", 200).split())
    typed, code = _text(cells, "commune", 80), _postal_code(cells)
    if not (typed or code):
        return _refuse("commune_missing", "commune") if name or address else None
    kind = kind_of(cells.get("kind", "") or name)
    return ToldPlace(" ".join(name.split()), kind, address, _commune(typed, code, known))


def _postal_code(cells: Cells) -> str:
    code = "".join(_text(cells, "postal_code", 20).split())
    if len(code) == 4 and code.isdigit():
        code = f"0{code}"  # Ain to Ariège, once a spreadsheet has been there
    if code and not re.fullmatch(r"[0-9]{5}", code):
        _refuse("postal_code", "postal_code")
    return code


def kind_of(text: str) -> str:
    """The kind of a place by how it is called; what is not said is a surgery."""
    words = fold(text)
    if not words:
        return Practice.Kind.SURGERY
    fitting = [start for start in KINDS if f"{words} ".startswith(_whole(start))]
    return KINDS[max(fitting, key=len)] if fitting else Practice.Kind.OTHER


def _whole(start: str) -> str:
    """Short forms are whole words: « CH » is not how « chez nous » begins."""
    return f"{start} " if len(start) < 4 else start


def commune_key(text: str) -> str:
    """ "ARRAS Cedex 9" is Arras."""
    return re.sub(r" cedex( \d+)?$", "", fold(text))


def _commune(typed: str, code: str, known: Known) -> Commune:
    if typed:
        found = list(known.communes_by_name.get(commune_key(typed), ()))
        found = _near(found, code) if code else found
    else:
        found = list(known.communes_by_code.get(code, ()))
    if len(found) > 1:
        found = [one for one in found if one.pk in known.covered] or found
    if not found:
        _refuse("commune", "commune")
    if len(found) > 1:
        _refuse("commune_which", "commune")
    return found[0]


def _near(found: Sequence[Commune], code: str) -> list[Commune]:
    """Those that the code serves, or the department's: a CEDEX is nobody's postal code."""
    served = [one for one in found if code in one.postal_codes]
    return served or [one for one in found if code.startswith(one.department[:2])]


Reader = Callable[[Cells, Known, date], Any]
READERS: dict[str, Reader] = {
    "title": _title,
    "last_name": _name("last_name"),
    "first_name": _name("first_name"),
    "email": _email("email"),
    "phone": _phone,
    "mssante": _email("mssante"),
    "profession": _profession,
    "rpps": _rpps,
    "college": _college,
    "organisation": _organisation,
    "starts_on": _starts_on,
    "place": _place,
}
