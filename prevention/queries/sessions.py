"""A session for its hub, those of a campaign, those of a week."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cpts_portal.core.models import Commune
from prevention.models import (
    Campaign,
    HeadCount,
    Registration,
    RegistrationStatus,
    Session,
    SessionQuerySet,
    SessionStatus,
    Sex,
    Shift,
    Volunteer,
)
from prevention.rules.sessions import CLOSED_AFTER, is_to_come


def in_full() -> SessionQuerySet:
    """Sessions with what their pages and their messages say of them."""
    rows: SessionQuerySet = Session.objects.select_related(
        "cpts", "campaign__topic", "practice", "commune"
    )
    return rows


def door_keepers(session: Session) -> frozenset[int]:
    """Memberships that hold a shift of it, also kept on `session` for the rules."""
    booked = Volunteer.objects.filter(shift__session=session, status=Volunteer.Status.BOOKED)
    keepers = frozenset(booked.values_list("membership", flat=True))
    session.door_keepers = keepers  # type: ignore[attr-defined]
    return keepers


def told_title(session: Session) -> str:
    """What messages call it: nothing of a topic that is discreet."""
    if session.campaign.topic.is_discreet:
        return _("Séance de prévention")
    return str(session)


def has_people_noted(session: Session) -> bool:
    """Whether somebody is noted or counted as having come."""
    came = Registration.objects.filter(session=session, status=RegistrationStatus.ATTENDED)
    return came.exists() or HeadCount.objects.filter(session=session, people__gt=0).exists()


def to_close_at(now: datetime) -> QuerySet[Session]:
    """Planned sessions that have been over for some days."""
    return Session.objects.filter(status=SessionStatus.PLANNED, ends_at__lte=now - CLOSED_AFTER)


def panel_of_campaign(campaign: Campaign) -> dict[str, Any]:
    """The sessions of a campaign: those to come, then the past and the cancelled, latest first."""
    now = timezone.now()
    sessions = list(_with_hands(in_full().filter(campaign=campaign)))
    to_come = [one for one in sessions if is_to_come(one, now)]
    return {
        "sessions_to_come": to_come,
        "sessions_past": [one for one in reversed(sessions) if one not in to_come],
    }


def _with_hands(sessions: SessionQuerySet) -> SessionQuerySet:
    """Each with `hands_wanted` and `hands_booked`, over its shifts; two sums, no product."""
    shifts = Shift.objects.filter(session=OuterRef("pk")).order_by().values("session")
    volunteers = Volunteer.objects.filter(
        shift__session=OuterRef("pk"), status=Volunteer.Status.BOOKED
    )
    return sessions.annotate(
        hands_wanted=Coalesce(Subquery(shifts.annotate(n=Sum("wanted")).values("n")), 0),
        hands_booked=Coalesce(
            Subquery(
                volunteers.order_by().values("shift__session").annotate(n=Count("pk")).values("n")
            ),
            0,
        ),
    )


def week_of(monday: date) -> list[tuple[date, list[Session]]]:
    """Each of seven Paris days with its sessions, the cancelled ones too."""
    days = [monday + timedelta(days=number) for number in range(7)]
    found = _with_hands(
        in_full().filter(starts_at__date__gte=days[0], starts_at__date__lte=days[-1])
    )
    by_day: dict[date, list[Session]] = {day: [] for day in days}
    for session in found:
        by_day[timezone.localdate(session.starts_at)].append(session)
    return list(by_day.items())


def conditions_of(session: Session) -> list[str]:
    """Who may come, in words: « à partir de 50 ans », « femmes », « habitants de Lestrem »."""
    told = [_ages(session.min_age, session.max_age), _SEXES.get(session.sex, "")]
    if session.communes:
        names = Commune.objects.filter(pk__in=session.communes).order_by("search_name")
        told.append(
            _("habitants de %(communes)s")
            % {"communes": ", ".join(names.values_list("name", flat=True))}
        )
    return [str(one) for one in told if one]


_SEXES: dict[str, Any] = {
    Sex.FEMALE: gettext_lazy("femmes"),
    Sex.MALE: gettext_lazy("hommes"),
}


def _ages(least: int | None, most: int | None) -> str:
    ages = {"least": least, "most": most}
    if least is not None and most is not None:
        return _("de %(least)d à %(most)d ans") % ages
    if least is not None:
        return _("à partir de %(least)d ans") % ages
    return _("jusqu’à %(most)d ans") % ages if most is not None else ""
