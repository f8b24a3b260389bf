"""The suggestion box and the surveys."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cpts_portal.core.http import PortalRequest
from members import rules
from members.access import governance_required, role_required
from members.actions import voices as actions
from members.forms.voices import (
    SuggestionAnswerForm,
    SuggestionForm,
    SurveyAnswerForm,
    SurveyConclusionForm,
    SurveyForm,
    survey_initial,
)
from members.models import Role, Suggestion, Survey
from members.queries import voices as queries
from members.views.layout import base_for

members_only = role_required(
    Role.PROFESSIONAL, Role.COORDINATOR, Role.SECRETARY, Role.BOARD, Role.PARTNER
)
read_and_write = require_http_methods(["GET", "HEAD", "POST"])


def _page(
    request: PortalRequest, name: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    governs = rules.governs(request.membership, request.membership)
    common = {"base": base_for(request), "governs": governs}
    return render(request, f"members/{name}.html", {**common, **context}, status=status)


def _typed(request: PortalRequest) -> Any:
    """What was sent, even nothing at all; None for a page that is only read."""
    return request.POST if request.method == "POST" else None


# --- The box ----------------------------------------------------------------------------------
@read_and_write
@members_only
def suggestion_list(request: PortalRequest, cpts: str) -> HttpResponse:
    form = SuggestionForm(_typed(request))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        actions.suggest(by=request.membership, **data)
        messages.success(request, _("Merci : votre idée est dans la boîte."))
        return redirect("members:suggestion_list", cpts=cpts)
    return _suggestions(request, form, status=422 if form.errors else 200)


def _suggestions(request: PortalRequest, form: Any, **given: Any) -> HttpResponse:
    status = given.pop("status", 200)
    found = queries.suggestions_for(request.membership)
    context = {"suggestions": found, "suggestion_form": SuggestionForm(), "form": form}
    return _page(request, "suggestion_list", {**context, **given}, status)


@read_and_write
@governance_required
def suggestion_answer(request: PortalRequest, cpts: str, idea: int) -> HttpResponse:
    suggestion = get_object_or_404(Suggestion, pk=idea)
    initial = {"answer": suggestion.answer, "is_published": suggestion.is_published}
    form = SuggestionAnswerForm(_typed(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        actions.answer_suggestion(suggestion, by=request.membership, **form.cleaned_data)
        messages.success(request, _("Réponse enregistrée."))
        return redirect("members:suggestion_list", cpts=cpts)
    context = {"suggestion": suggestion, "form": form}
    return _page(request, "suggestion_answer", context, 422 if form.errors else 200)


# --- Surveys ----------------------------------------------------------------------------------
@require_safe
@members_only
def survey_list(request: PortalRequest, cpts: str) -> HttpResponse:
    context = {"surveys": queries.surveys_for(request.membership), "today": timezone.localdate()}
    return _page(request, "survey_list", context)


def _visible(request: PortalRequest, poll: int) -> Survey:
    """A draft does not exist for those who only answer."""
    return get_object_or_404(queries.surveys_for(request.membership), pk=poll)


@read_and_write
@members_only
def survey_answer(request: PortalRequest, cpts: str, poll: int) -> HttpResponse:
    """The questions while they wait for this member, the figures when they are told."""
    survey = _visible(request, poll)
    form = SurveyAnswerForm(survey, _typed(request))
    if request.method == "POST" and form.is_valid():
        actions.answer_survey(survey, form.answers(), by=request.membership)
        messages.success(request, _("Merci : vos réponses sont comptées, sans votre nom."))
        return redirect("members:survey_answer", cpts=cpts, poll=poll)
    return _survey(request, survey, form, status=422 if form.errors else 200)


def _survey(
    request: PortalRequest, survey: Survey, form: Any, *, status: int, **given: Any
) -> HttpResponse:
    membership = request.membership
    governs = rules.governs(membership, membership)
    is_told = survey.status == Survey.Status.PUBLISHED or (
        governs and survey.status == Survey.Status.CLOSED
    )
    ballots: int = survey.ballot_count  # type: ignore[attr-defined]
    may_show = is_told and rules.may_show_results(ballots)
    has_answered: bool = survey.has_answered  # type: ignore[attr-defined]
    takes = rules.is_open_survey(survey, timezone.localdate()) and not has_answered
    context = {
        "survey": survey,
        "form": form,
        "takes_answers": takes or (status == 422 and not has_answered),
        "is_told": is_told,
        "results": queries.results_of(survey) if may_show else [],
        "conclusion_form": SurveyConclusionForm(),
        **given,
    }
    return _page(request, "survey_answer", context, status)


@read_and_write
@governance_required
def survey_new(request: PortalRequest, cpts: str) -> HttpResponse:
    return _edit(request, None)


@read_and_write
@governance_required
def survey_edit(request: PortalRequest, cpts: str, poll: int) -> HttpResponse:
    return _edit(request, get_object_or_404(Survey, pk=poll))


def _edit(request: PortalRequest, survey: Survey | None) -> HttpResponse:
    form = SurveyForm(_typed(request), initial=survey_initial(survey) if survey else None)
    if request.method == "POST" and form.is_valid():
        data = {key: form.cleaned_data[key] for key in ("title", "intro", "closes_on")}
        questions = form.questions()
        written = actions.write_survey(survey, questions=questions, by=request.membership, **data)
        messages.success(request, _("Questionnaire enregistré : relisez-le, puis ouvrez-le."))
        return redirect("members:survey_answer", cpts=request.cpts.slug, poll=written.pk)
    context = {"survey": survey, "form": form}
    return _page(request, "survey_edit", context, 422 if form.errors else 200)


@require_POST
@governance_required
def survey_open(request: PortalRequest, cpts: str, poll: int) -> HttpResponse:
    actions.open_survey(get_object_or_404(Survey, pk=poll), by=request.membership)
    messages.success(request, _("Le questionnaire est ouvert à tous les membres."))
    return redirect("members:survey_answer", cpts=cpts, poll=poll)


@require_POST
@role_required(Role.COORDINATOR)
def survey_close(request: PortalRequest, cpts: str, poll: int) -> HttpResponse:
    actions.close_survey(get_object_or_404(Survey, pk=poll), by=request.membership)
    messages.success(request, _("Le questionnaire est clos."))
    return redirect("members:survey_answer", cpts=cpts, poll=poll)


@require_POST
@governance_required
def survey_publish(request: PortalRequest, cpts: str, poll: int) -> HttpResponse:
    survey = _visible(request, poll)
    form = SurveyConclusionForm(request.POST)
    if not form.is_valid():
        return _survey(request, survey, form, status=422, takes_answers=False, conclusion_form=form)
    actions.publish_survey(survey, by=request.membership, **form.cleaned_data)
    messages.success(request, _("Les résultats sont publiés."))
    return redirect("members:survey_answer", cpts=cpts, poll=poll)
