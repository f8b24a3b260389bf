"""Five hundred people, fifty slots: fifty claims; and what is acknowledged outlives a failure."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from threading import Event, Thread
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from cpts_portal import demo
from cpts_portal.core.models import AuditEntry, Message
from cpts_portal.core.refusals import Refused
from cpts_portal.core.scoping import open_scope, scopes_disabled
from members.models import Cpts, Membership, Role
from tests.factories import CptsFactory, GpFactory, MembershipFactory, PracticeFactory
from tests.members.threads import at_once
from tests.unscheduled_care.makers import SlotFactory
from tests.unscheduled_care.site import Answer, Post, send_all, session_of, site_running
from unscheduled_care.actions import claims, holds
from unscheduled_care.actions.steps import PatientWords
from unscheduled_care.models import Claim, Hold, Mobility, OwnGp, Reason, Slot, SlotStatus

pytestmark = pytest.mark.django_db(transaction=True)

SLOTS, PEOPLE, EACH = 50, 50, 10
DROP_ALL_BUT = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid NOT IN (pg_backend_pid(), %s)
"""
DEAD_BROKER = "redis://127.0.0.1:1/0"
FORM = {
    "reason": "fievre",
    "age_band": "30-49",
    "own_gp": "no",
    "mobility": "alone",
    "has_consented": "on",
}


@pytest.fixture
def cpts() -> Iterator[Cpts]:
    """Reference rows do not outlive the test before: what a claim needs is written here."""
    Reason.objects.get_or_create(code="fievre", defaults={"label": "Fièvre"})
    cpts = CptsFactory(slug="artois-lys")
    with open_scope(cpts=cpts):
        yield cpts


@pytest.fixture
def people(cpts: Cpts) -> list[Membership]:
    return [MembershipFactory(cpts=cpts, role=Role.SECRETARY) for _ in range(PEOPLE)]


@pytest.fixture(scope="module")
def port(django_db_setup: None, tmp_path_factory: Any) -> Iterator[int]:
    """The web server on the database of these tests, without a broker: no worker is ever woken.

    As in production, without DEBUG: an error is what people would get.
    """
    before, _, options = os.environ["DATABASE_URL"].partition("?")
    address = before.rpartition("/")[0] + "/" + str(connection.settings_dict["NAME"])
    folder = tmp_path_factory.mktemp("site")
    env = {
        "DATABASE_URL": f"{address}?{options}" if options else address,
        "REDIS_URL": DEAD_BROKER,
        "STATIC_ROOT": str(folder / "static"),
        "DEMO_OUTBOX_DIR": str(folder),
        "DEBUG": "0",
    }
    hosts = {"ALLOWED_HOSTS": "localhost"}
    demo._manage(os.environ | env | hosts, ["collectstatic", "--noinput", "--verbosity", "0"])
    with site_running(folder, **env) as port:
        yield port


