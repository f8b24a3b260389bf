"""The public form of a candidate: `/adherer/<cpts>/`, one subject a page, no account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cpts_portal.core import throttle
from cpts_portal.core.forms import CodeForm, attempts_left
from cpts_portal.core.scoping import open_scope
from cpts_portal.core.territory import search_communes
from members.actions import applications as actions
from members.actions.applications import Outcome
from members.forms.applications import (
    ApplicationPlaceForm,
    PledgeForm,
    StepForm,
    WhereForm,
    step_form,
)
from members.models import Application, Cpts, Document, Practice
from members.notifications.applications import private_url
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
    steps_of,
)
from members.views.documents import pdf_response

COOKIE = "__Host-candidature" if settings.SECURE else "candidature"
COOKIE_SALT = "members.application"
DRAFT_LASTS = timedelta(days=settings.RETENTION_DAYS["draft"])
RECEIPT_LASTS = timedelta(hours=1)
"""How long the browser that filed may show the confirmation again; it may be a shared one."""
QUICKEST = timedelta(seconds=3)
RETURN = "retour"
COMMUNES_SHOWN = 12
TEXTS = {"charte": Document.Kind.CHARTER, "statuts": Document.Kind.STATUTES}

PublicView = Callable[..., HttpResponse]


def of_cpts(view: PublicView) -> PublicView:
    """Find the CPTS of the address and open it to somebody without account; closed, it is a 404."""

    @login_not_required
    @wraps(view)
    def opened(request: HttpRequest, cpts: str, **kwargs: Any) -> HttpResponse:
        found = queries.active_cpts(cpts)
        if found is None:
            raise Http404
        request.cpts = found  # type: ignore[attr-defined]
        with open_scope(cpts=found):
            return view(request, found, **kwargs)

    return opened


# --- The draft of this browser, one a CPTS --------------------------------------------------
def current_draft(request: HttpRequest, cpts: Cpts) -> Application | None:
    """The draft named by this CPTS's cookie, or what it has become for an hour."""
    key = request.get_signed_cookie(
        _cookie(cpts), default=None, salt=COOKIE_SALT, max_age=int(DRAFT_LASTS.total_seconds())
    )
    found = queries.application_of_key(key) if key else None
    if found is None:
        return None
    lasts = DRAFT_LASTS if found.status == Application.Status.DRAFT else RECEIPT_LASTS
    return found if timezone.now() - (found.submitted_at or found.updated_at) < lasts else None


