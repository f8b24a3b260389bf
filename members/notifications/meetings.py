"""Who is told of a meeting; the words are in templates/members/notifications/."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from cpts_portal.core import outbox
from cpts_portal.core.audit import kind_of
from cpts_portal.core.models import Message
from members.models import Attendance, Meeting, Membership
from members.queries import meetings as queries

FOLDER = "members/notifications"
M = Meeting.Status


def absolute(name: str, meeting: Meeting) -> str:
    return f"{settings.PUBLIC_URL}{reverse(name, args=[meeting.cpts.slug, meeting.pk])}"


def _tell(meeting: Meeting, event: str, news: str, *, but: set[int] | None = None) -> int:
    """One mail a person called, and per `news`; how many were posted."""
    context = {
        "meeting": meeting,
        "url": absolute("members:meeting_detail", meeting),
        "calendar_url": absolute("members:meeting_calendar", meeting),
    }
    told = 0
    for member in queries.called_to(meeting):
        if member.contact_email and member.pk not in (but or set()):
            told += _post(meeting, member, event, news, context)
    return told


def _post(
    meeting: Meeting, member: Membership, event: str, news: str, context: dict[str, Any]
) -> bool:
    posted = outbox.post(
        channel=Message.Channel.EMAIL,
        recipient=member.contact_email,
        purpose=f"members.{event}",
        occurrence=f"{meeting.pk}/{member.pk}/{news}",
        template=f"{FOLDER}/{event}",
        context=context,
        cpts=meeting.cpts,
        subject=meeting,
    )
    return posted is not None


def _is_ahead(meeting: Meeting) -> bool:
    return meeting.starts_at > timezone.now()


def meeting_called(meeting: Meeting, *, by: Membership) -> int:
    """Everybody but who calls it; nobody for a meeting written down afterwards."""
    return _tell(meeting, "meeting_called", "", but={by.pk}) if _is_ahead(meeting) else 0


def meeting_revised(meeting: Meeting) -> int:
    """The day, the hours, the place or the link changed."""
    if not _is_ahead(meeting):
        return 0
    return _tell(meeting, "meeting_revised", str(queries.sequence_of(meeting)))


def meeting_cancelled(meeting: Meeting) -> int:
    return _tell(meeting, "meeting_cancelled", "") if _is_ahead(meeting) else 0


def minutes_published(meeting: Meeting) -> int:
    return _tell(meeting, "minutes_published", "")


def minutes_corrected(meeting: Meeting, news: str) -> int:
    return _tell(meeting, "minutes_corrected", news)


def meeting_reminder(meeting: Meeting) -> int:
    """Those who have not said that they will not come, once per meeting and hour of meeting."""
    news = f"{meeting.starts_at:%Y%m%d%H%M}"
    not_coming = Attendance.objects.filter(meeting=meeting, answer=Attendance.Answer.NOT_COMING)
    told = {
        int(occurrence.split("/")[1])
        for occurrence in Message.objects.filter(
            purpose="members.meeting_reminder",
            subject_kind=kind_of(meeting),
            subject_id=str(meeting.pk),
            occurrence__endswith=f"/{news}",
        ).values_list("occurrence", flat=True)
    }
    return _tell(
        meeting,
        "meeting_reminder",
        news,
        but=told | set(not_coming.values_list("membership", flat=True)),
    )


# --- Asked again before sending -------------------------------------------------------------
def _called(message: Message, **states: Any) -> tuple[Meeting, int] | None:
    """The meeting, if `states` are still true and the person still called; her membership's key."""
    meeting = Meeting.objects.filter(pk=message.subject_id, **states).first()
    member_id = int(message.occurrence.split("/")[1])
    if meeting is None or not queries.called_to(meeting).filter(pk=member_id).exists():
        return None
    return meeting, member_id


def _is_planned(message: Message) -> bool:
    return _called(message, status=M.PLANNED, starts_at__gt=timezone.now()) is not None


@outbox.needed("members.meeting_called")
def _is_still_called(message: Message) -> bool:
    return _is_planned(message)


@outbox.needed("members.meeting_revised")
def _is_last_revision(message: Message) -> bool:
    """A later change has its own message, which says it all."""
    meeting = Meeting.objects.filter(pk=message.subject_id).first()
    news = message.occurrence.rpartition("/")[2]
    return (
        meeting is not None and news == str(queries.sequence_of(meeting)) and _is_planned(message)
    )


@outbox.needed("members.meeting_cancelled")
def _is_cancellation_news(message: Message) -> bool:
    return _called(message, status=M.CANCELLED, starts_at__gt=timezone.now()) is not None


@outbox.needed("members.meeting_reminder")
def _is_still_expected(message: Message) -> bool:
    """Planned at the same hour, and the person has not said since that she will not come."""
    found = _called(message, status=M.PLANNED, starts_at__gt=timezone.now())
    if found is None:
        return False
    meeting, member_id = found
    news = message.occurrence.rpartition("/")[2]
    not_coming = Attendance.objects.filter(
        meeting=meeting, membership=member_id, answer=Attendance.Answer.NOT_COMING
    )
    return news == f"{meeting.starts_at:%Y%m%d%H%M}" and not not_coming.exists()


@outbox.needed("members.minutes_published")
def _is_minutes_reader(message: Message) -> bool:
    return _called(message, minutes_published_at__isnull=False) is not None
