"""The public form: `/trouver-un-medecin/`, one question a page, no account."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cpts_portal.core import codes, throttle
from cpts_portal.core.forms import CodeForm
from cpts_portal.core.models import Commune
from cpts_portal.core.patchwork import patchwork
from cpts_portal.core.scoping import open_scope
from members.models import Cpts
from patients.actions import drafts
from patients.forms.contact import FIRST, STEPS, TOTAL
from patients.forms.filing import ChannelForm, Filing
from patients.forms.steps import CommuneForm, StepForm
from patients.models import RequestDraft
from patients.notifications import private_url
from patients.queries import filing as queries

COOKIE = "__Host-demande" if settings.SECURE else "demande"
COOKIE_SALT = "patients.filing"
DRAFT_LASTS = timedelta(days=settings.RETENTION_DAYS["draft"])
RECEIPT_LASTS = timedelta(hours=1)
"""How long the browser that filed may show the confirmation again; it may be a shared one."""
QUICKEST = timedelta(seconds=3)
RETURN = "retour"


# --- The draft of this browser --------------------------------------------------------------
def current_draft(request: HttpRequest) -> RequestDraft | None:
    """The draft named by the signed cookie, if it is still one to go on with."""
    value = request.get_signed_cookie(
        COOKIE, default=None, salt=COOKIE_SALT, max_age=int(DRAFT_LASTS.total_seconds())
    )
    if value is None:
        return None
    drafts_there = RequestDraft.objects.select_related("cpts", "request__cpts")
    draft = drafts_there.filter(pk=UUID(value)).first()
    now = timezone.now()
    if draft is None or now - draft.updated_at > DRAFT_LASTS:
        return None
    if draft.confirmed_at and now - draft.confirmed_at > RECEIPT_LASTS:
        return None
    request.cpts = draft.cpts  # type: ignore[attr-defined]
    return draft


def remember(response: HttpResponse, draft: RequestDraft) -> HttpResponse:
    response.set_signed_cookie(
        COOKIE,
        str(draft.pk),
        salt=COOKIE_SALT,
        max_age=DRAFT_LASTS,
        secure=settings.SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def forget(response: HttpResponse) -> HttpResponse:
    response.delete_cookie(COOKIE, samesite="Lax")
    return response


def restart(request: HttpRequest) -> HttpResponse:
    messages.info(
        request, _("Votre demande commencée n’est plus là : recommencez, cela prend cinq minutes.")
    )
    return forget(redirect("patients:filing_step", FIRST))


# --- One question a page --------------------------------------------------------------------
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def filing_start(request: HttpRequest) -> HttpResponse:
    """Offers to go on with a form begun in this browser; a POST begins anew."""
    draft = current_draft(request)
    if draft is None:
        return redirect("patients:filing_step", FIRST)
    if request.method == "POST":
        drafts.forget_draft(draft)
        return forget(redirect("patients:filing_step", FIRST))
    filing = Filing(draft)
    resume = "filing_done" if draft.confirmed_at else "filing_check"
    context = {"draft": draft, "filing": filing, "resume_url": reverse(f"patients:{resume}")}
    return render(request, "patients/filing_resume.html", context)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def filing_step(request: HttpRequest, slug: str) -> HttpResponse:
    if slug not in STEPS:
        raise Http404
    draft = current_draft(request)
    if draft is None and slug != FIRST:
        return restart(request)
    filing = Filing(draft)
    if request.method == "POST":
        return _answer(request, filing, slug)
    if draft is not None and draft.confirmed_at:
        return redirect("patients:filing_done")
    if slug not in filing.reachable():
        return redirect(_step_url(request, filing.missing() or FIRST))
    return _show_step(request, filing, _form_to_show(request, filing, slug))


def _form_to_show(request: HttpRequest, filing: Filing, slug: str) -> StepForm:
    code = request.GET.get("code_postal")
    if slug == CommuneForm.slug and code:
        return filing.blank(slug, initial={"postal_code": code[:20], "shown": code[:20]})
    return filing.form(slug)


def _answer(request: HttpRequest, filing: Filing, slug: str) -> HttpResponse:
    if slug not in filing.order():
        return redirect(_step_url(request, filing.missing() or FIRST))
    form = filing.form(slug, request.POST)
    if isinstance(form, CommuneForm) and form.asks_which:
        return redirect(_step_url(request, slug, code_postal=form.code))
    if _is_robot(request):
        form.add_error(None, _("Laissez vide le champ « Ne rien écrire ici »."))
    if not form.is_valid():
        return _show_step(request, filing, form, status=422)
    if isinstance(form, CommuneForm):
        return _answer_commune(request, filing, form)
    if filing.draft is None:
        throttle.hit(request, "filing_start_address", limit=120, seconds=3600)
    draft = drafts.save_step(_draft_of(filing), slug, form.typed())
    return remember(redirect(_next_url(request, Filing(draft), slug)), draft)


def _answer_commune(request: HttpRequest, filing: Filing, form: CommuneForm) -> HttpResponse:
    """The commune's CPTS takes over; outside every CPTS nothing is kept."""
    commune = form.chosen
    cpts = queries.cpts_of(commune) if commune else None
    draft = _draft_of(filing)
    if cpts is None and not draft.confirmed_at:
        drafts.forget_draft(draft)
        query = {"commune": commune.pk} if commune else None
        return forget(redirect(reverse("patients:filing_outside", query=query)))
    draft = drafts.save_step(draft, form.slug, form.typed(), cpts=cpts)
    return remember(redirect(_next_url(request, Filing(draft), form.slug)), draft)


