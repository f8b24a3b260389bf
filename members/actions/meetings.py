"""Meetings called, changed, cancelled, held; who says that he will come; the minutes."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from cpts_portal.core import audit
from cpts_portal.core.refusals import NotPermitted, Refused
from members import lifecycle, rules
from members.actions.groups import ask_governance
from members.models import AgendaItem, Attendance, Meeting, Membership
from members.notifications import meetings as notifications
from members.queries import meetings as queries

TOLD = ("starts_at", "ends_at", "place", "video_url")
"""What people who noted the meeting down must learn when it changes."""


def lock(meeting: Meeting) -> Meeting:
    """The meeting as it is now; whatever is noted about it waits for its turn."""
    locked: Meeting = (
        Meeting.objects.select_for_update(of=("self",), no_key=True)
        .select_related("cpts", "group", "mission")
        .get(pk=meeting.pk)
    )
    return locked


@transaction.atomic
def call_meeting(*, agenda: Iterable[str], by: Membership, **fields: Any) -> Meeting:
    """Plan a meeting and tell those called; the group's mission unless another is given."""
    ask_governance(by)
    group = fields.get("group")
    if group is not None and group.closed_on is not None:
        raise Refused(_("Ce groupe est terminé : choisissez-en un autre."))
    fields["mission"] = fields.get("mission") or (group.mission if group else None)
    meeting = Meeting.objects.create(
        cpts=by.cpts, created_by=by, presence_key=secrets.token_urlsafe(24), **fields
    )
    _write_agenda(meeting, agenda)
    audit.record(meeting, "call", by=by, target=meeting.status)
    notifications.meeting_called(meeting, by=by)
    return meeting


@transaction.atomic
def revise_meeting(
    meeting: Meeting, *, agenda: Iterable[str], by: Membership, **fields: Any
) -> Meeting:
    """Change it; people are told of another day, hour, place or link. Refused once cancelled.

    Presences noted already follow it to another mission, at today's rate of that mission.
    """
    ask_governance(by)
    meeting = lock(meeting)
    if meeting.status == Meeting.Status.CANCELLED:
        raise Refused(_("Cette réunion est annulée : dupliquez-la pour en prévoir une autre."))
    is_news = any(getattr(meeting, name) != fields.get(name) for name in TOLD if name in fields)
    mission = meeting.mission
    for name, value in fields.items():
        setattr(meeting, name, value)
    meeting.save(update_fields=[*fields])
    if meeting.mission != mission:
        meeting.attendances.exclude(present_at=None).update(hourly_rate=meeting.hourly_rate)
    _write_agenda(meeting, agenda)
    audit.record(meeting, "revise", by=by)
    if is_news and meeting.status == Meeting.Status.PLANNED:
        notifications.meeting_revised(meeting)
    return meeting


def _write_agenda(meeting: Meeting, titles: Iterable[str]) -> None:
    meeting.agenda.all().delete()
    AgendaItem.objects.bulk_create(
        AgendaItem(cpts_id=meeting.cpts_id, meeting=meeting, position=position, title=title)
        for position, title in enumerate(titles, start=1)
    )


@transaction.atomic
def cancel_meeting(meeting: Meeting, *, by: Membership) -> Meeting:
    """Tell those called; refused once somebody has been noted as present."""
    meeting = lock(meeting)
    source = lifecycle.CANCEL_MEETING.apply(meeting, by=by)
    if meeting.attendances.exclude(present_at=None).exists():
        raise Refused(_("Des personnes y sont notées présentes : cette réunion a eu lieu."))
    meeting.save(update_fields=["status"])
    audit.record(meeting, "cancel", by=by, source=source, target=meeting.status)
    notifications.meeting_cancelled(meeting)
    return meeting


@transaction.atomic
def hold_meeting(meeting: Meeting, *, by: Membership) -> Meeting:
    """Note that it takes place, from half an hour before it begins."""
    meeting = lock(meeting)
    source = lifecycle.HOLD_MEETING.apply(meeting, by=by)
    if not rules.is_attendance_open(meeting, timezone.now()):
        raise Refused(_("Cette réunion n’a pas commencé : revenez 30 minutes avant son début."))
    meeting.save(update_fields=["status"])
    audit.record(meeting, "hold", by=by, source=source, target=meeting.status)
    return meeting


