"""A campaign, a door and a recall list as people live them, through real processes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import count

import pytest
from playwright.sync_api import Page, expect

from cpts_portal.core.outbox import PARIS, polite_time
from tests.browser.conftest import Visit
from tests.browser.patient import press
from tests.browser.places import SLUG
from tests.browser.portal import Portal, worker_at_any_hour
from tests.browser.visitors import DESK, PHONE

INSIDE = f"/{SLUG}/prevention/"
ODETTE, BERTHE = "odette.vanhove@courriel.example", "berthe.leclercq@courriel.example"
GINETTE = "ginette.bayart@courriel.example"
ONE_CLICK: dict[str, str | float | bool] = {"List-Unsubscribe": "One-Click"}
ComeTo = Callable[[int], None]


@pytest.fixture(scope="module")
def come_to(portal: Portal) -> Iterator[ComeTo]:
    """Come to the hour at which the only reminder of a plan is due, whatever the hour is here."""
    with worker_at_any_hour(portal) as run:

        def come(plan: int) -> None:
            [row] = portal.rows("SELECT due_at FROM prevention_delivery WHERE plan_id = %s", plan)
            run(row["due_at"], "prevention.send_deliveries")
            portal.end_quiet_hours()

        yield come


# --- Octobre rose -------------------------------------------------------------------------------
def test_octobre_rose_from_its_template_to_the_reminder_of_the_day_before(
    visit: Visit, portal: Portal, come_to: ComeTo
) -> None:
    desk, resident = visit(width=DESK), visit(width=PHONE)
    desk.log_in("coordination")
    campaign = _prepare(desk.page, "Octobre rose au marché")
    _plan_a_session(desk.page, campaign, _day_whose_eve_is_open())
    _publish(desk.page, campaign)
    _ask_for_the_poster(desk.page)

    _register(resident.page, portal, "Octobre rose au marché")
    eve = _activate(desk.page, campaign, "^La veille")
    come_to(eve)
    letter = portal.wait_for_letter(ODETTE, "prevention.reminder")
    resident.page.goto(_link(letter.body, "mon-inscription"))
    expect(resident.page.locator("h1")).to_have_text("Votre place est confirmée")

    way_out = _link(letter.body, "desabonnement")
    assert resident.context.request.post(way_out, form=ONE_CLICK).ok
    resident.page.goto(way_out)
    expect(resident.page.locator("main")).to_contain_text("vous ne recevez plus de rappel")
    last_hour = _write_a_plan(desk.page, campaign, count="2", unit="hours")
    come_to(last_hour)

    assert _left(portal, eve, last_hour) == [("posted", ""), ("dropped", "unsubscribed")]
    reminders = [one for one in portal.letters(ODETTE) if one.purpose == "prevention.reminder"]
    assert reminders == [letter]


def _prepare(page: Page, title: str) -> str:
    """A campaign of these weeks from the template « Octobre rose »; returns its page."""
    page.goto(INSIDE)
    page.get_by_role("link", name="Préparer une campagne").click()
    page.get_by_role("link", name=re.compile("^Octobre rose")).click()
    page.get_by_label("Titre").fill(title)
    page.locator('input[name="starts_on"]').fill(_in_days(-1).isoformat())
    page.locator('input[name="ends_on"]').fill(_in_days(60).isoformat())
    press(page, "Créer la campagne")
    expect(page.locator("h1")).to_have_text(title)
    return page.url.partition("#")[0]


def _plan_a_session(page: Page, campaign: str, day: date) -> int:
    page.goto(campaign)
    page.get_by_role("link", name="Prévoir une séance").first.click()
    page.get_by_label("Jour").fill(day.isoformat())
    page.get_by_label("Début").fill("14:00")
    page.get_by_label("Fin", exact=True).fill("16:00")
    page.get_by_label("Nom de la salle").fill("Salle des fêtes")
    page.get_by_label("Adresse").fill("3 place de la Mairie")
    page.get_by_label("Commune", exact=True).select_option("Laventie")
    press(page, "Prévoir la séance")
    expect(page.get_by_text("La séance est prévue.")).to_be_visible()
    return _number_in(page.url)


def _publish(page: Page, campaign: str) -> None:
    page.goto(campaign)
    press(page, "Publier")
    expect(page.get_by_text("La campagne est publiée.")).to_be_visible()


def _ask_for_the_poster(page: Page) -> None:
    address = page.get_by_role("link", name="Affiche A4").get_attribute("href")
    poster = page.context.request.get(str(address))
    assert poster.headers["content-type"] == "application/pdf"
    assert poster.body().startswith(b"%PDF-")


def _register(page: Page, portal: Portal, title: str) -> None:
    """From the name of her commune to her confirmed seat.

    Nobody fills a form in three seconds: she is asked to read it again, and presses until it is.
    """
    page.goto("/evenements/")
    page.get_by_label("Votre commune").fill("laventie")
    press(page, "Chercher")
    page.get_by_role("main").get_by_role("link", name=re.compile("^Laventie")).click()
    page.get_by_role("link", name=title).first.click()
    page.get_by_role("link", name="S’inscrire").click()
    page.get_by_label("Prénom").fill("Odette")
    page.get_by_label("Nom", exact=True).fill("Vanhove")
    page.get_by_label("Votre téléphone portable ou votre courriel").fill(ODETTE)
    while page.get_by_role("button", name="Recevoir mon code").count():
        press(page, "Recevoir mon code")
    letter = portal.wait_for_letter(ODETTE, "prevention.registration_code")
    [code] = re.findall(r"\b\d{6}\b", letter.body)
    page.get_by_label("Votre code").fill(code)
    press(page, "Terminer mon inscription")
    expect(page.get_by_role("main")).to_contain_text("confirmée")


def _activate(page: Page, campaign: str, moment: str) -> int:
    """The reminder that the template brought; returns its number."""
    page.goto(campaign)
    page.get_by_role("link", name=re.compile(moment)).click()
    press(page, "Activer")
    expect(page.get_by_role("button", name="Arrêter")).to_be_visible()
    return _number_in(page.url)


# --- At the door --------------------------------------------------------------------------------
def test_a_volunteer_notes_who_comes_and_one_of_them_says_what_she_thought(
    visit: Visit, portal: Portal
) -> None:
    desk, nurse = visit(width=DESK), visit(width=PHONE)
    her = visit(width=PHONE, javascript=False)
    desk.log_in("coordination")
    nurse.log_in("infirmiere")
    campaign = _prepare(desk.page, "Octobre rose à la médiathèque")
    session = _plan_a_session(desk.page, campaign, _in_days(2))
    _publish(desk.page, campaign)
    _begins(portal, session, "30 minutes")
    _wants_a_hand(desk.page, session, "Accueil de la médiathèque")
    _puts_down(desk.page, session, "Berthe", "Leclercq", BERTHE)
    _puts_down(desk.page, session, "Lucien", "Delattre", "03 21 00 00 42")

    press(_goes(nurse.page, f"{INSIDE}participer/"), "Je viens : Accueil de la médiathèque")
    _keeps_the_door(nurse.page)
    _begins(portal, session, "-3 hours")
    press(_goes(desk.page, f"{INSIDE}seances/{session}/"), "Clôturer avec ses chiffres")
    _goes(desk.page, f"{INSIDE}chiffres/?campagne={_number_in(campaign)}")
    letter = portal.wait_for_letter(BERTHE, "prevention.registration_confirmed")
    _gives_her_opinion(_goes(her.page, _link(letter.body, "mon-inscription")))

    expect(desk.page.locator(".tile.is-main .num")).to_have_text("4")
    opinions = portal.rows(
        "SELECT welcome, usefulness FROM prevention_feedback WHERE session_id = %s", session
    )
    assert opinions == [{"welcome": 5, "usefulness": 5}]


def _goes(page: Page, address: str) -> Page:
    page.goto(address)
    return page


def _begins(portal: Portal, session: int, after: str) -> None:
    """The hour comes: nothing else of the session or of its shifts is touched."""
    query = """
        UPDATE {} SET ends_at = date_trunc('minute', now()) + %s::interval + interval '2 hours',
                      starts_at = date_trunc('minute', now()) + %s::interval
        WHERE {} = %s
    """
    for table, key in (("prevention_session", "id"), ("prevention_shift", "session_id")):
        portal.rows(query.format(table, key), after, after, session)


def _wants_a_hand(page: Page, session: int, task: str) -> None:
    page.goto(f"{INSIDE}seances/{session}/postes/nouveau/")
    page.get_by_label("Tâche").fill(task)
    press(page, "Enregistrer")
    expect(page.get_by_role("main")).to_contain_text(task)


def _puts_down(page: Page, session: int, first_name: str, last_name: str, reach: str) -> None:
    """By telephone, as the coordination does."""
    page.goto(f"{INSIDE}seances/{session}/inscriptions/ajouter/")
    page.get_by_label("Prénom").fill(first_name)
    page.get_by_label("Nom", exact=True).fill(last_name)
    page.get_by_label("Téléphone ou courriel").fill(reach)
    press(page, "Inscrire")
    expect(page.get_by_role("main")).to_contain_text(last_name)


def _keeps_the_door(page: Page) -> None:
    """Somebody there, somebody who is not, a walk-in, and two people without a name."""
    page.get_by_role("link", name=re.compile("^Pointer les présences : .* médiathèque")).click()
    for name, what in (("Leclercq", "Présente"), ("Delattre", "Absente")):
        page.locator("li.guest", has_text=name).get_by_role("button", name=what).click()
        _is_noted(page, name, what)
    page.locator("#id_last_name").fill("Nowak")
    press(page, "Noter présente")
    _is_noted(page, "Nowak", "Présente")
    for people in ("1", "2"):
        page.get_by_role("button", name="Une de plus, 50 à 64 ans").click()
        expect(page.locator("#counter-50-64 output")).to_have_text(people)
    expect(page.locator("#door-sums")).to_contain_text(re.compile(r"Venues\s*4"))


def _is_noted(page: Page, name: str, what: str) -> None:
    guest = page.locator("li.guest", has_text=name)
    expect(guest.locator("[aria-pressed=true]")).to_contain_text(what)


def _gives_her_opinion(page: Page) -> None:
    page.get_by_role("link", name="Donner mon avis en trois questions").click()
    for question in page.get_by_label("Tout à fait").all():
        question.check()
    press(page, "Envoyer mes réponses")
    expect(page.locator("h1")).to_have_text("Merci")


# --- Until it is done ---------------------------------------------------------------------------
def test_a_recalled_patient_says_that_it_is_done_and_hears_no_more(
    visit: Visit, portal: Portal, come_to: ComeTo
) -> None:
    desk, doctor, patient = visit(width=DESK), visit(width=PHONE), visit(width=PHONE)
    desk.log_in("coordination")
    doctor.log_in("medecin")
    campaign = _open_a_list(desk.page, "Rappel de la vaccination")
    first, second = (
        _write_a_plan(desk.page, campaign, count=days, recall_list="Rappel de la vaccination")
        for days in ("1", "5")
    )
    _puts_on_the_list(doctor.page, "Rappel de la vaccination")

    come_to(first)
    letter = portal.wait_for_letter(GINETTE, "prevention.reminder")
    patient.page.goto(_link(letter.body, "mon-rappel"))
    press(patient.page, "C’est fait")
    expect(patient.page.locator("h1")).to_have_text("C’est fait")
    come_to(second)

    assert _left(portal, first, second) == [("posted", ""), ("dropped", "done")]
    assert portal.letters(GINETTE) == [letter]
    doctor.page.reload()
    expect(doctor.page.locator(".recalled", has_text="Bayart")).to_contain_text("fait")


def _open_a_list(page: Page, title: str) -> str:
    """In the first campaign for professionals; returns the campaign's page."""
    page.goto(f"{INSIDE}rappels-de-patients/nouvelle/")
    page.get_by_label("Campagne").select_option(index=1)
    campaign = page.get_by_label("Campagne").input_value()
    page.get_by_label("Intitulé").fill(title)
    page.get_by_label("Pour qui").fill("Personnes de 65 ans et plus")
    press(page, "Ouvrir la liste")
    expect(page.get_by_text("La liste de rappel est ouverte.")).to_be_visible()
    return f"{INSIDE}campagnes/{campaign}/"


