"""Three minutes a week: what waits for me, answered in one tap."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cpts_portal.board.queries.minutes import asks_of
from cpts_portal.core.http import PortalRequest
from members.access import role_required
from members.models import Role
from members.views.layout import base_for


@require_safe
@role_required(Role.PROFESSIONAL, Role.COORDINATOR, Role.SECRETARY, Role.BOARD, Role.PARTNER)
def minutes(request: PortalRequest, cpts: str) -> HttpResponse:
    context = {"asks": asks_of(request.membership), "base": base_for(request)}
    return render(request, "board/minutes.html", context)
