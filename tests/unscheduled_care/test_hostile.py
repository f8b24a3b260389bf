"""What a hostile or careless hand tries: days off the calendar, endless agendas, odd instants."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.test import Client
from django.utils import timezone

from cpts_portal.core import throttle
from cpts_portal.core.refusals import Refused
from members.models import Cpts, Membership, Role
from tests.factories import (
    CommuneFactory,
    GpFactory,
    GPRequestFactory,
    MembershipFactory,
    PracticeFactory,
    PracticeMemberFactory,
)
from tests.unscheduled_care.makers import AvailabilityFactory, ClaimFactory, SlotFactory
from unscheduled_care.actions import absences, claims, feeds, holds, slots, waiting
from unscheduled_care.actions.steps import PatientWords
from unscheduled_care.models import (
    AgeBand,
    BusyFeed,
    BusyTime,
    Claim,
    ClaimStatus,
    Reason,
    Slot,
    SlotStatus,
    WaitingEntry,
)
from unscheduled_care.retention import erase_claims
from unscheduled_care.tasks.feeds import read_busy_feed

FAR = {"0": "31", "1": "12", "2": "9999"}
LONG_AGO = {"0": "1", "1": "1", "2": "0001"}


def boxes(name: str, day: dict[str, str]) -> dict[str, str]:
    return {f"{name}_{position}": part for position, part in day.items()}


@pytest.fixture
def doctor(client: Client, gp: Membership, settings: Any) -> Client:
    settings.SECOND_FACTOR_REQUIRED = False
    PracticeMemberFactory(membership=gp, practice=PracticeFactory(cpts=gp.cpts), is_main=True)
    client.force_login(gp.user)
    return client


# --- Days that no clock knows -------------------------------------------------------------------
@pytest.mark.parametrize("day", [FAR, LONG_AGO])
def test_day_off_the_calendar_is_said_beside_its_field(
    doctor: Client, gp: Membership, day: dict[str, str]
) -> None:
    week = AvailabilityFactory(professional=gp)
    slot = {"day": "other", "other_time": "10:00", "minutes": "20", "count": "1"}
    asked = {
        "creneaux/proposer/": {**slot, **boxes("other_day", day), "key": str(uuid.uuid4())},
        "mes-creneaux/absences/nouvelle/": {**boxes("first_day", day), **boxes("last_day", day)},
        f"mes-creneaux/semaines/{week.pk}/": boxes("valid_from", day),
    }

    answers = [doctor.post(f"/artois-lys/{path}", data) for path, data in asked.items()]

    assert [answer.status_code for answer in answers] == [422] * 3


@pytest.mark.parametrize("query", ["du=0001-01-01", "au=9999-12-31", "au=0001-01-01"])
def test_figures_of_days_off_the_calendar_are_refused(
    client: Client, cpts: Cpts, settings: Any, query: str
) -> None:
    settings.SECOND_FACTOR_REQUIRED = False
    client.force_login(MembershipFactory(cpts=cpts, role=Role.COORDINATOR).user)

    answer = client.get(f"/artois-lys/creneaux/chiffres/?{query}")

    assert answer.status_code == 422


# --- Agendas ------------------------------------------------------------------------------------
def test_calendar_that_takes_too_long_is_said_too_big(
    gp: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(*args: Any, **kwargs: Any) -> bytes:
        raise SoftTimeLimitExceeded

    feed = BusyFeed.objects.create(cpts=gp.cpts, membership=gp, url="https://agenda.example/a.ics")
    monkeypatch.setattr(feeds, "fetch", endless)

    read_busy_feed(gp.cpts_id, feed.pk)

    feed.refresh_from_db()
    assert (feed.problem, feed.tried_at is None) == (BusyFeed.Problem.TOO_BIG, False)


def test_one_machine_asks_for_the_calendars_of_many_but_guesses_few(
    client: Client, gp: Membership
) -> None:
    token = feeds.open_feed(by=gp)
    for scope in ("unscheduled_care.feed", "unscheduled_care.feed_unknown"):
        for _time in range(120):
            throttle.hit("127.0.0.1", scope, limit=120, seconds=3600)

    answers = [client.get(f"/agenda/{one}.ics").status_code for one in (token, "guessed")]

    assert answers == [200, 429]


def test_slot_freed_while_its_professional_is_busy_is_hidden(gp: Membership) -> None:
    claim = ClaimFactory(slot=SlotFactory(professional=gp))
    feed = BusyFeed.objects.create(cpts=gp.cpts, membership=gp, url="https://agenda.example/a.ics")
    stretch = {"starts_at": claim.slot.starts_at, "ends_at": claim.slot.ends_at}
    BusyTime.objects.create(cpts=gp.cpts, feed=feed, **stretch)

    claims.cancel(claim, reason=Claim.CancelReason.BETTER, by=claim.claimer)

    slot = Slot.objects.get(pk=claim.slot_id)
    assert (slot.status, slot.is_hidden) == (SlotStatus.OPEN, True)


# --- Taking more than one's share ----------------------------------------------------------------
def test_slot_kept_and_let_go_again_and_again_is_for_others(gp: Membership) -> None:
    slot = SlotFactory(professional=gp)
    squatter = MembershipFactory(cpts=gp.cpts, role=Role.SECRETARY)
    for _time in range(holds.MOST_AGAIN):
        holds.release(holds.hold(slot, by=squatter), by=squatter)

    with pytest.raises(Refused, match="laissez-le à d’autres"):
        holds.hold(slot, by=squatter)

    assert holds.hold(slot, by=gp).holder == gp


def test_nobody_stands_twice_in_the_same_line(gp: Membership) -> None:
    coordinator = MembershipFactory(cpts=gp.cpts, role=Role.COORDINATOR)
    wanted = waiting.Wanted(gp.profession, CommuneFactory(), timezone.now() + timedelta(days=2))
    reason = Reason.objects.order_by("position").first()
    person = PatientWords(
        reason, AgeBand.values[0], "no", "alone", True, first_name="Zoé", phone="+33639980171"
    )
    waiting.join(wanted, person, by=coordinator, key=uuid.uuid4())

    with pytest.raises(Refused, match="déjà en liste d’attente"):
        waiting.join(wanted, person, by=coordinator, key=uuid.uuid4())
    waiting.join(wanted, replace(person, first_name="Léa"), by=coordinator, key=uuid.uuid4())

    names = [one.contact.first_name for one in WaitingEntry.objects.order_by("joined_at")]
    assert names == ["Zoé", "Léa"]


# --- Instants between two states ----------------------------------------------------------------
def test_absence_leaves_alone_the_patient_seen_early(gp: Membership) -> None:
    soon = timezone.now() + timedelta(minutes=8)
    seen = ClaimFactory(slot=SlotFactory(professional=gp, starts_at=soon))
    claims.note_outcome(seen, verb="see", by=gp)
    later = ClaimFactory(slot=SlotFactory(professional=gp))

    _absence, gone = absences.create(
        gp, timezone.now(), timezone.now() + timedelta(days=1), by=gp, is_confirmed=True
    )

    assert gone.claimed == 1
    assert Claim.objects.get(pk=seen.pk).status == ClaimStatus.SEEN
    assert Claim.objects.get(pk=later.pk).status == ClaimStatus.CANCELLED


def test_slot_of_a_patient_seen_early_is_not_withdrawn(gp: Membership) -> None:
    soon = timezone.now() + timedelta(minutes=8)
    seen = ClaimFactory(slot=SlotFactory(professional=gp, starts_at=soon))
    claims.note_outcome(seen, verb="see", by=gp)

    with pytest.raises(Refused, match="a commencé"):
        slots.withdraw(seen.slot, reason=Slot.WithdrawReason.ABSENT, by=gp, is_confirmed=True)

    assert Slot.objects.get(pk=seen.slot_id).status == SlotStatus.CLAIMED


# --- Erasure ------------------------------------------------------------------------------------
def test_no_reason_of_care_leads_to_the_named_request_once_erased(gp: Membership) -> None:
    claim = ClaimFactory(slot=SlotFactory(professional=GpFactory(cpts=gp.cpts)))
    Claim.objects.filter(pk=claim.pk).update(gp_request=GPRequestFactory(cpts=gp.cpts))

    erase_claims([claim.contact.pk])

    history: Any = Claim.pgh_event_model  # type: ignore[attr-defined]
    left = history.objects.filter(pgh_obj=claim.pk).exclude(gp_request=None)
    assert Claim.objects.get(pk=claim.pk).gp_request_id is None
    assert not left.exists()
