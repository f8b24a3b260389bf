"""What campaigns came to: people reached, sessions, hours, opinions; sums only, nobody's name."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import (
    Avg,
    Count,
    DurationField,
    ExpressionWrapper,
    F,
    Max,
    Min,
    Q,
    QuerySet,
    Sum,
)
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from cpts_portal.core.small_numbers import SMALLEST_SHOWN, shown_count
from cpts_portal.core.templatetags.portal import duration
from prevention.models import (
    AgeBand,
    Campaign,
    Feedback,
    HeadCount,
    Registration,
    RegistrationStatus,
    Session,
    SessionStatus,
    Volunteer,
)
from prevention.queries.masks import hidden_counts

PARIS = ZoneInfo("Europe/Paris")
COUNTS = ("registered", "attended", "absent", "counted", "reached")
TIES = (("attended", "counted", "reached"), ("registered", "attended", "absent"))
"""Once everybody is noted, one of each is the sum of the others."""

Status = RegistrationStatus
CAME_FORWARD = Q(status__in=(Status.CONFIRMED, Status.ATTENDED, Status.ABSENT))
BY_NAME: dict[str, Any] = {
    "registered": Count("pk", filter=CAME_FORWARD & ~Q(door=Registration.Door.WALK_IN)),
    "attended": Count("pk", filter=Q(status=Status.ATTENDED)),
    "absent": Count("pk", filter=Q(status=Status.ABSENT)),
}

NOBODY = [0, 0, 0]


@dataclass(frozen=True)
class Period:
    """Days of Paris, both included."""

    first: date
    last: date

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """Aware bounds, the second left out."""
        return (
            datetime.combine(self.first, time(), PARIS),
            datetime.combine(self.last + timedelta(days=1), time(), PARIS),
        )


@dataclass(frozen=True)
class People:
    """Sums of those who share one thing; whoever came without having registered is attended."""

    registered: int = 0
    attended: int = 0
    absent: int = 0
    counted: int = 0
    """Without a name, at the door."""

    @property
    def reached(self) -> int:
        return self.attended + self.counted

    def counts(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in COUNTS}


@dataclass(frozen=True)
class Opinion:
    """Means from 1 to 5, of five answers at least."""

    answers: int
    welcome: float
    usefulness: float
    would_recommend: float


@dataclass(frozen=True)
class Outcome:
    """What some sessions came to; `held` are those that took place, `minutes` the volunteers'."""

    people: People
    sessions: int
    held: int
    minutes: int
    partners: list[str]
    target: int | None = None
    opinion: Opinion | None = None

    @property
    def percent(self) -> int | None:
        """Of the target, rounded down; None without one."""
        return 100 * self.people.reached // self.target if self.target else None


# --- What counts ----------------------------------------------------------------------------
def sessions_of(period: Period) -> QuerySet[Session]:
    first, after = period.moments
    rows: QuerySet[Session] = Session.objects.filter(starts_at__gte=first, starts_at__lt=after)
    return rows.exclude(status=SessionStatus.CANCELLED).order_by()


def held_at(now: datetime) -> Q:
    """Closed by the coordination, or over and not cancelled."""
    over = Q(status=SessionStatus.PLANNED, ends_at__lte=now)
    return Q(status=SessionStatus.HELD) | over


def period_of(campaign: Campaign) -> Period:
    """Its own days, and those of its sessions before or after."""
    found = Session.objects.filter(campaign=campaign).aggregate(
        first=Min("starts_at"), last=Max("starts_at")
    )
    days = [moment.astimezone(PARIS).date() for moment in found.values() if moment is not None]
    return Period(min([campaign.starts_on, *days]), max([campaign.ends_on, *days]))


def outcome_of(campaign: Campaign) -> Outcome:
    """In six queries, however many sessions."""
    sessions = _sessions_of_campaign(campaign)
    partners = [partner.name for partner in campaign.partners.all()]
    return _outcome(sessions, partners=partners, target=campaign.target_people)


