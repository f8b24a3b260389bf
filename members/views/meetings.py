"""Meetings, from the call to the published minutes."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cpts_portal.core import icalendar
from cpts_portal.core.http import PortalRequest
from cpts_portal.core.refusals import NotPermitted, Refused
from members import lifecycle, rules
from members.access import governance_required, role_required
from members.actions import meetings as actions
from members.forms.meetings import (
    AnswerForm,
    CorrectionForm,
    MeetingForm,
    MinutesForm,
    initial_of,
)
from members.models import Attendance, Meeting
from members.queries import meetings as queries
from members.views.groups import EVERYBODY, show


def find(request: PortalRequest, pk: int) -> Meeting:
    """One that the member may read about; the others do not exist for him."""
    return get_object_or_404(queries.visible_to(request.membership), pk=pk)


@require_GET
@role_required(*EVERYBODY)
def meeting_list(request: PortalRequest, cpts: str) -> HttpResponse:
    is_past = request.GET.get("vue") == "passees"
    listed = queries.past if is_past else queries.coming
    lines = listed(request.membership, timezone.now())
    return show(request, "meeting_list", {"lines": lines, "is_past": is_past})


@require_GET
@role_required(*EVERYBODY)
def meeting_detail(request: PortalRequest, cpts: str, meeting: int) -> HttpResponse:
    return _detail(request, find(request, meeting))


def _detail(request: PortalRequest, meeting: Meeting, *, status: int = 200) -> HttpResponse:
    now, membership = timezone.now(), request.membership
    is_called = queries.is_called(meeting, membership)
    keeps = queries.keeps_attendance(meeting, membership)
    shows_minutes = bool(meeting.minutes) and (keeps or meeting.minutes_published_at is not None)
    own = Attendance.objects.filter(meeting=meeting, membership=membership).first()
    context = {
        "meeting": meeting,
        "agenda": meeting.agenda.all(),
        "own": own,
        "keeps": keeps,
        "takes_answer": is_called and rules.takes_answers(meeting, now),
        "answers": queries.answers(meeting) if keeps else None,
        "verbs": _verbs(meeting, request),
        "is_attendance_open": rules.is_attendance_open(meeting, now),
        "shows_minutes": shows_minutes,
        "presence": queries.presence(meeting) if shows_minutes else None,
    }
    return show(request, "meeting_detail", context, status=status)


def _verbs(meeting: Meeting, request: PortalRequest) -> set[str]:
    transitions = (lifecycle.HOLD_MEETING, lifecycle.CANCEL_MEETING)
    return {t.verb for t in transitions if t.is_open(meeting, by=request.membership)}


@require_http_methods(["GET", "POST"])
@governance_required
def meeting_new(request: PortalRequest, cpts: str) -> HttpResponse:
    """Empty, or « ?copie=12 » from an earlier one."""
    initial: dict[str, Any] = {}
    if copied := request.GET.get("copie", ""):
        if not copied.isdecimal() or len(copied) > 9:
            raise Http404
        initial = initial_of(find(request, int(copied)), is_copy=True)
    form = MeetingForm(request.POST or None, initial=initial)
    if request.method == "GET" or not form.is_valid():
        return _form(request, form)
    meeting = actions.call_meeting(by=request.membership, **form.told)
    messages.success(request, _("La réunion est prévue."))
    return redirect("members:meeting_detail", cpts=cpts, meeting=meeting.pk)


@require_http_methods(["GET", "POST"])
@governance_required
def meeting_edit(request: PortalRequest, cpts: str, meeting: int) -> HttpResponse:
    found = find(request, meeting)
    form = MeetingForm(request.POST or None, initial=initial_of(found), meeting=found)
    if request.method == "GET" or not form.is_valid():
        return _form(request, form, found)
    try:
        actions.revise_meeting(found, by=request.membership, **form.told)
    except NotPermitted:
        raise
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _form(request, form, found, status=refusal.status)
    messages.success(request, _("La réunion est modifiée."))
    return redirect("members:meeting_detail", cpts=cpts, meeting=meeting)


def _form(
    request: PortalRequest, form: MeetingForm, meeting: Meeting | None = None, *, status: int = 0
) -> HttpResponse:
    status = status or (422 if request.method == "POST" else 200)
    context = {"form": form, "meeting": meeting}
    return render(request, "members/meeting_edit.html", context, status=status)


@require_POST
@governance_required
def meeting_cancel(request: PortalRequest, cpts: str, meeting: int) -> HttpResponse:
    actions.cancel_meeting(find(request, meeting), by=request.membership)
    messages.success(request, _("La réunion est annulée, les personnes conviées le savent."))
    return redirect("members:meeting_detail", cpts=cpts, meeting=meeting)


@require_POST
@governance_required
def meeting_hold(request: PortalRequest, cpts: str, meeting: int) -> HttpResponse:
    actions.hold_meeting(find(request, meeting), by=request.membership)
    messages.success(request, _("C’est noté : la réunion a lieu."))
    return redirect("members:attendance_list", cpts=cpts, meeting=meeting)


@require_POST
@role_required(*EVERYBODY)
def meeting_answer(request: PortalRequest, cpts: str, meeting: int) -> HttpResponse:
    found, form = find(request, meeting), AnswerForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Répondez par l’un des deux boutons."))
        return _detail(request, found, status=422)
    answer = form.cleaned_data["answer"]
    actions.answer_call(found, answer=answer, by=request.membership)
    is_coming = answer == Attendance.Answer.COMING
    done = _("C’est noté : vous venez.") if is_coming else _("C’est noté : vous ne venez pas.")
    messages.success(request, done)
    return redirect("members:meeting_detail", cpts=cpts, meeting=meeting)


@require_GET
@role_required(*EVERYBODY)
def meeting_calendar(request: PortalRequest, cpts: str, meeting: int) -> HttpResponse:
    """A file that a calendar keeps up to date; of a cancelled meeting, it takes it away."""
    found = find(request, meeting)
    body = icalendar.calendar([_event(request, found)])
    response = HttpResponse(body, content_type=icalendar.CONTENT_TYPE)
    response["Content-Disposition"] = 'attachment; filename="reunion.ics"'
    return response


def _event(request: PortalRequest, meeting: Meeting) -> icalendar.Event:
    page = reverse("members:meeting_detail", args=[meeting.cpts.slug, meeting.pk])
    agenda = [f"- {item.title}" for item in meeting.agenda.all()]
    return icalendar.Event(
        uid=f"reunion-{meeting.pk}@{meeting.cpts.slug}.portail-cpts",
        summary=meeting.title,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        stamped_at=timezone.now(),
        sequence=queries.sequence_of(meeting),
        organizer=meeting.cpts.email,
        organizer_name=meeting.cpts.name,
        location=meeting.place,
        description="\n".join(filter(None, [meeting.video_url, *agenda])),
        url=f"{settings.PUBLIC_URL}{page}",
        is_cancelled=meeting.status == Meeting.Status.CANCELLED,
    )


# --- Minutes --------------------------------------------------------------------------------
def _kept(request: PortalRequest, pk: int) -> Meeting:
    meeting = find(request, pk)
    actions.ask_keeper(meeting, request.membership)
    return meeting


@require_http_methods(["GET", "POST"])
@role_required(*EVERYBODY)
def minutes_edit(request: PortalRequest, cpts: str, meeting: int) -> HttpResponse:
    """Two buttons: keep the draft, or publish it."""
    found = _kept(request, meeting)
    form = MinutesForm(
        request.POST if request.method == "POST" else None,
        initial={"text": found.minutes, "seen": found.minutes},
    )
    if request.method == "GET" or not form.is_valid():
        return _minutes(request, found, form)
    try:
        actions.write_minutes(found, by=request.membership, **form.cleaned_data)
        if "publish" in request.POST:
            actions.publish_minutes(found, by=request.membership)
    except NotPermitted:
        raise
    except Refused as refusal:
        return _minutes(request, find(request, meeting), form, refusal=refusal)
    is_out = "publish" in request.POST
    messages.success(
        request,
        _("Le compte rendu est publié.") if is_out else _("Le brouillon est enregistré."),
    )
    return redirect("members:meeting_detail", cpts=cpts, meeting=meeting)


def _minutes(
    request: PortalRequest, meeting: Meeting, form: MinutesForm, *, refusal: Refused | None = None
) -> HttpResponse:
    """After a refusal what was typed stays, beside what another has written meanwhile."""
    status = 422 if request.method == "POST" else 200
    if refusal is not None:
        form.add_error(None, str(refusal))
        status = refusal.status
    typed = form.data.get("text", "") if form.is_bound else ""
    context = {
        "form": form,
        "meeting": meeting,
        "agenda": meeting.agenda.all(),
        "theirs": meeting.minutes if refusal and meeting.minutes.strip() != typed.strip() else "",
    }
    return show(request, "meeting_minutes", context, status=status)


@require_http_methods(["GET", "POST"])
@role_required(*EVERYBODY)
def minutes_correct(request: PortalRequest, cpts: str, meeting: int) -> HttpResponse:
    found = _kept(request, meeting)
    form = CorrectionForm(request.POST if request.method == "POST" else None)
    if request.method == "GET" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        context = {"form": form, "meeting": found}
        return show(request, "meeting_correction", context, status=status)
    actions.correct_minutes(found, text=form.cleaned_data["text"], by=request.membership)
    messages.success(request, _("La correction est publiée, avec sa date."))
    return redirect("members:meeting_detail", cpts=cpts, meeting=meeting)
