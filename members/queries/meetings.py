"""Who is called to a meeting, who reads about it, and what its page shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from cpts_portal.core.audit import kind_of
from cpts_portal.core.models import AuditEntry
from members import rules
from members.models import (
    Attendance,
    Mandate,
    Meeting,
    Membership,
    MembershipQuerySet,
    Role,
)
from members.queries.groups import functions_in, has_sat_with, running

PAST_SHOWN = 60
REVISED = ("revise", "cancel")


def called_to(meeting: Meeting) -> MembershipQuerySet:
    """Those invited: the group as it sits on that day, or every member but the funder."""
    day = timezone.localdate(meeting.starts_at)
    members: MembershipQuerySet = Membership.objects.filter(
        running(day), user__is_active=True, erased_at=None
    ).exclude(role=Role.FUNDER)
    if meeting.group_id is not None:
        seats = Mandate.objects.filter(
            running(day), group=meeting.group_id, membership=OuterRef("pk")
        )
        members = members.filter(Exists(seats))
    return members.select_related("user", "profession").order_by(
        "user__last_name", "user__first_name", "pk"
    )


def is_called(meeting: Meeting, membership: Membership) -> bool:
    return called_to(meeting).filter(pk=membership.pk).exists()


def keeps_attendance(meeting: Meeting, membership: Membership) -> bool:
    today = timezone.localdate()
    functions = functions_in(meeting.group_id, membership, today)
    return rules.keeps_attendance(membership, meeting, functions)


def visible_to(membership: Membership) -> QuerySet[Meeting]:
    """The assembly's and his groups' meetings, and those he came to; governance sees all."""
    found: QuerySet[Meeting] = Meeting.objects.select_related("group", "mission", "cpts")
    if rules.governs(membership, membership):
        return found
    came = Attendance.objects.filter(meeting=OuterRef("pk"), membership=membership)
    has_sat = has_sat_with(membership, timezone.localdate())
    return found.filter(Q(group=None) | has_sat | Exists(came))


@dataclass(frozen=True)
class Line:
    """One meeting in the list, with what this member answered."""

    meeting: Meeting
    attendance: Attendance | None
    takes_answers: bool

    @property
    def answer(self) -> str:
        return self.attendance.answer if self.attendance else ""

    @property
    def was_present(self) -> bool:
        return self.attendance is not None and self.attendance.present_at is not None


def coming(membership: Membership, now: datetime) -> list[Line]:
    meetings = visible_to(membership).filter(ends_at__gte=now).order_by("starts_at")
    return _lines(meetings, membership, now)


def past(membership: Membership, now: datetime) -> list[Line]:
    """The latest first, `PAST_SHOWN` at most."""
    meetings = visible_to(membership).filter(ends_at__lt=now).order_by("-starts_at")
    return _lines(meetings[:PAST_SHOWN], membership, now)


def _lines(meetings: QuerySet[Meeting], membership: Membership, now: datetime) -> list[Line]:
    listed = list(meetings)
    own = {
        attendance.meeting_id: attendance
        for attendance in Attendance.objects.filter(membership=membership, meeting__in=listed)
    }
    sat = _groups_of(membership)
    return [
        Line(
            meeting,
            own.get(meeting.pk),
            rules.takes_answers(meeting, now)
            and (meeting.group_id is None or meeting.group_id in sat),
        )
        for meeting in listed
    ]


def _groups_of(membership: Membership) -> set[int]:
    seats = Mandate.objects.filter(running(timezone.localdate()), membership=membership)
    return set(seats.values_list("group", flat=True))


def answers(meeting: Meeting) -> dict[str, list[Membership]]:
    """Who comes, who does not, and who has not said, by name."""
    said = dict(
        Attendance.objects.filter(meeting=meeting)
        .exclude(answer="")
        .values_list("membership", "answer")
    )
    told: dict[str, list[Membership]] = {"coming": [], "not_coming": [], "silent": []}
    for member in called_to(meeting):
        told[said.get(member.pk, "silent")].append(member)
    return told


def presence(meeting: Meeting) -> dict[str, list[Membership]]:
    """Who was there, and who had said that she would not be, by name."""
    noted = (
        Attendance.objects.filter(meeting=meeting)
        .select_related("membership__user")
        .order_by("membership__user__last_name", "membership__user__first_name", "membership")
    )
    told: dict[str, list[Membership]] = {"present": [], "excused": []}
    for attendance in noted:
        if attendance.present_at is not None:
            told["present"].append(attendance.membership)
        elif attendance.answer == Attendance.Answer.NOT_COMING:
            told["excused"].append(attendance.membership)
    return told


def sequence_of(meeting: Meeting) -> int:
    """How many times the meeting was changed: what a calendar compares (RFC 5545, SEQUENCE)."""
    return AuditEntry.objects.filter(
        subject_kind=kind_of(meeting), subject_id=str(meeting.pk), verb__in=REVISED
    ).count()


def to_remind(now: datetime) -> QuerySet[Meeting]:
    """Planned meetings of tomorrow, Paris days."""
    tomorrow = timezone.localtime(now).date() + timedelta(days=1)
    return Meeting.objects.select_related("cpts", "group").filter(
        status=Meeting.Status.PLANNED, starts_at__date=tomorrow
    )