def outcome_in(period: Period) -> Outcome:
    """Of the whole CPTS; targets belong to campaigns."""
    sessions = sessions_of(period)
    found = Campaign.objects.filter(sessions__in=sessions).prefetch_related("partners").distinct()
    names = {partner.name for campaign in found for partner in campaign.partners.all()}
    return _outcome(sessions, partners=sorted(names))


def _sessions_of_campaign(campaign: Campaign) -> QuerySet[Session]:
    rows: QuerySet[Session] = Session.objects.filter(campaign=campaign)
    return rows.exclude(status=SessionStatus.CANCELLED).order_by()


def _outcome(
    sessions: QuerySet[Session], *, partners: list[str], target: int | None = None
) -> Outcome:
    sums = sessions.aggregate(
        sessions=Count("pk"), held=Count("pk", filter=held_at(timezone.now()))
    )
    people = _people(sessions, "cpts_id", "cpts_id")
    return Outcome(
        people=next(iter(people.values()), People()),
        minutes=sum(_minutes(sessions).values()),
        partners=partners,
        target=target,
        opinion=opinion_of(sessions),
        **sums,
    )


def _people(sessions: QuerySet[Session], named: str, anonymous: str) -> dict[Any, People]:
    """By one column of the registrations, and the same of the counters."""
    registered = (
        Registration.objects.filter(session__in=sessions).order_by().values_list(named)
    ).annotate(**BY_NAME)
    counted: Any = HeadCount.objects.filter(session__in=sessions).order_by().values_list(anonymous)
    crowd: dict[Any, int] = dict(counted.annotate(people=Sum("people")))
    found: dict[Any, list[int]] = {key: sums for key, *sums in registered if any(sums)}
    keys = {*found, *(key for key, people in crowd.items() if people)}
    return {key: _sum(found.get(key, NOBODY), crowd.get(key, 0)) for key in keys}


def _sum(by_name: list[int], counted: int) -> People:
    registered, attended, absent = by_name
    return People(registered, attended, absent, counted)


def _minutes(sessions: QuerySet[Session]) -> dict[int, int]:
    """Of volunteers who kept their shift to the end, by campaign; of sessions that took place."""
    kept = Volunteer.objects.filter(
        shift__session__in=sessions.filter(held_at(timezone.now())),
        status=Volunteer.Status.BOOKED,
    )
    length = ExpressionWrapper(F("shift__ends_at") - F("shift__starts_at"), DurationField())
    sums: Any = kept.order_by().values_list("shift__session__campaign_id")
    return {
        campaign: int(spent / timedelta(minutes=1))
        for campaign, spent in sums.annotate(spent=Sum(length))
    }


def opinion_of(sessions: QuerySet[Session]) -> Opinion | None:
    """None below five answers: fewer would be somebody's."""
    found = Feedback.objects.filter(session__in=sessions).aggregate(
        answers=Count("pk"),
        welcome=Avg("welcome"),
        usefulness=Avg("usefulness"),
        would_recommend=Avg("would_recommend"),
    )
    if found["answers"] < SMALLEST_SHOWN:
        return None
    return Opinion(
        found.pop("answers"), **{name: round(float(mean), 1) for name, mean in found.items()}
    )


# --- Tables -----------------------------------------------------------------------------------
@dataclass(frozen=True)
class Line:
    """One line of a table; sessions, minutes and target are told of campaigns alone."""

    label: str
    people: People
    means: tuple[Any, ...] = ()

    def cells(self, *, hidden: Collection[str]) -> list[Any]:
        """For a page or a sheet: of what is `hidden`, few become words and many are left out."""
        told = [
            _told(count, is_hidden=name in hidden) for name, count in self.people.counts().items()
        ]
        return [self.label, *told, *self.means]


