"""The public form of a candidate: `/adherer/<cpts>/`, one subject a page, no account."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cpts_portal.core import throttle
from members.actions import applications as actions
from members.forms.applications import PledgeForm, StepForm, WhereForm, step_form
from members.models import Application, Cpts, Document
from members.queries import applications as queries
from members.queries import documents
from members.rules.applications import (
    FIRST,
    PLACES,
    STEPS,
    Texts,
    is_overtaken,
    missing_step,
    reachable_steps,
)
from members.views.application_drafts import (
    ask_open,
    back_url,
    current_draft,
    forget,
    frame,
    is_filed,
    is_robot,
    next_url,
    of_cpts,
    posted,
    remember,
    restart,
    step_url,
)
from members.views.application_places import show_places
from members.views.documents import pdf_response

TEXTS = {"charte": Document.Kind.CHARTER, "statuts": Document.Kind.STATUTES}


# --- Which CPTS, and what joining means -----------------------------------------------------
@login_not_required
@require_safe
def application_choice(request: HttpRequest) -> HttpResponse:
    """Choose one's CPTS in the list, or by a commune."""
    form = WhereForm(request.GET if "ou" in request.GET else None)
    found = queries.communities_near(form.cleaned_data["ou"]) if form.is_valid() else []
    if form.is_bound and form.is_valid() and not found:
        form.add_error("ou", _("Aucune CPTS du portail ne couvre cette commune."))
    context = {"form": form, "found": found, "communities": queries.open_communities()}
    return render(request, "members/application_choice.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@of_cpts
def application_start(request: HttpRequest, cpts: Cpts) -> HttpResponse:
    """What joining means; offers to go on with a form begun here, and a POST begins anew."""
    ask_open()
    draft = current_draft(request, cpts)
    if request.method == "POST":
        if draft is not None:
            actions.forget_draft(draft)
        return forget(redirect("members:application_step", cpts.slug, FIRST), cpts)
    context = {
        "draft": draft,
        "is_filed": is_filed(draft),
        "texts": documents.texts(),
        "first": FIRST,
    }
    return render(request, "members/application_start.html", context)


@require_safe
@of_cpts
def application_text(request: HttpRequest, cpts: Cpts, text: str) -> HttpResponse:
    """The charter or the statutes in force, for whoever thinks of joining."""
    return render(request, "members/application_text.html", {"document": _text(text), "kind": text})


@require_safe
@of_cpts
def application_text_pdf(request: HttpRequest, cpts: Cpts, text: str) -> HttpResponse:
    return pdf_response(_text(text))


def _text(word: str) -> Document:
    found = documents.current(TEXTS[word]) if word in TEXTS else None
    if found is None:
        raise Http404
    return found


# --- One subject a page ---------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@of_cpts
def application_step(request: HttpRequest, cpts: Cpts, step: str) -> HttpResponse:
    if step not in STEPS:
        raise Http404
    ask_open()
    draft = current_draft(request, cpts)
    if draft is None and step != FIRST:
        return restart(request, cpts)
    if is_filed(draft) and request.method != "POST":
        return redirect("members:application_sent", cpts.slug)
    texts = documents.texts()
    if step not in reachable_steps(draft, texts) and not is_filed(draft):
        return redirect(step_url(request, cpts, missing_step(draft, texts) or FIRST))
    if step == PLACES:
        return show_places(request, draft)
    return _ask(request, cpts, draft, step, texts)


def _ask(
    request: HttpRequest, cpts: Cpts, draft: Application | None, step: str, texts: Texts
) -> HttpResponse:
    form = step_form(
        step,
        posted(request),
        application=draft,
        colleges=queries.open_colleges(),
        texts=texts,
    )
    if request.method == "POST" and is_robot(request):
        form.add_error(None, _("Laissez vide le champ « Ne rien écrire ici »."))
    if form.is_bound and form.is_valid():
        return _answer(request, cpts, draft, form, texts)
    return _show_step(request, draft, form, texts)


def _answer(
    request: HttpRequest, cpts: Cpts, draft: Application | None, form: StepForm, texts: Texts
) -> HttpResponse:
    if draft is None:
        throttle.hit(request, "application_start_address", limit=60, seconds=3600)
        draft = actions.start_draft(cpts, get_language() or "fr")
    draft = actions.save_answers(draft, form.answers())
    if isinstance(form, PledgeForm):
        draft = actions.accept(draft, texts)
    if "rpps" in form.cleaned_data and queries.is_otherwise_named(draft):
        messages.info(
            request,
            _(
                "Le répertoire public donne un autre nom pour ce numéro RPPS. Si c’est un nom de"
                " naissance ou d’usage, tout va bien ; sinon, vérifiez le numéro."
            ),
        )
    return remember(redirect(next_url(request, draft, form.slug, texts)), draft)


def _show_step(
    request: HttpRequest, draft: Application | None, form: StepForm, texts: Texts
) -> HttpResponse:
    context = {
        "form": form,
        "texts": texts,
        "back_url": back_url(request, draft, form.slug),
        "is_overtaken": draft is not None and is_overtaken(draft, texts),
        **frame(draft, form.slug),
    }
    status = 422 if form.errors else 200
    return render(request, "members/application_step.html", context, status=status)
