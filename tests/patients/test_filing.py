"""The public form, from the first question to the private link."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from hypothesis import given
from hypothesis import strategies as st

from cpts_portal.core import outbox
from cpts_portal.core.models import AuditEntry, Commune, Message
from cpts_portal.core.refusals import Refused
from members.models import Cpts
from patients.actions import filing as actions
from patients.forms.contact import STEPS, validate_person_name
from patients.models import GPRequest, Patient, PrivateLink, RequestDraft
from tests.factories import CommuneFactory, CptsCommuneFactory, CptsFactory
from tests.patients import filing_path as path


@pytest.fixture(autouse=True)
def laventie(cpts: Cpts) -> Commune:
    """A commune of the CPTS, and its neighbour under the same postal code."""
    commune = CommuneFactory(insee_code="62491", name="Laventie", postal_codes=["62840"])
    other = CommuneFactory(insee_code="62338", name="Fleurbaix", postal_codes=["62840"])
    CptsCommuneFactory(cpts=cpts, commune=commune)
    CptsCommuneFactory(cpts=cpts, commune=other)
    return commune


# --- The way ----------------------------------------------------------------------------------
def test_filing_makes_one_request_with_its_rank_reference_and_private_link(client):
    page = path.file(client)

    [filed] = GPRequest.objects.all()
    assert page.status_code == 200
    assert filed.reference in page.content.decode()
    assert (filed.priority, filed.priority_reasons) == (2, ["ald", "aged_70"])
    assert (filed.age_band, filed.status, filed.source) == ("70-84", "received", "web")
    assert filed.patient.last_name == "D’Hœdt-Œuvrard"
    assert filed.patient.search_name == "d hoedt oeuvrard marie helene"
    assert filed.patient.phone == "+33639981234"
    assert PrivateLink.objects.count() == 1
    assert [entry.verb for entry in AuditEntry.objects.all()] == ["file"]


def test_filing_sends_the_reference_and_the_link_without_a_name_or_a_medical_word(client):
    page = path.file(client)

    received = Message.objects.get(purpose="patients.request_received")
    assert (received.channel, received.recipient) == ("sms", "+33639981234")
    assert page.context["private_url"] in received.body
    assert page.context["filed"].reference in received.body
    for word in ("Hœdt", "Hoedt", "Marie", "ALD", "médecin", "1948"):
        assert word not in received.body


def test_filing_by_email_sends_the_code_and_the_link_there(client):
    contact = {"phone": "", "email": "Odile@Courriel.example"}

    path.file(client, channel="email", contact=contact)

    sent = Message.objects.order_by("created_at").values_list("channel", "purpose")
    assert list(sent) == [
        ("email", "patients.request_code"),
        ("email", "patients.request_received"),
    ]
    assert Patient.objects.get().email == "odile@courriel.example"


def test_filing_for_a_child_asks_about_the_child(client):
    path.answer(client, "pour-qui", filed_for_whom="child")

    page = client.get(path.step_url("commune"))

    assert page.context["form"].heading == "Dans quelle commune habite votre enfant\u00a0?"


def test_filing_asks_the_dates_only_of_those_who_ticked_them(client):
    path.fill(client, until="situation")
    plain = path.answer(client, "situation")
    dated = path.answer(client, "situation", situations=["left_hospital", "treatment_ends"])

    soon = timezone.localdate() + timedelta(days=5)
    days = {"treatment_ends_on_day": soon.day, "treatment_ends_on_month": soon.month}
    missing = client.post(dated.url, {**days, "treatment_ends_on_year": soon.year})

    assert (plain.url, dated.url) == (path.step_url("identite"), path.step_url("dates"))
    assert list(missing.context["form"].errors) == ["left_hospital_on"]
    assert client.get(path.step_url("identite")).url == path.step_url("dates")


def test_filing_keeps_the_dates_in_the_request(client):
    today = timezone.localdate()
    path.fill(client, until="identite", situation={"situations": ["left_hospital"]})
    client.post(
        path.step_url("dates"),
        {
            "left_hospital_on_day": today.day,
            "left_hospital_on_month": today.month,
            "left_hospital_on_year": today.year,
        },
    )
    path.fill(client, after="identite")
    path.ask_code(client)
    path.send_code(client, path.last_code())

    filed = GPRequest.objects.get()
    assert (filed.left_hospital_on, filed.priority) == (today, 1)


def test_filing_step_shows_again_what_was_answered(client):
    path.fill(client)

    page = client.get(path.step_url("identite")).content.decode()

    assert "D’Hœdt-Œuvrard" in page
    assert 'value="1948"' in page


def test_filing_step_leads_back_to_the_first_question_without_an_answer(client):
    path.fill(client, until="situation")

    assert client.get(path.step_url("contact")).url == path.step_url("situation")
    assert client.get(reverse("patients:filing_check")).url == path.step_url("situation")
    assert client.get(reverse("patients:filing_code")).url == path.step_url("situation")
    assert client.get(reverse("patients:filing_done")).url == reverse("patients:filing_check")


def test_filing_step_returns_to_the_check_it_was_opened_from(client):
    path.fill(client)

    corrected = client.post(path.step_url("preferences", retour="1"), {"travel_km": "20"})

    assert corrected.url == reverse("patients:filing_check")
    assert "jusqu’à 20\u00a0km" in client.get(corrected.url).content.decode()


def test_filing_start_offers_to_go_on_or_to_begin_anew(client):
    fresh = client.get(reverse("patients:filing_start"))
    path.fill(client, until="situation")

    assert fresh.url == path.step_url("pour-qui")
    assert client.get(reverse("patients:filing_start")).status_code == 200
    assert client.post(reverse("patients:filing_start")).url == path.step_url("pour-qui")
    assert RequestDraft.objects.count() == 0


def test_filing_step_costs_the_same_queries_near_the_end_as_near_the_start(
    client, django_assert_max_num_queries
):
    path.fill(client)

    for slug in ("medecin-traitant", "accord"):
        with django_assert_max_num_queries(4):
            assert client.get(path.step_url(slug)).status_code == 200


@pytest.mark.parametrize("year", [1926, 2099])
def test_filing_refuses_a_date_whose_year_is_a_slip(client, year):
    path.fill(client, until="identite", situation={"situations": ["treatment_ends"]})
    day = {"treatment_ends_on_day": "3", "treatment_ends_on_month": "11"}

    refused = client.post(path.step_url("dates"), {**day, "treatment_ends_on_year": str(year)})

    assert refused.status_code == 422
    assert "Vérifiez l’année" in refused.content.decode()


def test_filing_dates_are_not_asked_of_those_who_ticked_nothing(client):
    path.fill(client)

    assert client.post(path.step_url("dates"), {}).url == path.step_url("pour-qui")


def test_filing_unknown_question_is_not_found(client):
    assert client.get(path.step_url("inconnue")).status_code == 404


# --- The commune ------------------------------------------------------------------------------
def test_commune_is_proposed_once_the_postal_code_is_typed(client):
    path.answer(client, "pour-qui")

    typed = client.post(path.step_url("commune"), {"postal_code": "62 840"})
    page = client.get(typed.url)

    assert typed.url == path.step_url("commune", code_postal="62840")
    assert page.status_code == 200
    assert page.content.decode().count('name="commune"') == 3


def test_commune_of_a_postal_code_that_has_one_is_already_ticked(client):
    CommuneFactory(insee_code="62765", name="Saint-Omer", postal_codes=["62500"])
    path.answer(client, "pour-qui")

    page = client.get(path.step_url("commune", code_postal="62500")).content.decode()

    assert 'value="62765" id="id_commune_0" checked' in page


def test_commune_gives_the_form_to_its_cpts(client, cpts):
    path.fill(client, until="medecin-traitant")

    page = client.get(path.step_url("medecin-traitant"))

    assert page.context["cpts"] == cpts
    assert cpts.name in page.content.decode()
    assert page.context["map"].home.name == "Laventie"


def test_commune_may_be_changed_for_another_cpts_until_confirmed(client, laventie):
    arras = CommuneFactory(insee_code="62041", name="Arras", postal_codes=["62000"])
    other = CptsCommuneFactory(cpts=CptsFactory(slug="grand-arras"), commune=arras).cpts
    path.fill(client)

    path.answer(client, "commune", postal_code="62000", shown="62000", commune="62041")

    assert RequestDraft.objects.get().cpts == other


@pytest.mark.parametrize("code", ["abc", "99999", "6" * 500])
def test_commune_page_shows_any_postal_code_of_the_address_without_crashing(client, code):
    path.answer(client, "pour-qui")

    assert client.get(path.step_url("commune", code_postal=code)).status_code == 200


def test_outside_page_opens_for_any_commune_code(client):
    for code in ("", "99999", "é" * 50):
        page = client.get(reverse("patients:filing_outside", query={"commune": code}))
        assert page.status_code == 200


@pytest.mark.parametrize("chosen", ["62765", "ailleurs"])
def test_commune_outside_every_cpts_is_redirected_kindly_and_nothing_is_kept(client, cpts, chosen):
    CommuneFactory(
        insee_code="62765",
        name="Saint-Omer",
        postal_codes=["62500"],
        latitude=50.75,
        longitude=2.25,
    )
    path.answer(client, "pour-qui")

    left = path.answer(client, "commune", postal_code="62500", shown="62500", commune=chosen)
    page = client.get(left.url).content.decode()

    assert left.url.startswith(reverse("patients:filing_outside"))
    assert RequestDraft.objects.count() == 0
    assert client.cookies["demande"].value == ""
    assert "36 46" in page
    assert (cpts.name in page) == (chosen == "62765")


# --- Bad input --------------------------------------------------------------------------------
BAD = [
    ("pour-qui", {"filed_for_whom": ""}, "Choisissez pour qui"),
    ("pour-qui", {"filed_for_whom": "household"}, "Sélectionnez un choix valide"),
    ("commune", {"postal_code": "abcde"}, "5 chiffres"),
    ("commune", {"postal_code": "62841"}, "Aucune commune"),
    ("commune", {"commune": ""}, "Choisissez votre commune dans la liste"),
    ("commune", {"commune": "99999"}, "Choisissez votre commune dans la liste"),
    ("medecin-traitant", {"no_gp_reason": "bored"}, "Sélectionnez un choix valide"),
    ("situation", {"situations": ["rich"]}, "Cochez les cases proposées"),
    ("identite", {"birth_date_month": "13"}, "n’existe pas dans le calendrier"),
    ("identite", {"birth_date_year": "48"}, "4 chiffres"),
    ("identite", {"birth_date_day": "trois"}, "en chiffres"),
    ("identite", {"birth_date_year": "2999"}, "dans le futur"),
    ("identite", {"birth_date_day": "\x00"}, "en chiffres"),
    ("identite", {"last_name": "A" * 10_000}, "80 caractères au plus"),
    ("identite", {"last_name": "Odile 🙂"}, "avec des lettres"),
    ("identite", {"last_name": "Garnier\u202e"}, "caractère invisible"),
    ("identite", {"first_name": "Od\x00ile"}, "caractère"),
    ("identite", {"last_name": " "}, "Écrivez le nom"),
    ("contact", {"phone": ""}, "Écrivez un téléphone ou un courriel"),
    ("contact", {"phone": "12"}, "pas complet"),
    ("contact", {"phone": "03 53 01 00 01"}, "ajoutez un courriel"),
    ("contact", {"email": "odile@"}, "Cette adresse de courriel n’est pas complète"),
    ("contact", {"contact_name": "Paul"}, "le téléphone de cette personne"),
    ("preferences", {"words": "A" * 501}, "500 caractères au plus"),
    ("preferences", {"words": "mon numéro : 2 48 03 62 491 012 63"}, "sécurité sociale"),
    ("preferences", {"words": "a\x00b"}, "caractère"),
    ("preferences", {"travel_km": "900"}, "Sélectionnez un choix valide"),
    ("accord", {"is_agreed": ""}, "cochez la case"),
]


@pytest.mark.parametrize(("slug", "changes", "message"), BAD)
def test_filing_answers_bad_input_with_a_sentence_and_what_was_typed(
    client, slug, changes, message
):
    path.fill(client, until=slug)

    refused = path.answer(client, slug, **changes)

    page = refused.content.decode()
    assert refused.status_code == 422
    assert message in page
    assert "<title>Erreur\u00a0:" in page
    if slug in ("identite", "contact", "preferences"):
        assert [
            typed for typed in changes.values() if typed.isprintable() and typed not in page
        ] == []


@pytest.mark.parametrize(
    "name", ["D’Hœdt-Œuvrard", "O'Neill", "Ðặng", "مريم", "Nguyễn Thị", "L’Haÿ", "de La Tour-d’Aï"]
)
def test_person_name_keeps_every_script_apostrophes_and_hyphens(name):
    assert validate_person_name(name) is None


@given(st.text(max_size=40))
def test_person_name_is_accepted_or_refused_in_french(name):
    try:
        said = [str(validate_person_name(name))]
    except ValidationError as error:
        said = error.messages

    assert said == ["None"] or said[0].endswith((".", "retapez-le."))


@given(
    typed=st.dictionaries(
        st.sampled_from(
            [*path.ANSWERS["identite"], *path.ANSWERS["contact"], *path.ANSWERS["preferences"]]
        ),
        st.text(max_size=30),
    )
)
def test_filing_forms_never_crash_on_what_is_typed(typed):
    data = MultiValueDict({name: [value] for name, value in typed.items()})
    for slug in ("identite", "contact", "preferences", "accord"):
        form = STEPS[slug](data)
        assert form.is_valid() is not bool(form.errors)


@pytest.mark.parametrize("letter", ["ﷺ", "ﬃ", "œ"])
def test_filing_takes_a_name_whose_ligatures_unfold_beyond_the_search_column(client, letter):
    response = path.file(client, identite={"last_name": letter * 80, "first_name": letter * 80})

    assert response.status_code == 200
    assert Patient.objects.get().last_name == letter * 80


@pytest.mark.parametrize("before", ["x" * 5000, "child"])
def test_filing_question_answered_twice_keeps_the_last_answer(client, before):
    path.file(client, pour_qui={"filed_for_whom": [before, "self"]})

    assert GPRequest.objects.get().filed_for == GPRequest.FiledFor.SELF


def test_filing_refuses_an_adult_as_one_s_child(client):
    path.fill(client, until="identite", pour_qui={"filed_for_whom": "child"})

    refused = path.answer(client, "identite")

    assert "18\u00a0ans ou plus" in refused.content.decode()


def test_filing_without_csrf_token_is_forbidden():
    strict = Client(enforce_csrf_checks=True)

    refused = strict.post(path.step_url("pour-qui"), {"filed_for_whom": "self"})

    assert refused.status_code == 403
    assert RequestDraft.objects.count() == 0


def test_filing_robot_that_fills_the_hidden_field_keeps_nothing(client):
    refused = path.answer(client, "pour-qui", site_web="https://spam.example")

    assert refused.status_code == 422
    assert RequestDraft.objects.count() == 0


def test_filing_begun_again_and_again_from_one_address_is_throttled(db):
    last = [path.answer(Client(), "pour-qui").status_code for _ in range(121)][-1]

    assert (last, RequestDraft.objects.count()) == (429, 120)


def test_filing_in_less_than_three_seconds_asks_to_press_again(client):
    path.fill(client)
    RequestDraft.objects.update(created_at=timezone.now())

    hasty = path.ask_code(client)
    path.age_draft(client)

    assert hasty.status_code == 422
    assert path.ask_code(client).url == reverse("patients:filing_code")


# --- Whose draft --------------------------------------------------------------------------------
def test_draft_of_another_browser_is_out_of_reach(client):
    path.fill(client)
    draft = RequestDraft.objects.get()
    other = Client()
    other.cookies["demande"] = f"{draft.pk}:forged"

    assert other.get(reverse("patients:filing_check")).url == path.step_url("pour-qui")
    assert Client().get(path.step_url("identite")).url == path.step_url("pour-qui")


def test_draft_cookie_holds_no_answer_and_no_script_reads_it(client):
    path.fill(client)

    cookie = client.cookies["demande"]
    assert cookie.value.startswith(str(RequestDraft.objects.get().pk))
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert "Garnier" not in cookie.value


def test_draft_answers_are_unreadable_in_the_database(client):
    path.fill(client)

    with connection.cursor() as cursor:
        cursor.execute("SELECT answers FROM patients_requestdraft")
        [(stored,)] = cursor.fetchall()
    assert "has_ald" not in stored
    assert "Marie" not in stored


@pytest.mark.parametrize("days", [8, 30])
def test_draft_of_last_week_begins_anew_politely(client, days):
    path.fill(client)

    with time_machine.travel(timezone.now() + timedelta(days=days)):
        page = client.get(reverse("patients:filing_check"), follow=True)

    assert page.redirect_chain == [(path.step_url("pour-qui"), 302)]
    assert "recommencez" in page.content.decode()


def test_draft_erased_meanwhile_begins_anew_politely(client):
    path.fill(client)
    RequestDraft.objects.all().delete()

    page = client.post(path.step_url("preferences"), {"travel_km": "20"}, follow=True)

    assert "recommencez" in page.content.decode()


# --- The code -----------------------------------------------------------------------------------
def test_code_wrong_five_times_is_worth_nothing_any_more(client):
    path.fill(client)
    path.ask_code(client)
    right = path.last_code()
    wrong = f"{(int(right) + 1) % 10**6:06d}"

    said = [path.send_code(client, wrong).context["form"].errors["code"][0] for _ in range(6)]

    assert "Il vous reste 4 essais." in said[0]
    assert "Il vous reste 1 essai." in said[3]
    assert "Trop d’essais" in said[4]
    assert "Trop d’essais" in said[5]
    assert "Trop d’essais" in path.send_code(client, right).content.decode()
    assert GPRequest.objects.count() == 0


def test_code_of_sixteen_minutes_ago_is_refused(client):
    path.fill(client)
    path.ask_code(client)

    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        refused = path.send_code(client, path.last_code())

    assert refused.status_code == 422
    assert "plus de 15 minutes" in refused.content.decode()


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "１２３４５６", "\x00"])
def test_code_that_is_no_code_is_refused_without_counting(client, typed):
    path.fill(client)
    path.ask_code(client)

    refused = path.send_code(client, typed)

    assert refused.status_code == 422
    assert RequestDraft.objects.get().code_attempts == 0


def test_code_with_a_space_in_the_middle_is_understood(client):
    path.fill(client)
    path.ask_code(client)
    code = path.last_code()

    assert path.send_code(client, f"{code[:3]} {code[3:]}").url == reverse("patients:filing_done")


def test_code_is_sent_once_for_a_double_click_and_again_half_a_minute_later(client):
    path.fill(client)
    path.ask_code(client)
    path.ask_code(client)
    first = path.last_code()

    with time_machine.travel(timezone.now() + timedelta(seconds=31)):
        path.ask_code(client)
        count = Message.objects.count()
        refused = path.send_code(client, first)

        second = path.last_code()
        accepted = path.send_code(client, second)

    assert count == 2
    assert refused.status_code == 422 or first == second
    assert accepted.url == reverse("patients:filing_done")


def test_code_is_sent_five_times_at_most(client):
    path.fill(client)
    start = timezone.now()
    for minute in range(6):
        with time_machine.travel(start + timedelta(minutes=minute)):
            last = path.ask_code(client)

    assert last.status_code == 409
    assert Message.objects.count() == 5


def test_code_is_throttled_per_recipient(client):
    for _ in range(8):
        browser = Client()
        path.fill(browser)
        path.ask_code(browser)
    browser = Client()
    path.fill(browser)

    assert path.ask_code(browser).status_code == 429


def test_code_vouches_only_for_the_answers_it_was_sent_for(client):
    path.fill(client)
    path.ask_code(client)
    code = path.last_code()

    path.answer(client, "contact", phone="06 39 98 99 99")
    refused = path.send_code(client, code)

    assert refused.url == reverse("patients:filing_check")
    assert GPRequest.objects.count() == 0


def test_code_stays_good_when_the_same_answer_is_sent_again(client):
    path.fill(client)
    path.ask_code(client)

    path.answer(client, "contact")

    assert path.send_code(client, path.last_code()).url == reverse("patients:filing_done")


@pytest.mark.parametrize(("minutes", "status"), [(1, "sent"), (16, "dropped")])
def test_code_that_would_arrive_too_late_does_not_leave(client, minutes, status):
    path.fill(client)
    path.ask_code(client)

    with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
        outbox.deliver(Message.objects.get().pk)

    assert Message.objects.get().status == status


def test_code_goes_by_the_way_she_chooses_among_two(client):
    path.fill(client, contact={"email": "odile@courriel.example"})

    page = client.get(reverse("patients:filing_check")).content.decode()
    path.ask_code(client, "email")

    assert "Par SMS au" in page
    assert "Par courriel à odile@courriel.example" in page
    assert Message.objects.get().channel == "email"
    assert path.ask_code(client, "pigeon").status_code == 422


# --- Once -----------------------------------------------------------------------------------------
def test_confirmation_sent_again_gives_the_same_page_and_no_second_row(client):
    first = path.file(client)

    again = client.get(path.send_code(client, path.last_code()).url)

    assert again.context["private_url"] == first.context["private_url"]
    assert GPRequest.objects.count() == 1
    assert Message.objects.filter(purpose="patients.request_received").count() == 1


def test_confirmation_then_back_leads_to_the_same_page(client):
    path.file(client)
    done = reverse("patients:filing_done")

    assert client.get(reverse("patients:filing_check")).url == done
    assert path.ask_code(client).url == done
    assert client.get(path.step_url("contact")).url == done
    assert path.answer(client, "contact").url == done
    assert path.answer(client, "commune").url == done
    assert GPRequest.objects.count() == 1


def test_confirmation_then_another_answer_is_a_conflict_that_says_what_to_do(client):
    page = path.file(client)

    changed = path.answer(client, "contact", phone="06 39 98 99 99")

    assert changed.status_code == 409
    assert page.context["filed"].reference in changed.content.decode()
    assert "lien privé" in changed.content.decode()
    assert Patient.objects.get().phone == "+33639981234"


def test_confirmation_then_another_code_is_a_conflict(client):
    path.file(client)
    other = f"{(int(path.last_code()) + 1) % 10**6:06d}"

    assert path.send_code(client, other).status_code == 409


def test_confirmation_leaves_no_answer_in_the_draft(client):
    path.file(client)

    draft = RequestDraft.objects.get()
    assert draft.request == GPRequest.objects.get()
    for typed in ("Marie", "has_ald", "06 39", "1948"):
        assert typed not in draft.answers


def test_confirmation_is_shown_for_an_hour_in_that_browser(client):
    path.file(client)

    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        page = client.get(reverse("patients:filing_done"))

    assert page.url == path.step_url("pour-qui")


def test_confirmation_of_the_same_person_gives_the_request_already_there(client):
    first = path.file(client)

    second = path.file(Client(), identite={"last_name": "D'HOEDT OEUVRARD"})

    assert GPRequest.objects.count() == 1
    assert second.context["filed"] == first.context["filed"]
    assert second.context["is_known"] is True
    assert Message.objects.filter(purpose="patients.link_resent").count() == 1
    assert PrivateLink.objects.count() == 2


def test_confirmation_tells_a_third_party_nothing(client):
    """He knows her name and phone, but proved only his own e-mail."""
    path.file(client)

    stranger = path.file(Client(), channel="email", contact={"email": "autre@courriel.example"})

    assert stranger.context["is_known"] is False
    assert GPRequest.objects.count() == 2


def test_confirmation_after_the_end_of_a_request_makes_a_new_one(client):
    path.file(client)
    GPRequest.objects.update(status="withdrawn", closed_at=timezone.now())

    path.file(Client())

    assert list(GPRequest.objects.values_list("status", flat=True).order_by("pk")) == [
        "withdrawn",
        "received",
    ]


def test_filing_start_after_a_confirmation_shows_it_or_begins_another(client):
    path.file(client)

    page = client.get(reverse("patients:filing_start"))
    other = client.post(reverse("patients:filing_start"))

    assert page.context["resume_url"] == reverse("patients:filing_done")
    assert other.url == path.step_url("pour-qui")
    assert path.answer(client, "pour-qui").url == path.step_url("commune")
    assert RequestDraft.objects.count() == 2


# --- For others -----------------------------------------------------------------------------------
def identity(**changes: object) -> actions.Identity:
    known = {
        "last_name": "Garnier",
        "first_name": "Odile",
        "birth_date": timezone.localdate() - timedelta(days=20_000),
        "phone": "+33639980001",
    }
    return actions.Identity(**{**known, **changes})


def test_file_request_by_a_coordinator_is_traced_to_her_and_tells_the_patient(
    cpts, coordinator, laventie
):
    filed = actions.file_request(
        cpts=cpts,
        identity=identity(),
        situation=actions.Situation(commune=laventie, no_gp_reason="retired"),
        source="phone",
        by=coordinator,
    )

    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.by_label, entry.by) == ("file", "coordinator", coordinator.user)
    assert (filed.source, filed.priority_reasons) == ("phone", ["gp_retired"])
    assert Message.objects.get().purpose == "patients.request_received"


def test_file_request_of_someone_already_waiting_is_refused_with_the_reference(
    cpts, coordinator, laventie
):
    situation = actions.Situation(commune=laventie, no_gp_reason="retired")
    asked = {"cpts": cpts, "situation": situation, "source": "phone", "by": coordinator}
    filed = actions.file_request(identity=identity(), **asked)

    with pytest.raises(Refused, match=filed.reference):
        actions.file_request(identity=identity(first_name="ODILE"), **asked)

    assert Patient.objects.count() == 1


def test_file_request_with_a_landline_alone_sends_nothing(cpts, coordinator, laventie):
    actions.file_request(
        cpts=cpts,
        identity=identity(phone="+33353010009"),
        situation=actions.Situation(commune=laventie, no_gp_reason="retired"),
        source="paper",
        by=coordinator,
    )

    assert Message.objects.count() == 0


def test_references_follow_each_other_within_a_cpts_and_a_paris_year(cpts):
    other = CptsFactory()

    with time_machine.travel("2026-12-31T22:59:00Z"):
        last_year = [actions.next_reference(cpts), actions.next_reference(cpts)]
    with time_machine.travel("2026-12-31T23:01:00Z"):
        new_year = [actions.next_reference(cpts), actions.next_reference(other)]

    assert last_year == ["2026-0001", "2026-0002"]
    assert new_year == ["2027-0001", "2027-0001"]
