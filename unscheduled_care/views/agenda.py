"""Whose agenda is open on the screen: one's own, or that of somebody one acts for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from cpts_portal.core.http import PortalRequest
from members.access import role_required
from members.delegations import ActingFor
from members.models import Membership, Role
from members.views.layout import base_for
from unscheduled_care.queries.agenda import doer_for, owners_of

CHOOSE = "autre"
"""What `pour` says when somebody else's agenda is wanted."""
offerers = role_required(Role.PROFESSIONAL, Role.BOARD, Role.SECRETARY, Role.COORDINATOR)


@dataclass(frozen=True)
class Agenda:
    """Whose it is, and as whom the visitor writes in it."""

    owner: Membership
    by: Membership | ActingFor
    is_own: bool
    has_others: bool

    @property
    def query(self) -> str:
        """What the addresses of its pages end with."""
        return "" if self.is_own else f"?pour={self.owner.pk}"


def agenda_asked(request: PortalRequest) -> Agenda | None:
    """That named by `pour`, else the only one; None when it has to be chosen. 404 for another's."""
    owners = owners_of(request.membership)
    asked = request.POST.get("pour") or request.GET.get("pour") or ""
    if asked == CHOOSE:
        return None
    if not asked:
        own = [one for one in owners if one.pk == request.membership.pk]
        owners_left = own or owners
        return _agenda(request, owners_left[0], owners) if len(owners_left) == 1 else None
    return _agenda(request, _named(owners, asked), owners)


def agenda_of(request: PortalRequest, owner_id: int) -> Agenda:
    """That of the person to whom a row belongs; 404 for whoever does not keep it."""
    owner = _named(owners_of(request.membership), str(owner_id))
    return _agenda(request, owner, [owner])


def _named(owners: list[Membership], key: str) -> Membership:
    found = next((one for one in owners if str(one.pk) == key), None)
    if found is None:
        raise Http404
    return found


def _agenda(request: PortalRequest, owner: Membership, owners: list[Membership]) -> Agenda:
    return Agenda(
        owner=owner,
        by=doer_for(request.membership, owner),
        is_own=owner.pk == request.membership.pk,
        has_others=len(owners) > 1,
    )


def choose_agenda(request: PortalRequest) -> HttpResponse:
    """The page that asks for whom; 422 when something was sent without saying it."""
    context = {"owners": owners_of(request.membership), "base": base_for(request)}
    status = 422 if request.method == "POST" else 200
    return render(request, "unscheduled_care/slot_for_whom.html", context, status=status)


def render_agenda(
    request: PortalRequest,
    name: str,
    agenda: Agenda,
    context: dict[str, Any],
    status: int = 200,
) -> HttpResponse:
    """A page of this agenda in the reader's frame."""
    common = {"base": base_for(request), "agenda": agenda, "now": timezone.now()}
    template = f"unscheduled_care/{name}.html"
    return render(request, template, {**common, **context}, status=status)


def typed(request: PortalRequest) -> Any:
    """What was sent, even nothing at all; None for a page that is only read."""
    return request.POST if request.method == "POST" else None
