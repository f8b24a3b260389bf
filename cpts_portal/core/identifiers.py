"""Numbers that name people and places: what is a good one, and which one is never kept."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

import phonenumbers
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType
from stdnum import luhn
from stdnum.fr import nir

NO_BREAK_SPACE = "\u00a0"
OVERSEAS = ("RE", "GP", "MQ", "GF", "YT")
FICTIONAL = re.compile(r"(?:1 99 00|2 61 91|3 53 01|4 65 71|5 36 49|6 39 98)\d{4}", re.VERBOSE)
PREMIUM = frozenset({PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST})
OVERSEAS_BLOCKS = re.compile(r"(?:26[239]|59[046]|639|69[0-7])\d{6}")
HIDDEN = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_CUT = r"[ \t._‐‑–—·-]"
_GROUP = rf"[0-9]+(?:(?<=2)[AB](?={_CUT}{{0,3}}[0-9])[0-9]*)?"  # 2A and 2B are in Corsica
NIR_RUN = re.compile(rf"{_GROUP}(?:{_CUT}{{1,3}}{_GROUP})*")
NIR_PARTS = re.compile(
    r"[123478]"  # sex, or a number of waiting
    r"[0-9]{2}"  # year
    r"(?:0[1-9]|1[0-2]|[23][0-9]|4[0-2]|[5-9][0-9])"  # month; beyond 12, an unknown birth day
    r"(?:0[1-9]|[13-9][0-9]|2[0-9AB])"  # department
    r"(?!000)[0-9]{3}(?!000)[0-9]{3}"  # commune, order
)


def validate_rpps(value: str) -> None:
    """Eleven digits, the last being Luhn's; raises ValidationError."""
    if not re.fullmatch(r"[0-9]{11}", value) or not luhn.is_valid(value):
        raise ValidationError(
            _("Ce n’est pas un numéro RPPS : il a 11 chiffres, le dernier vérifie les autres."),
            code="rpps",
        )


def validate_finess(value: str) -> None:
    """Nine characters, Luhn with A as 1 and B as 2 (Corsica); raises ValidationError."""
    digits = value.replace("A", "1").replace("B", "2")
    if not re.fullmatch(r"[0-9][0-9AB][0-9]{7}", value) or not luhn.is_valid(digits):
        raise ValidationError(
            _("Ce n’est pas un numéro FINESS : il a 9 caractères, le dernier vérifie les autres."),
            code="finess",
        )


def contains_nir(text: str) -> bool:
    """Whether a social security number stands somewhere in `text`, whole or cut by separators.

    13 characters are refused on structure alone (about one 13-digit number in three looks so),
    15 only if the key is right. Groups are never cut: a phone number (10 digits), an RPPS (11), a
    SIRET (14) or a date next to another one stay free.
    """
    return any(_is_nir(number) for number in _numbers_in(_plain_digits(text)))


def validate_no_nir(text: str) -> None:
    """Raise ValidationError if `text` holds a social security number, which is never kept."""
    if contains_nir(text):
        raise ValidationError(
            _("N’écrivez pas de numéro de sécurité sociale : le portail n’en garde jamais."),
            code="nir",
        )


def validate_clean_text(text: str) -> None:
    """Refuse NUL and other control characters, lone surrogates and hidden changes of direction."""
    if any(_is_unprintable(character) for character in text):
        raise ValidationError(
            _("Ce texte contient un caractère invisible qui n’est pas permis : retapez-le."),
            code="control",
        )


def parse_phone(text: str, region: str = "FR") -> str:
    """The number in E.164, "+33639981234"; raises ValidationError for what cannot be called back.

    French by default, overseas departments included; `+32 …` and the like are taken as written.
    Emergency, short and premium numbers are refused. France's fictional ranges are accepted.
    """
    number = None if re.search(r"[^\W\d_]", text) else _callable_number(text, region)
    if number is None:
        raise ValidationError(
            _("Ce numéro n’est pas complet ou ne peut pas être rappelé : par exemple %(example)s.")
            % {"example": format_phone("+33639981234")},
            code="phone",
        )
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def can_get_sms(phone: str) -> bool:
    """Whether an E.164 number may be a mobile's; 06 and 07 are, even in the fictional ranges."""
    if phone.startswith(("+336", "+337")):
        return True
    kind = phonenumbers.number_type(phonenumbers.parse(phone))
    return kind in (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


def format_phone(e164: str) -> str:
    """As a person reads it: French pairs tied together, other countries with their prefix."""
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return e164
    if number.country_code in _french_codes():
        digits = f"0{number.national_number:09d}"
        return NO_BREAK_SPACE.join(digits[at : at + 2] for at in range(0, len(digits), 2))
    written = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    return written.replace(" ", NO_BREAK_SPACE)


def _callable_number(text: str, region: str) -> PhoneNumber | None:
    """The first reading of `text` that is a real number; overseas blocks keep their own code."""
    number = _read(text, region)
    if number is None:
        return None
    overseas = _overseas_readings(number) if number.country_code == 33 else ()
    return next((one for one in (*overseas, number) if _is_callable(one)), None)


def _overseas_readings(number: PhoneNumber) -> Iterator[PhoneNumber]:
    """+33 696 … belongs to +596 696 …; the fictional ranges stay on the mainland."""
    national = str(number.national_number)
    if OVERSEAS_BLOCKS.fullmatch(national) and not _is_fictional(number):
        readings = (_read(f"0{national}", place) for place in OVERSEAS)
        yield from (reading for reading in readings if reading is not None)


def _read(text: str, region: str) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(" ".join(text.split()), region)
    except phonenumbers.NumberParseException:
        return None


def _is_fictional(number: PhoneNumber) -> bool:
    return number.country_code == 33 and bool(FICTIONAL.fullmatch(str(number.national_number)))


def _is_callable(number: PhoneNumber) -> bool:
    if _is_fictional(number):
        return True
    kind = phonenumbers.number_type(number)
    return phonenumbers.is_valid_number(number) and kind not in PREMIUM


def _french_codes() -> frozenset[int]:
    regions = ("FR", *OVERSEAS)
    return frozenset(phonenumbers.country_code_for_region(region) for region in regions)


def _plain_digits(text: str) -> str:
    """ASCII digits and spaces whatever the script; zero-width characters gone."""
    visible = (c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in visible).upper()


def _numbers_in(text: str) -> Iterator[str]:
    """Neighbouring groups put together, when they make 13 or 15 characters."""
    for run in NIR_RUN.finditer(text):
        groups = re.findall(r"[0-9AB]+", run.group())
        for start in range(len(groups)):
            number = ""
            for group in groups[start : start + 15]:
                number += group
                if len(number) in (13, 15):
                    yield number
                if len(number) > 15:
                    break


def _is_nir(number: str) -> bool:
    if not NIR_PARTS.fullmatch(number[:13]):
        return False
    return len(number) == 13 or nir.is_valid(number)


def _is_unprintable(character: str) -> bool:
    kept = "\n\r\t"
    category = unicodedata.category(character)
    return character in HIDDEN or (category in ("Cc", "Cs") and character not in kept)
