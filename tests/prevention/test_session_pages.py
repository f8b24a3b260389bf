"""The desk's pages of a session, and the page on which members take a shift."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cpts_portal.core.icalendar import PARIS
from members.models import Cpts, CptsCommune, Membership
from prevention.actions.sessions import fingerprint, hold
from prevention.models import Campaign, Registration, Session, Shift, Volunteer
from tests.factories import CommuneFactory, GpFactory, PracticeFactory
from tests.prevention.makers import (
    CampaignFactory,
    RegistrationFactory,
    SessionFactory,
    ShiftFactory,
    VolunteerFactory,
)

ROOT = "/artois-lys/prevention"
ROTA = f"{ROOT}/participer/"


@pytest.fixture(autouse=True)
def without_second_factor(settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = False


@pytest.fixture
def campaign(cpts: Cpts, coordinator: Membership) -> Campaign:
    return CampaignFactory(cpts=cpts, created_by=coordinator, title="Octobre rose")


@pytest.fixture
def session(campaign: Campaign) -> Session:
    """In ten days, at a whole hour."""
    starts_at = timezone.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=10)
    return SessionFactory(campaign=campaign, starts_at=starts_at)


@pytest.fixture
def desk(coordinator: Membership) -> Client:
    browser = Client()
    browser.force_login(coordinator.user)
    return browser


@pytest.fixture
def phone(gp: Membership) -> Client:
    browser = Client()
    browser.force_login(gp.user)
    return browser


@pytest.fixture
def lestrem(cpts: Cpts) -> str:
    """The code of a commune of the CPTS."""
    commune = CommuneFactory(name="Lestrem")
    CptsCommune.objects.create(cpts=cpts, commune=commune)
    return str(commune.pk)


def new_page(campaign: Campaign) -> str:
    return f"{ROOT}/campagnes/{campaign.pk}/seances/nouvelle/"


def page(session: Session, rest: str = "") -> str:
    return f"{ROOT}/seances/{session.pk}/{rest}"


def typed(lestrem: str, **told: Any) -> dict[str, Any]:
    """In ten days from 14 h to 16 h, in the town hall, for everybody."""
    usual: dict[str, Any] = {
        "day": (timezone.localdate() + timedelta(days=10)).isoformat(),
        "starts": "14:00",
        "ends": "16:00",
        "place_name": "Salle des fêtes",
        "address": "3 place de la Mairie",
        "commune": lestrem,
        "capacity": "20",
        "audience": "public",
        "key": str(uuid.uuid4()),
    }
    return {**usual, **told}


def errors_of(response: Any, name: str) -> list[str]:
    return list(response.context["form"].errors.get(name, []))


def shown_of(response: Any) -> dict[str, Any]:
    """The values that the form of a page shows."""
    return {field.name: field.value() for field in response.context["form"]}


# --- Planning -----------------------------------------------------------------------------------
def test_session_new_plans_a_session_in_a_town_hall(
    desk: Client, campaign: Campaign, lestrem: str
) -> None:
    told = typed(lestrem, min_age="50", sex="female", communes=[lestrem], is_accessible="on")

    response = desk.post(new_page(campaign), told)
    again = desk.post(new_page(campaign), told)

    [made] = Session.objects.all()
    assert (response.status_code, response["Location"]) == (302, page(made))
    assert again["Location"] == page(made)
    assert timezone.localtime(made.starts_at).hour == 14
    assert (made.place_name, made.commune_id, made.is_accessible) == (
        "Salle des fêtes",
        lestrem,
        True,
    )
    assert (made.min_age, made.max_age, made.sex, made.communes) == (50, None, "female", [lestrem])


def test_session_new_takes_the_address_of_a_known_place(
    desk: Client, cpts: Cpts, campaign: Campaign, lestrem: str
) -> None:
    practice = PracticeFactory(
        cpts=cpts, name="MSP de la Lys", address="12 rue de Lille", is_wheelchair_accessible=True
    )
    told = typed(lestrem, practice=practice.pk, place_name="", address="", commune="")

    desk.post(new_page(campaign), told)

    made = Session.objects.get()
    assert (made.practice_id, made.place_name, made.address) == (
        practice.pk,
        "MSP de la Lys",
        "12 rue de Lille",
    )
    assert (made.commune_id, made.is_accessible) == (practice.commune_id, True)


def test_a_known_place_wins_over_what_was_written_before(
    desk: Client, cpts: Cpts, campaign: Campaign, lestrem: str
) -> None:
    practice = PracticeFactory(cpts=cpts, name="MSP de la Lys")

    response = desk.post(
        new_page(campaign), typed(lestrem, practice=practice.pk, address="x" * 300)
    )

    assert response.status_code == 302
    assert Session.objects.get().place_name == "MSP de la Lys"


def test_session_new_wants_a_place_and_keeps_what_was_typed(
    desk: Client, campaign: Campaign, lestrem: str
) -> None:
    response = desk.post(
        new_page(campaign), typed(lestrem, place_name="", commune="", access_note="Bus 4")
    )

    assert response.status_code == 422
    assert errors_of(response, "place_name") == [
        "Écrivez le nom de la salle, ou choisissez un lieu connu."
    ]
    assert errors_of(response, "commune") == ["Choisissez la commune."]
    assert shown_of(response)["access_note"] == "Bus 4"


@pytest.mark.parametrize(
    ("told", "name", "sentence"),
    [
        ({"day": "2026-02-30"}, "day", "Cette date n’existe pas"),
        ({"day": "2099-01-01"}, "day", "Vérifiez l’année"),
        ({"starts": "25:00"}, "starts", "Écrivez une heure"),
        ({"ends": "13:00"}, "ends", "La fin vient avant le début"),
        ({"ends": "14:00"}, "ends", "La fin vient avant le début"),
        ({"capacity": "0"}, "capacity", "de 1 à 5000"),
        ({"capacity": "vingt"}, "capacity", "de 1 à 5000"),
        ({"min_age": "60", "max_age": "50"}, "max_age", "plus petit"),
        ({"min_age": "130"}, "min_age", "de 0 à 120 ans"),
        ({"communes": ["99999"]}, "communes", "communes de la CPTS"),
        ({"audience": ""}, "audience", "à qui"),
        ({"place_name": "1 85 05 78 006 084 91"}, "place_name", "numéro"),
    ],
)
def test_session_new_says_what_to_mend(
    desk: Client, campaign: Campaign, lestrem: str, told: dict[str, Any], name: str, sentence: str
) -> None:
    response = desk.post(new_page(campaign), typed(lestrem, **told))

    assert response.status_code == 422
    assert sentence in " ".join(errors_of(response, name))
    assert Session.objects.count() == 0


def test_session_new_says_that_the_hour_has_passed(
    desk: Client, campaign: Campaign, lestrem: str
) -> None:
    yesterday = (timezone.localdate() - timedelta(days=1)).isoformat()

    response = desk.post(new_page(campaign), typed(lestrem, day=yesterday))

    assert response.status_code == 409
    assert "Cette heure est déjà passée" in response.text
    assert shown_of(response)["place_name"] == "Salle des fêtes"


def test_a_session_may_end_after_midnight(desk: Client, campaign: Campaign, lestrem: str) -> None:
    desk.post(new_page(campaign), typed(lestrem, starts="22:00", ends="1 h 30"))

    made = Session.objects.get()
    assert made.ends_at - made.starts_at == timedelta(hours=3, minutes=30)


@time_machine.travel(datetime(2026, 10, 1, tzinfo=PARIS), tick=False)
@pytest.mark.parametrize("day", [date(2026, 10, 25), date(2027, 3, 28)])
def test_hours_typed_for_a_day_of_clock_change_are_those_of_paris(
    desk: Client, coordinator: Membership, campaign: Campaign, lestrem: str, day: date
) -> None:
    Membership.objects.update(starts_on=date(2026, 1, 1))
    desk.force_login(coordinator.user)

    desk.post(new_page(campaign), typed(lestrem, day=day.isoformat(), starts="09:00", ends="12:00"))

    made = Session.objects.get()
    local = timezone.localtime(made.starts_at), timezone.localtime(made.ends_at)
    assert [f"{moment:%Y-%m-%d %H:%M}" for moment in local] == [f"{day} 09:00", f"{day} 12:00"]


@time_machine.travel(datetime(2027, 3, 1, tzinfo=PARIS), tick=False)
def test_an_hour_that_does_not_exist_is_said(
    desk: Client, coordinator: Membership, campaign: Campaign, lestrem: str
) -> None:
    desk.force_login(coordinator.user)

    response = desk.post(
        new_page(campaign), typed(lestrem, day="2027-03-28", starts="02:30", ends="05:00")
    )

    assert response.status_code == 422
    assert "n’existe pas" in errors_of(response, "starts")[0]


# --- Changing -----------------------------------------------------------------------------------
def sent_back(desk: Client, session: Session, **told: Any) -> dict[str, Any]:
    """What the form of a session would send, but for `told`."""
    shown = shown_of(desk.get(page(session, "modifier/")))
    filled = {name: value for name, value in shown.items() if value not in (None, "", False, [])}
    hours = {name: f"{filled[name]:%H:%M}" for name in ("starts", "ends")}
    return {**filled, **hours, **told}


def test_session_edit_saved_untouched_changes_nothing(desk: Client, session: Session) -> None:
    response = desk.post(page(session, "modifier/"), sent_back(desk, session))

    fresh = Session.objects.get(pk=session.pk)
    assert response.status_code == 302
    assert (fresh.sequence, fingerprint(fresh)) == (0, fingerprint(session))


def test_session_edit_refuses_fewer_seats_than_people_and_keeps_the_number(
    desk: Client, session: Session
) -> None:
    RegistrationFactory(session=session)
    RegistrationFactory(session=session)

    response = desk.post(page(session, "modifier/"), sent_back(desk, session, capacity="1"))

    assert response.status_code == 409
    assert "Il y a plus d’inscrits que de places" in response.text
    assert shown_of(response)["capacity"] == "1"


def test_a_room_upstairs_in_an_accessible_place_may_be_said(
    desk: Client, cpts: Cpts, campaign: Campaign, lestrem: str
) -> None:
    practice = PracticeFactory(cpts=cpts, is_wheelchair_accessible=True)
    desk.post(new_page(campaign), typed(lestrem, practice=practice.pk))
    made = Session.objects.get()
    told = {**sent_back(desk, made), "is_accessible": ""}

    desk.post(page(made, "modifier/"), told)

    assert (made.is_accessible, Session.objects.get().is_accessible) == (True, False)


def test_session_edit_says_that_people_are_told(desk: Client, session: Session) -> None:
    told = sent_back(desk, session, place_name="Mairie")

    response = desk.post(page(session, "modifier/"), told, follow=True)

    assert "les personnes concernées prévenues" in response.text


def test_session_repeat_refuses_the_same_session_twice(desk: Client, session: Session) -> None:
    same_day = f"{timezone.localdate(session.starts_at):%d/%m/%Y}"

    response = desk.post(
        page(session, "repeter/"), {"rhythm": "days", "days": same_day, "key": str(uuid.uuid4())}
    )

    assert response.status_code == 409
    assert "la même séance est déjà prévue" in response.text
    assert shown_of(response)["days"] == same_day


def test_session_edit_refuses_the_past(desk: Client, session: Session) -> None:
    yesterday = (timezone.localdate() - timedelta(days=1)).isoformat()

    response = desk.post(page(session, "modifier/"), sent_back(desk, session, day=yesterday))

    assert response.status_code == 409
    assert "ne se déplace pas dans le passé" in response.text


def test_session_edit_from_a_stale_tab_is_told(desk: Client, session: Session) -> None:
    stale = sent_back(desk, session, access_note="Bus 4")
    desk.post(page(session, "modifier/"), sent_back(desk, session, capacity="30"))

    response = desk.post(page(session, "modifier/"), stale)

    assert response.status_code == 409
    assert "Quelqu’un a modifié cette séance" in response.text


# --- On other days ------------------------------------------------------------------------------
def test_session_repeat_plans_a_weekly_series(desk: Client, session: Session) -> None:
    told = {"rhythm": "weekly", "times": "3", "key": str(uuid.uuid4())}

    response = desk.post(page(session, "repeter/"), told)
    desk.post(page(session, "repeter/"), told)

    days = [timezone.localdate(one.starts_at) for one in Session.objects.order_by("starts_at")]
    assert response.status_code == 302
    assert [(day - days[0]).days for day in days] == [0, 7, 14, 21]


def test_session_repeat_takes_dates_as_they_are_written(desk: Client, session: Session) -> None:
    first = timezone.localdate(session.starts_at)
    days = [first + timedelta(days=3), first + timedelta(days=5)]
    lines = f"{days[0]:%d/%m/%Y}\n{days[1]:%-d %-m %Y}\n"

    desk.post(
        page(session, "repeter/"), {"rhythm": "days", "days": lines, "key": str(uuid.uuid4())}
    )

    found = {timezone.localdate(one.starts_at) for one in Session.objects.all()}
    assert found == {first, *days}


@pytest.mark.parametrize(
    ("told", "name", "sentence"),
    [
        ({"rhythm": "days", "days": "31/02/2027"}, "days", "«\u00a031/02/2027\u00a0»"),
        ({"rhythm": "days", "days": "demain"}, "days", "n’est pas une date"),
        ({"rhythm": "days", "days": "12/01/2999"}, "days", "Vérifiez l’année"),
        ({"rhythm": "days", "days": " \n"}, "days", "au moins une date"),
        ({"rhythm": "days", "days": ", ;", "times": "x"}, "days", "n’est pas une date"),
        ({"rhythm": "weekly", "times": ""}, "times", "de 1 à 30"),
        ({"rhythm": "weekly", "times": "31"}, "times", "de 1 à 30"),
        ({"rhythm": ""}, "rhythm", "quand la séance revient"),
    ],
)
def test_session_repeat_says_what_to_mend(
    desk: Client, session: Session, told: dict[str, Any], name: str, sentence: str
) -> None:
    response = desk.post(page(session, "repeter/"), {**told, "key": str(uuid.uuid4())})

    assert response.status_code == 422
    assert sentence in errors_of(response, name)[0]
    assert Session.objects.count() == 1


def test_session_repeat_takes_thirty_dates_at_most(desk: Client, session: Session) -> None:
    first = timezone.localdate(session.starts_at)
    lines = "\n".join(f"{first + timedelta(days=n):%d/%m/%Y}" for n in range(1, 32))

    response = desk.post(
        page(session, "repeter/"), {"rhythm": "days", "days": lines, "key": str(uuid.uuid4())}
    )

    assert errors_of(response, "days") == ["Au plus 30 dates à la fois."]


# --- The hub ------------------------------------------------------------------------------------
def test_session_show_tells_the_session_and_its_rota(desk: Client, session: Session) -> None:
    volunteer = VolunteerFactory(shift=ShiftFactory(session=session, task="Accueil"))
    RegistrationFactory(session=session)

    shown = desk.get(page(session)).text

    for words in ("Salle des fêtes", "Accueil", str(volunteer.membership), "1 sur 1", "Bénévoles"):
        assert words in shown


def asked_for(browser: Client, address: str) -> int:
    """How many questions a page puts to PostgreSQL, once what is known of all is known."""
    browser.get(address)
    with CaptureQueriesContext(connection) as asked:
        browser.get(address)
    return len(asked)


def test_session_show_asks_as_much_for_three_shifts_as_for_one(
    desk: Client, session: Session
) -> None:
    asked = []
    for more in (1, 2):
        for _number in range(more):
            VolunteerFactory(shift=ShiftFactory(session=session))
            RegistrationFactory(session=session)
        asked.append(asked_for(desk, page(session)))

    assert asked[0] == asked[1]


def test_session_cancel_asks_why_and_tells_everybody(desk: Client, session: Session) -> None:
    RegistrationFactory(session=session)
    unsaid = desk.post(page(session, "annuler/"))

    response = desk.post(page(session, "annuler/"), {"reason": "room"})
    again = desk.post(page(session, "annuler/"), {"reason": "room"})

    assert errors_of(unsaid, "reason") == ["Dites pourquoi la séance est annulée."]
    assert (response.status_code, again.status_code) == (302, 409)
    assert "salle indisponible" in desk.get(page(session)).text
    assert Registration.objects.get().status == "cancelled"


def test_session_hold_asks_once_more_in_the_page(desk: Client, campaign: Campaign) -> None:
    begun = SessionFactory(campaign=campaign, starts_at=timezone.now() - timedelta(hours=3))

    doubt = desk.post(page(begun, "cloturer/"))
    held = desk.post(page(begun, "cloturer/"), {"is_confirmed": "1"})

    assert doubt.status_code == 409
    assert "Personne n’est venu" in doubt.text
    assert held.status_code == 302
    assert Session.objects.get().status == "held"
    assert desk.get(page(begun)).status_code == 200


# --- The week -----------------------------------------------------------------------------------
def test_session_list_shows_a_week_of_paris_days(desk: Client, campaign: Campaign) -> None:
    late = datetime(2031, 1, 12, 23, 30, tzinfo=PARIS)
    SessionFactory(campaign=campaign, starts_at=late, title="Dimanche soir")
    SessionFactory(campaign=campaign, starts_at=late + timedelta(hours=1), title="Lundi matin")

    shown = desk.get(f"{ROOT}/seances/?semaine=2031-01-08").text

    assert "Dimanche soir" in shown
    assert "Lundi matin" not in shown


@pytest.mark.parametrize("week", ["demain", "2026-13-01", "0001-01-01", "9999-12-31"])
def test_session_list_of_no_week_is_not_found(desk: Client, week: str) -> None:
    response = desk.get(f"{ROOT}/seances/?semaine={week}")

    assert response.status_code == 404


def test_session_list_asks_as_much_for_three_sessions_as_for_one(
    desk: Client, campaign: Campaign
) -> None:
    asked = []
    for more in (1, 2):
        for _number in range(more):
            VolunteerFactory(shift__session__campaign=campaign)
        week = timezone.localdate(Session.objects.all()[0].starts_at)
        asked.append(asked_for(desk, f"{ROOT}/seances/?semaine={week}"))

    assert asked[0] == asked[1]


# --- The desk's rota ----------------------------------------------------------------------------
def test_shift_new_has_the_hours_of_the_session_and_may_begin_before(
    desk: Client, campaign: Campaign
) -> None:
    session = SessionFactory(campaign=campaign, starts_at=datetime(2031, 1, 14, 14, tzinfo=PARIS))
    first = shown_of(desk.get(page(session, "postes/nouveau/")))
    told = {"task": "Installation", "starts": "13 h", "ends": "14:00", "wanted": "2"}

    response = desk.post(page(session, "postes/nouveau/"), told)

    shift = Shift.objects.get()
    assert (f"{first['starts']:%H:%M}", f"{first['ends']:%H:%M}") == ("14:00", "16:00")
    assert response["Location"] == page(session) + "#rota"
    assert shift.starts_at == datetime(2031, 1, 14, 13, tzinfo=PARIS)


def test_a_shift_of_a_night_session_may_be_after_midnight(desk: Client, campaign: Campaign) -> None:
    night = datetime(2031, 1, 14, 22, tzinfo=PARIS)
    session = SessionFactory(campaign=campaign, starts_at=night, ends_at=night + timedelta(hours=5))
    told = {"task": "Rangement", "starts": "02:00", "ends": "03:00", "wanted": "1"}

    desk.post(page(session, "postes/nouveau/"), told)

    assert Shift.objects.get().starts_at == datetime(2031, 1, 15, 2, tzinfo=PARIS)


def test_shift_new_says_what_to_mend(desk: Client, session: Session) -> None:
    response = desk.post(page(session, "postes/nouveau/"), {"starts": "x", "wanted": "0"})

    assert response.status_code == 422
    assert errors_of(response, "task") == ["Dites ce qu’il y a à faire."]
    assert errors_of(response, "wanted") == ["Écrivez un nombre de personnes, de 1 à 100."]


def test_shift_edit_refuses_to_move_a_shift_that_is_kept(desk: Client, campaign: Campaign) -> None:
    session = SessionFactory(campaign=campaign, starts_at=datetime(2031, 1, 14, 14, tzinfo=PARIS))
    shift = VolunteerFactory(shift=ShiftFactory(session=session)).shift
    told = {"task": "Accueil", "starts": "15:00", "ends": "16:00", "wanted": "1"}

    moved = desk.post(f"{ROOT}/postes/{shift.pk}/", told)
    renamed = desk.post(f"{ROOT}/postes/{shift.pk}/", {**told, "task": "Stand", "starts": "14:00"})

    assert (moved.status_code, shown_of(moved)["starts"]) == (409, "15:00")
    assert renamed.status_code == 302
    assert Shift.objects.get().task == "Stand"


def test_shift_remove_takes_an_empty_shift_away(desk: Client, session: Session) -> None:
    shift = ShiftFactory(session=session)

    response = desk.post(f"{ROOT}/postes/{shift.pk}/retirer/")

    assert response["Location"] == page(session) + "#rota"
    assert Shift.objects.count() == 0


def test_volunteer_add_puts_a_member_down(desk: Client, session: Session, gp: Membership) -> None:
    shift = ShiftFactory(session=session)
    unsaid = desk.post(f"{ROOT}/postes/{shift.pk}/ajouter/")

    response = desk.post(f"{ROOT}/postes/{shift.pk}/ajouter/", {"member": gp.pk})
    again = desk.post(f"{ROOT}/postes/{shift.pk}/ajouter/", {"member": gp.pk})
    full = desk.post(f"{ROOT}/postes/{shift.pk}/ajouter/", {"member": GpFactory(cpts=gp.cpts).pk})

    assert errors_of(unsaid, "member") == ["Choisissez une personne."]
    assert response.status_code == 302
    assert errors_of(again, "member") == [
        "Cette personne tient déjà ce poste, ou a quitté la CPTS."
    ]
    assert full.status_code == 409
    assert Volunteer.objects.get().membership == gp


def test_the_desk_takes_somebody_off_and_comes_back_to_the_session(
    desk: Client, session: Session
) -> None:
    volunteer = VolunteerFactory(shift=ShiftFactory(session=session))
    address = f"{ROOT}/benevoles/{volunteer.pk}/se-retirer/"

    response = desk.post(address, {"desk": "1"})
    again = desk.post(address, {"desk": "1"})

    assert response["Location"] == page(session) + "#rota"
    assert again.status_code == 409


# --- The members' page --------------------------------------------------------------------------
def test_one_tap_takes_a_shift_which_is_then_mine(phone: Client, session: Session) -> None:
    shift = ShiftFactory(session=session, task="Tenir le stand")

    response = phone.post(f"{ROOT}/postes/{shift.pk}/prendre/", follow=True)

    assert response.redirect_chain == [(ROTA, 302)]
    assert "ce poste est à vous" in response.text
    assert [one.volunteer.shift for one in response.context["kept"]] == [shift]
    assert response.context["wanted"] == []


def test_a_tap_too_late_shows_the_page_with_its_sentence(phone: Client, session: Session) -> None:
    shift = VolunteerFactory(shift=ShiftFactory(session=session)).shift

    response = phone.post(f"{ROOT}/postes/{shift.pk}/prendre/")

    assert response.status_code == 409
    assert "vient d’être pourvu" in response.text
    assert "Participer" in response.text


def test_rota_list_shows_what_is_wanted_and_what_clashes(
    phone: Client, session: Session, gp: Membership
) -> None:
    VolunteerFactory(shift=ShiftFactory(session=session, task="Accueil"), membership=gp)
    ShiftFactory(session=session, task="Stand")
    VolunteerFactory(shift=ShiftFactory(session=session, task="Pourvu"))
    later = SessionFactory(campaign=session.campaign, starts_at=session.ends_at)
    free = ShiftFactory(session=later, task="Rangement", wanted=3)
    VolunteerFactory(shift=free)

    response = phone.get(ROTA)

    told = {
        one.shift.task: (one.left, one.busy_with.task if one.busy_with else "")
        for _session, shifts in response.context["wanted"]
        for one in shifts
    }
    assert told == {"Stand": (1, "Accueil"), "Rangement": (2, "")}
    assert "Vous tenez déjà" in response.text


def test_rota_list_hides_drafts_the_past_and_what_is_cancelled(
    phone: Client, cpts: Cpts, campaign: Campaign
) -> None:
    ShiftFactory(session__campaign=CampaignFactory(cpts=cpts, status="draft"))
    ShiftFactory(
        session=SessionFactory(campaign=campaign, starts_at=timezone.now() - timedelta(hours=9))
    )
    ShiftFactory(
        session=SessionFactory(
            campaign=campaign,
            status="cancelled",
            cancelled_at=timezone.now(),
            cancel_reason="room",
        )
    )

    response = phone.get(ROTA)

    assert response.context["wanted"] == []
    assert "Aucun poste n’est à prendre" in response.text


def test_a_swap_is_sought_and_taken_over_from_the_page(
    phone: Client, session: Session, gp: Membership
) -> None:
    volunteer = VolunteerFactory(shift=ShiftFactory(session=session))
    hers = Client()
    hers.force_login(volunteer.membership.user)
    address = f"{ROOT}/benevoles/{volunteer.pk}"

    hers.post(f"{address}/chercher/")
    kept = hers.post(f"{address}/garder/", follow=True)
    hers.post(f"{address}/chercher/")
    shown = phone.get(ROTA)
    taken = phone.post(f"{address}/remplacer/", follow=True)

    assert "Vous gardez ce poste" in kept.text
    assert [one.volunteer for one in shown.context["swaps"]] == [volunteer]
    assert [one.volunteer.membership for one in taken.context["kept"]] == [gp]
    assert Volunteer.objects.get(replaces=volunteer).membership == gp


def test_one_leaves_a_shift_from_the_page_and_not_another_s(
    phone: Client, session: Session, gp: Membership
) -> None:
    own = VolunteerFactory(shift=ShiftFactory(session=session), membership=gp)
    other = VolunteerFactory(shift=ShiftFactory(session=session))

    left = phone.post(f"{ROOT}/benevoles/{own.pk}/se-retirer/", follow=True)
    refused = phone.post(f"{ROOT}/benevoles/{other.pk}/se-retirer/")

    assert "Vous êtes retiré de ce poste" in left.text
    assert refused.status_code == 403


def test_a_cancelled_session_stays_among_mine_and_says_so(
    phone: Client, desk: Client, session: Session, gp: Membership
) -> None:
    VolunteerFactory(shift=ShiftFactory(session=session), membership=gp)
    desk.post(page(session, "annuler/"), {"reason": "weather"})

    shown = phone.get(ROTA).text

    assert "séance annulée" in shown
    assert "Me retirer" not in shown


def test_a_volunteer_finds_the_door_from_two_hours_before_and_her_hours_afterwards(
    phone: Client, campaign: Campaign, gp: Membership
) -> None:
    soon = SessionFactory(campaign=campaign, starts_at=timezone.now() + timedelta(hours=1))
    VolunteerFactory(shift=ShiftFactory(session=soon), membership=gp)
    over = SessionFactory(campaign=campaign, starts_at=timezone.now() - timedelta(hours=5))
    VolunteerFactory(shift=ShiftFactory(session=over), membership=gp)
    later = SessionFactory(campaign=campaign)
    VolunteerFactory(shift=ShiftFactory(session=later), membership=gp)

    kept = phone.get(ROTA).context["kept"]
    told = [(one.volunteer.shift.session, one.is_over, one.opens_door) for one in kept]
    hold(over, by=campaign.created_by, is_confirmed=True)

    assert told == [(over, True, True), (soon, False, True), (later, False, False)]
    assert "vous avez donné 2\u00a0h\u00a000" in phone.get(ROTA).text


def test_sessions_for_professionals_are_joined_in_one_tap(
    phone: Client, campaign: Campaign, gp: Membership
) -> None:
    session = SessionFactory(campaign=campaign, is_for_professionals=True)
    before = phone.get(ROTA).text

    phone.post(page(session, "ma-place/"))

    assert "Je m’inscris" in before
    assert Registration.objects.get().membership == gp
    assert "Vous avez votre place" in phone.get(ROTA).text


def test_rota_list_asks_as_much_for_three_of_each_as_for_one(
    phone: Client, campaign: Campaign, gp: Membership
) -> None:
    asked = []
    for days in ((3,), (4, 5)):
        for number in days:
            starts_at = timezone.now() + timedelta(days=number)
            session = SessionFactory(campaign=campaign, starts_at=starts_at)
            ShiftFactory(session=session)
            VolunteerFactory(shift=ShiftFactory(session=session), membership=gp)
            VolunteerFactory(shift=ShiftFactory(session=session), seeks_swap=True)
            SessionFactory(campaign=campaign, is_for_professionals=True)
        asked.append(asked_for(phone, ROTA))

    assert asked[0] == asked[1]
