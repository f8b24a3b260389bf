"""The third gate: a view is for certain roles of the open CPTS."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from django.http import HttpResponse
from django.utils.translation import gettext as _

from cpts_portal.core.http import PortalRequest
from cpts_portal.core.refusals import NotPermitted
from members import rules
from members.models import Role

P = ParamSpec("P")
R = TypeVar("R", bound=HttpResponse)
View = Callable[Concatenate[PortalRequest, P], R]


def role_required(*roles: Role) -> Callable[[View[P, R]], View[P, R]]:
    """Refuse (403) every other role; goes on views under `/<cpts>/`, whose membership is known."""
    allowed = frozenset(roles)

    def guard(view: View[P, R]) -> View[P, R]:
        @wraps(view)
        def guarded(request: PortalRequest, *args: P.args, **kwargs: P.kwargs) -> R:
            if not rules.has_role(request.membership, allowed):
                raise NotPermitted(_("Cette page n’est pas ouverte à votre rôle dans cette CPTS."))
            return view(request, *args, **kwargs)

        guarded.roles = allowed  # type: ignore[attr-defined]
        return guarded

    return guard
