"""The directory that everybody may read: of each member, what she has chosen to show."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cpts_portal.core import downloads
from cpts_portal.core.http import PortalRequest
from cpts_portal.core.territory import LONGEST_SEARCH
from members.access import in_public
from members.forms.directory import DirectoryForm
from members.queries import directory as queries
from members.queries import exports
from members.queries.cards import Card
from members.queries.communities import communities_at, open_communities
from members.views.directory import found_context


@login_not_required
@require_safe
def directory_public_choice(request: HttpRequest) -> HttpResponse:
    """Which community: by its name, or by the commune where one lives."""
    typed = request.GET.get("commune", "").strip()[:LONGEST_SEARCH]
    context = {
        "communities": open_communities(),
        "typed": typed,
        "matches": communities_at(typed) if typed else [],
    }
    return render(request, "members/directory_public_choice.html", context)


@login_not_required
@require_safe
@in_public
def directory_public(request: PortalRequest, cpts: str) -> HttpResponse:
    asked = DirectoryForm(request.GET)
    found = queries.public_look_up(asked.filters, asked.number)
    return render(request, "members/directory_public.html", found_context(request, found))


@login_not_required
@require_safe
@in_public
def directory_public_detail(request: PortalRequest, cpts: str, person: int) -> HttpResponse:
    card = _card(person)
    return render(request, "members/directory_public_detail.html", {"card": card})


@login_not_required
@require_safe
@in_public
def directory_public_card(request: PortalRequest, cpts: str, person: int) -> HttpResponse:
    card = _card(person)
    return downloads.vcf(exports.contact_card(card, request.cpts), name=card.name)


def _card(person: int) -> Card:
    """404 for who has not opted in, as for who does not exist."""
    card = queries.public_card_of(person)
    if card is None:
        raise Http404
    return card
