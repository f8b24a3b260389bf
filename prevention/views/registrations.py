"""Registering to a session without account: a form, a code, an answer; works on any phone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cpts_portal.core import codes, throttle
from cpts_portal.core.forms import CodeForm
from cpts_portal.core.http import PortalRequest
from cpts_portal.core.refusals import Refused
from members.access import in_public
from prevention.actions import drafts
from prevention.forms.registrations import RegistrationForm
from prevention.models import CampaignStatus, RegistrationDraft, Session, SessionStatus
from prevention.notifications.registrations import registration_url
from prevention.queries import registrations as queries
from prevention.queries.sessions import in_full
from prevention.rules.line import is_for_members

COOKIE = "__Host-inscription" if settings.SECURE else "inscription"
COOKIE_SALT = "prevention.registration"
BEGUN_SALT = "prevention.registration.begun"
DRAFT_LASTS = timedelta(days=settings.RETENTION_DAYS["draft"])
RECEIPT_LASTS = timedelta(hours=1)
"""How long the browser that registered may show the answer again; it may be a shared one."""
QUICKEST = timedelta(seconds=3)


# --- The draft of this browser --------------------------------------------------------------
def current_draft(request: PortalRequest, session: Session) -> RegistrationDraft | None:
    """The draft named by the signed cookie, if it is of this session and one to go on with."""
    value = request.get_signed_cookie(
        COOKIE, default=None, salt=COOKIE_SALT, max_age=int(DRAFT_LASTS.total_seconds())
    )
    if value is None:
        return None
    draft = RegistrationDraft.objects.filter(pk=UUID(value), session=session).first()
    is_old = (
        draft is not None
        and draft.confirmed_at is not None
        and timezone.now() - draft.confirmed_at > RECEIPT_LASTS
    )
    return None if is_old else draft


def remember(response: HttpResponse, draft: RegistrationDraft) -> HttpResponse:
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


def _address(session: Session, name: str) -> str:
    return reverse(f"prevention:{name}", args=[session.cpts.slug, session.pk])


def _found(pk: int) -> Session:
    """A campaign in preparation is nobody's business yet."""
    session: Session = get_object_or_404(in_full(), pk=pk)
    if session.campaign.status == CampaignStatus.DRAFT:
        raise Http404
    return session


def _closed_by(session: Session) -> str:
    """Why nobody registers here any more; "" when one may."""
    if session.status == SessionStatus.CANCELLED:
        return "cancelled"
    if session.starts_at <= timezone.now() or session.status == SessionStatus.HELD:
        return "past"
    if session.campaign.status == CampaignStatus.CLOSED:
        return "ended"
    return "professionals" if is_for_members(session) else ""


def _closed_page(request: PortalRequest, session: Session, reason: str) -> HttpResponse:
    """What a poster's code leads to once it is over: a sentence, and where to go from there."""
    context = {"session": session, "reason": reason}
    return render(request, "prevention/registration_closed.html", context)


# --- The form -----------------------------------------------------------------------------------
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@in_public
def registration_new(request: PortalRequest, cpts: str, session: int) -> HttpResponse:
    """One page; a valid answer is kept as a draft, and a code leaves."""
    found = _found(session)
    if reason := _closed_by(found):
        return _closed_page(request, found, reason)
    form = _form(request, found)
    if form.is_valid() and not _is_hasty(request, form):
        return _send(request, found, form)
    context = {
        "form": form,
        "session": found,
        "begun": _begun(request),
        "waiting": queries.waiting_in(found),
        **_steps(1),
    }
    status = 422 if form.errors else 200
    return render(request, "prevention/registration_new.html", context, status=status)


def _steps(step: int) -> dict[str, Any]:
    return {"step": step, "total": 2, "numbers": (1, 2)}


def _form(request: PortalRequest, session: Session) -> RegistrationForm:
    """What was sent, were it nothing; else what this browser wrote before."""
    language = get_language() or "fr"
    if request.method == "POST":
        return RegistrationForm(request.POST, session=session, language=language)
    draft = current_draft(request, session)
    known = _written(draft) if draft is not None and draft.confirmed_at is None else {}
    return RegistrationForm(session=session, language=language, initial=known)


def _written(draft: RegistrationDraft) -> dict[str, Any]:
    words = drafts.words_of(draft)
    names = ("first_name", "last_name", "age_band", "commune", "heard_by")
    return {
        **{name: getattr(words, name) for name in names},
        "key": draft.pk,
        "reach": words.phone or words.email,
        "for_whom": "relative" if words.is_for_relative else "self",
    }


