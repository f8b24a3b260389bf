"""« Ma journée »: the slots of one professional, in order, and one tap for each patient."""

from __future__ import annotations

from datetime import date, timedelta

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from cpts_portal.core.http import PortalRequest
from members.access import role_required
from members.delegations import ActingFor
from members.models import Role
from members.views.layout import base_for
from unscheduled_care.queries import day as queries
from unscheduled_care.queries.claims import Doer, doers_of

FARTHEST = timedelta(days=400)
OFFICE = (Role.PROFESSIONAL, Role.SECRETARY, Role.BOARD)


@require_GET
@role_required(*OFFICE)
def day_show(request: PortalRequest, cpts: str) -> HttpResponse:
    """Her own day, or with `pour` that of somebody she acts for; `jour` is another day."""
    agendas = queries.agendas_of(doers_of(request.membership), request.membership)
    by = _chosen(agendas, request.GET.get("pour", ""))
    day = _day(request.GET.get("jour", ""))
    context = {
        "base": base_for(request),
        "agendas": agendas,
        "by": by,
        "principal": by.principal if isinstance(by, ActingFor) else None,
        "today": timezone.localdate(),
        "day": queries.day_of(by, day) if by else None,
    }
    return render(request, "unscheduled_care/day_show.html", context)


def _chosen(agendas: list[Doer], asked: str) -> Doer | None:
    """Whose day is asked for; the first of all unless said, 404 for anybody else's."""
    if not asked:
        return agendas[0] if agendas else None
    found = next((by for by in agendas if str(by.pk) == asked), None)
    if found is None:
        raise Http404
    return found


def _day(asked: str) -> date:
    """The day asked for; today for what is no day, or one out of all reach."""
    today = timezone.localdate()
    try:
        day = date.fromisoformat(asked)
    except ValueError:
        return today
    return day if abs(day - today) <= FARTHEST else today
