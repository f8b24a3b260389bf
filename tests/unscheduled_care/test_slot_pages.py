"""Offering in three taps, one's own slots, weekly templates and absences: the pages."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from members.models import Membership, Practice, Role
from tests.factories import (
    DelegationFactory,
    GpFactory,
    MembershipFactory,
    PracticeFactory,
    PracticeMemberFactory,
)
from tests.unscheduled_care.makers import (
    AbsenceFactory,
    AvailabilityFactory,
    ClaimFactory,
    SlotFactory,
)
from unscheduled_care.actions.availabilities import materialise
from unscheduled_care.models import Absence, Availability, Slot
from unscheduled_care.queries.agenda import clock, days_in_words, week_in_words
from unscheduled_care.rules.weeks import PARIS, wall_time

NEW = "/artois-lys/creneaux/proposer/"
MINE = "/artois-lys/mes-creneaux/"


@pytest.fixture(autouse=True)
def without_second_factor(settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = False


@pytest.fixture
def place(gp: Membership) -> Practice:
    practice: Practice = PracticeFactory(cpts=gp.cpts, name="Cabinet de la Lys")
    PracticeMemberFactory(membership=gp, practice=practice, is_main=True)
    return practice


@pytest.fixture
def phone(gp: Membership, place: Practice) -> Client:
    """The GP's."""
    browser = Client()
    browser.force_login(gp.user)
    return browser


@pytest.fixture
def office(gp: Membership, place: Practice) -> Client:
    """His secretary's browser."""
    secretary = MembershipFactory(cpts=gp.cpts, role=Role.SECRETARY)
    DelegationFactory(principal=gp, delegate=secretary)
    browser = Client()
    browser.force_login(secretary.user)
    return browser


def tomorrow() -> date:
    return timezone.localdate() + timedelta(days=1)


def taps(place: Practice, **told: Any) -> dict[str, Any]:
    """Tomorrow at 14 h, 20 minutes, at the practice, for every member."""
    usual = {
        "day": tomorrow().isoformat(),
        "time": "840",
        "minutes": "20",
        "kind": "practice",
        "practice": place.pk,
        "channels": ["members"],
        "give_back_minutes": "0",
        "count": "1",
        "key": str(uuid.uuid4()),
    }
    return {**usual, **told}


def typed_day(name: str, day: date) -> dict[str, Any]:
    """Three boxes."""
    return {f"{name}_day": day.day, f"{name}_month": day.month, f"{name}_year": day.year}


# --- Three taps -----------------------------------------------------------------------------
def test_a_slot_is_offered_in_three_taps_and_shown(phone: Client, place: Practice) -> None:
    response = phone.post(NEW, taps(place), follow=True)

    slot = Slot.objects.get()
    assert slot.starts_at == wall_time(tomorrow(), 840)
    assert (slot.minutes, slot.practice, slot.channels) == (20, place, ["members"])
    page = response.content.decode()
    assert "C’est proposé" in page
    assert "Proposer un autre" in page
    assert reverse("unscheduled_care:slot_withdraw", args=["artois-lys", slot.pk]) in page


def test_boxes_win_over_taps(phone: Client, place: Practice) -> None:
    day = timezone.localdate() + timedelta(days=30)
    told = {
        "day": "other",
        **typed_day("other_day", day),
        "other_time": "15:40",
        "other_minutes": "25",
    }

    phone.post(NEW, taps(place, **told))

    slot = Slot.objects.get()
    assert (slot.starts_at, slot.minutes) == (wall_time(day, 940), 25)


def test_a_visit_at_home_for_some_professions_alone(phone: Client, place: Practice) -> None:
    chosen = {"channels": ["professions", "sas"], "professions": ["medecin-generaliste"]}

    phone.post(NEW, taps(place, kind="home", radius_km="12", **chosen))

    slot = Slot.objects.get()
    assert (slot.kind, slot.radius_km, slot.professions) == ("home", 12, ["medecin-generaliste"])


def test_whoever_works_nowhere_is_told_to_say_where_first(client: Client, gp: Membership) -> None:
    client.force_login(gp.user)

    assert "Aucun lieu d’exercice" in client.get(NEW).content.decode()
    assert client.post(NEW, taps(Practice(), practice="")).status_code == 422


def test_the_next_offer_remembers_the_last_one(phone: Client, gp: Membership) -> None:
    last = SlotFactory(professional=gp, key=uuid.uuid4(), kind="remote", minutes=15)

    form = phone.get(NEW).context["form"]

    assert [form[name].value() for name in ("kind", "minutes", "channels")] == [
        *(last.kind, 15),
        ["members"],
    ]


def test_sent_twice_it_is_one_slot(phone: Client, place: Practice) -> None:
    sent = taps(place)

    addresses = [phone.post(NEW, sent)["Location"] for _ in range(2)]

    assert addresses[0] == addresses[1]
    assert Slot.objects.count() == 1


