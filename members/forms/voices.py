"""An idea, its answer, a survey's questions and one's answers to them."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cpts_portal.core.forms import DayField, PortalForm
from cpts_portal.core.identifiers import validate_clean_text, validate_no_nir
from members.actions.voices import Question
from members.models import Survey, SurveyQuestion

QUESTIONS_AT_MOST = 6
OPTIONS_AT_MOST = 8
CHECKED = [validate_clean_text, validate_no_nir]


class SuggestionForm(PortalForm):
    body = forms.CharField(
        label=gettext_lazy("Votre idée"),
        max_length=1000,
        validators=CHECKED,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": gettext_lazy("Écrivez votre idée en quelques mots.")},
    )
    is_signed = forms.BooleanField(
        label=gettext_lazy("Signer de mon nom"),
        required=False,
        help_text=gettext_lazy("Sans signature, rien ne dit qui l’a écrite."),
    )
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class SuggestionAnswerForm(PortalForm):
    answer = forms.CharField(
        label=gettext_lazy("Réponse"),
        max_length=1500,
        validators=CHECKED,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": gettext_lazy("Écrivez la réponse.")},
    )
    is_published = forms.BooleanField(
        label=gettext_lazy("Publier l’idée et la réponse à tous les membres"), required=False
    )


class SurveyForm(PortalForm):
    """A title, a last day and up to six questions, each in three boxes; empty ones are skipped."""

    title = forms.CharField(label=gettext_lazy("Titre"), max_length=120, validators=CHECKED)
    intro = forms.CharField(
        label=gettext_lazy("Introduction"),
        max_length=1000,
        required=False,
        validators=CHECKED,
        widget=forms.Textarea({"rows": 2}),
    )
    closes_on = DayField(label=gettext_lazy("Répondre jusqu’au"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number in range(1, QUESTIONS_AT_MOST + 1):
            self._add_question(number)

    def _add_question(self, number: int) -> None:
        named = {"number": number}
        self.fields[f"text_{number}"] = forms.CharField(
            label=_("Question %(number)s") % named,
            max_length=200,
            required=False,
            validators=CHECKED,
        )
        self.fields[f"kind_{number}"] = forms.ChoiceField(
            label=_("Type de réponse, question %(number)s") % named,
            choices=SurveyQuestion.Kind.choices,
            initial=SurveyQuestion.Kind.ONE,
        )
        self.fields[f"options_{number}"] = forms.CharField(
            label=_("Réponses proposées, question %(number)s") % named,
            help_text=_("Une par ligne, seulement si l’on choisit."),
            max_length=800,
            required=False,
            validators=CHECKED,
            widget=forms.Textarea({"rows": 3}),
        )

    @property
    def question_fields(self) -> list[list[forms.BoundField]]:
        """The three boxes of each question, for the page."""
        numbers = range(1, QUESTIONS_AT_MOST + 1)
        return [[self[f"{part}_{n}"] for part in ("text", "kind", "options")] for n in numbers]

    def clean_closes_on(self) -> Any:
        closes_on = self.cleaned_data["closes_on"]
        if closes_on < timezone.localdate():
            raise forms.ValidationError(_("Cette date est passée : choisissez-en une à venir."))
        return closes_on

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for number in range(1, QUESTIONS_AT_MOST + 1):
            self._check_options(number, data)
        if not self.errors and not self.questions():
            self.add_error("text_1", _("Écrivez au moins une question."))
        return data

    def _check_options(self, number: int, data: dict[str, Any]) -> None:
        options = _lines(data.get(f"options_{number}", ""))
        field = f"options_{number}"
        if not data.get(f"text_{number}"):
            if options:
                self.add_error(f"text_{number}", _("Il manque la question."))
        elif data.get(f"kind_{number}") in ("one", "many"):
            if not 2 <= len(options) <= OPTIONS_AT_MOST:
                self.add_error(field, _("Proposez de 2 à 8 réponses, une par ligne."))
            elif max(map(len, options)) > 120:
                self.add_error(field, _("Une réponse a 120 caractères au plus."))

    def questions(self) -> list[Question]:
        """The questions written, in their order."""
        data = self.cleaned_data
        return [
            Question(
                text=data[f"text_{number}"],
                kind=data[f"kind_{number}"],
                options=(
                    tuple(_lines(data[f"options_{number}"]))
                    if data[f"kind_{number}"] in ("one", "many")
                    else ()
                ),
            )
            for number in range(1, QUESTIONS_AT_MOST + 1)
            if data.get(f"text_{number}")
        ]


def _lines(text: str) -> list[str]:
    return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


def survey_initial(survey: Survey) -> dict[str, Any]:
    """A draft as the form shows it."""
    initial = {"title": survey.title, "intro": survey.intro, "closes_on": survey.closes_on}
    for number, question in enumerate(survey.questions.all(), start=1):
        initial[f"text_{number}"] = question.text
        initial[f"kind_{number}"] = question.kind
        initial[f"options_{number}"] = "\n".join(question.options)
    return initial


class SurveyAnswerForm(PortalForm):
    """One field a question; every one may be left empty, but not all."""

    def __init__(self, survey: Survey, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questions = list(survey.questions.all())
        for question in self.questions:
            self.fields[f"q{question.pk}"] = _field_for(question)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors and not any(data.values()):
            raise forms.ValidationError(_("Répondez à une question au moins."))
        return data

    def answers(self) -> dict[int, tuple[list[int], str]]:
        """What `actions.voices.answer_survey` keeps."""
        return {q.pk: _answer(q, self.cleaned_data.get(f"q{q.pk}")) for q in self.questions}


def _field_for(question: SurveyQuestion) -> forms.Field:
    given: dict[str, Any] = {"label": question.text, "required": False}
    options = list(enumerate(question.options))
    if question.kind == SurveyQuestion.Kind.WORDS:
        area = forms.Textarea({"rows": 2})
        return forms.CharField(max_length=500, validators=CHECKED, widget=area, **given)
    if question.kind == SurveyQuestion.Kind.SCALE:
        grades = [(grade, str(grade)) for grade in range(1, 6)]
        return forms.ChoiceField(choices=grades, widget=forms.RadioSelect, **given)
    if question.kind == SurveyQuestion.Kind.ONE:
        return forms.ChoiceField(choices=options, widget=forms.RadioSelect, **given)
    boxes = forms.CheckboxSelectMultiple
    return forms.MultipleChoiceField(choices=options, widget=boxes, **given)


def _answer(question: SurveyQuestion, value: Any) -> tuple[list[int], str]:
    if question.kind == SurveyQuestion.Kind.WORDS:
        return [], value or ""
    if isinstance(value, list):
        return sorted(int(choice) for choice in value), ""
    return ([int(value)] if value else []), ""


class SurveyConclusionForm(PortalForm):
    conclusion = forms.CharField(
        label=gettext_lazy("Ce que nous en faisons"),
        max_length=1500,
        validators=CHECKED,
        widget=forms.Textarea({"rows": 3}),
        help_text=gettext_lazy("Publié avec les résultats, pour tous les membres."),
        error_messages={"required": gettext_lazy("Dites en une phrase ce qui va suivre.")},
    )
