"""What is a good number, which text is never kept, and how a phone number is read."""

from __future__ import annotations

from itertools import pairwise

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn
from stdnum.fr import nir

from cpts_portal.core.identifiers import (
    NO_BREAK_SPACE,
    contains_nir,
    format_phone,
    parse_phone,
    validate_clean_text,
    validate_finess,
    validate_no_nir,
    validate_rpps,
)

digits = st.text("0123456789", min_size=1)


def with_luhn(number: str) -> str:
    return number + luhn.calc_check_digit(number)


@st.composite
def nirs(draw: st.DrawFn) -> str:
    """Thirteen characters of a social security number, Corsica and odd months included."""
    month = draw(st.sampled_from(["01", "12", "20", "31", "42", "50", "99"]))
    department = draw(st.sampled_from(["01", "62", "95", "97", "99", "2A", "2B", "20"]))
    year, commune, order = (draw(st.integers(low, high)) for low, high in _SPANS)
    sex = draw(st.sampled_from("123478"))
    return f"{sex}{year:02d}{month}{department}{commune:03d}{order:03d}"


_SPANS = [(0, 99), (1, 999), (1, 999)]


def cut(number: str, separator: str) -> str:
    """As it is printed on the card: 1 85 05 78 006 084 36."""
    ends = [0, 1, 3, 5, 7, 10, 13, 15]
    groups = [number[start:end] for start, end in pairwise(ends)]
    return separator.join(group for group in groups if group)


def with_key(number: str) -> str:
    return number + nir.calc_check_digits(number)


# --- RPPS and FINESS ------------------------------------------------------------------------
@given(st.text("0123456789", min_size=10, max_size=10))
def test_an_rpps_is_ten_digits_and_the_one_that_checks_them(number):
    validate_rpps(with_luhn(number))


@given(st.text("0123456789", min_size=10, max_size=10), st.integers(1, 9))
def test_an_rpps_with_one_wrong_digit_is_refused(number, shift):
    right = with_luhn(number)
    wrong = right[:-1] + str((int(right[-1]) + shift) % 10)

    with pytest.raises(ValidationError) as refused:
        validate_rpps(wrong)
    assert refused.value.code == "rpps"


@pytest.mark.parametrize("value", ["", "1000345678", "100034567890", "١٠٠٠٣٤٥٦٧٨٩", "1000345678\n"])
def test_what_has_not_eleven_digits_is_no_rpps(value):
    with pytest.raises(ValidationError, match="11 chiffres"):
        validate_rpps(value)


@pytest.mark.parametrize("value", ["620100057", "590780193", "2A0000014", "2B0000020"])
def test_a_finess_counts_a_as_one_and_b_as_two(value):
    number = value[:8].replace("A", "1").replace("B", "2")

    validate_finess(value[:8] + luhn.calc_check_digit(number))


@pytest.mark.parametrize(
    "value", ["", "62010005", "6201000571", "A20100057", "62010A057", "2a0000014"]
)
def test_what_is_not_shaped_so_is_no_finess(value):
    with pytest.raises(ValidationError, match="9 caractères"):
        validate_finess(value)


def test_a_finess_with_one_wrong_digit_is_refused():
    right = with_luhn("62010005")

    with pytest.raises(ValidationError) as refused:
        validate_finess(right[:-1] + str((int(right[-1]) + 1) % 10))
    assert refused.value.code == "finess"


# --- Social security numbers ----------------------------------------------------------------
@given(nirs(), st.sampled_from(["", " ", ".", "-", "\u00a0", "\u202f", " - ", "\u2011", "\u200b"]))
def test_a_nir_is_found_however_it_is_cut(number, separator):
    assert contains_nir(f"mon numéro est {cut(number, separator)}, merci")


@given(nirs(), st.sampled_from(["", " ", ".", "\u202f"]))
def test_a_nir_is_found_with_its_key(number, separator):
    assert contains_nir(f"N° {cut(with_key(number), separator)}.")


@given(nirs())
def test_a_nir_is_found_glued_to_letters_or_on_several_lines(number):
    assert contains_nir(f"Bonjour,\nsécu:NIR{number}bis\nMerci")


@pytest.mark.parametrize(
    "text",
    [
        "１８５０５７８００６０８４",
        "1 8 5 0 5 7 8 0 0 6 0 8 4",
        "1850578 006084 clé 36",
        "1 85 05 2a 006 084",
        "185057800608491",
    ],
)
def test_a_nir_is_found_in_disguise(text):
    assert contains_nir(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "06 39 98 12 34",
        "+33 6 39 98 12 34",
        "0033 1 99 00 12 34",
        "06 39 98 12 34 01 99 00 12 34",
        "appelez le 0639981234 ou le 0199001234",
        "né le 12/03/1950, vue le 14/05/2021",
        "12-03-1950 14-05-2021 09 h 30",
        "2026-11-22 14:30:15",
        "RPPS 10003456781",
        "SIRET 73282932000074",
        "SIRET 732 829 320 00074",
        "FINESS 620100057",
        "62840 Sailly-sur-la-Lys, 14 rue de la Lys",
        "2026-0418",
        "185057800608400",
        "1 85 13 78 006 084",
        "5 85 05 78 006 084",
        "1 85 05 00 006 084",
        "123456789012345678901234567890",
    ],
)
def test_other_numbers_stay_free(text):
    assert not contains_nir(text)


