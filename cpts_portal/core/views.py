"""Pages that belong to no app: the front door, the legal pages, two switches, one refusal."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

ONE_YEAR = 365 * 24 * 3600
TEXT_SIZES = frozenset({"normal", "grand"})


@require_safe
@login_not_required
def home(request: HttpRequest) -> HttpResponse:
    """Two doors for visitors; whoever is logged in goes straight to her community."""
    if request.user.is_authenticated:
        return redirect("members:cpts_choice")
    return render(request, "core/home.html")


@require_safe
@login_not_required
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "core/privacy.html", {"communities": communities()})


@require_safe
@login_not_required
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "core/accessibility.html", {"communities": communities()})


@require_safe
@login_not_required
def legal(request: HttpRequest) -> HttpResponse:
    return render(request, "core/legal.html", {"communities": communities()})


def communities() -> QuerySet[Any]:
    """Every open CPTS: the data controllers whom a visitor may write to."""
    found: QuerySet[Any] = apps.get_model(settings.CPTS_MODEL)._default_manager.all()
    return found.filter(is_active=True)


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
