"""Calendar files, sign by sign: what RFC 5545 asks, and the two nights of clock change."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpts_portal.core import icalendar
from cpts_portal.core.icalendar import Event

EVENT = Event(
    uid="reunion-7@artois-lys.portail-cpts",
    summary="Bureau ; budget, statuts",
    starts_at=datetime(2026, 11, 24, 19, 30, tzinfo=UTC),
    ends_at=datetime(2026, 11, 24, 21, 0, tzinfo=UTC),
    stamped_at=datetime(2026, 11, 22, 20, 0, tzinfo=UTC),
    organizer="contact@cpts.example",
    organizer_name='CPTS "Artois Lys"',
    sequence=2,
    location="Salle des fêtes\nLaventie",
    description="https://visio.example/x",
    url="https://portail.example/artois-lys/reunions/7/",
)


def lines(*events: Event) -> list[str]:
    """Unfolded, as a calendar reads them."""
    return icalendar.calendar(events).decode().replace("\r\n ", "").split("\r\n")


def test_an_event_says_everything_that_a_calendar_needs():
    told = lines(EVENT)

    start = told.index("BEGIN:VEVENT")
    assert told[start:-2] == [
        "BEGIN:VEVENT",
        "UID:reunion-7@artois-lys.portail-cpts",
        "DTSTAMP:20261122T200000Z",
        "SEQUENCE:2",
        "DTSTART;TZID=Europe/Paris:20261124T203000",
        "DTEND;TZID=Europe/Paris:20261124T220000",
        r"SUMMARY:Bureau \; budget\, statuts",
        'ORGANIZER;CN="CPTS Artois Lys":mailto:contact@cpts.example',
        r"LOCATION:Salle des fêtes\nLaventie",
        "DESCRIPTION:https://visio.example/x",
        "URL:https://portail.example/artois-lys/reunions/7/",
        "STATUS:CONFIRMED",
        "END:VEVENT",
    ]


def test_the_file_tells_the_rules_of_paris_time_and_ends_each_line_as_wanted():
    body = icalendar.calendar([EVENT])

    assert body.startswith(b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")
    assert body.endswith(b"END:VEVENT\r\nEND:VCALENDAR\r\n")
    assert body.count(b"BEGIN:VTIMEZONE") == 1
    assert b"RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU" in body
    assert b"\n" not in body.replace(b"\r\n", b"")


def test_a_cancelled_event_is_taken_out_of_calendars():
    told = lines(replace(EVENT, is_cancelled=True))

    assert "METHOD:CANCEL" in told
    assert "STATUS:CANCELLED" in told


@pytest.mark.parametrize("events", [[], [EVENT], [EVENT, replace(EVENT, is_cancelled=True)]])
def test_anything_else_is_published(events):
    assert "METHOD:PUBLISH" in lines(*events)


def test_what_is_empty_is_left_out():
    bare = replace(EVENT, location="", description="", url="", organizer_name="")

    told = lines(bare)

    assert "ORGANIZER:mailto:contact@cpts.example" in told
    assert not [line for line in told if line.startswith(("LOCATION", "DESCRIPTION", "URL"))]


@pytest.mark.parametrize(
    ("utc", "written"),
    [
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "DTSTART;TZID=Europe/Paris:20261025T023000"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "DTSTART:20261025T013000Z"),
        (datetime(2026, 10, 25, 2, 30, tzinfo=UTC), "DTSTART;TZID=Europe/Paris:20261025T033000"),
        (datetime(2026, 3, 29, 1, 30, tzinfo=UTC), "DTSTART;TZID=Europe/Paris:20260329T033000"),
    ],
)
def test_an_hour_that_comes_twice_is_told_apart(utc, written):
    assert icalendar.moment("DTSTART", utc) == written


def test_an_address_cannot_carry_a_second_property():
    told = lines(replace(EVENT, organizer="a@b.example\r\nATTENDEE:x", url="https://x\r\nBEGIN:X"))

    assert not [line for line in told if line.startswith(("ATTENDEE", "BEGIN:X"))]


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_folded_line_is_short_whole_and_readable_again(text):
    line = f"SUMMARY:{icalendar.escape(text)}"

    folded = icalendar.fold(line).split("\r\n")

    assert max(len(part.encode()) for part in folded) <= 75
    assert folded[0] + "".join(part.removeprefix(" ") for part in folded[1:]) == line
