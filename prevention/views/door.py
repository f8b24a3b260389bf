"""The door of a session, on a telephone: names, walk-ins, counters; and the list on paper."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cpts_portal.core import audit, downloads, pdf
from cpts_portal.core.http import PortalRequest
from cpts_portal.core.models import AccessEntry, Commune
from cpts_portal.core.refusals import NotPermitted, Refused
from members.access import role_required
from members.models import Role
from members.views.layout import base_for
from prevention.actions import door as actions
from prevention.forms.door import CountForm, WalkInForm
from prevention.models import Session
from prevention.queries import door as queries
from prevention.queries import door_papers as papers
from prevention.queries.door import Guest
from prevention.queries.sessions import in_full
from prevention.rules.door import has_begun_at_door

PAGE = "prevention/door_show.html"
keepers = role_required(Role.COORDINATOR, Role.PROFESSIONAL, Role.BOARD, Role.SECRETARY)


def _kept(request: PortalRequest, pk: int) -> Session:
    """Raises NotPermitted for whoever does not keep this door now."""
    session: Session = get_object_or_404(in_full(), pk=pk)
    actions.ask_door(session, by=request.membership)
    return session


def _log(request: PortalRequest, guests: list[Guest], purpose: AccessEntry.Purpose) -> None:
    """Members' names are everybody's in the directory: residents' alone are written down."""
    shown = [guest.contact_id for guest in guests if guest.contact_id is not None]
    audit.record_access(
        by=request.membership, purpose=purpose, patient_ids=shown, kind=queries.CONTACT
    )


# --- The page ---------------------------------------------------------------------------------
@require_safe
@keepers
def door_show(request: PortalRequest, cpts: str, session: int) -> HttpResponse:
    return _page(request, _kept(request, session))


def _page(
    request: PortalRequest,
    session: Session,
    *,
    walk_in: WalkInForm | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    guests = queries.guests_of(session)
    _log(request, guests, AccessEntry.Purpose.LIST)
    communes = queries.communes_at(session)
    commune = _commune(request, session, communes)
    context = {
        "base": base_for(request),
        "session": session,
        "guests": guests,
        "sums": queries.sums_of(session),
        "has_begun": _has_begun(session),
        "communes": communes,
        "commune": commune,
        "counters": queries.counters_of(session, commune),
        "walk_in": walk_in or WalkInForm(communes=communes, initial={"commune": commune}),
        "form": walk_in,
        "refusal": refusal,
    }
    return render(request, PAGE, context, status=status)


NOWHERE = "autre"
"""What `commune` says when the counters are those of people who come from elsewhere."""


def _commune(request: PortalRequest, session: Session, known: list[Commune]) -> Commune | None:
    """Whose counters are shown: those asked, else of the session's own commune."""
    asked = request.GET.get("commune", "")
    if asked == NOWHERE:
        return None
    return next((one for one in known if one.pk == asked), session.commune)


def _has_begun(session: Session) -> bool:
    return has_begun_at_door(session, timezone.now())


# --- One tap ----------------------------------------------------------------------------------
@require_POST
@keepers
def door_note(request: PortalRequest, cpts: str, session: int, registration: int) -> HttpResponse:
    """`noted` says present, absent or blank; a double tap says the same thing twice."""
    found = _kept(request, session)
    row = get_object_or_404(queries.registrations(), pk=registration, session=found)
    step = actions.STEPS.get(request.POST.get("noted", ""))
    if step is None:
        return _page(request, found, refusal=_("Touchez « présente » ou « absente »."), status=422)
    try:
        row = actions.note(row, step, by=request.membership)
    except NotPermitted:
        raise
    except Refused as refusal:
        return _refused(request, found, refusal)
    if not request.htmx:
        return redirect(f"{_address(request, found)}#guest-{row.pk}")
    guest = queries.guest_of(row)
    _log(request, [guest], AccessEntry.Purpose.OPEN)
    return _part(request, "guest", found, {"guest": guest})


@require_POST
@keepers
def door_count(request: PortalRequest, cpts: str, session: int) -> HttpResponse:
    found, form = _kept(request, session), CountForm(request.POST)
    if not form.is_valid():
        return _page(request, found, refusal=_("Touchez un compteur de la page."), status=422)
    band, commune = form.cleaned_data["band"], form.cleaned_data["commune"]
    people = form.cleaned_data["people"]
    try:
        actions.count(found, band, commune, people=people, by=request.membership)
    except NotPermitted:
        raise
    except Refused as refusal:
        return _refused(request, found, refusal)
    if not request.htmx:
        asked = commune.pk if commune else NOWHERE
        return redirect(f"{_address(request, found)}?commune={asked}#counter-{band}")
    counter = queries.counter_of(found, commune, band)
    return _part(request, "counter", found, {"counter": counter, "commune": commune})


def _part(
    request: PortalRequest, name: str, session: Session, context: dict[str, Any]
) -> HttpResponse:
    """What was tapped, and the sums beside it."""
    context |= {
        "session": session,
        "sums": queries.sums_of(session),
        "has_begun": True,
        "oob": True,
    }
    return render(request, f"{PAGE}#{name}", context)


def _refused(request: PortalRequest, session: Session, refusal: Refused) -> HttpResponse:
    """For htmx, the sentence goes to the notices of the page, and the line stays as it is."""
    if not request.htmx:
        return _page(request, session, refusal=str(refusal), status=refusal.status)
    raise refusal


def _address(request: PortalRequest, session: Session) -> str:
    return reverse("prevention:door_show", args=[request.cpts.slug, session.pk])


# --- Who had not registered -------------------------------------------------------------------
@require_POST
@keepers
def door_walk_in(request: PortalRequest, cpts: str, session: int) -> HttpResponse:
    found = _kept(request, session)
    form = WalkInForm(request.POST, communes=queries.communes_at(found))
    if not form.is_valid():
        return _page(request, found, walk_in=form, status=422)
    try:
        row = actions.walk_in(
            found, form.words, by=request.membership, key=form.cleaned_data["key"]
        )
    except NotPermitted:
        raise
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, found, walk_in=form, status=refusal.status)
    messages.success(request, _("La personne est notée présente."))
    return redirect(f"{_address(request, found)}#guest-{row.pk}")


# --- On paper ---------------------------------------------------------------------------------
@require_safe
@keepers
def door_list(request: PortalRequest, cpts: str, session: int) -> HttpResponse:
    """Names with room for signatures; logged as an export."""
    found = _kept(request, session)
    guests = queries.guests_of(found)
    _log(request, guests, AccessEntry.Purpose.EXPORT)
    document = pdf.render(
        "door_list", papers.door_list(found, guests), language=get_language() or "fr"
    )
    return downloads.pdf(document, name=papers.name_of(found))
