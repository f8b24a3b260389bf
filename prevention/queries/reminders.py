"""Plans and what they send, as the desk sees them: numbers and reasons, never a name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, F, Min, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cpts_portal.core.outbox import PARIS
from cpts_portal.core.templatetags.portal import hour
from prevention.models import (
    Audience,
    Campaign,
    Delivery,
    DeliveryStatus,
    PlanStatus,
    ReminderPlan,
    Session,
    SessionStatus,
)
from prevention.queries import sending

Reason = Delivery.Reason
A_WINTER_DAY = date(2026, 1, 5)
"""Any day on which every hour exists, to word an hour of the day."""


def plans() -> QuerySet[ReminderPlan]:
    return ReminderPlan.objects.select_related(
        "cpts", "campaign__topic", "recall_list", "written_by__user", "approved_by__user"
    )


# --- In words -----------------------------------------------------------------------------------
def when_of(plan: ReminderPlan) -> str:
    """« 7 jours avant, à 10 h 00 », « 2 heures avant », « le lendemain, à 10 h 00 »."""
    if plan.offset_minutes is not None:
        return _beside(_length(plan.offset_minutes), plan.offset_minutes)
    assert plan.at is not None
    days = plan.offset_days or 0
    at = hour(datetime.combine(A_WINTER_DAY, plan.at, PARIS))
    told = {0: _("le jour même"), -1: _("la veille"), 1: _("le lendemain")}.get(days)
    told = told or _beside(
        ngettext("%(n)d jour", "%(n)d jours", abs(days)) % {"n": abs(days)}, days
    )
    return _("%(when)s, à %(hour)s") % {"when": told, "hour": at}


def _length(minutes: int) -> str:
    if minutes % 60 == 0:
        n = abs(minutes) // 60
        return ngettext("%(n)d heure", "%(n)d heures", n) % {"n": n}
    return ngettext("%(n)d minute", "%(n)d minutes", abs(minutes)) % {"n": abs(minutes)}


def _beside(length: str, sign: int) -> str:
    pattern = _("%(length)s avant") if sign < 0 else _("%(length)s après")
    return pattern % {"length": length}


# --- A campaign's plans -------------------------------------------------------------------------
@dataclass(frozen=True)
class Shelf:
    """One plan, how many it has planned and posted, and when the next leaves."""

    plan: ReminderPlan
    when: str
    planned: int
    posted: int
    next_at: datetime | None
    is_waiting: bool


def panel_of_campaign(campaign: Campaign) -> dict[str, Any]:
    """For prevention/partials/plans_of_campaign.html."""
    return {"reminder_plans": shelves(plans().filter(campaign=campaign))}


def shelves(found: QuerySet[ReminderPlan]) -> list[Shelf]:
    """In three queries, whatever their number."""
    rows = list(found)
    ids = [plan.pk for plan in rows]
    sums = _sums(ids)
    unread = {one.plan_id for one in sending.unapproved(timezone.now(), plan__in=ids)}
    return [
        Shelf(
            plan,
            when_of(plan),
            sums.get((plan.pk, "planned"), (0, None))[0],
            sums.get((plan.pk, "posted"), (0, None))[0],
            sums.get((plan.pk, "planned"), (0, None))[1],
            plan.pk in unread,
        )
        for plan in rows
    ]


def _sums(plan_ids: Iterable[int]) -> dict[tuple[int, str], tuple[int, datetime | None]]:
    rows = Delivery.objects.filter(plan__in=plan_ids).values_list("plan", "status").order_by()
    counted = rows.annotate(people=Count("pk"), next_at=Min("due_at"))
    return {(plan, status): (people, next_at) for plan, status, people, next_at in counted}


# --- What leaves, day by day --------------------------------------------------------------------
@dataclass
class Sending:
    """One plan for one session or list on one day: how many leave, have left, or do not."""

    plan: ReminderPlan
    session: Session | None
    due_at: datetime
    when: str
    is_waiting: bool = False
    planned: int = 0
    posted: int = 0
    dropped: list[tuple[str, int]] = field(default_factory=list)

    @property
    def why(self) -> str:
        """Why these people get it: the plan's own moment, and who they are."""
        return f"{self.when} : {self.plan.get_audience_display()}"