def _draft_of(filing: Filing) -> RequestDraft:
    return filing.draft or drafts.start_draft(get_language() or "fr")


def _posted(request: HttpRequest) -> Any:
    """What was sent, were it nothing; None, for a form without errors, when nothing was."""
    return request.POST if request.method == "POST" else None


def _is_robot(request: HttpRequest) -> bool:
    """The hidden field that only robots fill in."""
    return bool(request.POST.get("site_web"))


def _step_url(request: HttpRequest, slug: str, **query: str) -> str:
    """The address of a question, on the way back to the check if that is where one came from."""
    if request.GET.get(RETURN):
        query[RETURN] = "1"
    return reverse("patients:filing_step", args=[slug], query=query or None)


def _next_url(request: HttpRequest, filing: Filing, slug: str) -> str:
    if filing.draft and filing.draft.confirmed_at:
        return reverse("patients:filing_done")
    order = filing.order()
    if request.GET.get(RETURN) or slug == order[-1]:
        missing = filing.missing()
        return _step_url(request, missing) if missing else reverse("patients:filing_check")
    return _step_url(request, order[order.index(slug) + 1])


def _back_url(request: HttpRequest, filing: Filing, slug: str) -> str:
    if request.GET.get(RETURN):
        return reverse("patients:filing_check")
    order = filing.order()
    before = order.index(slug) - 1
    return _step_url(request, order[before]) if before >= 0 else reverse("home")


def _show_step(
    request: HttpRequest, filing: Filing, form: StepForm, status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "step": form.number,
        "back_url": _back_url(request, filing, form.slug),
        **_frame(request, filing),
    }
    return render(request, "patients/filing_step.html", context, status=status)


def _frame(request: HttpRequest, filing: Filing) -> dict[str, Any]:
    """What surrounds every page of the form: progress, map, answers so far."""
    cpts: Cpts | None = getattr(request, "cpts", None)
    place: Any = filing.forms.get(CommuneForm.slug)
    home = place.chosen if place and place.is_valid() else None
    return {
        "total": TOTAL,
        "numbers": range(1, TOTAL + 1),
        "recap": filing.recap(),
        "teams": [] if cpts else queries.open_teams(),
        "map": patchwork(queries.communes_of(cpts), me=home) if cpts else None,
    }


