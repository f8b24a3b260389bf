"""Pages that belong to no app: the front door, the legal pages, two switches, one refusal."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from cpts_portal.core.scoping import scopes_disabled

ONE_YEAR = 365 * 24 * 3600
TEXT_SIZES = frozenset({"normal", "grand"})


@require_safe
@login_not_required
def home(request: HttpRequest) -> HttpResponse:
    """Two doors for visitors; members go straight to their CPTS, or choose among theirs."""
    if not request.user.is_authenticated:
        return render(request, "core/home.html")
    memberships = memberships_of(request.user)
    if len(memberships) == 1:
        return redirect("board:today", cpts=memberships[0].cpts.slug)
    return render(request, "core/choose_cpts.html", {"memberships": memberships})


def memberships_of(user: Any) -> list[Any]:
    """Running memberships in open CPTSs, by name; read across CPTSs since none is chosen yet."""
    with scopes_disabled():
        current = user.memberships.current().filter(cpts__is_active=True)
        return list(current.select_related("cpts").order_by("cpts__name"))


@require_safe
@login_not_required
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "core/privacy.html")


@require_safe
@login_not_required
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "core/accessibility.html")


@require_safe
@login_not_required
def legal(request: HttpRequest) -> HttpResponse:
    return render(request, "core/legal.html")


@require_POST
@login_not_required
def text_size(request: HttpRequest) -> HttpResponse:
    """Remember larger or normal text for a year, then go back to the page that asked."""
    chosen = request.POST.get("taille", "")
    response = redirect(_safe_next(request))
    if chosen in TEXT_SIZES:
        response.set_cookie(
            "texte",
            chosen,
            max_age=ONE_YEAR,
            samesite="Lax",
            secure=request.is_secure(),
            httponly=True,
        )
    return response


def _safe_next(request: HttpRequest) -> str:
    """The page to return to, if it is one of ours; else the home page."""
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else "home"


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403_csrf.html", status=403)