@transaction.atomic
def answer_call(meeting: Meeting, *, answer: str, by: Membership) -> Attendance:
    """« Vient » or « ne vient pas », as often as one changes one's mind before it begins."""
    meeting = lock(meeting)
    if not queries.is_called(meeting, by):
        raise NotPermitted(_("Vous n’êtes pas convié à cette réunion."))
    if not rules.takes_answers(meeting, timezone.now()):
        raise Refused(_too_late(meeting))
    attendance, _is_new = Attendance.objects.get_or_create(
        meeting=meeting, membership=by, defaults={"cpts_id": meeting.cpts_id}
    )
    if attendance.answer != answer:
        source, attendance.answer = attendance.answer, answer
        attendance.answered_at = timezone.now()
        attendance.save(update_fields=["answer", "answered_at"])
        audit.record(attendance, "answer", by=by, source=source, target=answer)
    return attendance


def _too_late(meeting: Meeting) -> str:
    if meeting.status == Meeting.Status.CANCELLED:
        return _("Cette réunion est annulée : il n’y a plus à répondre.")
    return _("Cette réunion a commencé : il n’est plus temps de répondre.")


# --- Minutes --------------------------------------------------------------------------------
def ask_keeper(meeting: Meeting, by: Membership) -> None:
    """Governance, or who chairs, leads or writes for the group."""
    if not queries.keeps_attendance(meeting, by):
        raise NotPermitted(
            _("Seuls le bureau, la coordination et l’animation du groupe le peuvent.")
        )


@transaction.atomic
def write_minutes(meeting: Meeting, *, text: str, seen: str, by: Membership) -> Meeting:
    """Keep a draft; `seen` is the text that `by` began from, so that nobody's work is lost."""
    ask_keeper(meeting, by)
    meeting = lock(meeting)
    _ask_unpublished(meeting)
    if _normal(meeting.minutes) != _normal(seen):
        raise Refused(
            _("Quelqu’un a écrit ce compte rendu entre-temps : comparez les deux textes.")
        )
    meeting.minutes = text
    meeting.save(update_fields=["minutes"])
    audit.record(meeting, "write_minutes", by=by)
    return meeting


@transaction.atomic
def publish_minutes(meeting: Meeting, *, by: Membership) -> Meeting:
    """Open the minutes to those called, and tell them; the text does not change any more."""
    ask_keeper(meeting, by)
    meeting = lock(meeting)
    _ask_unpublished(meeting)
    if meeting.status != Meeting.Status.HELD:
        raise Refused(_("Indiquez d’abord que la réunion a eu lieu."))
    if not meeting.minutes.strip():
        raise Refused(_("Le compte rendu est vide : écrivez-le avant de le publier."))
    meeting.minutes_published_at = timezone.now()
    meeting.save(update_fields=["minutes_published_at"])
    audit.record(meeting, "publish_minutes", by=by)
    notifications.minutes_published(meeting)
    return meeting


@transaction.atomic
def correct_minutes(meeting: Meeting, *, text: str, by: Membership) -> Meeting:
    """Add a dated correction below the published text, which stays as it was read."""
    ask_keeper(meeting, by)
    meeting = lock(meeting)
    if meeting.minutes_published_at is None:
        raise Refused(_("Ce compte rendu n’est pas publié : modifiez-le directement."))
    dated = _("Correction du %(day)s :") % {"day": _day(timezone.localdate())}
    meeting.minutes = f"{meeting.minutes}\n\n{dated}\n{text}"
    meeting.save(update_fields=["minutes"])
    entry = audit.record(meeting, "correct_minutes", by=by)
    notifications.minutes_corrected(meeting, str(entry.pk))
    return meeting


def _ask_unpublished(meeting: Meeting) -> None:
    if meeting.minutes_published_at is not None:
        raise Refused(_("Ce compte rendu est publié : ajoutez une correction datée."))


def _normal(text: str) -> str:
    """Forms send CRLF, and strip what stands around."""
    return text.replace("\r\n", "\n").strip()


def _day(day: date) -> str:
    return date_format(day, "j F Y")