@dataclass(frozen=True)
class Day:
    day: date
    sendings: list[Sending]

    @property
    def planned(self) -> int:
        return sum(one.planned for one in self.sendings)


def days_ahead(first: date, count: int = 2) -> list[Day]:
    """Those days, in Paris: what they send, plan by plan and session by session."""
    begins = datetime.combine(first, time(), PARIS)
    ends = datetime.combine(first + timedelta(days=count), time(), PARIS)
    found = sendings(Delivery.objects.filter(due_at__gte=begins, due_at__lt=ends))
    return [
        Day(day, [one for one in found if one.due_at.astimezone(PARIS).date() == day])
        for day in (first + timedelta(days=n) for n in range(count))
    ]


def sendings(deliveries: QuerySet[Delivery]) -> list[Sending]:
    """Counted by PostgreSQL, in the order in which they leave."""
    rows = list(
        deliveries.order_by()
        .values("plan", "session", "status", "reason", day=TruncDate("due_at", tzinfo=PARIS))
        .annotate(people=Count("pk"), due=Min("due_at"))
    )
    known_plans = plans().in_bulk({row["plan"] for row in rows})
    known_sessions = _sessions({row["session"] for row in rows if row["session"]})
    unread = {
        (one.plan_id, one.session_id)
        for one in sending.unapproved(timezone.now(), plan__in=known_plans)
    }
    found: dict[tuple[Any, ...], Sending] = {}
    for row in rows:
        key = (row["plan"], row["session"], row["day"])
        if key not in found:
            plan = known_plans[row["plan"]]
            session = known_sessions.get(row["session"])
            found[key] = Sending(plan, session, row["due"], when_of(plan), key[:2] in unread)
        _add(found[key], row)
    return sorted(found.values(), key=lambda one: (one.due_at, one.plan.pk))


def _add(told: Sending, row: Mapping[str, Any]) -> None:
    told.due_at = min(told.due_at, row["due"])
    if row["status"] == DeliveryStatus.PLANNED:
        told.planned += row["people"]
    elif row["status"] == DeliveryStatus.POSTED:
        told.posted += row["people"]
    else:
        told.dropped.append((str(Reason(row["reason"]).label), row["people"]))


def _sessions(ids: Iterable[int]) -> dict[int, Session]:
    rows = Session.objects.select_related("campaign__topic", "commune")
    return rows.in_bulk(list(ids))


def panel_of(session: Session) -> dict[str, Any]:
    """For prevention/partials/deliveries_of_session.html."""
    return {"session_sendings": sendings(Delivery.objects.filter(session=session))}


# --- One plan -----------------------------------------------------------------------------------
def next_session(plan: ReminderPlan) -> Session | None:
    """The one whose words a preview shows: the next of the campaign, else the last."""
    if plan.audience == Audience.RECALLED:
        return None
    sessions = Session.objects.filter(campaign=plan.campaign_id).exclude(
        status=SessionStatus.CANCELLED
    )
    sessions = sessions.select_related("commune", "campaign")
    ahead = sessions.filter(starts_at__gt=timezone.now()).order_by("starts_at")
    return ahead.first() or sessions.order_by("-starts_at").first()


def active_plans() -> QuerySet[ReminderPlan]:
    return plans().filter(status=PlanStatus.ACTIVE).order_by(F("campaign__title"), "pk")


def sendings_of_plan(plan: ReminderPlan) -> list[Sending]:
    """Session by session, the latest twelve occurrences and what is to come."""
    return sendings(Delivery.objects.filter(plan=plan))[-12:]
