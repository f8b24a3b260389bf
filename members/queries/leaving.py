"""What a member takes with her, what the portal keeps, and until when."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from cpts_portal.core.identifiers import format_phone
from cpts_portal.core.scoping import scopes_disabled
from cpts_portal.core.templatetags.portal import day_full, hour
from members import departures
from members.models import Delegation, Mandate, Membership, Role

Section = tuple[str, list[dict[str, Any]]]


def sections(membership: Membership) -> list[Section]:
    """All that is kept about her in this CPTS; what is empty is left out."""
    return [(label, rows) for label, rows in departures.all_told(membership) if rows]


def as_data(membership: Membership) -> dict[str, Any]:
    """For a file that machines read."""
    return {
        _("CPTS"): membership.cpts.name,
        _("Personne"): str(membership.user),
        _("Exporté le"): timezone.localtime(),
        _("Données"): {label: _plain(rows) for label, rows in sections(membership)},
    }


def _plain(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {name: str(value) if isinstance(value, Promise) else value for name, value in row.items()}
        for row in rows
    ]


# --- Paper --------------------------------------------------------------------------------------
def as_paper(membership: Membership) -> dict[str, Any]:
    """What the document `access_pack` wants."""
    cpts = membership.cpts
    address = (cpts.address, format_phone(cpts.help_phone), cpts.email)
    return {
        "title": _("Vos données dans %(cpts)s") % {"cpts": cpts.name},
        "letterhead": {"name": cpts.name, "lines": [line for line in address if line]},
        "pages": _("Page {page} sur {pages}"),
        "intro": _("Tout ce que %(cpts)s conserve sur %(person)s, le %(day)s.")
        % {
            "cpts": cpts.name,
            "person": membership.user,
            "day": _worded(timezone.localdate()),
        },
        "sections": [_part(label, rows) for label, rows in sections(membership)],
    }


def _part(label: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """One row is a list of facts; several are one line each."""
    if len(rows) == 1:
        facts = [[name, _worded(value)] for name, value in rows[0].items()]
        return {"heading": label, "facts": [fact for fact in facts if fact[1]]}
    return {"heading": label, "items": [_line(row) for row in rows]}


def _line(row: dict[str, Any]) -> str:
    told = [(name, _worded(value)) for name, value in row.items()]
    return " · ".join(f"{name} : {words}" for name, words in told if words)


def _worded(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return _("oui") if value else _("non")
        case datetime():
            return f"{day_full(value)}, {hour(value)}"
        case date():
            return day_full(value)
        case _:
            return str(value)


# --- Before she leaves --------------------------------------------------------------------------
def erasures(membership: Membership, today: date) -> list[tuple[date, str]]:
    """(last day, what is kept until then), the soonest first, were she to leave `today`."""
    kept = [
        ("message", _("Le texte des messages que le portail vous a envoyés.")),
        ("access", _("Le journal des identités que vous avez lues.")),
        ("member", _("Votre dossier : coordonnées, cotisations, mandats, présences.")),
    ]
    days: dict[str, int] = settings.RETENTION_DAYS
    return sorted((today + timedelta(days=days[name]), words) for name, words in kept)


def is_member_elsewhere(membership: Membership) -> bool:
    """Told to herself alone: her account stays open for her other CPTSs."""
    with scopes_disabled():
        others = Membership.objects.current().filter(user=membership.user)
        return bool(others.exclude(cpts=membership.cpts).exists())


def coordinators() -> list[Membership]:
    """Whom to tell, in the open scope."""
    found = Membership.objects.current().filter(role=Role.COORDINATOR)
    return list(found.select_related("user"))


def held(membership: Membership, today: date) -> list[str]:
    """In words, what ends with the membership beside what other apps hand over."""
    mandates = Mandate.objects.filter(membership=membership).exclude(ends_on__lt=today)
    running = Delegation.objects.filter(revoked_at=None, ends_on__gte=today)
    given, taken = running.filter(principal=membership), running.filter(delegate=membership)
    return [
        *(
            _("Votre mandat s’arrête : %(function)s, %(group)s.")
            % {"function": mandate.get_function_display(), "group": mandate.group}
            for mandate in mandates.select_related("group")
        ),
        *(
            _("%(name)s n’agit plus pour vous.") % {"name": each.delegate}
            for each in given.select_related("delegate__user")
        ),
        *(
            _("Vous n’agissez plus pour %(name)s.") % {"name": each.principal}
            for each in taken.select_related("principal__user")
        ),
    ]
