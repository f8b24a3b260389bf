"""What is typed into the public form: kept, corrected or refused in plain French."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from hypothesis import given
from hypothesis import strategies as st

from cpts_portal.core.forms import validate_person_name
from patients.forms.contact import STEPS
from patients.models import GPRequest, Patient, RequestDraft
from tests.patients import filing_path as path

pytestmark = pytest.mark.usefixtures("laventie")


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