@dataclass(frozen=True)
class Table:
    """`key` names it in the page; `of_campaigns` has three more columns."""

    key: str
    title: str
    lines: list[Line]
    of_campaigns: bool = False

    @property
    def header(self) -> list[str]:
        return [*_header(), *(_means_header() if self.of_campaigns else [])]

    def cells(self, *, is_masked: bool) -> list[list[Any]]:
        """Masked, counts below five are hidden, and those that would give them away."""
        rows = [line.people.counts() for line in self.lines]
        hidden = hidden_counts(rows, TIES) if is_masked else [set[str]()] * len(rows)
        return [line.cells(hidden=names) for line, names in zip(self.lines, hidden, strict=True)]


def _told(count: int, *, is_hidden: bool) -> Any:
    if not is_hidden:
        return count
    return shown_count(count, is_masked=True) if count < SMALLEST_SHOWN else None


def _header() -> list[str]:
    named = (_("Inscrites"), _("Venues"), _("Absentes"))
    return [*named, _("Comptées à l’entrée"), _("Personnes touchées")]


def _means_header() -> list[str]:
    return [_("Objectif"), _("Séances tenues"), _("Temps des bénévoles")]


@dataclass(frozen=True)
class Report:
    """What the page and the files show, of a campaign or of all of a period."""

    outcome: Outcome
    tables: list[Table]

    @property
    def communes(self) -> Table:
        return next(table for table in self.tables if table.key == "communes")

    @property
    def ages(self) -> Table:
        return next(table for table in self.tables if table.key == "ages")


def report(period: Period, campaign: Campaign | None = None) -> Report:
    """One table a dimension, in the order of names or of ages: never of counts."""
    sessions = sessions_of(period)
    outcome = outcome_in(period)
    if campaign is not None:
        sessions = sessions.filter(campaign=campaign)
        outcome = _outcome(
            sessions,
            partners=[partner.name for partner in campaign.partners.all()],
            target=campaign.target_people,
        )
    return Report(
        outcome,
        [
            Table("ensemble", _("Ensemble"), [_whole(outcome)], of_campaigns=True),
            Table("campaigns", _("Par campagne"), _by_campaign(sessions), of_campaigns=True),
            Table("communes", _("Par commune d’habitation"), _by_commune(sessions)),
            Table("ages", _("Par âge"), _by_age(sessions)),
        ],
    )


def _whole(outcome: Outcome) -> Line:
    means = (outcome.target, outcome.held, duration(outcome.minutes))
    return Line(_("Toutes les séances"), outcome.people, means)


def _by_campaign(sessions: QuerySet[Session]) -> list[Line]:
    people = _people(sessions, "session__campaign_id", "session__campaign_id")
    minutes = _minutes(sessions)
    held = Count("sessions", filter=Q(sessions__in=sessions.filter(held_at(timezone.now()))))
    found = Campaign.objects.filter(sessions__in=sessions).annotate(held=held)
    columns = found.order_by("title", "-starts_on").values_list(
        "pk", "title", "target_people", "held"
    )
    return [
        Line(title, people.get(pk, People()), (target, held, duration(minutes.get(pk, 0))))
        for pk, title, target, held in columns
    ]


def _by_commune(sessions: QuerySet[Session]) -> list[Line]:
    people = _people(sessions, "commune__name", "commune__name")
    unknown = people.pop(None, None)
    return [*_lines(people, sorted(people)), *_last(_("Commune non précisée"), unknown)]


def _by_age(sessions: QuerySet[Session]) -> list[Line]:
    people = _people(sessions, "age_band", "age_band")
    unknown = people.pop("", None)
    known = {capfirst(str(band.label)): people[band] for band in AgeBand if band in people}
    return [*_lines(known, known), *_last(_("Âge non précisé"), unknown)]


def _lines(people: dict[str, People], order: Iterable[str]) -> list[Line]:
    return [Line(label, people[label]) for label in order]


def _last(label: str, people: People | None) -> list[Line]:
    return [] if people is None else [Line(label, people)]


def panel_of_campaign(campaign: Campaign) -> dict[str, Any]:
    """What `prevention/partials/figures_of_campaign.html` shows."""
    return {"outcome": outcome_of(campaign)}
