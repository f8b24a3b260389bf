"""Opening hours, as people type them and as the directory shows them."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from members.forms.hours import format_hours, parse_hours

MORNING_AND_AFTERNOON = [(540, 720), (840, 1140)]


@pytest.mark.parametrize(
    "typed",
    [
        "9 h–12 h, 14 h–19 h",
        "9h-12h 14h-19h",
        "9-12 14-19",
        "9-12, 14-19",
        "9h00/12h00 14h00/19h00",
        "09:00–12:00, 14:00–19:00",
        "9 h - 12 h ; 14 h - 19 h",
        "de 9 h à 12 h et de 14 h à 19 h",
        "9H-12H / 14H-19H",
        "9h 12h 14h 19h",
        "14-19, 9-12",
        "9 heures à midi, 14 heures à 19 heures",
        "9 h–12 h,\u00a014\u00a0h\u202f–\u202f19\u00a0h.",
    ],
)
def test_parse_hours_understands_how_people_write(typed: str) -> None:
    assert parse_hours(typed) == MORNING_AND_AFTERNOON


@pytest.mark.parametrize("typed", ["", "  ", "fermé", "Fermé.", "ferme", "FERMÉE", "-", "—"])
def test_parse_hours_of_a_closed_day_are_none(typed: str) -> None:
    assert parse_hours(typed) == []


@pytest.mark.parametrize(
    ("typed", "openings"),
    [
        ("9-12 14-19h30", [(540, 720), (840, 1170)]),
        ("9h00/12h00", [(540, 720)]),
        ("8 h 30 – 12 h 15", [(510, 735)]),
        ("8h30-minuit", [(510, 1440)]),
        ("0h-24h", [(0, 1440)]),
        ("24h/24", [(0, 1440)]),
        ("jour et nuit", [(0, 1440)]),
        ("9-12, 12-14", [(540, 720), (720, 840)]),
    ],
)
def test_parse_hours_to_the_minute(typed: str, openings: list[tuple[int, int]]) -> None:
    assert parse_hours(typed) == openings


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("9-12, 14", "Il manque une heure"),
        ("sur rendez-vous", "seulement des heures"),
        ("9-12 sur rdv", "seulement des heures"),
        ("9-25", "n’existe pas"),
        ("9h75-12h", "n’existe pas"),
        ("24h30-25h", "n’existe pas"),
        ("12-9", "vient avant"),
        ("9-9", "vient avant"),
        ("9-12, 11-14", "se chevauchent"),
        ("1-2 3-4 5-6 7-8 9-10 11-12 13-14", "trop d’ouvertures"),
        ("900-1200", "seulement des heures"),
    ],
)
def test_parse_hours_refuses_with_a_sentence_and_an_example(typed: str, sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence) as refused:
        parse_hours(typed)

    assert "9\u00a0h–12\u00a0h, 14\u00a0h–19\u00a0h" in refused.value.message


def test_format_hours_as_one_reads_them() -> None:
    assert format_hours([(540, 720), (840, 1170)]) == (
        "9\u00a0h–12\u00a0h, 14\u00a0h–19\u00a0h\u00a030"
    )
    with override("en"):
        assert format_hours([(540, 1170)]) == "09:00–19:30"


@given(
    st.lists(st.integers(0, 1440), min_size=2, max_size=12, unique=True).filter(
        lambda moments: len(moments) % 2 == 0
    )
)
def test_hours_that_are_shown_are_understood_again(moments: list[int]) -> None:
    ordered = sorted(moments)
    openings = list(zip(ordered[::2], ordered[1::2], strict=True))

    for language in ("fr", "en"):
        with override(language):
            assert parse_hours(format_hours(openings)) == openings
