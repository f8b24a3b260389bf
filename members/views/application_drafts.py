"""What every page of the candidate's form shares: its gate, its cookie, its addresses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cpts_portal.core.scoping import open_scope
from members.models import Application, Cpts
from members.queries import applications as queries
from members.rules.applications import FIRST, Texts, missing_step, steps_of

COOKIE = "__Host-candidature" if settings.SECURE else "candidature"
COOKIE_SALT = "members.application"
DRAFT_LASTS = timedelta(days=settings.RETENTION_DAYS["draft"])
RECEIPT_LASTS = timedelta(hours=1)
"""How long the browser that filed may show the confirmation again; it may be a shared one."""
RETURN = "retour"

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


def ask_open() -> None:
    """A CPTS without a college that takes candidates has no form (404)."""
    if not queries.open_colleges():
        raise Http404


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


def is_filed(draft: Application | None) -> bool:
    return draft is not None and draft.status != Application.Status.DRAFT


# --- Addresses ------------------------------------------------------------------------------
def posted(request: HttpRequest) -> Any:
    """What was sent, were it nothing; None, for a form without errors, when nothing was."""
    return request.POST if request.method == "POST" else None


def is_robot(request: HttpRequest) -> bool:
    """The hidden field that only robots fill in."""
    return bool(request.POST.get("site_web"))


def step_url(request: HttpRequest, cpts: Cpts, step: str) -> str:
    """The address of a page, on the way back to the check if that is where one came from."""
    query = {RETURN: "1"} if request.GET.get(RETURN) else None
    return reverse("members:application_step", args=[cpts.slug, step], query=query)


def next_url(request: HttpRequest, draft: Application, step: str, texts: Texts) -> str:
    order = steps_of(draft)
    if request.GET.get(RETURN) or step == order[-1]:
        missing = missing_step(draft, texts)
        if missing is None:
            return reverse("members:application_check", args=[draft.cpts.slug])
        return step_url(request, draft.cpts, missing)
    return step_url(request, draft.cpts, order[order.index(step) + 1])


def back_url(request: HttpRequest, draft: Application | None, step: str) -> str:
    cpts: Cpts = request.cpts  # type: ignore[attr-defined]
    if request.GET.get(RETURN):
        return reverse("members:application_check", args=[cpts.slug])
    order = steps_of(draft)
    before = order.index(step) - 1
    if before < 0:
        return reverse("members:application_start", args=[cpts.slug])
    return step_url(request, cpts, order[before])


def frame(draft: Application | None, step: str | None) -> dict[str, Any]:
    """What surrounds every page of the form: where one stands in it."""
    order = steps_of(draft)
    total = len(order) + 1
    place = order.index(step) + 1 if step else total
    return {"step": place, "total": total, "numbers": range(1, total + 1)}
