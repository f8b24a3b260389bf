from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import time, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.core import mail
from django.db import close_old_connections, connection
from django.test import Client
from django.utils import timezone

from cpts_portal.core.refusals import Refused
from cpts_portal.core.scoping import open_scope, scopes_disabled
from members.actions import voices as actions
from members.actions.voices import Question
from members.models import Cpts, Membership, Role, Suggestion, Survey, SurveyAnswer, SurveyBallot
from members.queries import voices as queries
from tests.factories import CptsFactory, GpFactory, MembershipFactory

QUESTIONS = [
    Question("À quel moment ?", "one", ("le midi", "le soir")),
    Question("Le portail aide-t-il ?", "scale"),
    Question("Un mot ?", "words"),
]


@pytest.fixture(autouse=True)
def one_factor(settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = False


@pytest.fixture
def survey(coordinator: Membership) -> Survey:
    closes_on = timezone.localdate() + timedelta(days=7)
    draft = actions.write_survey(
        None, title="Bilan", intro="", closes_on=closes_on, questions=QUESTIONS, by=coordinator
    )
    return actions.open_survey(draft, by=coordinator)


def answers_to(survey: Survey) -> dict[int, tuple[list[int], str]]:
    when, scale, words = survey.questions.all()
    return {when.pk: ([1], ""), scale.pk: ([4], ""), words.pk: ([], "Moins de courriels")}


# --- The box ----------------------------------------------------------------------------------
def test_an_idea_left_twice_by_one_click_is_one_idea(gp: Membership) -> None:
    key = uuid.uuid4()

    first = actions.suggest(body="Un café", is_signed=False, key=key, by=gp)
    again = actions.suggest(body="Un café", is_signed=False, key=key, by=gp)

    assert (first, first.author) == (again, None)


def test_the_key_of_another_cpts_s_form_is_no_obstacle(client: Client, gp: Membership) -> None:
    typed = {"body": "Un café", "key": str(uuid.uuid4())}
    abroad = GpFactory(cpts=CptsFactory(slug="grand-arras"))

    answers = []
    for member in (abroad, gp):
        client.force_login(member.user)
        answers.append(client.post(f"/{member.cpts.slug}/idees/", typed).status_code)

    assert answers == [302, 302]
    assert Suggestion.objects.count() == 1
    with scopes_disabled():
        assert Suggestion.objects.count() == 2


def test_an_unsigned_idea_keeps_its_day_and_not_its_minute(gp: Membership) -> None:
    idea = actions.suggest(body="Un café", is_signed=False, key=uuid.uuid4(), by=gp)

    idea.refresh_from_db()
    local = timezone.localtime(idea.sent_at)
    assert (local.date(), local.time()) == (timezone.localdate(), time())


def test_an_unsigned_idea_is_shown_to_its_author_no_more_than_to_others(
    client: Client, gp: Membership
) -> None:
    client.force_login(gp.user)

    client.post("/artois-lys/idees/", {"body": "Sans nom", "key": str(uuid.uuid4())})

    assert Suggestion.objects.get().author is None
    assert "Sans nom" not in client.get("/artois-lys/idees/").content.decode()


def test_what_was_typed_stays_beside_the_error(client: Client, gp: Membership) -> None:
    client.force_login(gp.user)

    answer = client.post(
        "/artois-lys/idees/", {"body": "Mon numéro : 1 84 12 76 451 089 46", "key": "x"}
    )

    assert answer.status_code == 422
    assert "1 84 12 76 451 089 46" in answer.content.decode()


def test_an_answer_is_told_once_to_the_author_who_signed(
    gp: Membership, coordinator: Membership, django_capture_on_commit_callbacks: Any
) -> None:
    idea = actions.suggest(body="Un café", is_signed=True, key=uuid.uuid4(), by=gp)

    with django_capture_on_commit_callbacks(execute=True):
        actions.answer_suggestion(idea, answer="Oui", is_published=True, by=coordinator)
        actions.answer_suggestion(idea, answer="Oui.", is_published=True, by=coordinator)

    [email] = mail.outbox
    assert email.to == [gp.user.email]
    assert "café" not in email.body


def test_published_answers_are_read_by_all_and_the_others_by_nobody_else(
    cpts: Cpts, gp: Membership, coordinator: Membership
) -> None:
    other = GpFactory(cpts=cpts)
    kept = actions.suggest(body="Gardée", is_signed=True, key=uuid.uuid4(), by=gp)
    told = actions.suggest(body="Publiée", is_signed=True, key=uuid.uuid4(), by=gp)
    actions.answer_suggestion(kept, answer="Non", is_published=False, by=coordinator)
    actions.answer_suggestion(told, answer="Oui", is_published=True, by=coordinator)

    assert list(queries.suggestions_for(other)) == [told]
    assert set(queries.suggestions_for(gp)) == {kept, told}


# --- Surveys ----------------------------------------------------------------------------------
def test_answers_are_kept_apart_from_the_name(survey: Survey, gp: Membership) -> None:
    actions.answer_survey(survey, answers_to(survey), by=gp)

    assert SurveyBallot.objects.get().membership == gp
    assert {field.name for field in SurveyAnswer._meta.concrete_fields} == {
        "id",
        "cpts",
        "question",
        "choices",
        "words",
    }
    assert SurveyAnswer.objects.count() == 3


def test_one_answers_once(survey: Survey, gp: Membership) -> None:
    actions.answer_survey(survey, answers_to(survey), by=gp)

    with pytest.raises(Refused, match="déjà répondu"):
        actions.answer_survey(survey, answers_to(survey), by=gp)
    assert SurveyAnswer.objects.count() == 3


def test_a_survey_past_its_day_takes_no_answer(survey: Survey, gp: Membership) -> None:
    Survey.objects.update(closes_on=timezone.localdate() - timedelta(days=1))

    with pytest.raises(Refused, match="clos"):
        actions.answer_survey(survey, answers_to(survey), by=gp)


def test_an_open_survey_s_questions_do_not_change(survey: Survey, coordinator: Membership) -> None:
    with pytest.raises(Refused, match="déjà ouvert"):
        actions.write_survey(
            survey,
            title="Autre",
            intro="",
            closes_on=timezone.localdate(),
            questions=QUESTIONS,
            by=coordinator,
        )


def test_figures_wait_for_five_answers(
    client: Client, cpts: Cpts, survey: Survey, coordinator: Membership
) -> None:
    voters = [GpFactory(cpts=cpts) for _ in range(5)]
    for voter in voters[:4]:
        actions.answer_survey(survey, answers_to(survey), by=voter)
    closed = actions.close_survey(survey, by=coordinator)
    actions.publish_survey(closed, conclusion="Nous changeons d’heure.", by=coordinator)
    client.force_login(voters[0].user)

    page = client.get(f"/artois-lys/questionnaires/{survey.pk}/").content.decode()

    assert "Moins de cinq réponses" in page
    assert "Moins de courriels" not in page
    assert "Nous changeons d’heure." in page


def test_an_empty_conclusion_shows_no_figure_before_its_time(
    client: Client, survey: Survey, gp: Membership, coordinator: Membership
) -> None:
    actions.answer_survey(survey, answers_to(survey), by=gp)
    client.force_login(coordinator.user)

    answer = client.post(f"/artois-lys/questionnaires/{survey.pk}/publier/")

    assert answer.status_code == 422
    assert answer.context["results"] == []
    assert "Moins de courriels" not in answer.content.decode()


def test_figures_count_each_choice(cpts: Cpts, survey: Survey) -> None:
    for _ in range(5):
        actions.answer_survey(survey, answers_to(survey), by=GpFactory(cpts=cpts))

    when, scale, words = queries.results_of(survey)

    assert [(bar.label, bar.count, bar.share) for bar in when.bars] == [
        ("le midi", 0, 0),
        ("le soir", 5, 100),
    ]
    assert (scale.mean, words.words) == (4.0, ("Moins de courriels",) * 5)


def test_a_member_answers_on_the_page(client: Client, survey: Survey, gp: Membership) -> None:
    when, scale, _words = survey.questions.all()
    client.force_login(gp.user)
    page = f"/artois-lys/questionnaires/{survey.pk}/"

    empty = client.post(page, {})
    given = client.post(page, {f"q{when.pk}": "1", f"q{scale.pk}": "5"}, follow=True)

    assert empty.status_code == 422
    assert "Vous avez répondu" in given.content.decode()


def test_the_coordination_prepares_a_survey_on_the_page(
    client: Client, coordinator: Membership
) -> None:
    client.force_login(coordinator.user)
    last = timezone.localdate() + timedelta(days=5)
    typed = {
        "title": "Réunions",
        "closes_on_day": last.day,
        "closes_on_month": last.month,
        "closes_on_year": last.year,
        **{f"kind_{n}": "one" for n in range(1, 7)},
        "text_1": "Quand ?",
        "options_1": "midi",
    }

    wrong = client.post("/artois-lys/questionnaires/nouveau/", typed)
    right = client.post("/artois-lys/questionnaires/nouveau/", {**typed, "options_1": "midi\nsoir"})

    assert wrong.status_code == 422
    assert "Proposez de 2 à 8 réponses" in wrong.content.decode()
    assert right.status_code == 302
    assert [q.options for q in Survey.objects.get().questions.all()] == [["midi", "soir"]]


@pytest.fixture
def race(transactional_db: None) -> Iterator[tuple[Cpts, Survey, Membership]]:
    coordinator = MembershipFactory(role=Role.COORDINATOR)
    cpts = coordinator.cpts
    with open_scope(cpts=cpts):
        draft = actions.write_survey(
            None,
            title="Bilan",
            intro="",
            closes_on=timezone.localdate(),
            questions=QUESTIONS,
            by=coordinator,
        )
        yield cpts, actions.open_survey(draft, by=coordinator), GpFactory(cpts=cpts)


def test_two_taps_at_once_are_one_ballot(race: tuple[Cpts, Survey, Membership]) -> None:
    cpts, survey, gp = race
    given, start, outcomes = answers_to(survey), Barrier(2), []

    def tap() -> None:
        with open_scope(cpts=cpts):
            start.wait()
            try:
                actions.answer_survey(survey, given, by=gp)
                outcomes.append("counted")
            except Refused:
                outcomes.append("refused")
            finally:
                connection.close()

    taps = [Thread(target=tap) for _ in range(2)]
    for tapping in taps:
        tapping.start()
    for tapping in taps:
        tapping.join()
    close_old_connections()

    assert sorted(outcomes) == ["counted", "refused"]
    assert SurveyAnswer.objects.count() == 3
