"""Who is told of a shift: working messages to members, by e-mail and at once.

None names the topic of a discreet campaign.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from cpts_portal.core import outbox
from cpts_portal.core.models import Message
from members.models import Membership, Role
from prevention.models import Session, SessionStatus, Shift, Volunteer
from prevention.queries import rota as queries
from prevention.queries.sessions import told_title

FOLDER = "prevention/notifications"
BOOKED = Volunteer.Status.BOOKED


def _letter(
    member: Membership, event: str, news: str, subject: Session | Volunteer, **context: Any
) -> outbox.Letter:
    """`news` makes it the only one of its kind to that person."""
    return {
        "channel": Message.Channel.EMAIL.value,
        "recipient": member.contact_email,
        "purpose": f"prevention.{event}",
        "occurrence": f"{news}/{member.pk}",
        "template": f"{FOLDER}/{event}",
        "context": {"url": _page("rota_list", subject.cpts.slug), **context},
        "subject": subject,
    }


def _page(name: str, *captures: Any) -> str:
    return f"{settings.PUBLIC_URL}{reverse(f'prevention:{name}', args=captures)}"


def _tell(letters: Iterable[outbox.Letter]) -> None:
    outbox.post_all(one for one in letters if one["recipient"])


def _about(shift: Shift) -> dict[str, Any]:
    return {"shift": shift, "session": shift.session, "title": told_title(shift.session)}


# --- One shift --------------------------------------------------------------------------------
def _of_volunteer(volunteer: Volunteer, event: str, member: Membership, **more: Any) -> None:
    context = {**_about(volunteer.shift), **more}
    _tell([_letter(member, event, str(volunteer.pk), volunteer, **context)])


def shift_given(volunteer: Volunteer) -> None:
    """The desk has put her down for it."""
    _of_volunteer(volunteer, "shift_given", volunteer.membership)


def shift_taken_back(volunteer: Volunteer) -> None:
    """The desk has taken her off."""
    _of_volunteer(volunteer, "shift_taken_back", volunteer.membership)


def shift_left(volunteer: Volunteer) -> None:
    """She has withdrawn: each coordinator learns that hands lack."""
    desk = Membership.objects.current().filter(role=Role.COORDINATOR).select_related("user")
    url = _page("session_show", volunteer.cpts.slug, volunteer.shift.session_id)
    for member in desk:
        _of_volunteer(volunteer, "shift_left", member, person=volunteer.membership, url=url)


def swap_sought(volunteer: Volunteer) -> None:
    """Those who help in the same campaign, and are free then."""
    for member in queries.could_replace(volunteer):
        _of_volunteer(volunteer, "swap_sought", member)


def swap_found(left: Volunteer, relief: Volunteer) -> None:
    """Both: she who is free again, and who comes instead."""
    _of_volunteer(relief, "swap_found", left.membership, person=relief.membership)
    _of_volunteer(relief, "swap_taken", relief.membership, person=left.membership)


# --- A whole session --------------------------------------------------------------------------
def _of_session(session: Session, event: str, volunteers: Iterable[Volunteer]) -> None:
    """One message a person, whatever the number of her shifts."""
    kept: dict[Membership, list[Shift]] = {}
    for volunteer in volunteers:
        kept.setdefault(volunteer.membership, []).append(volunteer.shift)
    news = f"{session.pk}/{session.sequence}"
    context = {"session": session, "title": told_title(session)}
    _tell(
        _letter(member, event, news, session, shifts=shifts, **context)
        for member, shifts in kept.items()
    )


def shifts_moved(session: Session) -> None:
    """The hour or the place has changed."""
    _of_session(session, "shifts_moved", queries.booked([session]))


def shifts_released(session: Session, volunteers: Iterable[Volunteer]) -> None:
    """The new hours overlap another shift of theirs: they are taken off this one."""
    _of_session(session, "shifts_released", volunteers)


def shifts_cancelled(session: Session) -> None:
    _of_session(session, "shifts_cancelled", queries.booked([session]))


# --- Asked again before sending ---------------------------------------------------------------
def _volunteer(message: Message, **states: Any) -> Volunteer | None:
    """The row, if the message is of a session to come and `states` are still true."""
    rows = Volunteer.objects.filter(pk=message.subject_id, shift__ends_at__gt=timezone.now())
    planned: Volunteer | None = rows.filter(
        shift__session__status=SessionStatus.PLANNED, **states
    ).first()
    return planned


@outbox.needed("prevention.shift_given")
@outbox.needed("prevention.swap_found")
@outbox.needed("prevention.swap_taken")
def _is_still_kept(message: Message) -> bool:
    return _volunteer(message, status=BOOKED) is not None


@outbox.needed("prevention.swap_sought")
def _is_still_sought(message: Message) -> bool:
    return _volunteer(message, status=BOOKED, seeks_swap=True) is not None


@outbox.needed("prevention.shift_taken_back")
@outbox.needed("prevention.shift_left")
def _has_left(message: Message) -> bool:
    """Unless she has come back to it since."""
    left = _volunteer(message, status=Volunteer.Status.LEFT)
    if left is None:
        return False
    again = Volunteer.objects.filter(shift=left.shift_id, status=BOOKED)
    return not again.filter(membership=left.membership_id).exists()


def _session(message: Message, status: str) -> Session | None:
    rows = Session.objects.filter(pk=message.subject_id, status=status)
    found: Session | None = rows.filter(ends_at__gt=timezone.now()).first()
    return found


@outbox.needed("prevention.shifts_moved")
def _is_last_move(message: Message) -> bool:
    """A later move has its own message, which says it all."""
    session = _session(message, SessionStatus.PLANNED)
    _pk, sequence, member = message.occurrence.split("/")
    if session is None or sequence != str(session.sequence):
        return False
    return queries.booked([session]).filter(membership=int(member)).exists()


@outbox.needed("prevention.shifts_cancelled")
def _is_cancellation_news(message: Message) -> bool:
    return _session(message, SessionStatus.CANCELLED) is not None
