"""An idea left, an answer given; a survey opened, answered, closed, told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cpts_portal.core import audit
from cpts_portal.core.refusals import NotPermitted, Refused
from members import lifecycle, rules
from members.models import (
    Membership,
    Suggestion,
    Survey,
    SurveyAnswer,
    SurveyBallot,
    SurveyQuestion,
)
from members.notifications import voices as notifications


# --- The box ----------------------------------------------------------------------------------
@transaction.atomic
def suggest(*, body: str, is_signed: bool, key: UUID, by: Membership) -> Suggestion:
    """Leave an idea; the same `key` again is the same idea. Unsigned, nothing says whose it is,
    not even its minute, which the logs have beside an account: the day alone is kept.
    """
    author, now = (by if is_signed else None), timezone.localtime()
    sent_at = now if is_signed else now.replace(hour=0, minute=0, second=0, microsecond=0)
    told = {"cpts": by.cpts, "author": author, "body": body, "sent_at": sent_at}
    suggestion, _made = Suggestion.objects.get_or_create(key=key, defaults=told)
    return suggestion


@transaction.atomic
def answer_suggestion(
    suggestion: Suggestion, *, answer: str, is_published: bool, by: Membership
) -> Suggestion:
    """Answer, or mend an answer; its author is told the first time."""
    if not rules.governs(by, suggestion):
        raise NotPermitted(_("La coordination et le bureau répondent aux idées."))
    suggestion = Suggestion.objects.select_for_update(of=("self",)).get(pk=suggestion.pk)
    is_first = not suggestion.answer
    suggestion.answer, suggestion.is_published = answer, is_published
    suggestion.answered_by, suggestion.answered_at = by, timezone.now()
    suggestion.save(update_fields=["answer", "is_published", "answered_by", "answered_at"])
    audit.record(suggestion, "answer", by=by)
    if is_first:
        notifications.suggestion_answered(suggestion)
    return suggestion


# --- Surveys ----------------------------------------------------------------------------------
@dataclass(frozen=True)
class Question:
    """What the form gives for one question; `options` only where one chooses."""

    text: str
    kind: str
    options: tuple[str, ...] = ()


@transaction.atomic
def write_survey(
    survey: Survey | None,
    *,
    title: str,
    intro: str,
    closes_on: date,
    questions: list[Question],
    by: Membership,
) -> Survey:
    """Write a draft or rewrite one; once open, its questions are what people have answered."""
    if not rules.governs(by, survey or by):
        raise NotPermitted(_("La coordination et le bureau préparent les questionnaires."))
    draft = _locked(survey) if survey else Survey(cpts=by.cpts, created_by=by)
    if draft.status != Survey.Status.DRAFT:
        raise Refused(_("Ce questionnaire est déjà ouvert : ses questions ne changent plus."))
    draft.title, draft.intro, draft.closes_on = title, intro, closes_on
    draft.save()
    draft.questions.all().delete()
    SurveyQuestion.objects.bulk_create(
        SurveyQuestion(
            cpts=draft.cpts,
            survey=draft,
            position=position,
            text=question.text,
            kind=question.kind,
            options=list(question.options),
        )
        for position, question in enumerate(questions, start=1)
    )
    audit.record(draft, "write", by=by, target=draft.status)
    return draft


def _locked(survey: Survey) -> Survey:
    found: Survey = Survey.objects.select_for_update(of=("self",)).get(pk=survey.pk)
    return found


@transaction.atomic
def open_survey(survey: Survey, *, by: Membership) -> Survey:
    survey = _locked(survey)
    source = lifecycle.OPEN_SURVEY.apply(survey, by=by)
    if not survey.questions.exists():
        raise Refused(_("Ce questionnaire n’a pas encore de question."))
    if survey.closes_on is None or survey.closes_on < timezone.localdate():
        raise Refused(_("La date de fin est passée : choisissez-en une autre."))
    survey.opened_at = timezone.now()
    survey.save(update_fields=["status", "opened_at"])
    audit.record(survey, "open", by=by, source=source, target=survey.status)
    return survey


@transaction.atomic
def close_survey(survey: Survey, *, by: Any) -> Survey:
    survey = _locked(survey)
    source = lifecycle.CLOSE_SURVEY.apply(survey, by=by)
    survey.closed_at = timezone.now()
    survey.save(update_fields=["status", "closed_at"])
    audit.record(survey, "close", by=by, source=source, target=survey.status)
    return survey


@transaction.atomic
def publish_survey(survey: Survey, *, conclusion: str, by: Membership) -> Survey:
    """Show the figures to every member, with what is made of them."""
    survey = _locked(survey)
    source = lifecycle.PUBLISH_SURVEY.apply(survey, by=by)
    survey.conclusion = conclusion
    survey.save(update_fields=["status", "conclusion"])
    audit.record(survey, "publish", by=by, source=source, target=survey.status)
    return survey


@transaction.atomic
def answer_survey(
    survey: Survey, answers: Mapping[int, tuple[list[int], str]], *, by: Membership
) -> None:
    """Keep one member's answers apart from her name; a second time is refused.

    `answers` maps a question's key to the ranks chosen, from nought, and the words.
    """
    survey = Survey.objects.select_for_update(of=("self",), no_key=True).get(pk=survey.pk)
    if not rules.is_open_survey(survey, timezone.localdate()):
        raise Refused(_("Ce questionnaire est clos : merci d’avoir voulu répondre."))
    try:
        with transaction.atomic():
            SurveyBallot.objects.create(cpts=survey.cpts, survey=survey, membership=by)
    except IntegrityError:
        raise Refused(_("Vous avez déjà répondu : une fois par personne.")) from None
    known = {question.pk: question for question in survey.questions.all()}
    SurveyAnswer.objects.bulk_create(
        SurveyAnswer(cpts=survey.cpts, question=known[key], choices=choices, words=words)
        for key, (choices, words) in answers.items()
        if key in known and (choices or words)
    )
