"""A weekly template: new, changed, stopped, and its days without slots."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cpts_portal.core.http import PortalRequest
from cpts_portal.core.refusals import Refused
from unscheduled_care.actions import availabilities as actions
from unscheduled_care.forms.availabilities import ExceptForm, WeekForm, first_values, length_values
from unscheduled_care.models import Availability
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
from unscheduled_care.views.slots import read_and_write


def _to_agenda(cpts: str, agenda: Agenda) -> HttpResponse:
    return redirect(reverse("unscheduled_care:slot_mine", args=[cpts]) + agenda.query)


@read_and_write
@offerers
def availability_new(request: PortalRequest, cpts: str) -> HttpResponse:
    agenda = agenda_asked(request)
    if agenda is None:
        return choose_agenda(request)
    form = WeekForm(typed(request), owner=agenda.owner, initial=_blank_values(agenda))
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        try:
            actions.create(agenda.owner, form.week, form.terms, by=agenda.by)
        except Refused as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
        else:
            messages.success(
                request, _("La semaine type est ouverte : ses créneaux sont proposés.")
            )
            return _to_agenda(cpts, agenda)
    return render_agenda(request, "availability_edit", agenda, {"form": form}, status)


def _blank_values(agenda: Agenda) -> dict[str, Any]:
    """The terms of his last offer, from today on."""
    last = queries.last_offer(agenda.owner)
    terms = queries.terms_of_offer(last, queries.places_of(agenda.owner))
    length = length_values(terms.pop("minutes", 20))
    return {**terms, **length, "valid_from": timezone.localdate()}


def _find(request: PortalRequest, pk: int) -> tuple[Availability, Agenda]:
    """A template of an agenda that the visitor keeps; anybody else's does not exist."""
    week = get_object_or_404(Availability, pk=pk)
    return week, agenda_of(request, week.professional_id)


def _show(
    request: PortalRequest, week: Availability, agenda: Agenda, status: int = 200, **bound: Any
) -> HttpResponse:
    """The template with its form, its days excepted and the way to stop it."""
    context = {
        "week": week,
        "words": queries.week_in_words(week),
        "excepted": week.exceptions.filter(day__gte=timezone.localdate()),
        "form": WeekForm(owner=agenda.owner, initial=first_values(week)),
        "except_form": ExceptForm(prefix="exception"),
        **bound,
    }
    return render_agenda(request, "availability_edit", agenda, context, status)


@read_and_write
@offerers
def availability_edit(request: PortalRequest, cpts: str, availability: int) -> HttpResponse:
    week, agenda = _find(request, availability)
    if request.method != "POST":
        return _show(request, week, agenda)
    form = WeekForm(request.POST, owner=agenda.owner, initial=first_values(week))
    if not form.is_valid():
        return _show(request, week, agenda, 422, form=form)
    try:
        actions.change(week, form.week, form.terms, by=agenda.by)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _show(request, week, agenda, refusal.status, form=form)
    messages.success(request, _("La semaine type est changée ; les créneaux réservés restent."))
    return _to_agenda(cpts, agenda)


@require_POST
@offerers
def availability_stop(request: PortalRequest, cpts: str, availability: int) -> HttpResponse:
    week, agenda = _find(request, availability)
    actions.stop(week, by=agenda.by)
    messages.success(request, _("La semaine type est arrêtée ; les créneaux réservés restent."))
    return _to_agenda(cpts, agenda)


@require_POST
@offerers
def availability_except(request: PortalRequest, cpts: str, availability: int) -> HttpResponse:
    week, agenda = _find(request, availability)
    form = ExceptForm(request.POST, prefix="exception")
    if not form.is_valid():
        return _show(request, week, agenda, 422, except_form=form)
    try:
        actions.except_day(week, form.cleaned_data["day"], by=agenda.by)
    except Refused as refusal:
        form.add_error("day", str(refusal))
        return _show(request, week, agenda, refusal.status, except_form=form)
    messages.success(request, _("Aucun créneau ce jour-là ; ceux qui sont réservés restent."))
    return redirect("unscheduled_care:availability_edit", cpts=cpts, availability=week.pk)


@require_POST
@offerers
def availability_restore(request: PortalRequest, cpts: str, availability: int) -> HttpResponse:
    week, agenda = _find(request, availability)
    actions.restore_day(week, _day_sent(request), by=agenda.by)
    messages.success(request, _("Les créneaux de ce jour sont proposés à nouveau."))
    return redirect("unscheduled_care:availability_edit", cpts=cpts, availability=week.pk)


def _day_sent(request: PortalRequest) -> date:
    """The day of the button; one that no button says is the first of days, never excepted."""
    try:
        return parse_date(request.POST.get("day", "")) or date.min
    except ValueError:
        return date.min
