"""What is on the phone of whoever stands at the door of a session."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.text import capfirst

from cpts_portal.core.models import Commune
from cpts_portal.core.templatetags.portal import phone
from cpts_portal.core.territory import fold
from prevention.models import (
    AgeBand,
    HeadCount,
    Registration,
    RegistrationContact,
    RegistrationStatus,
    Session,
)
from prevention.queries.figures import Opinion, opinion_of
from prevention.rules.door import has_begun_at_door

AT_THE_DOOR = (
    RegistrationStatus.CONFIRMED,
    RegistrationStatus.ATTENDED,
    RegistrationStatus.ABSENT,
)
CONTACT = "prevention.registrationcontact"


@dataclass(frozen=True)
class Guest:
    """Somebody expected, or let in: a resident by her contact, a member by her membership."""

    registration: Registration
    first_name: str = ""
    last_name: str = ""
    phone: str = ""
    contact_id: int | None = None

    @property
    def name(self) -> str:
        return f"{self.last_name} {self.first_name}".strip()

    @property
    def is_present(self) -> bool:
        return self.registration.status == RegistrationStatus.ATTENDED

    @property
    def is_absent(self) -> bool:
        return self.registration.status == RegistrationStatus.ABSENT

    @property
    def sought(self) -> str:
        """What a search on the phone looks in: « Œuvrard » is found by « oeu » too."""
        return f"{self.name} {fold(self.name)}"

    @property
    def order(self) -> tuple[bool, str, int]:
        return (not self.name, fold(self.name), self.registration.number)


def guests_of(session: Session) -> list[Guest]:
    """Sorted by name, those without one last; in one query."""
    found = registrations().filter(session=session, status__in=AT_THE_DOOR)
    return sorted(map(guest_of, found), key=lambda guest: guest.order)


def registrations() -> Any:
    return Registration.objects.select_related("contact", "membership__user", "commune")


def guest_of(registration: Registration) -> Guest:
    member = registration.membership
    if member is not None:
        return Guest(registration, member.user.first_name, member.user.last_name)
    contact: RegistrationContact | None = getattr(registration, "contact", None)
    if contact is None or contact.erased_at is not None:
        return Guest(registration)
    return Guest(
        registration, contact.first_name, contact.last_name, phone(contact.phone), contact.pk
    )


@dataclass(frozen=True)
class Sums:
    """`expected` are not noted yet; `free` are the seats that somebody at the door may take."""

    expected: int
    present: int
    absent: int
    waiting: int
    counted: int
    free: int

    @property
    def reached(self) -> int:
        return self.present + self.counted


def sums_of(session: Session) -> Sums:
    """As they are now: the row at hand may be older than the last tap."""
    statuses = list(
        Registration.objects.filter(session=session).order_by().values_list("status", flat=True)
    )
    counted = HeadCount.objects.filter(session=session).aggregate(people=Sum("people"))["people"]
    now = Session.objects.get(pk=session.pk)
    return Sums(
        expected=statuses.count(RegistrationStatus.CONFIRMED),
        present=statuses.count(RegistrationStatus.ATTENDED),
        absent=statuses.count(RegistrationStatus.ABSENT),
        waiting=statuses.count(RegistrationStatus.WAITING),
        counted=counted or 0,
        free=max(0, now.seats_left),
    )


# --- Counters ---------------------------------------------------------------------------------
@dataclass(frozen=True)
class Counter:
    """Those of one age and one commune who came in without a name."""

    band: str
    label: str
    people: int


def counters_of(session: Session, commune: Commune | None) -> list[Counter]:
    """One for each age, in order."""
    rows = HeadCount.objects.filter(session=session, commune=commune)
    people = dict(rows.values_list("age_band", "people"))
    return [
        Counter(band.value, capfirst(str(band.label)), people.get(band.value, 0))
        for band in AgeBand
    ]


def counter_of(session: Session, commune: Commune | None, band: str) -> Counter:
    return next(one for one in counters_of(session, commune) if one.band == band)


def communes_at(session: Session) -> list[Commune]:
    """The session's own, those of the CPTS, and those counted already; by name."""
    known = Q(coverage__cpts=session.cpts_id) | Q(pk=session.commune_id)
    counted = HeadCount.objects.filter(session=session).values("commune")
    return list(Commune.objects.filter(known | Q(pk__in=counted)).order_by("name").distinct())


# --- The desk's card ----------------------------------------------------------------------------
@dataclass(frozen=True)
class Panel:
    sums: Sums
    has_begun: bool
    opinion: Opinion | None


def panel_of(session: Session) -> dict[str, Any]:
    """What `prevention/partials/door_of_session.html` shows."""
    now: datetime = timezone.now()
    opinion = opinion_of(Session.objects.filter(pk=session.pk))
    return {"door": Panel(sums_of(session), has_begun_at_door(session, now), opinion)}