def remember(response: HttpResponse, draft: Application) -> HttpResponse:
    response.set_signed_cookie(
        _cookie(draft.cpts),
        str(draft.key),
        salt=COOKIE_SALT,
        max_age=DRAFT_LASTS,
        secure=settings.SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def forget(response: HttpResponse, cpts: Cpts) -> HttpResponse:
    response.delete_cookie(_cookie(cpts), samesite="Lax")
    return response


def restart(request: HttpRequest, cpts: Cpts) -> HttpResponse:
    messages.info(
        request,
        _("Votre candidature commencée n’est plus là : recommencez, cela prend cinq minutes."),
    )
    return forget(redirect("members:application_step", cpts.slug, FIRST), cpts)


def _cookie(cpts: Cpts) -> str:
    return f"{COOKIE}-{cpts.pk}"


def _is_filed(draft: Application | None) -> bool:
    return draft is not None and draft.status != Application.Status.DRAFT


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
    _ask_open(cpts)
    draft = current_draft(request, cpts)
    if request.method == "POST":
        if draft is not None:
            actions.forget_draft(draft)
        return forget(redirect("members:application_step", cpts.slug, FIRST), cpts)
    context = {
        "draft": draft,
        "is_filed": _is_filed(draft),
        "texts": documents.texts(),
        "first": FIRST,
    }
    return render(request, "members/application_start.html", context)


def _ask_open(cpts: Cpts) -> None:
    if not queries.open_colleges():
        raise Http404


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
    _ask_open(cpts)
    draft = current_draft(request, cpts)
    if draft is None and step != FIRST:
        return restart(request, cpts)
    if _is_filed(draft) and request.method != "POST":
        return redirect("members:application_sent", cpts.slug)
    texts = documents.texts()
    if step not in reachable_steps(draft, texts) and not _is_filed(draft):
        return redirect(_step_url(request, cpts, missing_step(draft, texts) or FIRST))
    if step == PLACES:
        return _show_places(request, draft)
    return _ask(request, cpts, draft, step, texts)


def _ask(
    request: HttpRequest, cpts: Cpts, draft: Application | None, step: str, texts: Texts
) -> HttpResponse:
    form = step_form(
        step,
        _posted(request),
        application=draft,
        colleges=queries.open_colleges(),
        texts=texts,
    )
    if request.method == "POST" and _is_robot(request):
        form.add_error(None, _("Laissez vide le champ « Ne rien écrire ici »."))
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
    return remember(redirect(_next_url(request, draft, form.slug, texts)), draft)


def _show_step(
    request: HttpRequest, draft: Application | None, form: StepForm, texts: Texts
) -> HttpResponse:
    context = {
        "form": form,
        "texts": texts,
        "back_url": _back_url(request, draft, form.slug),
        "is_overtaken": draft is not None and is_overtaken(draft, texts),
        **_frame(draft, form.slug),
    }
    status = 422 if form.errors else 200
    return render(request, "members/application_step.html", context, status=status)


# --- Places ---------------------------------------------------------------------------------
def _show_places(request: HttpRequest, draft: Application | None) -> HttpResponse:
    assert draft is not None
    context = {
        "places": queries.places_of(draft),
        "back_url": _back_url(request, draft, PLACES),
        "next_url": _next_url(request, draft, PLACES, documents.texts()),
        "is_returning": bool(request.GET.get(RETURN)),
        **_frame(draft, PLACES),
    }
    return render(request, "members/application_places.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@of_cpts
def application_place(request: HttpRequest, cpts: Cpts) -> HttpResponse:
    """Where first, then which known place there, or a new one in her words."""
    draft = current_draft(request, cpts)
    if draft is None or PLACES not in reachable_steps(draft, documents.texts()):
        return restart(request, cpts) if draft is None else _to_places(request, cpts)
    where = WhereForm(request.GET if "ou" in request.GET else None)
    communes = search_communes(where.data["ou"], COMMUNES_SHOWN) if where.is_valid() else []
    if where.is_valid() and not communes:
        where.add_error(
            "ou",
            _("Aucune commune ne répond à ce nom ni à ce code postal : vérifiez l’écriture."),
        )
    known = queries.practices_in(communes)
    form: Any = ApplicationPlaceForm(_posted(request), initial={"where": where.data.get("ou")})
    if request.method == "POST":
        if "practice" in request.POST:
            return _add_known(request, cpts, draft)
        if form.is_valid():
            actions.add_place(draft, form.answers())
            return _to_places(request, cpts)
    context = {
        "form": form if form.errors else where,
        "place_form": form if communes or form.is_bound else None,
        "where_form": where,
        "known": known if communes and not form.is_bound else [],
        "back_url": _step_url(request, cpts, PLACES),
        **_frame(draft, PLACES),
    }
    status = 422 if form.errors else 200
    return render(request, "members/application_place.html", context, status=status)


def _add_known(request: HttpRequest, cpts: Cpts, draft: Application) -> HttpResponse:
    chosen = request.POST["practice"]
    practice = Practice.objects.filter(pk=chosen).first() if chosen.isdecimal() else None
    if practice is None:
        raise Http404
    actions.add_practice(draft, practice)
    return _to_places(request, cpts)


@require_POST
@of_cpts
def application_place_remove(request: HttpRequest, cpts: Cpts, place: int) -> HttpResponse:
    draft = current_draft(request, cpts)
    if draft is None:
        return restart(request, cpts)
    actions.remove_place(draft, place)
    return _to_places(request, cpts)


def _to_places(request: HttpRequest, cpts: Cpts) -> HttpResponse:
    return redirect(_step_url(request, cpts, PLACES))


# --- Check, code, confirmation --------------------------------------------------------------
def _whole(request: HttpRequest, cpts: Cpts) -> Application | HttpResponse:
    """The whole form, or where to go when it is not whole."""
    draft = current_draft(request, cpts)
    if draft is None:
        return restart(request, cpts)
    if _is_filed(draft):
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
    if _is_filed(draft):
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
        **_frame(draft, None),
    }
    return render(request, "members/application_check.html", context)


def _is_hasty(request: HttpRequest, draft: Application) -> bool:
    """No human fills six pages in three seconds; a second press is enough."""
    if _is_robot(request) or timezone.now() - draft.created_at < QUICKEST:
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
    if request.method != "POST" and _is_filed(draft):
        return redirect("members:application_sent", cpts.slug)
    if not draft.code_hash:
        messages.info(request, _("Vos réponses ont changé : demandez un nouveau code."))
        return redirect("members:application_check", cpts.slug)
    form = CodeForm(_posted(request))
    if form.is_valid():
        response = _submit(request, draft, form)
        if response is not None:
            return response
    context = {"form": form, "recipient": draft.email, **_frame(draft, None)}
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
        return ValidationError(_("Ce code a plus de 15 minutes : demandez-en un nouveau."))
    return ValidationError(_("Trop d’essais avec ce code : demandez-en un nouveau."))


@require_safe
@of_cpts
def application_sent(request: HttpRequest, cpts: Cpts) -> HttpResponse:
    """The same answer page for an hour, in the browser that filed."""
    draft = current_draft(request, cpts)
    if draft is None:
        return restart(request, cpts)
    if not _is_filed(draft):
        return redirect("members:application_check", cpts.slug)
    context = {"application": draft, "private_url": private_url(draft)}
    return render(request, "members/application_sent.html", context)


# --- Small things ---------------------------------------------------------------------------
def _posted(request: HttpRequest) -> Any:
    """What was sent, were it nothing; None, for a form without errors, when nothing was."""
    return request.POST if request.method == "POST" else None


def _is_robot(request: HttpRequest) -> bool:
    """The hidden field that only robots fill in."""
    return bool(request.POST.get("site_web"))


def _step_url(request: HttpRequest, cpts: Cpts, step: str) -> str:
    """The address of a page, on the way back to the check if that is where one came from."""
    query = {RETURN: "1"} if request.GET.get(RETURN) else None
    return reverse("members:application_step", args=[cpts.slug, step], query=query)


def _next_url(request: HttpRequest, draft: Application, step: str, texts: Texts) -> str:
    order = steps_of(draft)
    if request.GET.get(RETURN) or step == order[-1]:
        missing = missing_step(draft, texts)
        if missing is None:
            return reverse("members:application_check", args=[draft.cpts.slug])
        return _step_url(request, draft.cpts, missing)
    return _step_url(request, draft.cpts, order[order.index(step) + 1])


def _back_url(request: HttpRequest, draft: Application | None, step: str) -> str:
    cpts: Cpts = request.cpts  # type: ignore[attr-defined]
    if request.GET.get(RETURN):
        return reverse("members:application_check", args=[cpts.slug])
    order = steps_of(draft)
    before = order.index(step) - 1
    if before < 0:
        return reverse("members:application_start", args=[cpts.slug])
    return _step_url(request, cpts, order[before])


def _frame(draft: Application | None, step: str | None) -> dict[str, Any]:
    """What surrounds every page of the form: where one stands in it."""
    order = steps_of(draft)
    total = len(order) + 1
    place = order.index(step) + 1 if step else total
    return {"step": place, "total": total, "numbers": range(1, total + 1)}
