"""The third gate: a view is for certain roles of the open CPTS."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from cpts_portal.core.http import PortalRequest
from cpts_portal.core.refusals import NotPermitted
from cpts_portal.core.scoping import open_scope
from members import rules
from members.models import Cpts, Role

View = Callable[..., HttpResponse]


def role_required(*roles: Role) -> Callable[[View], View]:
    """Refuse (403) every other role; goes on views under `/<cpts>/`, whose membership is known."""
    allowed = frozenset(roles)

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: PortalRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not rules.has_role(request.membership, allowed):
                raise NotPermitted(_("Cette page n’est pas ouverte à votre rôle dans cette CPTS."))
            return view(request, *args, **kwargs)

        return guarded

    return guard


def governance_required(view: View) -> View:
    """Refuse (403) who does not decide for the association: see `rules.governs`."""

    @wraps(view)
    def guarded(request: PortalRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not rules.governs(request.membership, request.membership):
            raise NotPermitted(_("Cette page est ouverte à la coordination et au bureau."))
        return view(request, *args, **kwargs)

    return guarded


def in_public(view: View) -> View:
    """A page of one CPTS that anybody reads: its scope is open, nobody's membership is known.

    404 for a CPTS that does not exist or is closed. Goes under `@login_not_required`.
    """

    @wraps(view)
    def opened(request: PortalRequest, cpts: str, *args: Any, **kwargs: Any) -> HttpResponse:
        request.cpts = get_object_or_404(Cpts, slug=cpts, is_active=True)
        with open_scope(cpts=request.cpts):
            return view(request, cpts, *args, **kwargs)

    return opened