def test_over_another_slot_is_409_and_nothing_typed_is_lost(phone: Client, place: Practice) -> None:
    phone.post(NEW, taps(place))

    response = phone.post(NEW, taps(place, other_minutes="35"))

    assert response.status_code == 409
    assert "Un autre créneau" in response.content.decode()
    assert response.context["form"]["other_minutes"].value() == "35"


FAR = timezone.localdate() + timedelta(days=75)
LONG_AGO = date(2020, 1, 6)


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"day": "other", **typed_day("other_day", LONG_AGO)}, "déjà passée"),
        ({"day": "other", **typed_day("other_day", FAR)}, "60 jours"),
        ({"day": "other"}, "Écrivez le jour"),
        ({"day": "2020-01-06"}, "Sélectionnez un choix valide"),
        ({"time": ""}, "Choisissez l’heure"),
        ({"other_time": "25:61"}, "Écrivez l’heure ainsi"),
        ({"minutes": ""}, "Choisissez la durée"),
        ({"other_minutes": "0"}, "de 5 minutes à 4 heures"),
        ({"other_minutes": "1440"}, "de 5 minutes à 4 heures"),
        ({"kind": "home"}, "jusqu’où vous vous déplacez"),
        ({"kind": "home", "radius_km": "0"}, "de 1 à 100 km"),
        ({"practice": "x"}, "vos lieux d’exercice"),
        ({"other_minutes": "long"}, "en minutes, par exemple"),
        ({"practice": ""}, "Choisissez le lieu"),
        ({"channels": []}, "qui peut réserver"),
        ({"channels": ["professions"]}, "au moins une profession"),
        ({"kind": "moon"}, "Sélectionnez un choix valide"),
    ],
)
def test_bad_input_is_422_with_a_sentence(
    phone: Client, place: Practice, told: dict[str, Any], sentence: str
) -> None:
    response = phone.post(NEW, taps(place, **told))

    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not Slot.objects.exists()


def test_a_place_of_somebody_else_is_refused(phone: Client, gp: Membership) -> None:
    response = phone.post(NEW, taps(PracticeFactory(cpts=gp.cpts)))

    assert response.status_code == 422
    assert "vos lieux d’exercice" in response.content.decode()


# --- For somebody else ------------------------------------------------------------------------
def test_a_delegate_of_one_professional_is_not_asked_for_whom(
    office: Client, gp: Membership, place: Practice
) -> None:
    office.post(NEW, taps(place))

    assert Slot.objects.get().professional == gp


def test_a_delegate_of_two_chooses_and_nobody_else_exists(
    office: Client, gp: Membership, place: Practice
) -> None:
    other = GpFactory(cpts=gp.cpts)
    secretary = Membership.objects.get(role=Role.SECRETARY)
    DelegationFactory(principal=other, delegate=secretary)
    stranger = GpFactory(cpts=gp.cpts)

    assert f"?pour={other.pk}" in office.get(MINE).content.decode()
    assert office.post(NEW, taps(place)).status_code == 422
    assert office.post(NEW, taps(place, pour=gp.pk)).status_code == 302
    assert office.get(f"{MINE}?pour={stranger.pk}").status_code == 404
    assert Slot.objects.get().offered_by == secretary


def test_the_coordination_offers_for_any_professional(
    client: Client, coordinator: Membership, gp: Membership, place: Practice
) -> None:
    client.force_login(coordinator.user)

    client.post(f"{NEW}?pour={gp.pk}", taps(place))

    assert (Slot.objects.get().professional, Slot.objects.get().offered_by) == (gp, coordinator)


def test_who_acts_for_nobody_is_told_so(client: Client, gp: Membership) -> None:
    client.force_login(MembershipFactory(cpts=gp.cpts, role=Role.SECRETARY).user)

    assert "ne vous a confié son agenda" in client.get(MINE).content.decode()


@pytest.mark.parametrize("page", ["semaines/nouvelle/", "absences/nouvelle/"])
def test_weeks_and_absences_too_ask_for_whom(
    client: Client, coordinator: Membership, page: str
) -> None:
    client.force_login(coordinator.user)

    assert "Pour qui" in client.get(f"{MINE}{page}").content.decode()
    assert client.get(f"{MINE}?pour=autre").status_code == 200


# --- Mine -----------------------------------------------------------------------------------
def test_mine_shows_what_is_free_claimed_withdrawn_by_day(phone: Client, gp: Membership) -> None:
    at = timezone.now() + timedelta(days=2)
    free = SlotFactory(professional=gp, starts_at=at)
    ClaimFactory(slot__professional=gp, slot__starts_at=at + timedelta(hours=1))

    days = phone.get(MINE).context["days"]

    counted = [(day.free, day.claimed) for day in days]
    assert sum(free for free, _ in counted) == sum(claimed for _, claimed in counted) == 1
    assert days[0].day == free.starts_at.astimezone(PARIS).date()


