"""The main job, through real processes: a patient without a doctor is taken by a GP."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import Page, expect

from tests.browser import patient
from tests.browser.conftest import Visit
from tests.browser.patient import Person
from tests.browser.places import SLUG
from tests.browser.portal import Portal
from tests.browser.visitors import DESK, PHONE, Visitor

GP = "Dr Hélène Marchand"
GP_ADDRESS = "helene.marchand@artois-lys.example"
TITLE = {"level": 1}


def test_patient_is_referred_to_a_gp_who_takes_her(visit: Visit, portal: Portal) -> None:
    jeanne = Person(
        "Jeanne", "Delattre", "06 39 98 70 10", email="jeanne.delattre@courriel.example"
    )
    _doctor_has_room(portal)
    her = visit(width=PHONE)
    reference = _she_files(her, portal, jeanne)
    her.page.get_by_role("link", name="Ouvrir ma page").click()
    private_page = her.page.url
    her.shoot("private")

    desk = visit(width=DESK)
    _coordinator_finds_her_among_the_most_urgent(desk, reference)
    _coordinator_refers_her(desk, jeanne)

    doctor = visit(width=PHONE)
    link = _link_of_the_proposal(portal, reference)
    _doctor_accepts_in_one_tap(doctor, link, jeanne)

    portal.end_quiet_hours()
    told = portal.wait_for_letter(jeanne.email, "patients.request_accepted")
    assert "Marchand" not in told.body
    her.page.goto(_link_in(told.body))
    expect(her.page.get_by_role("main")).to_contain_text(GP)
    her.shoot("private-accepted")

    _coordinator_sets_the_visit_then_declares(desk, reference)

    her.page.goto(private_page)
    expect(her.page.get_by_role("heading", **TITLE)).to_contain_text("médecin traitant")
    her.shoot("private-declared")
    ended = portal.rows("SELECT status FROM patients_gprequest WHERE reference = %s", reference)
    assert ended == [{"status": "declared"}]


def test_form_works_without_javascript(visit: Visit, portal: Portal) -> None:
    her = visit(width=PHONE, javascript=False)

    reference = patient.file_a_request(
        her, portal, Person("Simone", "Wattez", "06 39 98 70 11", commune="Laventie")
    )

    her.page.get_by_role("link", name="Ouvrir ma page").click()
    expect(her.page.get_by_role("main")).to_contain_text(reference)


def _doctor_has_room(portal: Portal) -> None:
    """Whatever other tests have proposed to her."""
    portal.rows(
        "UPDATE patients_intake SET monthly_quota = monthly_quota + 2 WHERE membership_id IN"
        " (SELECT membership.id FROM members_membership AS membership"
        "  JOIN members_user AS person ON person.id = membership.user_id"
        "  WHERE person.username = 'medecin')"
    )


def _she_files(her: Visitor, portal: Portal, person: Person) -> str:
    for step in patient.answer_every_question(her, person):
        if step == "commune":
            her.shoot("filing")
    code = patient.receive_the_code(her, portal, person)
    reference = patient.enter_the_code(her, code)
    her.shoot("confirmation")
    return reference


def _coordinator_finds_her_among_the_most_urgent(desk: Visitor, reference: str) -> None:
    """Her class decides, then the first date: the last of the P1, before every P2."""
    desk.log_in("coordination")
    expect(desk.page.get_by_role("heading", **TITLE)).to_have_text("Demandes")
    rows = desk.page.locator("#queue tr[data-reference]")
    ranks = [
        (row.get_attribute("data-reference"), row.locator(".pr").get_attribute("title"))
        for row in rows.all()
    ]
    most_urgent = [found for found, rank in ranks if rank == "P1"]
    assert [rank for _, rank in ranks] == sorted(rank or "" for _, rank in ranks)
    assert most_urgent[-1] == reference


def _coordinator_refers_her(desk: Visitor, person: Person) -> None:
    page = desk.page
    page.get_by_role("link", name=f"Mme {person.first_name} {person.last_name}").click()
    detail = page.locator("#detail")
    expect(detail.get_by_role("heading", level=2)).to_contain_text(person.last_name)
    detail.get_by_role("button", name="Qualifier la demande").click()
    expect(detail).to_contain_text("qualifiée")
    desk.shoot("inbox")
    detail.get_by_role("button", name=f"Proposer au {GP}").click()
    expect(detail).to_contain_text("proposée à un médecin")


def _link_of_the_proposal(portal: Portal, reference: str) -> str:
    query = """
        SELECT referral.id FROM patients_referral AS referral
        JOIN patients_gprequest AS request ON request.id = referral.request_id
        WHERE request.reference = %s
    """
    [referral] = portal.rows(query, reference)
    path = f"/{SLUG}/orientations/{referral['id']}/"
    letter = portal.wait_for_letter(GP_ADDRESS, "patients.referral_proposed", containing=path)
    return _link_in(letter.body)


def _doctor_accepts_in_one_tap(doctor: Visitor, link: str, person: Person) -> None:
    """Another tab stays on the card; what it still offers is then refused with a word."""
    page = doctor.page
    page.goto(link)
    page.get_by_role("button", name="Médecin généraliste").click()
    expect(page.get_by_role("heading", **TITLE)).to_have_text(
        "Une personne cherche un médecin traitant"
    )
    expect(page.get_by_role("main")).not_to_contain_text(person.last_name)
    doctor.shoot("referral")
    stale = doctor.context.new_page()
    stale.goto(link)

    page.get_by_role("button", name="Accepter").click()

    expect(page.get_by_role("main")).to_contain_text(person.last_name)
    doctor.shoot("referral-accepted")
    _is_refused_politely(stale, "Réserver et voir l’identité")


def _is_refused_politely(stale: Page, button: str) -> None:
    with stale.expect_response(lambda response: response.request.method == "POST") as answer:
        stale.get_by_role("button", name=button).click()
    assert answer.value.status == 409
    expect(stale.get_by_text("Cela n’est plus possible")).to_be_visible()


def _coordinator_sets_the_visit_then_declares(desk: Visitor, reference: str) -> None:
    page = desk.page
    page.goto(f"/{SLUG}/demandes/{reference}/")
    detail = page.locator("#detail")
    expect(detail).to_contain_text("acceptée par un médecin")
    detail.get_by_text("Premier rendez-vous", exact=True).click()
    in_a_week = datetime.now(ZoneInfo("Europe/Paris")).date() + timedelta(days=7)
    detail.get_by_label("Premier rendez-vous le").fill(in_a_week.isoformat())
    detail.get_by_role("button", name="Enregistrer le rendez-vous").click()
    expect(detail).to_contain_text("premier rendez-vous fixé")
    detail.get_by_role("button", name="Médecin traitant déclaré").click()
    expect(detail).to_contain_text("médecin traitant déclaré")
    desk.shoot("declared")


def _link_in(body: str) -> str:
    found = re.search(r"http://\S+", body)
    assert found is not None, body
    return found[0]
