"""A calendar that somebody else wrote: zones, repetitions, whole days, and what is no calendar."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cpts_portal.core.busy import MOST, NotACalendar, busy_within

PARIS = ZoneInfo("Europe/Paris")


def file_of(*lines: str) -> bytes:
    head = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//EN")
    return "\r\n".join((*head, *lines, "END:VCALENDAR", "")).encode()


def event(uid: str, *lines: str) -> tuple[str, ...]:
    return ("BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20260101T000000Z", *lines, "END:VEVENT")


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=PARIS)  # type: ignore[arg-type, misc]


def test_busy_reads_utc_zones_and_hours_without_a_zone() -> None:
    data = file_of(
        *event("a", "DTSTART:20260601T080000Z", "DTEND:20260601T090000Z"),
        *event("b", "DTSTART;TZID=Europe/London:20260602T100000", "DURATION:PT30M"),
        *event("c", "DTSTART:20260603T100000", "DTEND:20260603T103000"),
    )

    assert busy_within(data, at(2026, 6, 1), at(2026, 6, 8)) == [
        (at(2026, 6, 1, 10), at(2026, 6, 1, 11)),
        (at(2026, 6, 2, 11), at(2026, 6, 2, 11, 30)),
        (at(2026, 6, 3, 10), at(2026, 6, 3, 10, 30)),
    ]


def test_busy_whole_day_lasts_25_hours_when_clocks_go_back() -> None:
    data = file_of(*event("a", "DTSTART;VALUE=DATE:20261025", "DTEND;VALUE=DATE:20261026"))

    [(begins, ends)] = busy_within(data, at(2026, 10, 20), at(2026, 10, 30))

    assert ends.astimezone(UTC) - begins.astimezone(UTC) == timedelta(hours=25)


def test_busy_unrolls_repetitions_on_both_sides_of_a_clock_change() -> None:
    data = file_of(
        *event(
            "a",
            "DTSTART;TZID=Europe/Paris:20260323T090000",
            "DTEND;TZID=Europe/Paris:20260323T100000",
            "RRULE:FREQ=WEEKLY;COUNT=3",
            "EXDATE;TZID=Europe/Paris:20260406T090000",
        )
    )

    told = busy_within(data, at(2026, 3, 20), at(2026, 5, 1))

    assert told == [
        (at(2026, 3, 23, 9), at(2026, 3, 23, 10)),
        (at(2026, 3, 30, 9), at(2026, 3, 30, 10)),
    ]


def test_busy_leaves_out_what_is_free_cancelled_or_our_own() -> None:
    hours = ("DTSTART:20260601T080000Z", "DTEND:20260601T090000Z")
    data = file_of(
        *event("a", *hours, "TRANSP:TRANSPARENT"),
        *event("b", *hours, "STATUS:CANCELLED"),
        *event("creneau-4@portail", *hours),
    )

    assert busy_within(data, at(2026, 6, 1), at(2026, 6, 8), but="creneau-") == []


def test_busy_joins_what_touches_and_stays_within_the_bounds() -> None:
    data = file_of(
        *event("a", "DTSTART:20260531T200000Z", "DTEND:20260601T080000Z"),
        *event("b", "DTSTART:20260601T080000Z", "DTEND:20260601T090000Z"),
    )

    told = busy_within(data, at(2026, 6, 1), at(2026, 6, 8))

    assert told == [(at(2026, 6, 1), at(2026, 6, 1, 11))]


def test_busy_stops_at_a_rule_that_repeats_every_second() -> None:
    data = file_of(*event("a", "DTSTART:20260601T080000Z", "DURATION:PT1S", "RRULE:FREQ=SECONDLY"))

    assert len(busy_within(data, at(2026, 6, 1), at(2026, 6, 8))) <= MOST


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<!doctype html><title>Connexion</title>",
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:tomorrow\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        b"BEGIN:VCALENDAR\r\n\x00\xff\xfe",
    ],
)
def test_busy_refuses_what_is_no_calendar(data: bytes) -> None:
    with pytest.raises(NotACalendar):
        busy_within(data, at(2026, 6, 1), at(2026, 6, 8))
