"""A session is planned, moved, repeated, cancelled and closed; hours are those of Paris."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from cpts_portal.core.icalendar import PARIS
from cpts_portal.core.models import AuditEntry, Message
from cpts_portal.core.refusals import NotPermitted, Refused
from members.models import Cpts, Membership
from prevention.actions import sessions as actions
from prevention.actions.sessions import SessionWords, fingerprint
from prevention.models import (
    Campaign,
    CampaignStatus,
    Delivery,
    Registration,
    Session,
    SessionStatus,
    Shift,
    Volunteer,
)
from prevention.queries import sessions as queries
from prevention.tasks.sessions import close_session, close_sessions
from tests.factories import CommuneFactory, GpFactory
from tests.prevention.makers import (
    CampaignFactory,
    PlanFactory,
    RegistrationFactory,
    SessionFactory,
    ShiftFactory,
    VolunteerFactory,
)

SUMMER_ENDS = datetime(2026, 10, 18, 14, tzinfo=PARIS)
"""A Sunday at 2 p.m., a week before the clocks go back."""
WINTER_ENDS = datetime(2027, 3, 21, 14, tzinfo=PARIS)


@pytest.fixture
def campaign(cpts: Cpts, coordinator: Membership) -> Campaign:
    return CampaignFactory(cpts=cpts, created_by=coordinator)


@pytest.fixture
def session(campaign: Campaign) -> Session:
    return SessionFactory(campaign=campaign)


def words_of(session: Session, **changed: Any) -> SessionWords:
    """The session as it stands, but for `changed`."""
    told = {name: getattr(session, name) for name in SessionWords.__dataclass_fields__}
    return SessionWords(**{**told, "communes": tuple(session.communes), **changed})


def new_words(**changed: Any) -> SessionWords:
    starts_at = timezone.now() + timedelta(days=5)
    told: dict[str, Any] = {
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=2),
        "place_name": "Salle des fêtes",
        "address": "3 place de la Mairie",
        "commune": CommuneFactory(),
        "capacity": 12,
    }
    return SessionWords(**{**told, **changed})


def hour_of(moment: datetime) -> str:
    return f"{moment.astimezone(PARIS):%Y-%m-%d %H:%M}"


def told(purpose: str) -> set[str]:
    return set(
        Message.objects.filter(purpose=f"prevention.{purpose}").values_list("recipient", flat=True)
    )


# --- Planning -----------------------------------------------------------------------------------
def test_create_twice_with_one_key_plans_one_session(
    campaign: Campaign, coordinator: Membership
) -> None:
    key, words = uuid.uuid4(), new_words(min_age=50, communes=("62491",))

    first = actions.create(campaign, words, by=coordinator, key=key)
    again = actions.create(campaign, words, by=coordinator, key=key)

    assert again == first
    assert (first.capacity, first.min_age, first.communes) == (12, 50, ["62491"])
    assert AuditEntry.objects.filter(subject_id=str(first.pk), verb="plan").count() == 1


def test_create_is_for_the_coordination(campaign: Campaign, gp: Membership) -> None:
    with pytest.raises(NotPermitted):
        actions.create(campaign, new_words(), by=gp, key=uuid.uuid4())

    assert Session.objects.count() == 0


def test_create_refuses_an_hour_that_has_passed(
    campaign: Campaign, coordinator: Membership
) -> None:
    past = new_words(starts_at=timezone.now() - timedelta(minutes=1))

    with pytest.raises(Refused, match="déjà passée"):
        actions.create(campaign, past, by=coordinator, key=uuid.uuid4())


def test_create_refuses_a_campaign_that_is_over(cpts: Cpts, coordinator: Membership) -> None:
    over = CampaignFactory(cpts=cpts, created_by=coordinator, status=CampaignStatus.CLOSED)

    with pytest.raises(Refused, match="terminée"):
        actions.create(over, new_words(), by=coordinator, key=uuid.uuid4())


# --- Repeating ----------------------------------------------------------------------------------
@time_machine.travel(datetime(2026, 10, 1, tzinfo=UTC), tick=False)
def test_a_weekly_series_keeps_its_paris_hours_when_summer_ends(
    campaign: Campaign, coordinator: Membership
) -> None:
    first = SessionFactory(campaign=campaign, starts_at=SUMMER_ENDS)
    ShiftFactory(session=first, starts_at=SUMMER_ENDS - timedelta(hours=1), ends_at=SUMMER_ENDS)

    made = actions.duplicate(
        first, [date(2026, 10, 25), date(2026, 11, 1)], by=coordinator, key=uuid.uuid4()
    )

    assert [hour_of(one.starts_at) for one in made] == ["2026-10-25 14:00", "2026-11-01 14:00"]
    assert [hour_of(one.ends_at) for one in made] == ["2026-10-25 16:00", "2026-11-01 16:00"]
    assert hour_of(Shift.objects.get(session=made[0]).starts_at) == "2026-10-25 13:00"
    assert made[0].starts_at - first.starts_at == timedelta(days=7, hours=1)


@time_machine.travel(datetime(2027, 3, 1, tzinfo=UTC), tick=False)
def test_a_weekly_series_keeps_its_paris_hours_when_winter_ends(
    campaign: Campaign, coordinator: Membership
) -> None:
    first = SessionFactory(campaign=campaign, starts_at=WINTER_ENDS)

    [made] = actions.duplicate(first, [date(2027, 3, 28)], by=coordinator, key=uuid.uuid4())

    assert (hour_of(made.starts_at), hour_of(made.ends_at)) == (
        "2027-03-28 14:00",
        "2027-03-28 16:00",
    )
    assert made.starts_at - first.starts_at == timedelta(days=6, hours=23)


@time_machine.travel(datetime(2027, 3, 1, tzinfo=UTC), tick=False)
def test_an_hour_that_the_spring_night_leaves_out_is_refused(
    campaign: Campaign, coordinator: Membership
) -> None:
    night = datetime(2027, 3, 21, 2, 30, tzinfo=PARIS)
    first = SessionFactory(campaign=campaign, starts_at=night)

    with pytest.raises(Refused, match="l’heure change"):
        actions.duplicate(first, [date(2027, 3, 28)], by=coordinator, key=uuid.uuid4())


def test_duplicate_sent_twice_plans_each_day_once(
    session: Session, coordinator: Membership
) -> None:
    ShiftFactory(session=session, task="Tension", wanted=3)
    first_day = timezone.localdate(session.starts_at)
    days, key = [first_day + timedelta(7), first_day + timedelta(14)], uuid.uuid4()

    first = actions.duplicate(session, days, by=coordinator, key=key)
    again = actions.duplicate(session, days, by=coordinator, key=key)

    assert again == first
    assert Session.objects.count() == 3
    assert [(one.task, one.wanted) for one in first[1].shifts.all()] == [("Tension", 3)]
    assert (first[0].taken, first[0].sequence, first[0].capacity) == (0, 0, 20)


def test_duplicate_plans_nothing_when_one_day_is_refused(
    session: Session, coordinator: Membership
) -> None:
    first_day = timezone.localdate(session.starts_at)
    yesterday = timezone.localdate() - timedelta(days=1)

    with pytest.raises(Refused, match="déjà passé"):
        actions.duplicate(
            session, [first_day + timedelta(7), yesterday], by=coordinator, key=uuid.uuid4()
        )
    with pytest.raises(Refused, match="la même séance est déjà prévue"):
        actions.duplicate(session, [first_day], by=coordinator, key=uuid.uuid4())

    assert Session.objects.count() == 1


# --- Changing -----------------------------------------------------------------------------------
def test_another_hour_is_told_to_those_who_come_and_help(
    session: Session, coordinator: Membership
) -> None:
    registration = RegistrationFactory(session=session)
    volunteer = VolunteerFactory(shift__session=session)
    later = session.starts_at + timedelta(days=1, hours=1)

    moved = actions.edit(
        session,
        words_of(session, starts_at=later, ends_at=later + timedelta(hours=3)),
        by=coordinator,
    )

    assert moved.sequence == 1
    assert told("session_moved") == {registration.contact.email}
    assert told("shifts_moved") == {volunteer.membership.contact_email}
    shift = Shift.objects.get()
    assert (shift.starts_at, shift.ends_at) == (later, later + timedelta(hours=3))


def test_another_place_is_news_and_a_note_is_not(session: Session, coordinator: Membership) -> None:
    RegistrationFactory(session=session)

    noted = actions.edit(session, words_of(session, access_note="Parking"), by=coordinator)
    assert (noted.sequence, told("session_moved")) == (0, set())
    moved = actions.edit(session, words_of(session, place_name="Mairie"), by=coordinator)

    assert moved.sequence == 1
    assert len(told("session_moved")) == 1


@time_machine.travel(datetime(2026, 10, 1, tzinfo=UTC), tick=False)
def test_a_session_moved_over_the_clock_change_takes_its_shifts_at_their_hours(
    campaign: Campaign, coordinator: Membership
) -> None:
    session = SessionFactory(campaign=campaign, starts_at=SUMMER_ENDS)
    ShiftFactory(
        session=session,
        starts_at=SUMMER_ENDS - timedelta(minutes=30),
        ends_at=SUMMER_ENDS + timedelta(hours=1),
    )
    after = datetime(2026, 10, 26, 15, tzinfo=PARIS)

    actions.edit(
        session,
        words_of(session, starts_at=after, ends_at=after + timedelta(hours=2)),
        by=coordinator,
    )

    shift = Shift.objects.get()
    assert (hour_of(shift.starts_at), hour_of(shift.ends_at)) == (
        "2026-10-26 14:30",
        "2026-10-26 16:00",
    )


def test_a_moved_session_moves_its_reminders(campaign: Campaign, coordinator: Membership) -> None:
    session = SessionFactory(campaign=campaign, starts_at=datetime(2031, 1, 14, 14, tzinfo=PARIS))
    PlanFactory(campaign=campaign, offset_days=None, at=None, offset_minutes=-120)
    RegistrationFactory(session=session)
    actions.reconcile(sessions=[session.pk])
    later = session.starts_at + timedelta(days=1)

    actions.edit(
        session,
        words_of(session, starts_at=later, ends_at=later + timedelta(hours=2)),
        by=coordinator,
    )

    [delivery] = Delivery.objects.all()
    assert delivery.due_at == later - timedelta(hours=2)


def test_a_session_is_not_moved_into_the_past(session: Session, coordinator: Membership) -> None:
    past = timezone.now() - timedelta(hours=3)

    with pytest.raises(Refused, match="dans le passé"):
        actions.edit(
            session,
            words_of(session, starts_at=past, ends_at=past + timedelta(hours=2)),
            by=coordinator,
        )

    session.refresh_from_db()
    assert session.sequence == 0


def test_a_session_that_has_begun_may_end_later(
    campaign: Campaign, coordinator: Membership
) -> None:
    begun = SessionFactory(campaign=campaign, starts_at=timezone.now() - timedelta(hours=1))
    later = begun.ends_at + timedelta(hours=1)

    edited = actions.edit(begun, words_of(begun, ends_at=later), by=coordinator)

    assert (edited.ends_at, edited.sequence) == (later, 1)


def test_seats_are_not_lowered_under_those_registered(
    session: Session, coordinator: Membership
) -> None:
    RegistrationFactory(session=session)
    RegistrationFactory(session=session)

    with pytest.raises(Refused, match="plus d’inscrits que de places"):
        actions.edit(session, words_of(session, capacity=1), by=coordinator)
    lowered = actions.edit(session, words_of(session, capacity=2), by=coordinator)

    assert lowered.seats_left == 0


def test_more_seats_are_offered_to_the_line(session: Session, coordinator: Membership) -> None:
    session = SessionFactory(campaign=session.campaign, capacity=1)
    RegistrationFactory(session=session)
    first = RegistrationFactory(session=session, status="waiting")
    second = RegistrationFactory(session=session, status="waiting")
    session.refresh_from_db()

    actions.edit(session, words_of(session, capacity=2), by=coordinator)

    rows = Registration.objects.in_bulk([first.pk, second.pk])
    assert [rows[one.pk].status for one in (first, second)] == ["offered", "waiting"]


def test_a_stale_page_overwrites_nothing(session: Session, coordinator: Membership) -> None:
    seen = fingerprint(session)
    actions.edit(session, words_of(session, capacity=30), by=coordinator, seen=seen)

    with pytest.raises(Refused, match="entre-temps"):
        actions.edit(session, words_of(session, access_note="Bus 4"), by=coordinator, seen=seen)

    session.refresh_from_db()
    assert (session.capacity, session.access_note) == (30, "")


def test_to_whom_it_is_open_does_not_change_once_somebody_is_registered(
    session: Session, coordinator: Membership
) -> None:
    RegistrationFactory(session=session)

    with pytest.raises(Refused, match="à qui la séance est ouverte"):
        actions.edit(session, words_of(session, is_for_professionals=True), by=coordinator)


def test_who_is_expected_elsewhere_at_the_new_hour_is_freed_and_told(
    session: Session, coordinator: Membership
) -> None:
    member = GpFactory(cpts=coordinator.cpts)
    other = SessionFactory(
        campaign=session.campaign, starts_at=session.starts_at + timedelta(days=1)
    )
    kept = VolunteerFactory(shift__session=other, membership=member)
    moved = VolunteerFactory(shift__session=session, membership=member)

    actions.edit(
        session,
        words_of(session, starts_at=other.starts_at, ends_at=other.ends_at),
        by=coordinator,
    )

    rows = Volunteer.objects.in_bulk([kept.pk, moved.pk])
    assert (rows[kept.pk].status, rows[moved.pk].status) == ("booked", "left")
    assert told("shifts_released") == {member.contact_email}
    assert told("shifts_moved") == set()


# --- Ending -------------------------------------------------------------------------------------
def test_cancel_ends_registrations_drops_reminders_and_tells_everybody(
    session: Session, coordinator: Membership
) -> None:
    PlanFactory(campaign=session.campaign, offset_days=None, at=None, offset_minutes=-120)
    seated, waiting = (
        RegistrationFactory(session=session),
        RegistrationFactory(session=session, status="waiting"),
    )
    volunteer = VolunteerFactory(shift__session=session)
    actions.reconcile(sessions=[session.pk])

    cancelled = actions.cancel(session, reason="weather", by=coordinator)

    assert (cancelled.status, cancelled.cancel_reason) == ("cancelled", "weather")
    assert set(Registration.objects.values_list("status", flat=True)) == {"cancelled"}
    assert told("session_cancelled") == {seated.contact.email, waiting.contact.email}
    assert told("shifts_cancelled") == {volunteer.membership.contact_email}
    assert set(Delivery.objects.values_list("status", "reason")) == {("dropped", "session")}


def test_cancel_is_refused_twice_and_afterwards(
    session: Session, coordinator: Membership, gp: Membership
) -> None:
    over = SessionFactory(campaign=session.campaign, starts_at=timezone.now() - timedelta(days=1))
    with pytest.raises(NotPermitted):
        actions.cancel(session, reason="room", by=gp)
    actions.cancel(session, reason="room", by=coordinator)

    with pytest.raises(Refused, match="annulée"):
        actions.cancel(session, reason="room", by=coordinator)
    with pytest.raises(Refused, match="passée"):
        actions.cancel(over, reason="room", by=coordinator)


def test_a_cancelled_session_is_not_edited(session: Session, coordinator: Membership) -> None:
    actions.cancel(session, reason="room", by=coordinator)

    with pytest.raises(Refused, match="ne se modifie plus"):
        actions.edit(session, words_of(session, capacity=40), by=coordinator)


def test_hold_asks_once_more_when_nobody_is_noted(
    campaign: Campaign, coordinator: Membership
) -> None:
    begun = SessionFactory(campaign=campaign, starts_at=timezone.now() - timedelta(hours=3))

    with pytest.raises(actions.NobodyNoted, match="Personne n’est noté présent"):
        actions.hold(begun, by=coordinator)
    held = actions.hold(begun, by=coordinator, is_confirmed=True)

    assert held.status == SessionStatus.HELD
    assert held.held_at is not None


def test_hold_needs_no_confirmation_when_somebody_came(
    campaign: Campaign, coordinator: Membership
) -> None:
    begun = SessionFactory(campaign=campaign, starts_at=timezone.now() - timedelta(hours=1))
    RegistrationFactory(session=begun, status="attended")

    held = actions.hold(begun, by=coordinator)

    assert held.status == SessionStatus.HELD


def test_hold_waits_for_the_beginning(session: Session, coordinator: Membership) -> None:
    with pytest.raises(Refused, match="n’a pas commencé"):
        actions.hold(session, by=coordinator, is_confirmed=True)


def test_the_night_closes_what_has_been_over_for_three_days(
    campaign: Campaign, coordinator: Membership
) -> None:
    now = timezone.now()
    old = SessionFactory(campaign=campaign, starts_at=now - timedelta(days=4))
    recent = SessionFactory(campaign=campaign, starts_at=now - timedelta(days=2))

    closed = close_sessions()

    rows = Session.objects.in_bulk([old.pk, recent.pk])
    assert closed == 1
    assert (rows[old.pk].status, rows[recent.pk].status) == ("held", "planned")


def test_the_night_leaves_what_somebody_has_closed_meanwhile(
    campaign: Campaign, coordinator: Membership
) -> None:
    old = SessionFactory(campaign=campaign, starts_at=timezone.now() - timedelta(days=4))
    actions.hold(old, by=coordinator, is_confirmed=True)

    assert close_session(old.cpts_id, old.pk) is False


# --- What the hub says --------------------------------------------------------------------------
def test_who_holds_a_shift_keeps_the_door(session: Session) -> None:
    volunteer = VolunteerFactory(shift__session=session)
    VolunteerFactory(shift__session=session, status="left", ended_at=timezone.now())

    keepers = queries.door_keepers(session)

    assert keepers == frozenset({volunteer.membership_id})


def test_conditions_are_told_in_words(campaign: Campaign) -> None:
    lestrem = CommuneFactory(name="Lestrem")
    session = SessionFactory(
        campaign=campaign, min_age=50, max_age=74, sex="female", communes=[lestrem.pk]
    )

    conditions = queries.conditions_of(session)

    assert conditions == ["de 50 à 74 ans", "femmes", "habitants de Lestrem"]


@pytest.mark.parametrize(
    ("least", "most", "words"),
    [
        (50, None, ["à partir de 50 ans"]),
        (None, 6, ["jusqu’à 6 ans"]),
        (0, 6, ["de 0 à 6 ans"]),
        (None, None, []),
    ],
)
def test_ages_are_told_in_words(
    campaign: Campaign, least: int | None, most: int | None, words: list[str]
) -> None:
    session = SessionFactory(campaign=campaign, min_age=least, max_age=most)

    assert queries.conditions_of(session) == words


def test_a_campaign_shows_its_sessions_to_come_then_the_past_latest_first(
    campaign: Campaign,
) -> None:
    now = timezone.now()
    later, sooner = (
        SessionFactory(campaign=campaign, starts_at=now + timedelta(days=days)) for days in (9, 2)
    )
    old, recent = (
        SessionFactory(campaign=campaign, starts_at=now - timedelta(days=days)) for days in (9, 2)
    )
    shift = ShiftFactory(session=sooner, wanted=3)
    ShiftFactory(session=sooner, wanted=2)
    VolunteerFactory(shift=shift)

    panel = queries.panel_of_campaign(campaign)

    first = panel["sessions_to_come"][0]
    assert (panel["sessions_to_come"], panel["sessions_past"]) == ([sooner, later], [recent, old])
    assert (first.hands_wanted, first.hands_booked) == (5, 1)


def test_messages_do_not_name_a_discreet_topic(session: Session) -> None:
    topic = session.campaign.topic
    topic.is_discreet = True

    assert queries.told_title(session) == "Séance de prévention"