@given(st.text("0123456789 .-/+()\n", max_size=9))
def test_a_short_text_never_holds_a_nir(text):
    assert not contains_nir(text)


def test_a_long_text_is_read_in_one_go():
    assert not contains_nir("9" * 10_000)
    assert not contains_nir("9 " * 10_000)
    assert contains_nir("9 " * 10_000 + "x 1850578006084")


def test_a_nir_in_a_text_is_refused_without_repeating_it():
    with pytest.raises(ValidationError) as refused:
        validate_no_nir("je suis le 1 85 05 78 006 084")

    assert refused.value.messages == [
        "N’écrivez pas de numéro de sécurité sociale\u00a0: le portail n’en garde jamais."
    ]
    validate_no_nir("je préfère l’après-midi")


# --- Phone numbers --------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("06 39 98 12 34", "+33639981234"),
        ("06.39.98.12.34", "+33639981234"),
        ("06-39-98-12-34", "+33639981234"),
        ("+33 (0)6 39 98 12 34", "+33639981234"),
        ("0033639981234", "+33639981234"),
        ("639981234", "+33639981234"),
        ("01 99 00 12 34", "+33199001234"),
        ("02 61 91 12 34", "+33261911234"),
        ("03 53 01 12 34", "+33353011234"),
        ("04 65 71 12 34", "+33465711234"),
        ("05 36 49 12 34", "+33536491234"),
        ("0262 12 34 56", "+262262123456"),
        ("0692 12 34 56", "+262692123456"),
        ("0590 12 34 56", "+590590123456"),
        ("0696 12 34 56", "+596696123456"),
        ("+33 696 12 34 56", "+596696123456"),
        ("09 70 12 34 56", "+33970123456"),
        ("0 800 123 456", "+33800123456"),
        ("+32 470 12 34 56", "+32470123456"),
    ],
)
def test_a_phone_number_is_kept_in_one_form(typed, number):
    assert parse_phone(typed) == number


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "15",
        "112",
        "3615",
        "118 712",
        "08 99 12 34 56",
        "08 20 12 34 56",
        "06 39 98 12",
        "06 39 98 12 345",
        "06 00 00 00 00 00 00 00 00 00",
        "0800 FLEURS",
        "pas de téléphone",
        "01 99 00 12 34 poste 5",
        "+999 12 34 56 78",
        "🙂",
        "06 39 98 12 34 / 01 99 00 12 34",
        "0" * 10_000,
    ],
)
def test_what_cannot_be_called_back_is_refused(typed):
    with pytest.raises(ValidationError) as refused:
        parse_phone(typed)
    assert refused.value.code == "phone"


@given(st.text())
def test_any_text_is_a_number_or_a_refusal(text):
    try:
        number = parse_phone(text)
    except ValidationError:
        return
    assert parse_phone(number) == number


@given(
    st.sampled_from(["19900", "26191", "35301", "46571", "53649", "63998"]), st.integers(0, 9999)
)
def test_a_fictional_number_goes_and_comes_back(block, end):
    number = f"+33{block}{end:04d}"

    assert parse_phone(format_phone(number)) == number


@pytest.mark.parametrize(
    ("number", "read"),
    [
        ("+33639981234", "06 39 98 12 34"),
        ("+262692123456", "06 92 12 34 56"),
        ("+32470123456", "+32 470 12 34 56"),
    ],
)
def test_a_phone_number_is_read_by_pairs_that_do_not_break(number, read):
    assert format_phone(number) == read.replace(" ", NO_BREAK_SPACE)


@pytest.mark.parametrize("text", ["", "inconnu", "\0", "0639981234"])
def test_what_is_not_in_the_kept_form_is_shown_as_it_is(text):
    assert format_phone(text) == text


# --- Clean text -----------------------------------------------------------------------------
@pytest.mark.parametrize("text", ["a\0b", "a\x1bb", "a\x7fb", "\ud800", "a\u202eb", "a\u2066b"])
def test_invisible_characters_are_refused(text):
    with pytest.raises(ValidationError) as refused:
        validate_clean_text(text)
    assert refused.value.code == "control"


@pytest.mark.parametrize("text", ["", "Zoë d’Aÿ\r\n\tn° 3 🙂", "محمد", "a\u202fb\u00a0c", "👩‍👧"])
def test_what_people_write_is_clean(text):
    assert validate_clean_text(text) is None
