"""Who is there: the register, its QR code, and the tap of whoever scans it."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cpts_portal.core import qr
from cpts_portal.core.http import PortalRequest
from cpts_portal.core.refusals import Refused
from members import lifecycle, rules
from members.access import governance_required, role_required
from members.actions import attendances as actions
from members.actions.meetings import ask_keeper
from members.forms.meetings import BesideForm, CountForm
from members.models import Attendance, Meeting, Membership
from members.queries import attendances as queries
from members.queries.meetings import is_called
from members.views.groups import EVERYBODY, show
from members.views.meetings import find


def _kept(request: PortalRequest, pk: int) -> Meeting:
    """Raises NotPermitted for who only comes."""
    meeting = find(request, pk)
    ask_keeper(meeting, request.membership)
    return meeting


@require_GET
@role_required(*EVERYBODY)
def attendance_list(request: PortalRequest, cpts: str, meeting: int) -> HttpResponse:
    return _register(request, _kept(request, meeting))


def _register(
    request: PortalRequest,
    meeting: Meeting,
    *,
    beside: BesideForm | None = None,
    status: int = 200,
) -> HttpResponse:
    now = timezone.now()
    context = {
        "meeting": meeting,
        "register": queries.register(meeting),
        "form": beside,
        "beside": beside or BesideForm(meeting=meeting),
        "is_open": rules.is_attendance_open(meeting, now),
        "can_hold": lifecycle.HOLD_MEETING.is_open(meeting, by=request.membership),
        "code": _code(meeting) if rules.is_presence_open(meeting, now) else "",
    }
    return show(request, "meeting_attendance", context, status=status)


def _code(meeting: Meeting) -> str:
    path = reverse("members:attendance_confirm", args=[meeting.cpts.slug, meeting.presence_key])
    return qr.svg(f"{settings.PUBLIC_URL}{path}", label=_("QR code de présence"), css_class="qr")


def _member(pk: int) -> Membership:
    return get_object_or_404(Membership.objects.select_related("user"), pk=pk)


@require_POST
@role_required(*EVERYBODY)
def attendance_tick(request: PortalRequest, cpts: str, meeting: int, member: int) -> HttpResponse:
    """« present » says which of the two; a double tap says the same thing twice."""
    found, person = _kept(request, meeting), _member(member)
    if request.POST.get("present") == "1":
        actions.tick(found, person, by=request.membership)
    else:
        actions.untick(found, person, by=request.membership)
    return _answer(request, found, person)


def _answer(request: PortalRequest, meeting: Meeting, person: Membership) -> HttpResponse:
    """The line and the sums for htmx; the whole page, at that line, without."""
    if not request.htmx:
        page = reverse("members:attendance_list", args=[request.cpts.slug, meeting.pk])
        return redirect(f"{page}#person-{person.pk}")
    register = queries.register(meeting)
    line = next((line for line in register.lines if line.member.pk == person.pk), None)
    context = {"line": line, "register": register, "meeting": meeting, "is_open": True, "oob": True}
    return render(request, "members/meeting_attendance.html#person", context)


@require_POST
@role_required(*EVERYBODY)
def attendance_add(request: PortalRequest, cpts: str, meeting: int) -> HttpResponse:
    found = _kept(request, meeting)
    form = BesideForm(request.POST, meeting=found)
    if not form.is_valid():
        return _register(request, found, beside=form, status=422)
    actions.tick(found, form.cleaned_data["member"], by=request.membership)
    return redirect("members:attendance_list", cpts=cpts, meeting=meeting)


@require_http_methods(["GET", "POST"])
@governance_required
def attendance_count(request: PortalRequest, cpts: str, meeting: int, member: int) -> HttpResponse:
    """The minutes that count for one person, corrected."""
    found, person = find(request, meeting), _member(member)
    attendance = get_object_or_404(
        Attendance, meeting=found, membership=person, present_at__isnull=False
    )
    posted = request.POST if request.method == "POST" else None
    form = CountForm(posted, initial={"minutes": attendance.minutes})
    if posted is None or not form.is_valid():
        context = {"form": form, "meeting": found, "person": person}
        status = 200 if posted is None else 422
        return render(request, "members/meeting_count.html", context, status=status)
    minutes = form.cleaned_data["minutes"]
    actions.count_minutes(found, person, minutes=minutes, by=request.membership)
    messages.success(request, _("Le temps est corrigé."))
    return redirect("members:attendance_list", cpts=cpts, meeting=meeting)


@require_http_methods(["GET", "POST"])
@role_required(*EVERYBODY)
def attendance_confirm(request: PortalRequest, cpts: str, presence: str) -> HttpResponse:
    """Where the QR code leads: one tap, and the same answer to the second one."""
    meeting = Meeting.objects.select_related("cpts", "group").filter(presence_key=presence).first()
    if meeting is None:
        raise Http404
    if request.method == "POST":
        try:
            actions.confirm(meeting, by=request.membership)
        except Refused as refusal:
            return _confirmation(request, meeting, status=refusal.status)
        return redirect("members:attendance_confirm", cpts=cpts, presence=presence)
    return _confirmation(request, meeting)


def _confirmation(request: PortalRequest, meeting: Meeting, *, status: int = 200) -> HttpResponse:
    own = Attendance.objects.filter(meeting=meeting, membership=request.membership).first()
    is_noted = own is not None and own.present_at is not None
    context = {
        "meeting": meeting,
        "own": own if is_noted else None,
        "closed": "" if is_noted else actions.why_closed(meeting),
        "is_called": is_called(meeting, request.membership),
    }
    return show(request, "meeting_presence", context, status=status)