def test_mine_asks_as_much_of_the_database_for_three_as_for_one(
    phone: Client, gp: Membership, django_assert_max_num_queries: Any
) -> None:
    def fill(number: int) -> None:
        for rank in range(number):
            begins = timezone.now() + timedelta(days=1 + Slot.objects.count())
            ClaimFactory(slot__professional=gp, slot__starts_at=begins)
            AvailabilityFactory(professional=gp, opens=rank, closes=rank + 1)
            AbsenceFactory(membership=gp)

    fill(1)
    phone.get(MINE)
    with django_assert_max_num_queries(100) as one:
        phone.get(MINE)
    fill(2)
    with django_assert_max_num_queries(100) as three:
        phone.get(MINE)

    assert len(three) == len(one) <= 16


def test_a_free_slot_goes_in_one_tap(phone: Client, gp: Membership) -> None:
    slot = SlotFactory(professional=gp)

    response = phone.post(f"/artois-lys/creneaux/{slot.pk}/retirer/", follow=True)

    slot.refresh_from_db()
    assert (slot.status, slot.withdraw_reason) == ("withdrawn", "other")
    assert "Le créneau est retiré." in response.content.decode()


def test_a_claimed_slot_goes_once_confirmed(phone: Client, gp: Membership) -> None:
    claim = ClaimFactory(slot__professional=gp)
    address = f"/artois-lys/creneaux/{claim.slot.pk}/retirer/"

    asked = phone.post(address)
    phone.post(address, {"is_confirmed": "on", "reason": "absent"})

    claim.refresh_from_db()
    assert asked.status_code == 409
    assert "Retirer et prévenir" in asked.content.decode()
    assert claim.status == "cancelled"
    assert phone.get(address).status_code == 200


def test_somebody_else_s_slot_does_not_exist_to_a_colleague(phone: Client, gp: Membership) -> None:
    slot = SlotFactory(professional=GpFactory(cpts=gp.cpts))

    assert phone.post(f"/artois-lys/creneaux/{slot.pk}/retirer/").status_code == 404


def test_a_slot_of_the_same_gesture_is_shown_with_it_and_no_other(
    phone: Client, gp: Membership, place: Practice
) -> None:
    SlotFactory(professional=gp)
    address = phone.post(NEW, taps(place, count="3"))["Location"]

    shown = phone.get(address).context["slots"]

    assert [slot.starts_at for slot in shown] == [
        wall_time(tomorrow(), minute) for minute in (840, 860, 880)
    ]


def test_from_afar_no_place_is_asked(phone: Client) -> None:
    sent = taps(Practice(), kind="remote", practice="")

    assert phone.post(NEW, sent).status_code == 302
    assert Slot.objects.get().practice is None


# --- Weekly templates -------------------------------------------------------------------------
def week_sent(place: Practice, **told: Any) -> dict[str, Any]:
    """Monday and Thursday from 9 to 12 by 20 minutes, from tomorrow on."""
    usual = {
        **taps(place),
        "weekdays": ["1", "4"],
        "opens": "09:00",
        "closes": "12:00",
        **typed_day("valid_from", tomorrow()),
    }
    return {**usual, **told}


def test_a_week_is_opened_listed_in_words_changed_and_stopped(
    phone: Client, place: Practice
) -> None:
    listed = phone.post(f"{MINE}semaines/nouvelle/", week_sent(place), follow=True)
    week = Availability.objects.get()
    address = f"{MINE}semaines/{week.pk}/"
    assert "Lundi et jeudi, 9\u00a0h – 12\u00a0h, 20\u00a0min, au cabinet" in (
        listed.content.decode()
    )
    assert Slot.objects.filter(status="open").count() >= 9

    assert phone.get(address).status_code == 200
    phone.post(address, week_sent(place, closes="10:00"))
    new = Availability.objects.get(replaces=week)
    assert new.closes == 600

    phone.post(f"{MINE}semaines/{new.pk}/arreter/")
    assert not Slot.objects.filter(status="open").exists()


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        (typed_day("valid_until", timezone.localdate()), "finit avant de commencer"),
        (typed_day("valid_from", LONG_AGO), "Ce jour est passé"),
        ({"closes": "08:00"}, "après l’heure de début"),
        ({"closes": "09:10"}, "Pas un créneau"),
        ({"weekdays": []}, "au moins un jour"),
        ({"minutes": "", "other_minutes": "0"}, "de 5 minutes à 4 heures"),
        ({"minutes": ""}, "Choisissez la durée"),
        ({"opens": ""}, "l’heure de début"),
    ],
)
def test_a_week_that_cannot_be_is_422(
    phone: Client, place: Practice, told: dict[str, Any], sentence: str
) -> None:
    response = phone.post(f"{MINE}semaines/nouvelle/", week_sent(place, **told))

    assert response.status_code == 422
    assert sentence in response.content.decode()


