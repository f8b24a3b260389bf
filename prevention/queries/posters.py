"""What posters and shared pictures say, worded for print; one poster a campaign or a session."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cpts_portal.core import qr
from cpts_portal.core.identifiers import format_phone
from cpts_portal.core.templatetags.portal import day, hour
from members.models import Cpts
from prevention.models import Campaign, Session
from prevention.queries.events import public_address, sessions_of
from prevention.queries.sessions import conditions_of

PAPERS = ("a4", "a3")
ON_PAPER = {"a4": 6, "a3": 8}
"""Dates that a poster tries to show; it drops the last ones where words are long."""
INTRO = 220


# --- On paper -------------------------------------------------------------------------------
def campaign_sheet(campaign: Campaign, paper: str, now: datetime) -> dict[str, Any]:
    """The dates to come of a campaign, for the template `poster`."""
    sessions = sessions_of(campaign, now)
    shown, total = list(sessions[: ON_PAPER[paper]]), sessions.count()
    address = public_address("campaign_public", campaign.cpts.slug, campaign.pk)
    return {
        **_sheet(campaign, paper, address),
        "title": campaign.title,
        "audience": campaign.audience_note,
        "heading": ngettext("Date et lieu", "Dates et lieux", total),
        **_dates(shown, total),
    }


def session_sheet(session: Session, paper: str) -> dict[str, Any]:
    """One date, in large."""
    address = public_address("event_show", session.cpts.slug, session.pk)
    for_whom = ", ".join(conditions_of(session))
    told = for_whom[:1].upper() + for_whom[1:] or session.campaign.audience_note
    return {
        **_sheet(session.campaign, paper, address),
        "title": str(session),
        "audience": told,
        "heading": _("Date et lieu"),
        **_dates([session], 1),
    }


def _sheet(campaign: Campaign, paper: str, address: str) -> dict[str, Any]:
    cpts = campaign.cpts
    partners = campaign.partners.values_list("name", flat=True)
    return {
        "paper": paper,
        "community": cpts.name,
        "kicker": str(campaign.topic),
        "intro": _intro(campaign),
        "code": {
            "svg": qr.svg_file(address).decode(),
            "alt": _("Code à flasher : %(address)s") % {"address": address},
        },
        "sign_up": {
            "heading": _("Inscrivez-vous"),
            "scan": _("Visez ce code avec l’appareil photo de votre téléphone."),
            "address": _bare(address),
            "call": _("ou appelez le"),
            "phone": format_phone(cpts.help_phone),
            "hours": cpts.shown_help_hours,
        },
        "partners": _("Avec : %(names)s") % {"names": " · ".join(partners)} if partners else "",
    }


def _intro(campaign: Campaign) -> str:
    """The first sentences of the campaign's first page, cut where one ends."""
    body = campaign.pages.order_by("position").values_list("body", flat=True).first() or ""
    words = body.strip().partition("\n\n")[0].replace("\r", "").replace("\n", " ")
    if len(words) <= INTRO:
        return words
    sentence, dot, _rest = words[:INTRO].rpartition(". ")
    return f"{sentence}." if dot else ""


def _dates(shown: Sequence[Session], total: int) -> dict[str, Any]:
    return {
        "dates": [_date(session) for session in shown],
        "more": [_more(total - count) for count in range(len(shown), -1, -1)],
    }


def _more(hidden: int) -> str:
    if not hidden:
        return ""
    words = ngettext(
        "et %(count)s autre date : flashez le code",
        "et %(count)s autres dates : flashez le code",
        hidden,
    )
    return words % {"count": hidden}


def _date(session: Session) -> dict[str, str]:
    local = timezone.localtime(session.starts_at)
    return {
        "weekday": date_format(local, "l"),
        "day": str(local.day),
        "month": date_format(local, "F"),
        "hours": _hours(session),
        "place": session.place_name,
        "address": f"{session.address}, {session.commune.name}",
        "note": _("accessible en fauteuil") if session.is_accessible else "",
    }


def _hours(session: Session) -> str:
    told = {"first": hour(session.starts_at), "last": hour(session.ends_at)}
    return _("de %(first)s à %(last)s") % told


def _bare(address: str) -> str:
    """Without its scheme, as one types it."""
    return address.partition("://")[2].rstrip("/")


# --- On a screen ----------------------------------------------------------------------------
def session_picture(session: Session) -> dict[str, Any]:
    """For the template `social`."""
    when = f"{day(session.starts_at)}, {_hours(session)}"
    where = f"{session.place_name}, {session.commune.name}"
    shared = _picture(session.campaign, session.cpts)
    return {**shared, "title": str(session), "lines": [when, where]}


def campaign_picture(campaign: Campaign) -> dict[str, Any]:
    span = {"first": day(campaign.starts_on), "last": day(campaign.ends_on)}
    when = _("du %(first)s au %(last)s") % span
    lines = [line for line in (when, campaign.audience_note) if line]
    return {**_picture(campaign, campaign.cpts), "title": campaign.title, "lines": lines}


def _picture(campaign: Campaign, cpts: Cpts) -> dict[str, Any]:
    address = public_address("event_list", cpts.slug)
    return {
        "community": cpts.name,
        "kicker": str(campaign.topic),
        "address": urlsplit(address).netloc,
    }
