"""The end of the candidate's form: the check, the code, the confirmation."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cpts_portal.core import throttle
from cpts_portal.core.forms import CodeForm, attempts_left
from members.actions import applications as actions
from members.actions.applications import Outcome
from members.forms.applications import PledgeForm
from members.models import Application, Cpts
from members.notifications.applications import private_url
from members.queries import applications as queries
from members.queries import documents
from members.rules.applications import is_overtaken, missing_step, steps_of
from members.views.application_drafts import (
    current_draft,
    frame,
    is_filed,
    is_robot,
    of_cpts,
    posted,
    remember,
    restart,
)

QUICKEST = timedelta(seconds=3)


def _whole(request: HttpRequest, cpts: Cpts) -> Application | HttpResponse:
    """The whole form, or where to go when it is not whole."""
    draft = current_draft(request, cpts)
    if draft is None:
        return restart(request, cpts)
    if is_filed(draft):
        return draft
    texts = documents.texts()
    missing = missing_step(draft, texts)
    if missing is None:
        return draft
    if is_overtaken(draft, texts):
        messages.warning(request, str(PledgeForm.OVERTAKEN))
    return redirect("members:application_step", cpts.slug, missing)


@require_http_methods(["GET", "HEAD", "POST"])
@of_cpts
def application_check(request: HttpRequest, cpts: Cpts) -> HttpResponse:
    """Check one's answers; a POST sends the code to the e-mail given."""
    draft = _whole(request, cpts)
    if isinstance(draft, HttpResponse):
        return draft
    if is_filed(draft):
        return redirect("members:application_sent", cpts.slug)
    if request.method == "POST" and not _is_hasty(request, draft):
        throttle.hit(request, "application_code_address", limit=40, seconds=3600)
        throttle.hit(None, "application_code", limit=8, seconds=3600, key=draft.email)
        actions.send_code(draft, language=get_language() or "fr")
        return redirect("members:application_code", cpts.slug)
    context = {
        "application": draft,
        "places": queries.places_of(draft),
        "steps": steps_of(draft),
        **frame(draft, None),
    }
    return render(request, "members/application_check.html", context)


def _is_hasty(request: HttpRequest, draft: Application) -> bool:
    """No human fills six pages in three seconds; a second press is enough."""
    if is_robot(request) or timezone.now() - draft.created_at < QUICKEST:
        messages.info(request, _("Relisez vos réponses, puis appuyez de nouveau sur le bouton."))
        return True
    return False


@require_http_methods(["GET", "HEAD", "POST"])
@of_cpts
def application_code(request: HttpRequest, cpts: Cpts) -> HttpResponse:
    """The code hands the form in, once; the same code again leads to the same answer."""
    draft = _whole(request, cpts)
    if isinstance(draft, HttpResponse):
        return draft
    if request.method != "POST" and is_filed(draft):
        return redirect("members:application_sent", cpts.slug)
    if not draft.code_hash:
        messages.info(request, _("Vos réponses ont changé : demandez un nouveau code."))
        return redirect("members:application_check", cpts.slug)
    form = CodeForm(posted(request))
    if form.is_valid():
        response = _submit(request, draft, form)
        if response is not None:
            return response
    context = {"form": form, "recipient": draft.email, **frame(draft, None)}
    status = 422 if form.errors else 200
    return render(request, "members/application_code.html", context, status=status)


def _submit(request: HttpRequest, draft: Application, form: CodeForm) -> HttpResponse | None:
    """Where the code leads; None when it stays on the page, with what is wrong."""
    throttle.hit(request, "application_submit_address", limit=60, seconds=3600)
    outcome, filed = actions.submit(draft, code=form.cleaned_data["code"])
    if outcome is Outcome.INCOMPLETE:
        return redirect("members:application_check", draft.cpts.slug)
    if outcome in {Outcome.SUBMITTED, Outcome.KNOWN}:
        if outcome is Outcome.KNOWN:
            messages.info(
                request,
                _("Vous aviez déjà une candidature avec ce courriel : la voici, inchangée."),
            )
        return remember(redirect("members:application_sent", draft.cpts.slug), filed)
    form.add_error("code", _refusal_of(outcome, filed))
    return None


def _refusal_of(outcome: Outcome, draft: Application) -> ValidationError:
    left = actions.CODE_TRIES - draft.code_tries
    if outcome is Outcome.WRONG and left:
        return ValidationError(attempts_left(left), code="wrong")
    if outcome is Outcome.EXPIRED:
        return ValidationError(_("Ce code a plus de 15 minutes : demandez-en un nouveau."))
    return ValidationError(_("Trop d’essais avec ce code : demandez-en un nouveau."))


@require_safe
@of_cpts
def application_sent(request: HttpRequest, cpts: Cpts) -> HttpResponse:
    """The same answer page for an hour, in the browser that filed."""
    draft = current_draft(request, cpts)
    if draft is None:
        return restart(request, cpts)
    if not is_filed(draft):
        return redirect("members:application_check", cpts.slug)
    context = {"application": draft, "private_url": private_url(draft)}
    return render(request, "members/application_sent.html", context)
