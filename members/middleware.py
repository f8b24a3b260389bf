"""The gates in a row: log-in, session age, second factor, CPTS."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from cpts_portal.core.scoping import open_scope
from members import rules, sessions
from members.queries import people as queries

GetResponse = Callable[[HttpRequest], HttpResponse]


class LoginMiddleware(LoginRequiredMiddleware):
    """Every view wants a log-in but those that say not; says so when a session has lapsed."""

    def handle_no_permission(  # type: ignore[override]
        self, request: Any, view_func: Any
    ) -> HttpResponse:
        if request.COOKIES.get(settings.SESSION_COOKIE_NAME):
            messages.info(request, _("Votre session a pris fin. Connectez-vous pour reprendre."))
        return _to_login(request)


class SessionAgeMiddleware:
    """Ends a session at its absolute age, keeps one in use from lapsing, leaves nothing behind."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return self.get_response(request)
        response = self.get_response(request) if sessions.keep(request) else self._end(request)
        if not request.user.is_authenticated:
            response["Clear-Site-Data"] = '"cache", "storage"'
        return response

    def _end(self, request: HttpRequest) -> HttpResponse:
        logout(request)
        messages.info(
            request,
            _("Votre session a atteint sa durée maximale. Connectez-vous pour reprendre."),
        )
        return _to_login(request)


class SecondFactorMiddleware:
    """Whoever can see a name enrols a second factor before any page that is not public."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: Any, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        if not settings.SECOND_FACTOR_REQUIRED or _is_public(view) or _is_enrolment(request):
            return None
        if queries.has_second_factor(request.user) or not rules.needs_second_factor(
            request.user, queries.memberships_of(request.user)
        ):
            return None
        messages.warning(
            request,
            _(
                "Votre rôle donne accès à des noms : ajoutez une deuxième protection à votre"
                " compte (application ou clé d’accès) avant de continuer."
            ),
        )
        return _redirect(request, redirect("mfa_index").url)


class CptsMiddleware:
    """Opens the scope of the CPTS named in the URL; to strangers it does not exist (404)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with ExitStack() as stack:
            request.scope_stack = stack  # type: ignore[attr-defined]
            return self.get_response(request)

    def process_view(
        self, request: Any, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        if "cpts" not in kwargs or _is_public(view):
            return
        membership = queries.membership_at(request.user, kwargs["cpts"])
        if membership is None:
            raise Http404
        request.membership, request.cpts = membership, membership.cpts
        request.scope_stack.enter_context(open_scope(cpts=membership.cpts))


def _is_public(view: Any) -> bool:
    return not getattr(view, "login_required", True)


def _is_enrolment(request: HttpRequest) -> bool:
    match = request.resolver_match
    name = match.view_name if match else ""
    return name.startswith("mfa_") or name == "account_reauthenticate"


def _to_login(request: HttpRequest) -> HttpResponse:
    return _redirect(request, redirect_to_login(_page_to_return_to(request)).url)


def _redirect(request: Any, address: str) -> HttpResponse:
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


def _page_to_return_to(request: Any) -> str:
    """The page on the screen: for a form or a fragment, the one that held it."""
    if request.htmx:
        return str(request.htmx.current_url_abs_path or "/")
    if request.method in {"GET", "HEAD"}:
        return str(request.get_full_path())
    held_in = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(held_in, {request.get_host()}):
        return "/"
    page: str = urlsplit(held_in)._replace(scheme="", netloc="", fragment="").geturl()
    return page