def _is_hasty(request: PortalRequest, form: RegistrationForm) -> bool:
    """A robot fills the hidden field, or the form in no time; a second press is enough."""
    if request.POST.get("site_web") or not _was_read(request.POST.get("begun", "")):
        form.add_error(None, _("Relisez vos réponses, puis appuyez de nouveau sur le bouton."))
        return True
    return False


def _was_read(begun: str) -> bool:
    """Whether the page was shown three seconds ago at least, by the time it carries, signed."""
    try:
        signing.loads(begun, salt=BEGUN_SALT, max_age=QUICKEST)
    except signing.SignatureExpired:
        return True
    except signing.BadSignature:
        pass
    return False


def _begun(request: PortalRequest) -> str:
    """When this form was first shown, signed; it stays the same when it comes back with errors."""
    told = request.POST.get("begun", "")
    try:
        signing.loads(told, salt=BEGUN_SALT)
    except signing.BadSignature:
        return signing.dumps("", salt=BEGUN_SALT)
    return told


def _send(request: PortalRequest, session: Session, form: RegistrationForm) -> HttpResponse:
    words = form.words
    throttle.hit(request, "registration_start_address", limit=40, seconds=3600)
    throttle.hit(None, "registration_code", limit=8, seconds=3600, key=words.phone or words.email)
    try:
        draft = drafts.save(session, words, key=form.cleaned_data["key"])
        drafts.send_code(draft)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(_address(session, "registration_new"))
    return remember(redirect(_address(session, "registration_code")), draft)


# --- The code -----------------------------------------------------------------------------------
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@in_public
def registration_code(request: PortalRequest, cpts: str, session: int) -> HttpResponse:
    """The code gives the seat, or the rank, once; `renvoyer` asks for another code."""
    found = _found(session)
    draft = current_draft(request, found)
    if draft is None:
        return _restart(request, found)
    if draft.confirmed_at:
        return redirect(_address(found, "registration_done"))
    if reason := _closed_by(found):
        return _closed_page(request, found, reason)
    if request.method == "POST" and "renvoyer" in request.POST:
        return _resend(request, found, draft)
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and _confirm(request, draft, form):
        return redirect(_address(found, "registration_done"))
    channel, recipient = drafts.way_of(draft)
    context = {
        "form": form,
        "session": found,
        "channel": channel,
        "recipient": recipient,
        **_steps(2),
    }
    status = 422 if form.errors else 200
    return render(request, "prevention/registration_code.html", context, status=status)


def _restart(request: PortalRequest, session: Session) -> HttpResponse:
    messages.info(
        request,
        _("Votre inscription commencée n’est plus là : recommencez, cela prend deux minutes."),
    )
    return redirect(_address(session, "registration_new"))


def _resend(request: PortalRequest, session: Session, draft: RegistrationDraft) -> HttpResponse:
    throttle.hit(request, "registration_start_address", limit=40, seconds=3600)
    throttle.hit(None, "registration_code", limit=8, seconds=3600, key=drafts.way_of(draft)[1])
    try:
        drafts.send_code(draft)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect(_address(session, "registration_code"))


def _confirm(request: PortalRequest, draft: RegistrationDraft, form: CodeForm) -> bool:
    throttle.hit(request, "registration_confirm_address", limit=60, seconds=3600)
    answer, draft = drafts.confirm(draft, code=form.cleaned_data["code"])
    if answer is not codes.CodeAnswer.CONFIRMED:
        form.add_error("code", codes.error_of(answer, draft))
    return answer is codes.CodeAnswer.CONFIRMED


# --- The answer ---------------------------------------------------------------------------------
@login_not_required
@require_safe
@in_public
def registration_done(request: PortalRequest, cpts: str, session: int) -> HttpResponse:
    """The same answer page for an hour, in the browser that registered."""
    found = _found(session)
    draft = current_draft(request, found)
    if draft is None:
        return _restart(request, found)
    if draft.registration_id is None:
        return redirect(_address(found, "registration_code"))
    registration = queries.registrations().get(pk=draft.registration_id)
    context = {
        "session": found,
        "standing": queries.standing_of(registration),
        "registration": registration,
        "private_url": registration_url(registration),
    }
    return render(request, "prevention/registration_done.html", context)
