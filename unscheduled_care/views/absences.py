"""Somebody's absences: noted, cancelled."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cpts_portal.core.http import PortalRequest
from unscheduled_care.actions import absences as actions
from unscheduled_care.actions.slots import Claimed
from unscheduled_care.forms.absences import AbsenceForm
from unscheduled_care.models import Absence
from unscheduled_care.views.agenda import (
    Agenda,
    agenda_asked,
    agenda_of,
    choose_agenda,
    offerers,
    render_agenda,
    typed,
)
from unscheduled_care.views.slots import read_and_write


def _to_agenda(cpts: str, agenda: Agenda) -> HttpResponse:
    return redirect(reverse("unscheduled_care:slot_mine", args=[cpts]) + agenda.query)


@read_and_write
@offerers
def absence_new(request: PortalRequest, cpts: str) -> HttpResponse:
    """Asked again when appointments would go with it."""
    agenda = agenda_asked(request)
    if agenda is None:
        return choose_agenda(request)
    form, warning = AbsenceForm(typed(request)), ""
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        confirmed = form.cleaned_data["is_confirmed"]
        try:
            actions.create(agenda.owner, *form.stretch, by=agenda.by, is_confirmed=confirmed)
        except Claimed as claimed:
            warning, status = str(claimed), claimed.status
        else:
            messages.success(request, _("L’absence est notée, ses créneaux sont retirés."))
            return _to_agenda(cpts, agenda)
    context = {"form": form, "warning": warning}
    return render_agenda(request, "absence_edit", agenda, context, status)


@require_POST
@offerers
def absence_cancel(request: PortalRequest, cpts: str, absence: int) -> HttpResponse:
    found = get_object_or_404(Absence.objects.select_related("membership"), pk=absence)
    agenda = agenda_of(request, found.membership_id)
    actions.cancel(found, by=agenda.by)
    messages.success(request, _("L’absence est annulée : les semaines types reprennent."))
    return _to_agenda(cpts, agenda)
