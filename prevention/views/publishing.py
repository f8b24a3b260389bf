"""Posters and codes to print, for every member: waiting rooms are where residents read them.

A poster speaks French, whatever the language of who prints it.
"""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_safe

from cpts_portal.core import downloads, pdf, qr
from cpts_portal.core.http import PortalRequest
from members.rules.people import is_coordinator
from prevention.models import Campaign, CampaignStatus, Session
from prevention.queries import posters
from prevention.queries.events import public_address


@require_safe
def campaign_poster(request: PortalRequest, cpts: str, campaign: int) -> HttpResponse:
    """A4, or A3 with `?format=a3`; of a draft, for the coordination that prepares it."""
    found = _campaign(request, campaign)
    with override("fr"):
        sheet = posters.campaign_sheet(found, _paper(request), timezone.now())
    return _poster(sheet)


@require_safe
def session_poster(request: PortalRequest, cpts: str, session: int) -> HttpResponse:
    found = _session(request, session)
    with override("fr"):
        sheet = posters.session_sheet(found, _paper(request))
    return _poster(sheet)


@require_safe
def campaign_code(request: PortalRequest, cpts: str, campaign: int) -> HttpResponse:
    found = _campaign(request, campaign)
    return _code(request, public_address("campaign_public", cpts, found.pk), str(found))


@require_safe
def session_code(request: PortalRequest, cpts: str, session: int) -> HttpResponse:
    found = _session(request, session)
    return _code(request, public_address("event_show", cpts, found.pk), str(found))


def _campaign(request: PortalRequest, pk: int) -> Campaign:
    campaign = get_object_or_404(Campaign.objects.select_related("cpts", "topic"), pk=pk)
    return _if_shown(request, campaign)


def _session(request: PortalRequest, pk: int) -> Session:
    rows = Session.objects.select_related("cpts", "campaign__topic", "campaign__cpts", "commune")
    session = get_object_or_404(rows, pk=pk)
    _if_shown(request, session.campaign)
    return session


def _if_shown(request: PortalRequest, campaign: Campaign) -> Campaign:
    is_draft = campaign.status == CampaignStatus.DRAFT
    if is_draft and not is_coordinator(request.membership, campaign):
        raise Http404
    return campaign


def _paper(request: PortalRequest) -> str:
    asked = request.GET.get("format", "")
    return asked if asked in posters.PAPERS else posters.PAPERS[0]


def _poster(sheet: dict[str, object]) -> HttpResponse:
    document = pdf.render("poster", sheet)
    name = _("Affiche %(paper)s %(title)s") % {
        "paper": str(sheet["paper"]).upper(),
        "title": sheet["title"],
    }
    return downloads.pdf(document, name=name)


def _code(request: PortalRequest, address: str, title: str) -> HttpResponse:
    """The QR code as SVG, or as PNG with `?format=png`."""
    name = _("Code %(title)s") % {"title": title}
    if request.GET.get("format") == "png":
        return downloads.picture(qr.png_file(address), name=name, kind="png")
    return downloads.picture(qr.svg_file(address), name=name, kind="svg")
