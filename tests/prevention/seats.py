"""Words and short cuts of the tests about seats and lines."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.db.models import F
from django.utils import timezone

from cpts_portal.core.models import Message
from prevention.actions import registrations as actions
from prevention.actions.registrations import Door, RegistrationWords
from prevention.models import Registration, Session
from prevention.rules.registrations import RegisteredPerson

PARIS = ZoneInfo("Europe/Paris")
WEDNESDAY = datetime(2027, 3, 10, 10, tzinfo=PARIS)
"""In the future, since PostgreSQL's own clock judges new registrations too."""


def words(number: int = 0, **told: Any) -> RegistrationWords:
    """Odette, at her own phone for each `number`."""
    person = {
        "first_name": "Odette",
        "last_name": "Vanhove",
        "phone": f"+3363998{number:04d}",
    }
    return RegistrationWords(**{**person, **told})


def register(session: Session, number: int = 0, **told: Any) -> Registration:
    return actions.register(session, words(number, **told), by=None, door=Door.ONLINE, key=uuid4())


def arrive(session: Session, count: int) -> list[Registration]:
    """So many people one after the other, each at her own phone."""
    return [register(session, number) for number in range(1, count + 1)]


def fresh(row: Registration) -> Registration:
    found: Registration = Registration.objects.select_related("session").get(pk=row.pk)
    return found


def herself(row: Registration) -> RegisteredPerson:
    return RegisteredPerson(row.pk)


def statuses(session: Session) -> list[str]:
    """In the order of arrival."""
    rows = Registration.objects.filter(session=session).order_by("number")
    return list(rows.values_list("status", flat=True))


def told(row: Registration) -> list[str]:
    """Events that she was written about, in order."""
    sent = Message.objects.filter(
        subject_kind="prevention.registration", subject_id=str(row.pk)
    ).order_by("created_at", "pk")
    return [
        purpose.removeprefix("prevention.") for purpose in sent.values_list("purpose", flat=True)
    ]


def run_out(row: Registration) -> None:
    """Let her deadline pass."""
    past = timezone.now() - timedelta(minutes=1)
    Registration.objects.filter(pk=row.pk).update(offer_until=past)


def begin(session: Session, ago: timedelta = timedelta(hours=1)) -> None:
    """Its hour has come."""
    back = timezone.now() - ago - session.starts_at
    Session.objects.filter(pk=session.pk).update(
        starts_at=F("starts_at") + back, ends_at=F("ends_at") + back
    )