# --- Check, code, confirmation --------------------------------------------------------------
def _ready(request: HttpRequest) -> Filing | HttpResponse:
    """The whole form, or where to go when it is not whole or already filed."""
    draft = current_draft(request)
    if draft is None:
        return restart(request)
    filing = Filing(draft)
    if draft.confirmed_at:
        return filing
    missing = filing.missing()
    return redirect("patients:filing_step", missing) if missing else filing


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def filing_check(request: HttpRequest) -> HttpResponse:
    """Check your answers; a POST sends the code to the chosen way."""
    filing = _ready(request)
    if isinstance(filing, HttpResponse):
        return filing
    draft = _draft_of(filing)
    if draft.confirmed_at:
        return redirect("patients:filing_done")
    form = ChannelForm(_posted(request), ways=filing.ways())
    if form.is_valid() and not _is_hasty(request, draft, form):
        return _send_code(request, filing, form.cleaned_data["channel"])
    context = {"form": form, "step": TOTAL, **_frame(request, filing)}
    status = 422 if form.errors else 200
    return render(request, "patients/filing_check.html", context, status=status)


def _is_hasty(request: HttpRequest, draft: RequestDraft, form: ChannelForm) -> bool:
    """No human fills nine pages in three seconds; a second press is enough."""
    if _is_robot(request) or timezone.now() - draft.created_at < QUICKEST:
        form.add_error(None, _("Relisez vos réponses, puis appuyez de nouveau sur le bouton."))
        return True
    return False


def _send_code(request: HttpRequest, filing: Filing, channel: str) -> HttpResponse:
    recipient = filing.ways()[channel]
    throttle.hit(request, "filing_code_address", limit=40, seconds=3600)
    throttle.hit(None, "filing_code", limit=8, seconds=3600, key=recipient)
    drafts.send_code(
        _draft_of(filing),
        channel=channel,
        recipient=recipient,
        language=get_language() or "fr",
    )
    return redirect("patients:filing_code")


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def filing_code(request: HttpRequest) -> HttpResponse:
    """The code makes the request, once; the same code again leads to the same answer."""
    filing = _ready(request)
    if isinstance(filing, HttpResponse):
        return filing
    draft = _draft_of(filing)
    if request.method != "POST" and draft.confirmed_at:
        return redirect("patients:filing_done")
    channel = filing.answers.get("channel")
    if not draft.confirmed_at and not (channel and draft.code_hash):
        messages.info(request, _("Vos réponses ont changé : demandez un nouveau code."))
        return redirect("patients:filing_check")
    form = CodeForm(_posted(request))
    if form.is_valid() and _confirm(request, filing, form):
        return redirect("patients:filing_done")
    context = {
        "form": form,
        "step": TOTAL,
        "channel": channel,
        "recipient": filing.ways().get(str(channel), ""),
        **_frame(request, filing),
    }
    return render(request, "patients/filing_code.html", context, status=422 if form.errors else 200)


def _confirm(request: HttpRequest, filing: Filing, form: CodeForm) -> bool:
    throttle.hit(request, "filing_confirm_address", limit=60, seconds=3600)
    draft = _draft_of(filing)
    code = form.cleaned_data["code"]
    if draft.confirmed_at:
        return drafts.ask_same_code(draft, code) is codes.CodeAnswer.CONFIRMED
    with open_scope(cpts=draft.cpts):
        answer, draft = drafts.confirm(
            draft,
            code=code,
            identity=filing.identity(get_language() or "fr"),
            situation=filing.situation(),
        )
    if answer is not codes.CodeAnswer.CONFIRMED:
        form.add_error("code", codes.error_of(answer, draft))
    return answer is codes.CodeAnswer.CONFIRMED


@login_not_required
@require_safe
def filing_done(request: HttpRequest) -> HttpResponse:
    """The same answer page for an hour, in the browser that filed."""
    draft = current_draft(request)
    if draft is None:
        return restart(request)
    if draft.request is None:
        return redirect("patients:filing_check")
    receipt = drafts.receipt(draft)
    context = {
        "filed": draft.request,
        "private_url": private_url(receipt["token"]),
        "is_known": receipt["is_known"],
    }
    return render(request, "patients/filing_done.html", context)


@login_not_required
@require_safe
def filing_outside(request: HttpRequest) -> HttpResponse:
    """Outside every CPTS: who can help instead; nothing was kept."""
    commune = Commune.objects.filter(pk=request.GET.get("commune", "")[:5]).first()
    context = {"commune": commune, "nearest": queries.nearest_cpts(commune)}
    return render(request, "patients/filing_outside.html", context)
