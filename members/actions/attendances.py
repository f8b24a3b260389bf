"""Who was there: ticked on the list, or confirmed by scanning the code of the room."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cpts_portal.core import audit
from cpts_portal.core.refusals import Refused
from members import rules
from members.actions.groups import ask_governance
from members.actions.meetings import ask_keeper, lock
from members.models import Attendance, Meeting, Membership
from members.queries.groups import running

ABSENT: dict[str, Any] = {"present_at": None, "way": "", "minutes": None, "hourly_rate": None}


@transaction.atomic
def tick(meeting: Meeting, membership: Membership, *, by: Membership) -> Attendance:
    """Note somebody as present; ticked twice, by two people or by code before, changes nothing."""
    ask_keeper(meeting, by)
    meeting = _open_register(meeting)
    return _note(meeting, membership, Attendance.Way.LIST, by=by)


@transaction.atomic
def untick(meeting: Meeting, membership: Membership, *, by: Membership) -> Attendance:
    """Take a presence back, noted by mistake; her answer stays."""
    ask_keeper(meeting, by)
    meeting = _open_register(meeting)
    attendance = _row(meeting, membership)
    if attendance.present_at is not None:
        audit.record(attendance, "untick", by=by, source=attendance.way)
        for name, value in ABSENT.items():
            setattr(attendance, name, value)
        attendance.save(update_fields=[*ABSENT])
    return attendance


@transaction.atomic
def confirm(meeting: Meeting, *, by: Membership) -> Attendance:
    """The person herself, by the code; called or not, and as often as she taps."""
    meeting = lock(meeting)
    found = Attendance.objects.filter(meeting=meeting, membership=by).first()
    if found is not None and found.present_at is not None:
        return found
    if sentence := why_closed(meeting):
        raise Refused(sentence)
    return _note(meeting, by, Attendance.Way.QR, by=by)


def why_closed(meeting: Meeting) -> str:
    """Why the code does not count now; "" when it does."""
    now = timezone.now()
    if rules.is_presence_open(meeting, now):
        return ""
    if meeting.status == Meeting.Status.CANCELLED:
        return _("Cette réunion a été annulée.")
    if now < meeting.starts_at:
        return _("Cette réunion n’a pas commencé : confirmez 30 minutes avant son début.")
    return _("Cette réunion est passée : demandez au secrétariat de vous noter.")


@transaction.atomic
def count_minutes(
    meeting: Meeting, membership: Membership, *, minutes: int, by: Membership
) -> Attendance:
    """Correct the time that counts for one person; refused for who was not there."""
    ask_governance(by)
    meeting = lock(meeting)
    attendance = _row(meeting, membership)
    if attendance.present_at is None:
        raise Refused(_("Cette personne n’est pas notée présente : cochez-la d’abord."))
    if attendance.minutes != minutes:
        audit.record(
            attendance, "count", by=by, source=str(attendance.minutes), target=str(minutes)
        )
        attendance.minutes = minutes
        attendance.save(update_fields=["minutes"])
    return attendance


def _open_register(meeting: Meeting) -> Meeting:
    meeting = lock(meeting)
    if meeting.status == Meeting.Status.CANCELLED:
        raise Refused(_("Cette réunion a été annulée."))
    if not rules.is_attendance_open(meeting, timezone.now()):
        raise Refused(_("Le pointage ouvre 30 minutes avant le début de la réunion."))
    return meeting


def _row(meeting: Meeting, membership: Membership) -> Attendance:
    """Under the meeting's lock, which keeps a second one from being made."""
    row, _is_new = Attendance.objects.get_or_create(
        meeting=meeting, membership=membership, defaults={"cpts_id": meeting.cpts_id}
    )
    return row


def _note(
    meeting: Meeting, membership: Membership, way: Attendance.Way, *, by: Membership
) -> Attendance:
    day = timezone.localdate(meeting.starts_at)
    if not Membership.objects.filter(running(day), pk=membership.pk).exists():
        raise Refused(_("Cette personne n’était pas membre le jour de la réunion."))
    attendance = _row(meeting, membership)
    if attendance.present_at is None:
        attendance.present_at, attendance.way = timezone.now(), way
        attendance.minutes, attendance.hourly_rate = meeting.length, meeting.hourly_rate
        attendance.save(update_fields=[*ABSENT])
        audit.record(attendance, "attend", by=by, target=way)
    return attendance
