"""Registering from a phone without account, her private page, the desk's list, a member's place."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core import signing
from django.test import Client
from django.utils import timezone

from cpts_portal.core.models import AccessEntry, AuditEntry, Message
from members.models import Role
from prevention.actions import registrations as actions
from prevention.models import (
    CampaignStatus,
    Registration,
    RegistrationContact,
    RegistrationDraft,
    Session,
    SessionStatus,
)
from prevention.queries.registrations import token_of
from prevention.views.registrations import BEGUN_SALT, COOKIE
from tests.core.test_pages import MARGIN, OUTSIDE, PAGE_AT_MOST, weight_of
from tests.factories import CptsFactory, MembershipFactory
from tests.prevention.makers import CampaignFactory, RegistrationFactory, SessionFactory
from tests.prevention.seats import arrive, begin, fresh, herself, register, run_out, statuses, told

PUBLIC = "/evenements/artois-lys"
ONE_USE = re.compile(r'value="\w{64}"')
"""What guards each form against another site, different on each page."""


def shown_before() -> str:
    """What a form carries that was on the screen ten seconds ago."""
    with time_machine.travel(timezone.now() - timedelta(seconds=10)):
        return signing.dumps("", salt=BEGUN_SALT)


def typed(number: int = 1, **answers: str) -> dict[str, str]:
    return {
        "key": str(uuid4()),
        "begun": shown_before(),
        "for_whom": "self",
        "first_name": "Odette",
        "last_name": "Vanhove",
        "reach": f"06 39 98 00 0{number}",
        **answers,
    }


@pytest.fixture
def session(cpts) -> Session:
    return SessionFactory(campaign__cpts=cpts, capacity=2)


def form_of(session: Session) -> str:
    return f"{PUBLIC}/{session.pk}/inscription/"


def code_sent() -> str:
    last = Message.objects.filter(purpose="prevention.registration_code").latest("created_at")
    return re.findall(r"\b\d{6}\b", last.body)[0]


def go_through(client: Client, session: Session, **answers: str) -> Any:
    client.post(form_of(session), typed(**answers))
    return client.post(f"{form_of(session)}code/", {"code": code_sent()})


# --- Form, code, answer -------------------------------------------------------------------------
def test_a_form_a_code_and_she_has_her_seat(client, session):
    form = client.get(form_of(session))
    sent = client.post(form_of(session), typed(for_whom="relative"))
    asked = client.get(sent["Location"])
    answered = client.post(sent["Location"], {"code": code_sent()})
    done = client.get(answered["Location"])

    row = Registration.objects.get()
    assert "Il reste 2 places" in form.text
    assert sent["Location"] == f"{form_of(session)}code/"
    assert "06\u00a039\u00a098\u00a000\u00a001" in asked.text
    assert (row.status, row.door, row.is_for_relative) == ("confirmed", "online", True)
    assert "Votre place est confirmée" in done.text
    assert f"/mon-inscription/{token_of(row)}/" in done.text


def test_the_answers_are_forgotten_once_the_code_is_right(client, session):
    go_through(client, session)

    draft = RegistrationDraft.objects.get()
    assert (draft.answers, draft.registration) == ("{}", Registration.objects.get())


def test_a_full_session_says_so_and_gives_a_rank(client, session):
    arrive(session, 3)

    form = client.get(form_of(session))
    go_through(client, session, reach="odette@courriel.example")
    done = client.get(f"{form_of(session)}confirmee/")

    assert "La séance est complète" in form.text
    assert "1 personne attend déjà" in form.text
    assert "Vous êtes en liste d’attente" in done.text
    assert re.search(r"Votre rang</span><br><b[^>]*>2<", done.text)


def test_registering_again_leads_to_the_same_answer(client, session):
    go_through(client, session)
    first = client.get(f"{form_of(session)}confirmee/").text
    go_through(client, session)
    second = client.get(f"{form_of(session)}confirmee/").text

    assert ONE_USE.sub("", first) == ONE_USE.sub("", second)
    assert Registration.objects.count() == 1


def test_a_double_click_sends_one_code_and_a_second_code_page_leads_to_the_answer(client, session):
    twice = typed()
    client.post(form_of(session), twice)
    client.post(form_of(session), twice)
    client.post(f"{form_of(session)}code/", {"code": code_sent()})

    again = client.post(f"{form_of(session)}code/", {"code": "000000"})

    assert Message.objects.filter(purpose="prevention.registration_code").count() == 1
    assert again["Location"] == f"{form_of(session)}confirmee/"
    assert Registration.objects.count() == 1


def test_what_was_typed_is_there_when_she_comes_back_to_correct_it(client, session):
    client.post(form_of(session), typed(first_name="Odete", age_band="75+"))

    back = client.get(form_of(session))

    assert 'value="Odete"' in back.text
    assert '<option value="75+" selected>' in back.text


def test_a_corrected_address_gets_a_new_code_and_the_old_one_is_void(client, session):
    answers = typed()
    client.post(form_of(session), answers)
    old = code_sent()
    client.post(form_of(session), {**answers, "reach": "odette@courriel.example"})

    refused = client.post(f"{form_of(session)}code/", {"code": old})
    accepted = client.post(f"{form_of(session)}code/", {"code": code_sent()})

    assert (refused.status_code, accepted.status_code) == (422, 302)
    assert RegistrationContact.objects.get().email == "odette@courriel.example"


def test_a_wrong_code_says_how_many_tries_are_left_until_a_new_one_is_asked(client, session):
    client.post(form_of(session), typed())
    wrong = "000000" if code_sent() != "000000" else "111111"

    first = client.post(f"{form_of(session)}code/", {"code": wrong})
    for _again in range(4):
        last = client.post(f"{form_of(session)}code/", {"code": wrong})

    assert "Il vous reste 4 essais" in first.text
    assert "demandez-en un nouveau" in last.text
    assert client.post(f"{form_of(session)}code/", {"code": code_sent()}).status_code == 422


def test_another_code_is_sent_on_demand_after_half_a_minute(client, session):
    with time_machine.travel(timezone.now() - timedelta(minutes=2)):
        client.post(form_of(session), typed())
    old = code_sent()

    client.post(f"{form_of(session)}code/", {"renvoyer": "1"})
    client.post(f"{form_of(session)}code/", {"code": code_sent()})

    assert Message.objects.filter(purpose="prevention.registration_code").count() == 2
    assert old
    assert Registration.objects.count() == 1


def test_after_a_quarter_of_an_hour_a_code_is_too_old(client, session):
    with time_machine.travel(timezone.now() - timedelta(minutes=16)):
        client.post(form_of(session), typed())

    late = client.post(f"{form_of(session)}code/", {"code": code_sent()})

    assert (late.status_code, "plus de 15 minutes" in late.text) == (422, True)


def test_five_codes_are_enough(client, session):
    for minutes in (12, 11, 10, 9, 8):
        with time_machine.travel(timezone.now() - timedelta(minutes=minutes)):
            first = client.post(form_of(session), typed(key=KEY))

    last = client.post(f"{form_of(session)}code/", {"renvoyer": "1"}, follow=True)

    assert first.status_code == 302
    assert "cinq codes" in last.text


KEY = str(uuid4())


def test_the_code_page_without_a_form_begins_again(client, session):
    for page in ("code/", "confirmee/"):
        response = client.get(f"{form_of(session)}{page}", follow=True)

        assert "n’est plus là" in response.text


def test_a_cookie_of_another_session_opens_nothing(client, session):
    other = SessionFactory(campaign=session.campaign)
    go_through(client, session)

    response = client.get(f"{form_of(other)}confirmee/")

    assert response["Location"] == form_of(other)


def test_the_answer_is_shown_for_an_hour_only(client, session):
    go_through(client, session)
    RegistrationDraft.objects.update(confirmed_at=timezone.now() - timedelta(hours=2))

    response = client.get(f"{form_of(session)}confirmee/")

    assert response["Location"] == form_of(session)


def test_the_form_is_as_light_as_that_of_the_patients_and_needs_no_script(client, session):
    Session.objects.update(min_age=50, sex="female", communes=[session.commune_id])

    html = client.get(form_of(session)).text

    assert weight_of(html) <= PAGE_AT_MOST - MARGIN
    assert OUTSIDE.findall(html) == []
    assert "htmx" not in html


# --- What a session requires --------------------------------------------------------------------
def test_boxes_are_asked_and_nothing_of_them_is_kept(client, session):
    Session.objects.update(min_age=50, max_age=74, sex="female", communes=[session.commune_id])
    ticked = ["age", "sex", "commune"]

    form = client.get(form_of(session))
    refused = client.post(form_of(session), {**typed(), "conditions": ticked[:2]})
    client.post(form_of(session), {**typed(), "conditions": ticked})
    client.post(f"{form_of(session)}code/", {"code": code_sent()})

    row = Registration.objects.get()
    assert "a entre 50 et 74 ans" in form.text
    assert "est une femme" in form.text
    assert session.commune.name in form.text
    assert (refused.status_code, "appelez-nous si vous hésitez" in refused.text) == (422, True)
    assert refused.text.count(" checked") == 3
    assert (row.age_band, row.sex, row.commune) == ("", "", None)


@pytest.mark.parametrize(
    ("told_about", "sentence"),
    [
        ({"min_age": 65}, "a 65 ans ou plus"),
        ({"max_age": 6}, "a 6 ans au plus"),
        ({"sex": "male"}, "est un homme"),
    ],
)
def test_each_condition_has_its_sentence(client, session, told_about, sentence):
    Session.objects.update(**told_about)

    assert sentence in client.get(form_of(session)).text


# --- Bad input ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({"first_name": ""}, "Écrivez le prénom."),
        ({"last_name": "<b>"}, "avec des lettres"),
        ({"reach": ""}, "Écrivez un téléphone ou un courriel."),
        ({"reach": "06 39"}, "Ce numéro n’est pas complet"),
        ({"reach": "odette@courriel"}, "n’est pas complète"),
        ({"reach": "a@b.example\nBcc: c@d.example"}, "sur une ligne"),
        ({"reach": "a@b.example%0aBcc:c@d.example"}, "n’est pas complète"),
        ({"reach": "a@b.example, c@d.example"}, "une seule adresse"),
        ({"reach": "03 53 01 00 02"}, "Nous ne pouvons pas envoyer de code"),
        ({"for_whom": "robot"}, "robot"),
        ({"age_band": "200"}, "200"),
        ({"commune": "99999"}, "Choisissez une commune de la liste."),
        ({"first_name": "x" * 81}, "C’est trop long"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(client, session, answers, sentence):
    response = client.post(form_of(session), typed(**{"last_name": "Vanhove", **answers}))

    assert response.status_code == 422
    assert sentence in response.text
    assert 'value="Odette"' in response.text or "first_name" in answers
    assert not RegistrationDraft.objects.exists()


def test_a_robot_that_fills_the_hidden_field_or_is_too_quick_is_asked_to_read_again(
    client, session
):
    filled = client.post(form_of(session), typed(site_web="http://spam.example"))
    quick = client.post(form_of(session), typed(begun=signing.dumps("", salt=BEGUN_SALT)))
    forged = client.post(form_of(session), typed(begun="hier"))

    for response in (filled, quick, forged):
        assert (response.status_code, "Relisez vos réponses" in response.text) == (422, True)
    assert not RegistrationDraft.objects.exists()


def test_one_address_is_not_written_to_without_end(client, session):
    answers = [
        client.post(form_of(session), typed(reach="odette@courriel.example")).status_code
        for _again in range(9)
    ]

    assert answers == [302] * 8 + [429]


def test_without_a_provider_of_text_messages_only_an_email_is_asked(client, session, settings):
    settings.SMS_BACKEND = ""

    form = client.get(form_of(session))
    refused = client.post(form_of(session), typed())

    assert "Votre courriel" in form.text
    assert "écrivez un courriel" in refused.text


# --- A poster outlives its session --------------------------------------------------------------
def test_the_code_of_a_poster_leads_to_a_clear_page_when_it_is_over(client, session, coordinator):
    cancelled = SessionFactory(campaign=session.campaign)
    Session.objects.filter(pk=cancelled.pk).update(
        status=SessionStatus.CANCELLED, cancelled_at=timezone.now(), cancel_reason="room"
    )
    begin(session)
    of_last_year = SessionFactory(
        campaign=CampaignFactory(cpts=session.cpts, status=CampaignStatus.CLOSED)
    )
    for_members = SessionFactory(campaign=session.campaign, is_for_professionals=True)

    said = {
        "Cette séance est annulée": cancelled,
        "Cette séance est passée": session,
        "Les inscriptions sont terminées": of_last_year,
        "réservée aux professionnels": for_members,
    }

    for sentence, one in said.items():
        response = client.get(form_of(one))
        assert (response.status_code, sentence in response.text) == (200, True)
        assert client.post(form_of(one), typed()).status_code == 200
    assert not RegistrationDraft.objects.exists()


def test_a_campaign_in_preparation_is_nobodys_business(client, cpts):
    session = SessionFactory(campaign__cpts=cpts, campaign__status=CampaignStatus.DRAFT)

    assert client.get(form_of(session)).status_code == 404


def test_a_session_that_closes_before_the_code_gives_no_seat(client, session):
    client.post(form_of(session), typed())
    begin(session)

    response = client.post(f"{form_of(session)}code/", {"code": code_sent()})

    assert "Cette séance est passée" in response.text
    assert not Registration.objects.exists()


def test_the_session_of_another_cpts_is_not_found(client, session):
    CptsFactory(slug="grand-arras")

    assert client.get(f"/evenements/grand-arras/{session.pk}/inscription/").status_code == 404


# --- Her private page ---------------------------------------------------------------------------
def page_of(row: Registration, act: str = "") -> str:
    return f"/mon-inscription/{token_of(row)}/{act}"


def test_her_page_tells_where_she_stands(client, session):
    first, second, third, fourth = arrive(session, 4)
    actions.cancel(first, by=herself(first))

    pages = {row.number: client.get(page_of(row)).text for row in (first, second, third, fourth)}

    assert "Votre inscription est annulée" in pages[1]
    assert "Votre place est confirmée" in pages[2]
    assert "Une place se libère pour vous" in pages[3]
    assert "Votre rang\u00a0: 1." in pages[4]


def test_she_accepts_on_her_page(client, session):
    first, _second, third = arrive(session, 3)
    actions.cancel(first, by=herself(first))

    response = client.post(page_of(third, "prendre/"), follow=True)

    assert "Votre place est confirmée" in response.text
    assert statuses(session) == ["cancelled", "confirmed", "confirmed"]


def test_too_late_is_said_on_her_page(client, session):
    first, _second, third = arrive(session, 3)
    actions.cancel(first, by=herself(first))
    run_out(third)

    read = client.get(page_of(third))
    response = client.post(page_of(third, "prendre/"))

    assert "Le délai pour prendre la place est passé" in read.text
    assert (response.status_code, "Le délai est passé" in response.text) == (409, True)


def test_she_cancels_on_her_page_and_twice_is_once(client, session):
    [row] = arrive(session, 1)

    client.post(page_of(row, "annuler/"))
    again = client.post(page_of(row, "annuler/"), follow=True)

    assert "Votre inscription est annulée" in again.text
    assert AuditEntry.objects.filter(verb="cancel").count() == 1


def test_her_page_leaves_no_trace_of_its_address(client, session):
    [row] = arrive(session, 1)

    response = client.get(page_of(row))

    assert response["Referrer-Policy"] == "strict-origin"
    assert response["Cache-Control"] == "no-store, private"
    assert "noindex" in response["X-Robots-Tag"]


def test_a_wrong_link_says_whom_to_call(client, session):
    response = client.get("/mon-inscription/abc/")

    assert (response.status_code, "Ce lien n’est plus valable" in response.text) == (404, True)


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ({"status": "attended", "noted_at": timezone.now()}, "Merci d’être venu"),
        ({"status": "absent", "noted_at": timezone.now()}, "Nous ne vous avons pas vu"),
    ],
)
def test_after_the_session_her_page_says_what_was_noted(client, session, state, sentence):
    [row] = arrive(session, 1)
    Registration.objects.filter(pk=row.pk).update(**state)

    assert sentence in client.get(page_of(row)).text


def test_a_cancelled_session_and_a_line_that_is_over_say_so(client, session):
    *_seated, waiting = arrive(session, 3)
    begin(session)
    over = client.get(page_of(waiting)).text
    Session.objects.update(
        status=SessionStatus.CANCELLED, cancelled_at=timezone.now(), cancel_reason="room"
    )

    assert "Aucune place ne s’est libérée" in over
    assert "Votre séance est annulée" in client.get(page_of(waiting)).text


def test_nothing_is_left_to_cancel_once_the_session_has_begun_and_then_it_is_past(client, session):
    [row] = arrive(session, 1)
    begin(session)
    during = client.get(page_of(row)).text
    begin(session, ago=timedelta(hours=3))
    after = client.get(page_of(row)).text

    assert "Votre place est confirmée" in during
    assert "Annuler mon inscription" not in during
    assert "La séance est passée" in after


# --- Calendar file ------------------------------------------------------------------------------
def lines_of(client: Client, row: Registration) -> list[str]:
    return client.get(page_of(row, "seance.ics")).text.replace("\r\n ", "").split("\r\n")


def test_the_calendar_file_follows_the_session_and_takes_it_away(client, session):
    [row] = arrive(session, 1)
    first = lines_of(client, row)
    Session.objects.update(sequence=1)
    moved = lines_of(client, row)
    actions.cancel(row, by=herself(row))
    gone = lines_of(client, row)

    uid = f"UID:inscription-{row.pk}@artois-lys.portail-cpts"
    assert [uid in first, uid in moved, uid in gone] == [True] * 3
    assert ["SEQUENCE:0" in first, "SEQUENCE:1" in moved, "SEQUENCE:2" in gone] == [True] * 3
    assert "METHOD:PUBLISH" in moved
    assert {"METHOD:CANCEL", "STATUS:CANCELLED"} <= set(gone)


def test_whoever_waits_has_nothing_to_write_in_a_calendar(client, session):
    *_seated, waiting = arrive(session, 3)

    response = client.get(page_of(waiting, "seance.ics"))

    assert response["Location"] == page_of(waiting)


# --- The desk -----------------------------------------------------------------------------------
@pytest.fixture
def desk(client, coordinator) -> Client:
    client.force_login(coordinator.user)
    return client


def list_of(session: Session, act: str = "") -> str:
    return f"/artois-lys/prevention/seances/{session.pk}/inscriptions/{act}"


def test_every_opening_of_the_list_is_logged(desk, session):
    rows = arrive(session, 3)

    response = desk.get(list_of(session))

    entry = AccessEntry.objects.get()
    assert response.text.count("Odette Vanhove") == 3
    assert "en attente, rang 1" in response.text
    assert entry.subject_kind == "prevention.registrationcontact"
    assert sorted(entry.patient_ids) == sorted(row.contact.pk for row in rows)


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_as_many_queries_for_one_as_for_three(
    desk, session, count, django_assert_max_num_queries
):
    arrive(session, count)
    desk.get(list_of(session))

    with django_assert_max_num_queries(14):
        desk.get(list_of(session))


def test_the_desk_registers_somebody_who_has_only_a_landline(desk, session):
    response = desk.post(list_of(session, "ajouter/"), typed(reach="03 53 01 00 02"), follow=True)

    row = Registration.objects.get()
    assert "La personne a sa place." in response.text
    assert (row.door, row.contact.phone) == ("desk", "+33353010002")


def test_the_desk_sees_what_is_wrong_and_that_it_is_too_late(desk, session):
    wrong = desk.post(list_of(session, "ajouter/"), typed(reach=""))
    begin(session)
    late = desk.post(list_of(session, "ajouter/"), typed())

    assert (wrong.status_code, 'value="Odette"' in wrong.text) == (422, True)
    assert (late.status_code, "terminées" in late.text) == (409, True)


def test_the_desk_is_reminded_of_what_the_session_requires(desk, session):
    Session.objects.update(min_age=50)
    arrive(session, 2)

    form = desk.get(list_of(session, "ajouter/"))
    added = desk.post(list_of(session, "ajouter/"), typed(9), follow=True)

    assert "a 50 ans ou plus" in form.text
    assert "en liste d’attente, rang 1" in added.text


def test_the_desk_removes_and_takes_a_seat_for_whoever_calls(desk, session):
    first, _second, third = arrive(session, 3)

    removed = desk.post(list_of(session, f"{first.pk}/retirer/"), follow=True)
    taken = desk.post(list_of(session, f"{third.pk}/place/"), follow=True)
    again = desk.post(list_of(session, f"{first.pk}/place/"))

    assert "L’inscription est annulée." in removed.text
    assert "La place est confirmée." in taken.text
    assert statuses(session) == ["cancelled", "confirmed", "confirmed"]
    assert (again.status_code, "annulée" in again.text) == (409, True)
    assert told(first)[-1] == "registration_cancelled"


def test_the_list_shows_no_name_once_it_is_forgotten(desk, session):
    row = RegistrationFactory(session=session)
    RegistrationContact.objects.filter(registration=row).update(
        first_name="", last_name="", email="", link_hash=None, erased_at=timezone.now()
    )

    assert "nom effacé" in desk.get(list_of(session)).text


# --- A member's own place -------------------------------------------------------------------
@pytest.fixture
def training(cpts) -> Session:
    return SessionFactory(campaign__cpts=cpts, is_for_professionals=True, capacity=1)


def place_of(session: Session, act: str = "") -> str:
    return f"/artois-lys/prevention/seances/{session.pk}/ma-place/{act}"


def test_a_member_registers_in_one_tap_and_leaves_in_another(client, gp, training):
    client.force_login(gp.user)

    offered = client.get(place_of(training))
    taken = client.post(place_of(training), {"key": str(uuid4())}, follow=True)
    left = client.post(place_of(training, "laisser/"), follow=True)

    assert "Je m’inscris" in offered.text
    assert "Votre place est confirmée." in taken.text
    assert "Votre inscription est annulée." in left.text


def test_a_member_in_line_takes_the_seat_that_is_freed(client, gp, training):
    other = MembershipFactory(cpts=gp.cpts, role=Role.SECRETARY)
    first = actions.register_member(training, by=other, key=uuid4())
    client.force_login(gp.user)

    waiting = client.post(place_of(training), follow=True)
    actions.cancel(first, by=other)
    offered = client.get(place_of(training))
    taken = client.post(place_of(training, "prendre/"), follow=True)

    assert "en liste d’attente, rang 1" in waiting.text
    assert "Une place se libère pour vous" in offered.text
    assert "Votre place est confirmée." in taken.text


def test_a_member_who_is_too_late_or_not_there_is_told(client, gp, training):
    client.force_login(gp.user)

    absent = client.post(place_of(training, "laisser/"))
    begin(training)
    late = client.post(place_of(training))

    assert (absent.status_code, "pas inscrit" in absent.text) == (409, True)
    assert (late.status_code, "terminées" in late.text) == (409, True)


def test_a_session_for_all_has_no_page_for_members(client, gp, session):
    client.force_login(gp.user)

    assert client.get(place_of(session)).status_code == 404


def test_the_browser_keeps_a_signed_cookie_out_of_reach_of_scripts(client, session):
    response = client.post(form_of(session), typed())

    cookie = response.cookies[COOKIE]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert fresh(register(session, 7)).number == 1