def slots_of(cpts: Cpts, number: int) -> list[Slot]:
    """Free slots of five professionals, from tomorrow on."""
    doctors = [GpFactory(cpts=cpts, email=f"medecin{rank}@sante.example") for rank in range(5)]
    practice, soon = PracticeFactory(cpts=cpts), timezone.now() + timedelta(days=1)
    starts = [soon + timedelta(minutes=20 * (rank // 5)) for rank in range(number)]
    return [
        SlotFactory(professional=doctors[rank % 5], practice=practice, starts_at=start)
        for rank, start in enumerate(starts)
    ]


def words(number: int) -> PatientWords:
    return PatientWords(
        reason=Reason(pk="fievre"),
        age_band="30-49",
        own_gp=OwnGp.NO,
        mobility=Mobility.ALONE,
        has_consented=True,
        phone=f"+3363998{number:04d}",
    )


def typed(number: int) -> dict[str, str]:
    email = f"patiente{number}@courriel.example"
    return {**FORM, "phone": f"+3363998{number:04d}", "email": email}


def at(name: str, **captures: int) -> str:
    return reverse(f"unscheduled_care:{name}", kwargs={"cpts": "artois-lys", **captures})


def key_in(answer: Answer) -> int:
    """The last number of the address that one is led to."""
    return int(answer.location.rstrip("/").rpartition("/")[2])


def messages_of(claim: Claim) -> list[str]:
    told = Message.objects.filter(subject_kind="unscheduled_care.claim", subject_id=str(claim.pk))
    return sorted(told.values_list("purpose", flat=True))


def assert_claims_are_whole(wanted: set[int]) -> None:
    """Each of these claims has its contact, its trace and its messages, and no other is there."""
    made = list(Claim.objects.select_related("contact", "slot", "hold"))
    traced = AuditEntry.objects.filter(subject_kind="unscheduled_care.claim", verb="claim")
    sets = {tuple(messages_of(claim)) for claim in made}
    assert {claim.pk for claim in made} == wanted
    assert sorted(map(int, traced.values_list("subject_id", flat=True))) == sorted(wanted)
    assert all(claim.slot.status == SlotStatus.CLAIMED and claim.contact.phone for claim in made)
    assert len(sets) == 1
    assert {"unscheduled_care.appointment_booked", "unscheduled_care.slot_claimed"} <= {*sets.pop()}


def until_all_are_answered(port: int, posts: list[Post]) -> list[Answer]:
    """The same forms again, as people do who got « réessayez dans une minute »."""
    answers: list[Answer] = []
    for _again in range(3):
        answers = send_all(port, posts, people=8)
        if {answer.status for answer in answers} == {302}:
            break
    return answers


# --- Threads -------------------------------------------------------------------------------------
def test_of_many_who_hold_and_claim_at_once_one_a_slot_wins(cpts):
    slots = slots_of(cpts, 3)
    people = [MembershipFactory(cpts=cpts, role=Role.SECRETARY) for _ in range(9)]

    def ask(rank: int) -> str:
        with open_scope(cpts=cpts):
            by, slot = people[rank], slots[rank % 3]
            try:
                return str(claims.claim(holds.hold(slot, by=by), words(rank), by=by).slot_id)
            except Refused:
                return "refused"

    told = at_once(*(lambda rank=rank: ask(rank) for rank in range(9)))

    assert Counter(told) == Counter({"refused": 6, **{str(slot.pk): 1 for slot in slots}})
    assert Claim.objects.count() == 3


def test_two_tabs_share_one_hold_and_two_clicks_one_claim(cpts):
    [slot], by = slots_of(cpts, 1), MembershipFactory(cpts=cpts)

    def open_tab() -> Hold:
        with open_scope(cpts=cpts):
            return holds.hold(slot, by=by)

    def click() -> int:
        with open_scope(cpts=cpts):
            return claims.claim(kept, words(1), by=by).pk

    kept, *others = at_once(open_tab, open_tab, open_tab)
    told = at_once(click, click, click)

    assert others == [kept, kept]
    assert told == [Claim.objects.get().pk] * 3
    assert AuditEntry.objects.filter(verb="claim").count() == 1


def test_two_tabs_do_not_book_the_same_person_twice_that_day(cpts):
    by = MembershipFactory(cpts=cpts)
    kept = [holds.hold(slot, by=by) for slot in slots_of(cpts, 2)]

    def claim(hold: Hold) -> str:
        with open_scope(cpts=cpts):
            try:
                return claims.claim(hold, words(1), by=by, is_another=True).status
            except Refused:
                return "refused"

    told = at_once(*(lambda hold=hold: claim(hold) for hold in kept))

    assert sorted(told) == ["booked", "refused"]


def test_a_claim_and_a_cancellation_of_what_it_replaces_do_not_wait_for_each_other(cpts):
    [slot], by = slots_of(cpts, 1), MembershipFactory(cpts=cpts)
    kept = holds.hold(slot, by=by)
    made = claims.claim(kept, words(1), by=by)

    def again() -> str:
        with open_scope(cpts=cpts):
            try:
                return claims.claim(kept, words(1), by=by).status
            except Refused:
                return "refused"

    def cancel() -> str:
        with open_scope(cpts=cpts):
            return claims.cancel(made, reason="patient", by=by).status

    told = at_once(again, cancel)

    assert told[1] == "cancelled"
    assert Slot.objects.get().status == SlotStatus.OPEN


# --- The web server ------------------------------------------------------------------------------
@pytest.mark.processes
def test_500_who_want_50_slots_make_50_claims_and_450_polite_refusals(port, cpts, people):
    slots = slots_of(cpts, SLOTS)
    sessions = [session_of(one) for one in people]
    wanted = [(rank % PEOPLE, (rank + rank // PEOPLE) % SLOTS) for rank in range(PEOPLE * EACH)]
    asked = [
        Post(at("slot_hold", slot=slots[slot].pk), sessions[person]) for person, slot in wanted
    ]

    held = send_all(port, asked, people=PEOPLE)
    winners = [
        (key_in(answer), sessions[person])
        for answer, (person, _slot) in zip(held, wanted, strict=True)
        if answer.status == 302
    ]
    clicks = [
        Post(at("hold_claim", hold=hold), session, typed(number))
        for number, (hold, session) in enumerate(winners)
        for _click in range(2)
    ]
    claimed = send_all(port, clicks, people=PEOPLE)

    assert Counter(answer.status for answer in held) == {302: SLOTS, 409: PEOPLE * EACH - SLOTS}
    assert Counter(answer.status for answer in claimed) == {302: 2 * SLOTS}
    assert Slot.objects.filter(status=SlotStatus.CLAIMED).count() == SLOTS
    assert_claims_are_whole({key_in(answer) for answer in claimed})


@pytest.mark.processes
def test_no_acknowledged_claim_is_lost_when_postgresql_drops_everybody(port, cpts, people):
    """There is no broker either, and no worker: the messages wait in their table."""
    slots = slots_of(cpts, SLOTS)
    kept = [holds.hold(slot, by=people[rank]) for rank, slot in enumerate(slots)]
    posts = [
        Post(at("hold_claim", hold=hold.pk), session_of(hold.holder), typed(number))
        for number, hold in enumerate(kept)
    ]
    is_over = Event()

    def drop_everybody() -> None:
        with connection.cursor() as cursor:
            for _time in range(5):
                is_over.wait(0.2)
                cursor.execute(DROP_ALL_BUT, [ours])
        connection.close()

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [ours] = cursor.fetchone()
    killer = Thread(target=drop_everybody)
    first = send_all(port, posts, people=8, started=killer.start)
    is_over.set()
    killer.join()
    acknowledged = {key_in(answer) for answer in first if answer.status == 302}
    again = until_all_are_answered(port, posts)

    made = {key_in(answer) for answer in again}
    assert {answer.status for answer in first} <= {0, 302, 503}
    assert {answer.status for answer in again} == {302}
    assert acknowledged <= made
    with scopes_disabled():
        assert_claims_are_whole(made)