def _puts_on_the_list(page: Page, title: str) -> None:
    page.goto(f"{INSIDE}rappels-de-patients/")
    page.get_by_role("link", name=f"Ajouter une personne : {title}").click()
    page.get_by_label("Nom", exact=True).fill("Bayart")
    page.get_by_label("Prénom").fill("Ginette")
    page.get_by_label("Âge").select_option("65 à 74 ans")
    page.get_by_label("Courriel").fill(GINETTE)
    page.get_by_label("La personne est d’accord").check()
    press(page, "Ajouter à la liste")
    expect(page.get_by_text("La personne est sur la liste")).to_be_visible()


# --- What leaves --------------------------------------------------------------------------------
def _write_a_plan(
    page: Page, campaign: str, *, count: str, unit: str = "days", recall_list: str = ""
) -> int:
    """So long before each session, or after the first day of a list; active at once."""
    page.goto(f"{campaign}rappels/nouveau/")
    page.locator('[name="count"]').fill(count)
    page.locator('[name="unit"]').select_option(unit)
    if recall_list:
        page.locator('[name="audience"][value="recalled"]').check()
        page.locator('[name="recall_list"]').select_option(recall_list)
        page.locator('[name="side"]').select_option("after")
        page.get_by_label("Objet du courriel").fill("{titre}")
        page.get_by_label("Texte du courriel").fill("Dites-nous si c’est fait :\n{lien}")
        page.get_by_label("Texte du SMS").fill("")
    press(page, "Enregistrer et relire")
    press(page, "Activer")
    expect(page.get_by_role("button", name="Arrêter")).to_be_visible()
    return _number_in(page.url)


def _left(portal: Portal, *plans: int) -> list[tuple[str, str]]:
    """What became of the only reminder of each plan, and why."""
    rows = portal.rows(
        "SELECT status, reason FROM prevention_delivery WHERE plan_id = ANY(%s) ORDER BY due_at",
        list(plans),
    )
    return [(row["status"], row["reason"]) for row in rows]


def _link(body: str, path: str) -> str:
    found = re.search(rf"http://\S+/{path}/\S+/", body)
    assert found is not None, body
    return found[0]


def _number_in(address: str) -> int:
    found = re.search(r"/(\d+)/(?:[#?].*)?$", address)
    assert found is not None, address
    return int(found[1])


def _in_days(days: int) -> date:
    return datetime.now(PARIS).date() + timedelta(days=days)


def _day_whose_eve_is_open() -> date:
    """The first, from the day after tomorrow, whose eve is not a Sunday nor a public holiday."""
    for days in count(2):
        eve = datetime.combine(_in_days(days - 1), time(10), PARIS)
        if polite_time(eve) == eve:
            return _in_days(days)
    raise AssertionError
