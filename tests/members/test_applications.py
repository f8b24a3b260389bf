"""Applying: the public form, page by page, up to the code that hands it in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from cpts_portal.core.models import AuditEntry, Message
from cpts_portal.core.scoping import open_scope
from members.actions.applications import rpps_known
from members.models import (
    Application,
    ApplicationPlace,
    College,
    Cpts,
    Language,
    RppsActivity,
    Skill,
)
from members.queries.applications import token_hash, token_of
from tests.factories import (
    ApplicationFactory,
    CollegeFactory,
    CommuneFactory,
    CptsFactory,
    DocumentFactory,
    GpFactory,
    PracticeFactory,
    ProfessionFactory,
)
from tests.members import application_path as path

pytestmark = pytest.mark.django_db


@pytest.fixture
def college(cpts: Cpts) -> College:
    path.settle(cpts)
    return CollegeFactory(cpts=cpts)


@pytest.fixture
def applying(client: Client, college: College) -> Client:
    """A browser whose form is whole."""
    path.fill(client, college)
    return client


def only_draft() -> Application:
    [found] = Application.objects.filter(status="draft")
    return found


def only() -> Application:
    [found] = Application.objects.all()
    return found


# --- Which CPTS -----------------------------------------------------------------------------
def test_choice_finds_the_cpts_of_a_commune(client: Client, cpts: Cpts, college: College) -> None:
    CollegeFactory(cpts=CptsFactory(name="CPTS Ailleurs"))

    page = client.get("/adherer/", {"ou": "62840"})

    assert [team.name for team, _commune in page.context["found"]] == [cpts.name]
    assert {team.name for team in page.context["communities"]} == {cpts.name, "CPTS Ailleurs"}


def test_choice_says_so_when_no_cpts_covers_the_commune(client: Client, college: College) -> None:
    CommuneFactory(name="Lointaine", search_name="lointaine", postal_codes=["99999"])

    page = client.get("/adherer/", {"ou": "99999"})

    assert page.context["form"].errors == {
        "ou": ["Aucune CPTS du portail ne couvre cette commune."]
    }


def test_choice_offers_only_who_takes_candidates(client: Client, college: College) -> None:
    CollegeFactory(cpts=CptsFactory(is_active=False))
    CollegeFactory(cpts=CptsFactory(), is_open=False)

    page = client.get("/adherer/")

    assert page.context["communities"] == [college.cpts]


@pytest.mark.parametrize("page", ["", "vous/", "verification/", "code/", "envoyee/"])
def test_a_closed_cpts_has_no_form(client: Client, college: College, page: str) -> None:
    Cpts.objects.update(is_active=False)

    assert client.get(f"/adherer/{college.cpts.slug}/{page}").status_code == 404


def test_without_an_open_college_there_is_no_form(client: Client, college: College) -> None:
    College.objects.update(is_open=False)

    asked = [path.url(college.cpts, "start"), path.url(college.cpts, "step", "vous")]

    assert [client.get(page).status_code for page in asked] == [404, 404]


# --- The pages ------------------------------------------------------------------------------
def test_the_whole_form_becomes_an_application_that_waits(
    applying: Client, cpts: Cpts, college: College
) -> None:
    charter = DocumentFactory(cpts=cpts)
    path.pledge(applying, cpts)

    sent = path.submit(applying, cpts)

    found = only()
    assert (sent.status_code, sent.url) == (302, path.url(cpts, "sent"))
    assert (found.status, found.kind, found.college) == ("submitted", "professional", college)
    assert (found.full_name, found.rpps) == ("Dr Élise D’Hœdt", path.RPPS)
    assert (found.email, found.phone) == (path.EMAIL, "+33639981234")
    assert (found.charter, found.statutes) == (charter, None)
    assert found.token_hash == token_hash(token_of(found))


def test_handing_in_tells_the_candidate_and_the_cpts_without_her_name(
    applying: Client, cpts: Cpts
) -> None:
    path.submit(applying, cpts)

    posted = {m.purpose: m for m in Message.objects.exclude(purpose__endswith="code")}
    waiting, received = (
        posted["members.application_waiting"],
        posted["members.application_received"],
    )
    assert (received.recipient, waiting.recipient) == (path.EMAIL, cpts.email)
    assert f"/ma-candidature/{token_of(only())}/" in received.body
    assert "D’Hœdt" not in waiting.body + waiting.title
    assert [e.by_label for e in AuditEntry.objects.filter(verb="submit")] == ["applicant"]


def test_a_page_ahead_of_the_answers_leads_back_to_the_first_that_lacks(
    client: Client, cpts: Cpts, college: College
) -> None:
    client.post(path.url(cpts, "step", "vous"), path.answers(college)["vous"])

    ahead = [path.url(cpts, "step", "engagement"), path.url(cpts, "check")]

    first_lacking = path.url(cpts, "step", "profession")
    assert [client.get(page).url for page in ahead] == [first_lacking, first_lacking]


def test_two_tabs_with_two_cptss_do_not_mix(client: Client, college: College) -> None:
    other = CollegeFactory(cpts=CptsFactory(slug="ailleurs"))
    here, there = (path.answers(one)["vous"] for one in (college, other))

    client.post(path.url(college.cpts, "step", "vous"), here)
    client.post(path.url(other.cpts, "step", "vous"), {**there, "last_name": "Autre"})

    assert only().last_name == "D’Hœdt"
    with open_scope(cpts=other.cpts):
        assert only().last_name == "Autre"


def test_a_professional_without_rpps_is_asked_for_it(
    client: Client, cpts: Cpts, college: College
) -> None:
    client.post(path.url(cpts, "step", "vous"), path.answers(college)["vous"])
    page = path.url(cpts, "step", "profession")

    bare = client.post(page, {"profession": "medecin-generaliste", "rpps": ""})
    wrong = client.post(page, {"profession": "medecin-generaliste", "rpps": "10101010101"})

    assert [answer.status_code for answer in (bare, wrong)] == [422, 422]
    assert list(bare.context["form"].errors) == ["rpps"]
    assert wrong.context["form"].errors["rpps"] == [
        "Ce n’est pas un numéro RPPS\u00a0: il a 11 chiffres, le dernier vérifie les autres."
    ]


def test_a_profession_outside_the_register_needs_no_rpps(
    client: Client, cpts: Cpts, college: College
) -> None:
    ProfessionFactory(code="aide-soignant-2", label="Aide-soignant", has_rpps=False)
    path.fill(client, college, profession={"profession": "aide-soignant-2", "rpps": ""})

    assert client.get(path.url(cpts, "check")).status_code == 200


@pytest.mark.parametrize("whose", ["member", "candidate"])
def test_a_known_rpps_is_told_to_a_proved_address_alone_and_not_whose_it_is(
    client: Client, cpts: Cpts, college: College, whose: str
) -> None:
    """Numbers are public: who tries them one by one must not read the list of members."""
    if whose == "member":
        GpFactory(cpts=cpts, rpps=path.RPPS)
    else:
        ApplicationFactory(cpts=cpts, rpps=path.RPPS)
    path.fill(client, college)

    answer = path.submit(client, cpts)

    assert answer.status_code == 409
    assert answer.context["message"] == rpps_known()
    assert only_draft().rpps == path.RPPS


@pytest.mark.parametrize(
    ("known", "said"),
    [("bonduelle marc", True), ("d hoedt elise", False), ("martin d hoedt elise", False)],
)
def test_another_name_in_the_register_is_said_kindly_and_stops_nobody(
    client: Client, cpts: Cpts, college: College, known: str, said: bool
) -> None:
    RppsActivity.objects.create(
        rpps=path.RPPS,
        last_name="X",
        search_name=known,
        commune=CommuneFactory(),
        extracted_on=timezone.localdate(),
    )
    client.post(path.url(cpts, "step", "vous"), path.answers(college)["vous"])

    answer = client.post(
        path.url(cpts, "step", "profession"), path.answers(college)["profession"], follow=True
    )

    assert answer.redirect_chain == [(path.url(cpts, "step", "coordonnees"), 302)]
    assert [message.level_tag for message in answer.context["messages"]] == ["info"] * said
    assert "bonduelle" not in answer.text.lower()


def test_skills_and_languages_are_kept_and_shown_ticked(
    applying: Client, cpts: Cpts, college: College
) -> None:
    Skill.objects.get_or_create(code="ecg", defaults={"label": "Électrocardiogramme"})
    Skill.objects.create(code="plongee", label="Plongée")
    Language.objects.get_or_create(code="pol", defaults={"label": "polonais"})
    page = path.url(cpts, "step", "competences")

    applying.post(
        page, {"skills_gestures": ["ecg"], "skills_others": ["plongee"], "languages": ["pol"]}
    )

    assert {skill.pk for skill in only().skills.all()} == {"ecg", "plongee"}
    assert [language.pk for language in only().languages.all()] == ["pol"]
    assert applying.get(page).text.count(" checked") == 3


def test_a_partner_tells_a_structure_and_no_skills(client: Client, cpts: Cpts) -> None:
    path.settle(cpts)
    partners = CollegeFactory(cpts=cpts, kind="partners")
    path.fill_partner(client, partners)

    path.submit(client, cpts)

    found = only()
    assert (found.status, found.kind) == ("submitted", "partner")
    assert (found.organisation, found.profession) == ("EHPAD des Tilleuls", None)


def test_one_becomes_a_partner_without_leaving_an_rpps_behind(applying: Client, cpts: Cpts) -> None:
    partners = CollegeFactory(cpts=cpts, kind="partners")

    applying.post(path.url(cpts, "step", "vous"), path.answers(partners)["vous"])

    assert (only().kind, only().rpps) == ("partner", "")
    assert applying.get(path.url(cpts, "check")).url == path.url(cpts, "step", "profession")


def test_a_college_closed_meanwhile_is_asked_again(
    applying: Client, cpts: Cpts, college: College
) -> None:
    CollegeFactory(cpts=cpts, name="Fondateurs")
    College.objects.filter(pk=college.pk).update(is_open=False)

    answer = applying.post(path.url(cpts, "step", "vous"), path.answers(college)["vous"])

    assert answer.context["form"].errors == {
        "college": ["Ce choix n’est plus ouvert\u00a0: prenez-en un autre."]
    }
    assert applying.get(path.url(cpts, "check")).url == path.url(cpts, "step", "vous")


def test_a_robot_is_told_to_leave_the_hidden_field(
    client: Client, cpts: Cpts, college: College
) -> None:
    typed = {**path.answers(college)["vous"], "site_web": "https://spam.example"}

    answer = client.post(path.url(cpts, "step", "vous"), typed)

    assert (answer.status_code, Application.objects.count()) == (422, 0)


def test_a_form_filled_in_a_blink_is_asked_to_read_again(applying: Client, cpts: Cpts) -> None:
    Application.objects.update(created_at=timezone.now())

    answer = applying.post(path.url(cpts, "check"))

    assert (answer.status_code, Message.objects.count()) == (200, 0)


def test_a_form_begun_can_be_gone_on_with_or_forgotten(applying: Client, cpts: Cpts) -> None:
    resumed = applying.get(path.url(cpts, "start"))

    gone = applying.post(path.url(cpts, "start"))

    assert resumed.context["draft"].last_name == "D’Hœdt"
    assert (gone.url, Application.objects.count()) == (path.url(cpts, "step", "vous"), 0)


def test_an_old_form_is_no_longer_there(applying: Client, cpts: Cpts) -> None:
    Application.objects.update(updated_at=timezone.now() - timedelta(days=8))

    answer = applying.get(path.url(cpts, "check"))

    assert answer.url == path.url(cpts, "step", "vous")


# --- Places ---------------------------------------------------------------------------------
def test_a_place_is_described_with_its_hours(applying: Client, cpts: Cpts) -> None:
    page = path.url(cpts, "place", ou="62840")

    added = applying.post(page, path.PLACE)
    again = applying.post(page, {**path.PLACE, "address": "4 rue du Pont"})

    [place] = ApplicationPlace.objects.all()
    assert (added.url, again.url) == (path.url(cpts, "step", "lieux"),) * 2
    assert (place.name, place.address, place.commune.name) == (
        "Cabinet du Pont",
        "4 rue du Pont",
        "Laventie",
    )
    assert place.hours == [[1, 540, 720], [1, 840, 1140]]


def test_a_known_place_is_chosen_once(applying: Client, cpts: Cpts) -> None:
    known = PracticeFactory(cpts=cpts, commune=CommuneFactory(insee_code="62491"))
    PracticeFactory(cpts=cpts, name="Loin d’ici")
    page = path.url(cpts, "place", ou="Laventie")

    offered = applying.get(page).context["known"]
    for _click in range(2):
        applying.post(page, {"practice": known.pk})

    assert list(offered) == [known]
    assert [place.practice for place in ApplicationPlace.objects.all()] == [known]


def test_a_place_in_no_known_commune_is_refused_in_words(applying: Client, cpts: Cpts) -> None:
    nowhere = applying.get(path.url(cpts, "place", ou="00000"))
    typed = applying.post(path.url(cpts, "place", ou="62840"), {**path.PLACE, "where": "Nullepart"})

    assert nowhere.context["form"].errors == {
        "ou": ["Aucune commune ne répond à ce nom ni à ce code postal\u00a0: vérifiez l’écriture."]
    }
    assert (typed.status_code, list(typed.context["form"].errors)) == (422, ["where"])


def test_a_place_with_a_wrong_finess_is_refused_and_what_was_typed_stays(
    applying: Client, cpts: Cpts
) -> None:
    answer = applying.post(
        path.url(cpts, "place", ou="62840"), {**path.PLACE, "finess": "620000001"}
    )

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["finess"])
    assert 'value="Cabinet du Pont"' in answer.text


def test_a_place_of_five_thousand_digits_is_not_there(applying: Client, cpts: Cpts) -> None:
    answer = applying.post(path.url(cpts, "place"), {"practice": "9" * 5000})

    assert answer.status_code == 404


def test_the_practice_of_another_cpts_is_not_there(applying: Client, cpts: Cpts) -> None:
    foreign = PracticeFactory()

    answer = applying.post(path.url(cpts, "place", ou="62840"), {"practice": foreign.pk})

    assert (answer.status_code, ApplicationPlace.objects.count()) == (404, 0)


def test_a_place_is_removed_twice_as_once(applying: Client, cpts: Cpts) -> None:
    applying.post(path.url(cpts, "place", ou="62840"), path.PLACE)
    [place] = ApplicationPlace.objects.all()

    answers = [applying.post(path.url(cpts, "place_remove", place.pk)) for _click in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert ApplicationPlace.objects.count() == 0


# --- The charter ----------------------------------------------------------------------------
def test_a_charter_published_while_she_read_is_shown_and_asked_again(
    applying: Client, cpts: Cpts
) -> None:
    DocumentFactory(cpts=cpts)
    page = path.url(cpts, "step", "engagement")
    shown = applying.get(page).context["form"]["shown"].value()
    DocumentFactory(cpts=cpts, version=2, body="Désormais, nous travaillons ensemble.")

    answer = applying.post(page, {"accepts": "on", "shown": shown, "words": "Bonjour"})

    form = answer.context["form"]
    assert (answer.status_code, list(form.errors)) == (422, ["accepts"])
    assert "Désormais" in answer.text
    assert (form["words"].value(), form["accepts"].value()) == ("Bonjour", False)
    assert path.pledge(applying, cpts).status_code == 302
    assert only().charter.version == 2


def test_a_charter_published_before_the_code_is_asked_again_and_nothing_is_lost(
    applying: Client, cpts: Cpts
) -> None:
    code = path.ask_code(applying, cpts)
    DocumentFactory(cpts=cpts)

    answer = applying.post(path.url(cpts, "code"), {"code": code}, follow=True)

    assert answer.redirect_chain == [(path.url(cpts, "step", "engagement"), 302)]
    assert [message.level_tag for message in answer.context["messages"]] == ["warning"]
    assert (only().status, only().email, only().rpps) == ("draft", path.EMAIL, path.RPPS)


def test_a_new_version_voids_the_step_and_a_draft_of_it_does_not(
    applying: Client, cpts: Cpts
) -> None:
    DocumentFactory(cpts=cpts, published_at=None)
    still_whole = applying.get(path.url(cpts, "check"))
    DocumentFactory(cpts=cpts, kind="statutes", title="Statuts")

    overtaken = applying.get(path.url(cpts, "check"))

    assert (still_whole.status_code, overtaken.status_code) == (200, 302)


def test_the_texts_in_force_are_read_without_account(client: Client, cpts: Cpts) -> None:
    CollegeFactory(cpts=cpts)
    DocumentFactory(cpts=cpts, body="Ancienne")
    DocumentFactory(cpts=cpts, version=2, body="En vigueur", file=b"%PDF-1.7", file_name="c.pdf")

    page = client.get(path.url(cpts, "text", "charte"))
    pdf = client.get(path.url(cpts, "text_pdf", "charte"))

    assert ("En vigueur" in page.text, "Ancienne" in page.text) == (True, False)
    assert (pdf.content, pdf["X-Content-Type-Options"]) == (b"%PDF-1.7", "nosniff")
    assert pdf["Content-Disposition"] == 'attachment; filename="charte-des-membres-v2.pdf"'
    assert client.get(path.url(cpts, "text", "statuts")).status_code == 404
    assert client.get(path.url(cpts, "text", "kit")).status_code == 404
