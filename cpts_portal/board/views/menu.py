"""Everything that a member finds in her CPTS, on one page: the way round of small screens."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cpts_portal.board import menus
from cpts_portal.core.http import PortalRequest
from members.access import role_required
from members.models import Role
from members.views.layout import base_for


@require_safe
@role_required(*(role for role in Role if role != Role.FUNDER))
def menu(request: PortalRequest, cpts: str) -> HttpResponse:
    context = {"sections": menus.sections_for(request.membership), "base": base_for(request)}
    return render(request, "board/menu.html", context)
