"""A slot offered, found, kept and claimed; a need that widens by itself: through real processes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import care, keyboard
from tests.browser.care import BOARD, Caller, Offered
from tests.browser.conftest import Visit
from tests.browser.patient import press
from tests.browser.places import SLUG
from tests.browser.portal import Portal
from tests.browser.visitors import DESK, PHONE, Visitor

GP_ADDRESS = "helene.marchand@artois-lys.example"
NURSE_ADDRESS = "nadia.ferrand@artois-lys.example"
DESK_ADDRESS = "maud.lorcy@artois-lys.example"
FOCUSED = "document.activeElement.id"


# --- A nurse, a patient, a phone ------------------------------------------------------------------
def test_nurse_claims_a_slot_and_the_patient_gives_it_back(visit: Visit, portal: Portal) -> None:
    slot, caller = care.offered(portal, 10), Caller("06 39 98 72 10")
    nurse = visit(width=PHONE)
    nurse.log_in("infirmiere")

    _nurse_finds_and_keeps(nurse, slot)
    care.answer(nurse.page, caller)
    care.book(nurse.page)
    portal.wait_for_letter(slot.email, "unscheduled_care.slot_claimed")
    assert care.claim_of(portal, slot.pk) == [
        {"by": "infirmiere", "door": "member", "status": "booked"}
    ]

    link = _link_of_the_patient(portal, caller)
    _patient_notes_it_then_cancels(visit(width=PHONE), link, slot, caller)

    for address in (slot.email, NURSE_ADDRESS):
        portal.wait_for_letter(address, "unscheduled_care.claim_cancelled")
    nurse.page.goto(slot.board)
    expect(nurse.page.locator(f"#c{slot.pk}")).to_contain_text("Réserver")


def _nurse_finds_and_keeps(nurse: Visitor, slot: Offered) -> None:
    page = nurse.page
    page.goto(BOARD)
    page.locator(f'.daystrip a[href*="jour={slot.day}"]').click()
    expect(page.locator(f'.daystrip a[href*="jour={slot.day}"]')).to_have_attribute(
        "aria-current", "date"
    )
    nurse.shoot("slots")
    page.locator(f"#c{slot.pk}").click()
    expect(page.locator("h1")).to_have_text("Avant de garder ce créneau")
    press(page, care.NO_SIGN)
    timer = page.get_by_role("timer")
    expect(timer).to_contain_text("min")
    nurse.shoot("hold")
    expect(timer).not_to_have_text(timer.inner_text())


def _link_of_the_patient(portal: Portal, caller: Caller) -> str:
    """By SMS, whatever the hour of the night; it does not say why she is seen."""
    portal.end_quiet_hours()
    told = portal.wait_for_letter(caller.e164, "unscheduled_care.appointment_booked")
    assert told.channel == "sms"
    assert "gorge" not in told.body
    return care.link_in(told.body)


def _patient_notes_it_then_cancels(her: Visitor, link: str, slot: Offered, caller: Caller) -> None:
    page = her.page
    page.goto(link)
    expect(page.locator("h1")).to_have_text("Votre rendez-vous")
    with page.expect_download() as download:
        page.get_by_role("link", name="L’ajouter à mon agenda").click()
    calendar = download.value.path().read_text()
    assert f"DTSTART;TZID=Europe/Paris:{slot.day:%Y%m%d}T100000" in calendar
    assert "gorge" not in calendar + page.content()

    page.get_by_text("Annuler ce rendez-vous").click()
    press(page, "Oui, annuler mon rendez-vous")
    expect(page.locator("h1")).to_have_text("Votre rendez-vous est annulé")


def test_claim_needs_no_javascript(visit: Visit, portal: Portal) -> None:
    """Time asked for in the middle of the form: what was typed comes back with it."""
    slot, caller = care.offered(portal, 14, turn=1), Caller("06 39 98 72 60")
    nurse = visit(width=PHONE, javascript=False)
    nurse.log_in("infirmiere")

    care.keep(nurse.page, slot.path)
    care.answer(nurse.page, caller)
    press(nurse.page, "Prolonger")
    expect(nurse.page.get_by_label("Téléphone où rappeler")).to_have_value(
        re.compile(caller.phone.replace(" ", r"\s?"))
    )
    care.book(nurse.page)

    assert care.claim_of(portal, slot.pk) == [
        {"by": "infirmiere", "door": "member", "status": "booked"}
    ]


# --- A GP offers a week, and a slot of one day ----------------------------------------------------
def test_gp_offers_a_week_then_stops_it(visit: Visit, portal: Portal) -> None:
    doctor, nurse = visit(width=PHONE), visit(width=DESK)
    doctor.log_in("medecin")
    nurse.log_in("infirmiere")

    week = _doctor_offers_a_week(doctor.page, portal)
    once = _doctor_offers_one_slot(doctor.page)
    nurse.page.goto(BOARD)
    nurse.shoot("slots")
    *_others, last = _slots_of(portal, week)
    board = f"{BOARD}?pro={last.professional}&du={last.day}&jour={last.day}"
    nurse.page.goto(board)
    nurse.page.locator(f"#s{last.pk}").click()
    press(nurse.page, care.NO_SIGN)
    care.answer(nurse.page, Caller("06 39 98 72 20"))
    care.book(nurse.page)

    doctor.page.goto(f"/{SLUG}/mes-creneaux/semaines/{week}/")
    press(doctor.page, "Arrêter")

    left = "SELECT id FROM unscheduled_care_slot WHERE availability_id = %s AND status <> %s"
    assert portal.rows(left, week, "withdrawn") == [{"id": last.pk}]
    nurse.page.goto(board)
    expect(nurse.page.locator(f"#s{last.pk}")).to_contain_text("Réservé par vous")
    nurse.page.goto(f"{BOARD}?pro={last.professional}")
    expect(nurse.page.locator(f"#s{once}")).to_be_visible()


def _doctor_offers_a_week(page: Page, portal: Portal) -> int:
    """From 14 to 15 h, by half hours; the place and the kind are remembered."""
    page.goto(f"/{SLUG}/mes-creneaux/semaines/nouvelle/")
    for day in ("Lundi", "Mardi", "Mercredi", "Jeudi", "Vendredi"):
        _tap(page, day)
    page.get_by_label("De", exact=True).fill("14:00")
    page.get_by_label("À", exact=True).fill("15:00")
    _tap(page, "30 min")
    press(page, "Ouvrir cette semaine type")
    expect(page.get_by_text("La semaine type est ouverte")).to_be_visible()
    latest = "SELECT max(id) AS id FROM unscheduled_care_availability"
    return int(portal.rows(latest)[0]["id"])


def _doctor_offers_one_slot(page: Page) -> int:
    """The day, the hour, the length."""
    page.goto(f"{BOARD}proposer/")
    for words in ("Demain", "16 h 30", "20 min"):
        _tap(page, words)
    press(page, "Proposer ce créneau")
    expect(page.locator("h1")).to_have_text("C’est proposé")
    found = re.search(r"/creneaux/(\d+)/propose/", page.url)
    assert found is not None, page.url
    return int(found[1])


def _tap(page: Page, words: str) -> None:
    page.locator("label.pick").filter(has_text=words).tap()


def _slots_of(portal: Portal, week: int) -> list[Offered]:
    query = """
        SELECT id, (starts_at AT TIME ZONE 'Europe/Paris')::date AS day, professional_id
        FROM unscheduled_care_slot WHERE availability_id = %s ORDER BY starts_at
    """
    rows = portal.rows(query, week)
    return [Offered(row["id"], row["day"], row["professional_id"], GP_ADDRESS) for row in rows]


# --- Two people, one slot -------------------------------------------------------------------------
def test_of_two_people_one_has_the_slot_and_the_other_the_next(
    visit: Visit, portal: Portal
) -> None:
    wanted, next_best = care.offered(portal, 11), care.offered(portal, 11, turn=1)
    nurse, doctor = visit(width=PHONE), visit(width=DESK)
    nurse.log_in("infirmiere")
    doctor.log_in("medecin")
    doctor.page.goto(wanted.path)

    care.keep(nurse.page, wanted.path)
    care.answer(nurse.page, Caller("06 39 98 72 30"))
    _is_told_that_it_is_gone(doctor.page, care.NO_SIGN)
    _time_runs_out(portal, wanted)
    care.keep(doctor.page, wanted.path)
    care.answer(doctor.page, Caller("06 39 98 72 31"))
    care.book(doctor.page)
    _is_told_that_it_is_gone(nurse.page, "Réserver")
    _takes_the_nearest_instead(nurse.page)
    expect(nurse.page.get_by_label("Téléphone où rappeler")).not_to_have_value("")
    care.book(nurse.page)

    told = {"door": "member", "status": "booked"}
    assert care.claim_of(portal, wanted.pk) == [{"by": "medecin", **told}]
    assert care.claim_of(portal, next_best.pk) == [{"by": "infirmiere", **told}]


def _is_told_that_it_is_gone(page: Page, button: str) -> None:
    """With the three nearest others."""
    with page.expect_response(lambda answer: answer.request.method == "POST") as answer:
        press(page, button)
    assert answer.value.status == 409
    expect(page.locator("h1")).to_have_text("Ce créneau vient d’être pris")
    expect(page.locator("article.other")).to_have_count(3)


def _takes_the_nearest_instead(page: Page) -> None:
    with page.expect_navigation():
        page.locator("article.other").first.get_by_role("button").click()


def _time_runs_out(portal: Portal, slot: Offered) -> None:
    portal.rows("UPDATE unscheduled_care_hold SET expires_at = now() WHERE slot_id = %s", slot.pk)


# --- The desk, without a mouse --------------------------------------------------------------------
def test_desk_claims_for_a_caller_by_keyboard(visit: Visit, portal: Portal) -> None:
    agendas = [care.offered(portal, 13, turn=turn).professional for turn in (0, 1)]
    desk = visit(width=DESK)
    desk.log_in("coordination")
    page = desk.page
    page.goto(f"/{SLUG}/guichet/?" + "&".join(f"qui={agenda}" for agenda in agendas))

    with page.expect_navigation():
        page.keyboard.press("s")
    slot = _walk_to_a_free_slot_of_the_second_agenda(page)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    keyboard.press(page, page.get_by_role("button", name=care.NO_SIGN))
    _fill_in_by_keyboard(page, Caller("06 39 98 72 40"))
    keyboard.press(page, page.get_by_role("button", name="Réserver"))

    expect(page).to_have_url(care.CLAIM_PAGE)
    assert care.claim_of(portal, slot) == [
        {"by": "coordination", "door": "desk", "status": "booked"}
    ]


def _walk_to_a_free_slot_of_the_second_agenda(page: Page) -> int:
    free = page.locator("[data-column]").nth(1).locator('a[data-slot][href*="/creneaux/"]').last
    wanted = free.get_attribute("id") or ""
    for key in ("ArrowDown", "ArrowRight", *["ArrowDown"] * 20):
        page.keyboard.press(key)
        if page.evaluate(FOCUSED) == wanted:
            return int(wanted.removeprefix("d"))
    raise AssertionError(f"Les flèches ne mènent pas à {wanted}")


def _fill_in_by_keyboard(page: Page, caller: Caller) -> None:
    keyboard.tab_to(page, page.get_by_label("Motif"))
    page.keyboard.type(caller.reason.split()[0])
    keyboard.tab_to(page, page.get_by_label("Âge", exact=True))
    page.keyboard.type(caller.age.split()[0])
    keyboard.tick(page, page.get_by_label("A un médecin traitant", exact=True))
    keyboard.tab_to(page, page.get_by_label("Téléphone où rappeler"))
    page.keyboard.type(caller.phone)
    keyboard.tick(page, page.get_by_label("La personne est d’accord"))


# --- A need without a slot ------------------------------------------------------------------------
@pytest.fixture
def waves_of_seconds(portal: Portal) -> Iterator[None]:
    """The delays of the CPTS, in seconds; without a row of its own it has the usual ones."""
    query = """
        INSERT INTO unscheduled_care_careterms (cpts_id, hold_seconds, usual_seconds, team_seconds,
            alert_seconds, offer_seconds, need_radius_km)
        SELECT id, 300, 2, 1, 1800, 900, 100 FROM members_cpts WHERE slug = %s
        ON CONFLICT (cpts_id) DO UPDATE SET usual_seconds = 2, team_seconds = 1,
            need_radius_km = 100
        RETURNING id
    """
    [terms] = portal.rows(query, SLUG)
    yield
    portal.rows("DELETE FROM unscheduled_care_careterms WHERE id = %s", terms["id"])


@pytest.mark.usefixtures("waves_of_seconds")
def test_need_widens_until_somebody_takes_it(visit: Visit, portal: Portal) -> None:
    caller, first_name = Caller("06 39 98 72 50"), "Églantine"
    usual = _another_gp(portal)
    desk, doctor = visit(width=DESK), visit(width=PHONE)
    desk.log_in("coordination")
    doctor.log_in("medecin")

    need = _desk_posts_a_need(desk.page, caller, first_name, usual["id"])
    path = f"/{SLUG}/besoins/{need}/"
    portal.wait_for_letter(usual["email"], "unscheduled_care.need_posted", containing=path)
    _wait_for_the_last_wave(portal, need)
    portal.send_task("unscheduled_care.widen_needs")
    told = portal.wait_for_letter(GP_ADDRESS, "unscheduled_care.need_posted", containing=path)
    assert _told_before_the_team(portal, need) == [usual["id"]]

    doctor.page.goto(care.link_in(told.body))
    expect(doctor.page.locator("#board")).to_contain_text("Demandé à 100 km à la ronde")
    assert first_name not in doctor.page.content()
    assert caller.e164[3:] not in re.sub(r"\s", "", doctor.page.content())
    press(doctor.page, "Je m’en charge")
    expect(doctor.page.locator("#board")).to_contain_text(first_name)

    desk.page.reload()
    expect(desk.page.locator("#board")).to_contain_text("Marchand s’en charge")
    _everybody_is_told(portal, caller, usual["email"], path)


def _everybody_is_told(portal: Portal, caller: Caller, usual: str, path: str) -> None:
    """Who asked, who had been asked before, and the patient, without a word of why."""
    portal.wait_for_letter(DESK_ADDRESS, "unscheduled_care.need_answered", containing=path)
    portal.wait_for_letter(usual, "unscheduled_care.need_gone", containing=path)
    to_patient = portal.wait_for_letter(caller.e164, "unscheduled_care.need_taken")
    assert "gorge" not in to_patient.body


def _another_gp(portal: Portal) -> dict[str, Any]:
    query = """
        SELECT member.id, member.email FROM members_membership AS member
        JOIN members_cpts AS cpts ON cpts.id = member.cpts_id
        WHERE cpts.slug = %s AND profession_id = 'medecin-generaliste'
        AND member.email NOT IN ('', %s) AND member.ends_on IS NULL ORDER BY member.id LIMIT 1
    """
    return portal.rows(query, SLUG, GP_ADDRESS)[0]


def _desk_posts_a_need(page: Page, caller: Caller, first_name: str, usual: int) -> int:
    page.goto(f"/{SLUG}/besoins/nouveau/")
    page.get_by_label("Médecin généraliste", exact=True).check()
    page.get_by_label("Motif").select_option(label=caller.reason)
    page.get_by_label("Son professionnel habituel").select_option(value=str(usual))
    page.get_by_label("Commune de la personne").fill("Laventie")
    page.get_by_label(caller.age, exact=True).check()
    page.get_by_label("Téléphone où la joindre").fill(caller.phone)
    page.get_by_label("Prénom").fill(first_name)
    page.get_by_label("La personne, ou son responsable").check()
    press(page, "Publier")
    found = re.search(r"/besoins/(\d+)/", page.url)
    assert found is not None, page.url
    return int(found[1])


def _wait_for_the_last_wave(portal: Portal, need: int) -> None:
    """By PostgreSQL's clock, which is the one that decides."""
    portal.rows(
        "SELECT pg_sleep(greatest(0, extract(epoch FROM radius_at - clock_timestamp())))"
        " FROM unscheduled_care_careneed WHERE id = %s",
        need,
    )


def _told_before_the_team(portal: Portal, need: int) -> list[int]:
    """Members written to while the need was kept for the usual professional."""
    query = """
        SELECT split_part(occurrence, '/', 2)::bigint AS member FROM core_message AS message
        JOIN unscheduled_care_careneed AS need ON need.id::text = message.subject_id
        WHERE message.purpose = 'unscheduled_care.need_posted' AND need.id = %s
        AND message.subject_kind = 'unscheduled_care.careneed'
        AND message.created_at < need.team_at
    """
    return [row["member"] for row in portal.rows(query, need)]
