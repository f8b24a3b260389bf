"""« Ma journée »: the slots of one day in order, and the taps that say what became of each."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from members.models import Membership, Role
from tests.factories import DelegationFactory, GpFactory, MembershipFactory
from tests.unscheduled_care.makers import ClaimFactory, SlotFactory, move
from unscheduled_care.models import Slot
from unscheduled_care.queries.day import bounds, day_of

PARIS = ZoneInfo("Europe/Paris")


def as_member(member: Membership) -> Client:
    client = Client()
    client.force_login(member.user)
    return client


def page_of(member: Membership, **query) -> str:
    return reverse("unscheduled_care:day_show", args=[member.cpts.slug], query=query or None)


def local_day(slot: Slot) -> date:
    return slot.starts_at.astimezone(PARIS).date()


def noon_of(days: int) -> datetime:
    """Noon in Paris, so many days ahead: far from both midnights."""
    day = timezone.localdate() + timedelta(days=days)
    return datetime(day.year, day.month, day.day, 12, tzinfo=PARIS)


def test_day_shows_slots_in_order_and_not_those_withdrawn(gp):
    noon = noon_of(2)
    later, sooner, gone = (
        SlotFactory(professional=gp, starts_at=noon + timedelta(hours=hours)) for hours in (2, 0, 4)
    )
    Slot.objects.filter(pk=gone.pk).update(
        status="withdrawn", withdrawn_at=timezone.now(), withdraw_reason="other"
    )
    SlotFactory(professional=gp, starts_at=noon + timedelta(days=1))
    SlotFactory(professional__cpts=gp.cpts, starts_at=noon)

    shown = as_member(gp).get(page_of(gp, jour=noon.date().isoformat()))

    assert [line.slot.pk for line in shown.context["day"].lines] == [sooner.pk, later.pk]


def test_day_shows_who_comes_without_a_name(gp):
    claim = ClaimFactory(slot__professional=gp, slot__starts_at=noon_of(2))

    said = as_member(gp).get(page_of(gp, jour=noon_of(2).date().isoformat())).content.decode()

    assert str(claim.reason) in said
    assert [word for word in ("Odile", claim.contact.phone) if word in said] == []


def test_outcome_noted_from_the_day_comes_back_to_the_day(gp):
    claim = ClaimFactory(slot__professional=gp)
    day = local_day(move(claim.slot, timedelta(hours=-4))).isoformat()

    answer = as_member(gp).post(
        reverse("unscheduled_care:claim_outcome", args=[gp.cpts.slug, claim.pk]),
        {"verb": "see", "jour": day, "pour": gp.pk},
    )

    assert answer["Location"] == page_of(gp, jour=day, pour=gp.pk)


@pytest.mark.parametrize(
    ("hours", "status", "verbs"),
    [
        (0, "booked", []),
        (-4, "booked", ["see", "miss", "redirect", "not_there"]),
        (-4, "seen", ["miss", "redirect", "not_there"]),
    ],
)
def test_taps_are_there_once_the_hour_has_come_and_to_correct(gp, hours, status, verbs):
    claim = ClaimFactory(slot__professional=gp)
    slot = move(claim.slot, timedelta(hours=hours))
    if status != "booked":
        type(claim).objects.filter(pk=claim.pk).update(status=status, outcome_at=timezone.now())

    [line] = day_of(gp, local_day(slot)).lines

    assert [verb for verb, _label in line.outcomes] == verbs
    assert line.awaits_outcome is (hours < 0 and status == "booked")


def test_secretary_sees_the_day_of_whom_she_acts_for_and_nobody_else(cpts, gp):
    secretary = MembershipFactory(cpts=cpts, role=Role.SECRETARY)
    client = as_member(secretary)
    DelegationFactory(principal=gp, delegate=secretary)

    first = client.get(page_of(secretary))
    other = client.get(page_of(secretary, pour=GpFactory(cpts=cpts).pk))

    assert first.context["by"].pk == gp.pk
    assert other.status_code == 404


def test_secretary_who_acts_for_nobody_is_told_so(cpts):
    shown = as_member(MembershipFactory(cpts=cpts, role=Role.SECRETARY))

    page = shown.get(reverse("unscheduled_care:day_show", args=[cpts.slug]))

    assert page.context["day"] is None
    assert "Vous n’agissez pour personne" in page.content.decode()


@pytest.mark.parametrize("asked", ["", "hier", "2026-02-30", "0001-01-01", "9999-12-31"])
def test_day_that_is_none_is_today(gp, asked):
    shown = as_member(gp).get(page_of(gp, jour=asked))

    assert shown.context["day"].day == timezone.localdate()


@pytest.mark.parametrize(
    ("day", "hours"),
    [("2026-03-29", 23), ("2026-10-25", 25), ("2027-03-28", 23), ("2027-10-31", 25)],
)
def test_day_is_a_paris_day_when_clocks_change(day, hours):
    first, after = (moment.astimezone(UTC) for moment in bounds(date.fromisoformat(day)))

    assert after - first == timedelta(hours=hours)


@pytest.mark.parametrize("count", [1, 3])
def test_day_takes_two_queries_whatever_its_length(gp, count, django_assert_num_queries):
    noon = noon_of(1)
    for position in range(count):
        ClaimFactory(slot__professional=gp, slot__starts_at=noon + timedelta(minutes=30 * position))

    with django_assert_num_queries(2):
        lines = day_of(gp, noon.date()).lines

    assert len(lines) == count
