"""Two telephones at one door, two tabs of one person: the database has the last word."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from cpts_portal.core.refusals import Refused
from cpts_portal.core.scoping import open_scope
from members.models import Cpts, Membership, Role
from prevention.actions import door, feedback
from prevention.actions.feedback import Answers
from prevention.actions.registrations import RegistrationWords
from prevention.lifecycle import ATTEND
from prevention.models import Feedback, HeadCount, RecallEntry, Registration, Session
from prevention.queries.door import registrations
from prevention.rules.registrations import RegisteredPerson
from tests.factories import CptsFactory, GpFactory, MembershipFactory
from tests.members.threads import at_once
from tests.prevention.makers import RegistrationFactory, SessionFactory
from tests.prevention.recalled import add, open_flu

pytestmark = pytest.mark.django_db(transaction=True)

TAPS = 5


@pytest.fixture
def cpts() -> Iterator[Cpts]:
    cpts = CptsFactory(slug="artois-lys")
    with open_scope(cpts=cpts):
        yield cpts


@pytest.fixture
def coordinator(cpts: Cpts) -> Membership:
    return MembershipFactory(cpts=cpts, role=Role.COORDINATOR)


@pytest.fixture
def session(coordinator: Membership) -> Session:
    found: Session = SessionFactory(
        campaign__cpts=coordinator.cpts,
        campaign__created_by=coordinator,
        starts_at=timezone.now() + timedelta(hours=1),
        capacity=1,
    )
    return found


def inside(cpts: Cpts, work: Callable[[], Any]) -> Callable[[], str]:
    """In a thread of its own: what became of it."""

    def run() -> str:
        with open_scope(cpts=cpts):
            try:
                work()
            except Refused:
                return "refused"
        return "done"

    return run


def test_taps_of_four_telephones_add_up(session: Session, coordinator: Membership) -> None:
    def tap() -> None:
        for _tap in range(TAPS):
            door.count(session, "25-49", None, people=1, by=coordinator)

    at_once(*[inside(session.cpts, tap)] * 4)

    assert [one.people for one in HeadCount.objects.all()] == [4 * TAPS]


def test_the_last_seat_goes_to_one_of_two_who_stand_there(
    session: Session, coordinator: Membership
) -> None:
    def let_in() -> None:
        said = RegistrationWords(first_name="", last_name="")
        door.walk_in(session, said, by=coordinator, key=uuid.uuid4())

    outcomes = at_once(*[inside(session.cpts, let_in)] * 2)

    assert sorted(outcomes) == ["done", "refused"]
    assert Session.objects.get(pk=session.pk).taken == 1


def test_who_comes_late_and_who_takes_her_seat_are_not_both_let_in(
    session: Session, coordinator: Membership
) -> None:
    absent = RegistrationFactory(session=session, status="absent")
    late = registrations().get(pk=absent.pk)

    def let_in() -> None:
        said = RegistrationWords(first_name="", last_name="")
        door.walk_in(session, said, by=coordinator, key=uuid.uuid4())

    def note() -> None:
        door.note(late, ATTEND, by=coordinator)

    outcomes = at_once(inside(session.cpts, let_in), inside(session.cpts, note))

    assert sorted(outcomes) == ["done", "refused"]
    assert Registration.objects.filter(status="attended").count() == 1


def test_two_tabs_give_one_opinion(session: Session) -> None:
    row = RegistrationFactory(session=session, status="attended")
    past = timezone.now() - timedelta(hours=1)
    Session.objects.filter(pk=session.pk).update(starts_at=past - timedelta(hours=1), ends_at=past)
    came = Registration.objects.select_related("session").get(pk=row.pk)

    def answer() -> None:
        feedback.answer(came, Answers(5, 4, 5), by=RegisteredPerson(came.pk))

    outcomes = at_once(*[inside(session.cpts, answer)] * 2)

    assert sorted(outcomes) == ["done", "refused"]
    assert Feedback.objects.count() == 1


def test_a_person_is_put_on_a_list_once_by_two_professionals(
    cpts: Cpts, coordinator: Membership
) -> None:
    flu = open_flu(coordinator)
    first, second = GpFactory.create_batch(2, cpts=cpts)

    outcomes = at_once(
        inside(cpts, lambda: add(flu, first)), inside(cpts, lambda: add(flu, second))
    )

    assert sorted(outcomes) == ["done", "refused"]
    assert RecallEntry.objects.count() == 1
