"""The directory as colleagues of the CPTS read it, and the copies they take away."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cpts_portal.core import downloads, pdf
from cpts_portal.core.http import PortalRequest
from members.access import role_required
from members.actions.directory import note_export
from members.forms.directory import DirectoryForm, query_of
from members.models import Role
from members.queries import directory as queries
from members.queries import exports
from members.queries.directory import Found
from members.queries.territory import territory_of
from members.views.layout import base_for

READERS = tuple(role for role in Role if role is not Role.FUNDER)
"""The directory is the members' own: who pays for the CPTS is not one."""


def found_context(request: Any, found: Found) -> dict[str, Any]:
    """What every page of results needs: the results, their map, the links that narrow them."""
    filters = found.filters
    return {
        "found": found,
        "filters": filters,
        "territory": territory_of(request.cpts, found.communes, filters.commune),
        "here": query_of(filters),
        "commune_query": query_of(filters, commune="").replace("?", "&"),
        "profession_query": query_of(filters, profession="").replace("?", "&"),
        "previous_query": query_of(filters, page=found.number - 1),
        "next_query": query_of(filters, page=found.number + 1),
    }


@require_safe
@role_required(*READERS)
def directory_list(request: PortalRequest, cpts: str) -> HttpResponse:
    asked = DirectoryForm(request.GET)
    found = queries.look_up(asked.filters, asked.number)
    context = {**found_context(request, found), "base": base_for(request)}
    part = "#directory" if request.htmx and not request.htmx.boosted else ""
    return render(request, f"members/directory_list.html{part}", context)


@require_safe
@role_required(*READERS)
def directory_detail(request: PortalRequest, cpts: str, person: int) -> HttpResponse:
    card = queries.card_of(person)
    if card is None:
        raise Http404
    context = {"card": card, "base": base_for(request)}
    return render(request, "members/directory_detail.html", context)


@require_POST
@role_required(*READERS)
def directory_card(request: PortalRequest, cpts: str, person: int) -> HttpResponse:
    """By POST, since the copy is traced."""
    card = queries.card_of(person)
    if card is None:
        raise Http404
    note_export(request.membership, form="vcard", count=1, by=request.membership)
    return downloads.vcf(exports.contact_card(card, request.cpts), name=card.name)


@require_POST
@role_required(*READERS)
def directory_cards(request: PortalRequest, cpts: str) -> HttpResponse:
    """Every card that the filters leave, not only the page shown."""
    cards = queries.all_cards(DirectoryForm(request.POST).filters)
    note_export(request.membership, form="vcard", count=len(cards), by=request.membership)
    return downloads.vcf(exports.contact_cards(cards, request.cpts), name=_name(request))


@require_POST
@role_required(*READERS)
def directory_pdf(request: PortalRequest, cpts: str) -> HttpResponse:
    found = queries.look_up(DirectoryForm(request.POST).filters)
    cards = queries.all_cards(found.filters)
    note_export(request.membership, form="pdf", count=len(cards), by=request.membership)
    data = exports.printed(cards, request.cpts, found.asked_words)
    document = pdf.render("directory", data, language=get_language() or "fr")
    return downloads.pdf(document, name=_name(request))


def _name(request: PortalRequest) -> str:
    return _("Annuaire %(name)s") % {"name": request.cpts.name}
