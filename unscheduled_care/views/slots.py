"""A slot offered in three taps, and everything one has offered."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cpts_portal.core.http import PortalRequest
from cpts_portal.core.refusals import Refused
from unscheduled_care.actions import slots as actions
from unscheduled_care.forms.availabilities import length_values
from unscheduled_care.forms.slots import SlotForm, WithdrawForm
from unscheduled_care.models import Slot, SlotStatus
from unscheduled_care.queries import agenda as queries
from unscheduled_care.views.agenda import (
    Agenda,
    agenda_asked,
    agenda_of,
    choose_agenda,
    offerers,
    render_agenda,
    typed,
)

read_and_write = require_http_methods(["GET", "HEAD", "POST"])
EVENING = 18
"""The hour from which the next slot is rather for tomorrow."""


# --- Three taps -----------------------------------------------------------------------------
@read_and_write
@offerers
def slot_new(request: PortalRequest, cpts: str) -> HttpResponse:
    agenda = agenda_asked(request)
    if agenda is None:
        return choose_agenda(request)
    form = SlotForm(typed(request), owner=agenda.owner, initial=_first_values(agenda))
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.offer(agenda.owner, form.terms, by=agenda.by, **form.when)
        except Refused as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
        else:
            return redirect("unscheduled_care:slot_offered", cpts=cpts, slot=made[0].pk)
    return render_agenda(request, "slot_new", agenda, _page_of(form), status)


def _first_values(agenda: Agenda) -> dict[str, Any]:
    """The terms and the length of his last offer; today, or tomorrow in the evening."""
    last = queries.last_offer(agenda.owner)
    terms = queries.terms_of_offer(last, queries.places_of(agenda.owner))
    is_late = timezone.localtime().hour >= EVENING
    day = queries.coming_days(2)[is_late]
    length = length_values(terms.pop("minutes", 20))
    return {**terms, **length, "day": day.isoformat(), "key": uuid.uuid4()}


def _page_of(form: SlotForm) -> dict[str, Any]:
    now = queries.local_minutes(timezone.now())
    gone = [minute for minute in queries.round_times() if minute <= now]
    return {"form": form, "gone_today": gone, "today": timezone.localdate().isoformat()}


@require_safe
@offerers
def slot_offered(request: PortalRequest, cpts: str, slot: int) -> HttpResponse:
    """What has just been put on the board."""
    found, agenda = _find(request, slot)
    return render_agenda(request, "slot_offered", agenda, {"slots": queries.offered_with(found)})


def _find(request: PortalRequest, pk: int) -> tuple[Slot, Agenda]:
    """A slot of an agenda that the visitor keeps; anybody else's does not exist."""
    slot = get_object_or_404(Slot.objects.select_related("practice"), pk=pk)
    return slot, agenda_of(request, slot.professional_id)


# --- Mine -----------------------------------------------------------------------------------
@require_safe
@offerers
def slot_mine(request: PortalRequest, cpts: str) -> HttpResponse:
    """The days to come, the weekly templates, the absences."""
    agenda = agenda_asked(request)
    if agenda is None:
        return choose_agenda(request)
    context = {
        "days": queries.days_of(agenda.owner),
        "weeks": [(week, queries.week_in_words(week)) for week in queries.weeks_of(agenda.owner)],
        "absences": queries.absences_of(agenda.owner),
        "today": timezone.localdate(),
    }
    return render_agenda(request, "slot_mine", agenda, context)


@read_and_write
@offerers
def slot_withdraw(request: PortalRequest, cpts: str, slot: int) -> HttpResponse:
    """One tap for a free slot; a page in between when somebody has the appointment."""
    found, agenda = _find(request, slot)
    form, refusal = WithdrawForm(_tapped(request)), ""
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        try:
            actions.withdraw(found, by=agenda.by, **form.cleaned_data)
        except actions.Claimed as claimed:
            refusal, status = str(claimed), claimed.status
            found.status = SlotStatus.CLAIMED
        else:
            messages.success(request, _("Le créneau est retiré."))
            return redirect(reverse("unscheduled_care:slot_mine", args=[cpts]) + agenda.query)
    context = {"slot": found, "form": form, "refusal": refusal}
    return render_agenda(request, "slot_withdraw", agenda, context, status)


def _tapped(request: PortalRequest) -> Any:
    """What was sent; a single tap says no reason."""
    if request.method != "POST":
        return None
    sent = request.POST.copy()
    sent.setdefault("reason", Slot.WithdrawReason.OTHER)
    return sent