def test_a_week_until_midnight_ends_at_the_end_of_the_day(phone: Client, place: Practice) -> None:
    phone.post(f"{MINE}semaines/nouvelle/", week_sent(place, opens="22:00", closes="00:00"))

    assert Availability.objects.get().closes == 1440


def test_a_week_over_another_is_409_new_or_changed(
    phone: Client, gp: Membership, place: Practice
) -> None:
    phone.post(f"{MINE}semaines/nouvelle/", week_sent(place))
    other = AvailabilityFactory(professional=gp, opens=900, closes=960)

    again = phone.post(f"{MINE}semaines/nouvelle/", week_sent(place))
    changed = phone.post(f"{MINE}semaines/{other.pk}/", week_sent(place))

    assert (again.status_code, changed.status_code) == (409, 409)
    assert "couvre déjà" in changed.content.decode()


def test_a_day_is_excepted_and_restored(phone: Client, gp: Membership) -> None:
    week = AvailabilityFactory(professional=gp, valid_from=tomorrow())
    materialise([week], days=2)
    address = f"{MINE}semaines/{week.pk}/exceptions/"

    phone.post(address, typed_day("exception-day", tomorrow()))
    assert not Slot.objects.filter(status="open").exists()
    twice = phone.post(address, typed_day("exception-day", tomorrow()))
    past = phone.post(address, typed_day("exception-day", LONG_AGO))

    assert (twice.status_code, past.status_code) == (409, 422)
    for day in ("", "no day", "2026-99-99", tomorrow().isoformat()):
        assert phone.post(f"{address}annuler/", {"day": day}).status_code == 302
    assert Slot.objects.filter(status="open").exists()


# --- Absences -----------------------------------------------------------------------------------
def test_an_absence_asks_before_appointments_go(phone: Client, gp: Membership) -> None:
    ClaimFactory(slot__professional=gp, slot__starts_at=wall_time(tomorrow(), 600))
    sent = {**typed_day("first_day", tomorrow()), **typed_day("last_day", tomorrow())}

    asked = phone.post(f"{MINE}absences/nouvelle/", sent)
    phone.post(f"{MINE}absences/nouvelle/", {**sent, "is_confirmed": "on"})

    absence = Absence.objects.get()
    assert asked.status_code == 409
    assert "1 rendez-vous est pris" in asked.content.decode()
    assert absence.starts_at == wall_time(tomorrow(), 0)
    assert absence.ends_at == wall_time(tomorrow() + timedelta(days=1), 0)

    phone.post(f"{MINE}absences/{absence.pk}/annuler/")
    absence.refresh_from_db()
    assert absence.cancelled_at is not None


@pytest.mark.parametrize(
    ("first", "last", "sentence"),
    [
        (FAR, tomorrow(), "finit avant de commencer"),
        (LONG_AGO, LONG_AGO, "déjà passée"),
        (tomorrow(), tomorrow() + timedelta(days=400), "au plus un an"),
    ],
)
def test_an_absence_that_cannot_be_is_422(
    phone: Client, first: date, last: date, sentence: str
) -> None:
    sent = {**typed_day("first_day", first), **typed_day("last_day", last)}

    response = phone.post(f"{MINE}absences/nouvelle/", sent)

    assert response.status_code == 422
    assert sentence in response.content.decode()


def test_hours_that_the_clock_skips_are_said(phone: Client) -> None:
    spring = date(2027, 3, 28)
    sent = {**typed_day("first_day", spring), **typed_day("last_day", spring)}

    response = phone.post(f"{MINE}absences/nouvelle/", {**sent, "first_time": "02:30"})

    assert "n’existe pas cette nuit-là" in response.content.decode()


# --- In words -----------------------------------------------------------------------------------
def test_hours_are_said_in_english_too() -> None:
    with translation.override("en"):
        assert clock(570) == "09:30"


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ([3], "mercredi"),
        ([4, 1], "lundi et jeudi"),
        ([1, 2, 3, 4, 5], "du lundi au vendredi"),
        ([1, 3, 6], "lundi, mercredi et samedi"),
        (list(range(1, 8)), "tous les jours"),
    ],
)
def test_days_are_said_as_one_says_them(days: list[int], words: str) -> None:
    assert days_in_words(days) == words


def test_a_week_is_said_in_one_line() -> None:
    week = Availability(weekdays=[1, 4], opens=540, closes=750, slot_minutes=20, kind="home")

    said = week_in_words(week).replace("\u00a0", " ")

    assert said == "lundi et jeudi, 9 h – 12 h 30, 20 min, à domicile"
    assert clock(0) == "0\u00a0h"
