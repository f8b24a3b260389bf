"""Cards that any address book reads, whatever people are called."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpts_portal.core.vcard import FOLD, Address, vcard


def unfolded(card: str) -> list[str]:
    return card.replace("\r\n ", "").removesuffix("\r\n").split("\r\n")


def test_a_card_says_who_where_and_how_to_reach():
    card = vcard(
        family_name="Marchand",
        given_name="Hélène",
        honorific="Dre",
        profession="Médecin généraliste",
        organisation="CPTS Artois Lys",
        phones=[("voice", "+33321000000"), ("cell", "+33639987010")],
        emails=["helene@cabinet.example", "h.marchand@mssante.example"],
        address=Address("12 rue du Bourg", "62136", "Lestrem"),
        url="https://cabinet.example/rdv?médecin=2",
        note="Sur rendez-vous",
    )

    assert unfolded(card) == [
        "BEGIN:VCARD",
        "VERSION:4.0",
        "N:Marchand;Hélène;;Dre;",
        "FN:Dre Hélène Marchand",
        "TITLE:Médecin généraliste",
        "ORG:CPTS Artois Lys",
        'TEL;VALUE=uri;TYPE="work,voice":tel:+33321000000',
        'TEL;VALUE=uri;TYPE="work,cell":tel:+33639987010',
        "EMAIL;TYPE=work:helene@cabinet.example",
        "EMAIL;TYPE=work:h.marchand@mssante.example",
        "ADR;TYPE=work:;;12 rue du Bourg;Lestrem;;62136;France",
        "URL:https://cabinet.example/rdv?m%C3%A9decin=2",
        "NOTE:Sur rendez-vous",
        "END:VCARD",
    ]


def test_what_is_not_known_has_no_line():
    card = vcard(family_name="Nowak", given_name="Michał")

    assert card == (
        "BEGIN:VCARD\r\nVERSION:4.0\r\nN:Nowak;Michał;;;\r\nFN:Michał Nowak\r\nEND:VCARD\r\n"
    )


def test_separators_and_new_lines_in_a_text_are_escaped():
    card = vcard(
        family_name="L;oridan, fils",
        given_name="Jean\\Luc",
        note="lundi\r\nmardi\rjeudi\nEND:VCARD\x00\x1b",
    )

    assert unfolded(card)[2:5] == [
        r"N:L\;oridan\, fils;Jean\\Luc;;;",
        r"FN:Jean\\Luc L\;oridan\, fils",
        r"NOTE:lundi\nmardi\njeudi\nEND:VCARD",
    ]


def test_an_address_or_a_number_cannot_add_a_line():
    card = vcard(
        family_name="Nowak",
        given_name="Ana",
        phones=[("voice", "+33321000000\r\nNOTE:x")],
        url="https://a.example/\r\nNOTE:x",
    )

    assert unfolded(card)[4:6] == [
        'TEL;VALUE=uri;TYPE="work,voice":tel:+33321000000%0D%0ANOTE:x',
        "URL:https://a.example/%0D%0ANOTE:x",
    ]


def test_a_kind_of_phone_that_no_card_knows_is_refused():
    with pytest.raises(ValueError, match="pigeon"):
        vcard(family_name="Nowak", given_name="Ana", phones=[("pigeon", "+33321000000")])


@given(st.text(max_size=200))
def test_no_line_exceeds_75_octets_and_nothing_is_lost(note):
    card = vcard(family_name="é" * 80, given_name="Ana", note=note)

    assert max(len(line.encode()) for line in card.split("\r\n")) <= FOLD
    assert unfolded(card)[2] == f"N:{'é' * 80};Ana;;;"
    kept = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", "", re.sub(r"\r\n?", "\n", note))
    [written] = [line[5:] for line in unfolded(card) if line.startswith("NOTE:")] or [""]
    assert re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], written) == kept
