"""What the box and the surveys show."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from members import rules
from members.models import Membership, Suggestion, Survey, SurveyBallot, SurveyQuestion

SCALE = (1, 2, 3, 4, 5)


def suggestions_for(membership: Membership) -> QuerySet[Suggestion]:
    """Published ones and one's own; those who answer read them all, unanswered first."""
    found = Suggestion.objects.select_related("author__user", "answered_by__user")
    if rules.governs(membership, membership):
        return found.order_by("answered_at", "-sent_at")
    return found.filter(Q(is_published=True) | Q(author=membership)).order_by("-sent_at")


def surveys_for(membership: Membership) -> QuerySet[Survey]:
    """With `has_answered` and `ballot_count`; drafts are for those who prepare them."""
    mine = SurveyBallot.objects.filter(survey=OuterRef("pk"), membership=membership)
    found = Survey.objects.annotate(has_answered=Exists(mine), ballot_count=Count("ballots"))
    if not rules.governs(membership, membership):
        found = found.exclude(status=Survey.Status.DRAFT)
    return found.order_by("-opened_at", "-pk")


@dataclass(frozen=True)
class Bar:
    """One possible answer, how many chose it, and its share of the answers in per cent."""

    label: str
    count: int
    share: int


@dataclass(frozen=True)
class Result:
    """One question's answers: bars and the mean of a scale, or words."""

    question: SurveyQuestion
    answered: int
    bars: tuple[Bar, ...]
    words: tuple[str, ...]
    mean: float | None


def results_of(survey: Survey) -> list[Result]:
    """Question by question, in two queries; words in an order that tells no author."""
    questions = survey.questions.prefetch_related("answers")
    return [_result(question) for question in questions]


def _result(question: SurveyQuestion) -> Result:
    answers = list(question.answers.all())
    chosen = Counter(choice for answer in answers for choice in answer.choices)
    is_scale = question.kind == SurveyQuestion.Kind.SCALE
    labels = (
        [(rank, str(rank)) for rank in SCALE] if is_scale else list(enumerate(question.options))
    )
    total = len(answers)
    bars = tuple(
        Bar(label, chosen[rank], round(100 * chosen[rank] / total) if total else 0)
        for rank, label in labels
    )
    grades = list(chosen.elements()) if is_scale else []
    return Result(
        question=question,
        answered=total,
        bars=bars if question.kind != SurveyQuestion.Kind.WORDS else (),
        words=tuple(sorted(answer.words for answer in answers if answer.words)),
        mean=round(sum(grades) / len(grades), 1) if grades else None,
    )
