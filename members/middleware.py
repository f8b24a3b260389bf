"""Three gates in a row: session age, second factor, CPTS."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from cpts_portal.core.scoping import open_scope
from members.models import Cpts, Membership

GetResponse = Callable[[HttpRequest], HttpResponse]


def session_age_middleware(get_response: GetResponse) -> GetResponse:
    return get_response


def second_factor_middleware(get_response: GetResponse) -> GetResponse:
    return get_response


class CptsMiddleware:
    """Opens the scope of the CPTS named in the URL; to strangers it does not exist."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with ExitStack() as stack:
            request.scope_stack = stack  # type: ignore[attr-defined]
            return self.get_response(request)

    def process_view(
        self, request: Any, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        slug = kwargs.get("cpts")
        if slug is None or not request.user.is_authenticated:
            return
        request.cpts = Cpts.objects.filter(slug=slug, is_active=True).first()
        if request.cpts is None:
            raise Http404
        request.scope_stack.enter_context(open_scope(cpts=request.cpts))
        request.membership = (
            Membership.objects.current()
            .select_related("user", "profession")
            .filter(user=request.user)
            .first()
        )
        if request.membership is None:
            raise Http404
