"""Campaigns at the desk: the calendar one begins from, the season's list, one campaign whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Min, Prefetch, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from cpts_portal.core.models import Commune
from prevention.models import (
    Campaign,
    CampaignPage,
    CampaignStatus,
    CampaignTemplate,
    Material,
    Picture,
    PlanStatus,
    SessionStatus,
)

SOON_MONTHS = 3
"""A template whose season begins within so many months is shown first."""


# --- The calendar one begins from -----------------------------------------------------------
@dataclass(frozen=True)
class Shelf:
    """Templates that stand together on the page, each with both ends of its next season.

    `code` is one of soon, later, always, inside.
    """

    code: str
    templates: list[tuple[CampaignTemplate, date, date]]


def templates() -> QuerySet[CampaignTemplate]:
    return CampaignTemplate.objects.filter(is_active=True, topic__is_active=True).select_related(
        "topic"
    )


def shelves_at(today: date) -> list[Shelf]:
    """Those whose season comes, nearest first; the other seasons; all year; for professionals."""
    found: dict[str, list[Any]] = {"soon": [], "later": [], "always": [], "inside": []}
    for template in sorted(templates(), key=lambda one: months_before(one, today)):
        found[_shelf_of(template, today)].append((template, *next_season(template, today)))
    return [Shelf(code, kept) for code, kept in found.items() if kept]


def _shelf_of(template: CampaignTemplate, today: date) -> str:
    if template.is_for_professionals:
        return "inside"
    if template.first_month is None:
        return "always"
    return "soon" if months_before(template, today) <= SOON_MONTHS else "later"


def months_before(template: CampaignTemplate, today: date) -> int:
    """Months until its season begins, 0 while it lasts or begins this month."""
    first, last = template.first_month, template.last_month
    if first is None or last is None:
        return 0
    lasts = (last - first) % 12
    since = (today.month - first) % 12
    return 0 if since <= lasts else 12 - since


def next_season(template: CampaignTemplate | None, today: date) -> tuple[date, date]:
    """First and last day of the season that runs or comes next; without one, of next month."""
    first, last = _months_of(template, today)
    begun = (today.month - first) % 12
    lasts = (last - first) % 12
    months = today.year * 12 + today.month - 1
    start = months - begun if begun <= lasts else months + 12 - begun
    return _first_of(start), date.fromordinal(_first_of(start + lasts + 1).toordinal() - 1)


def _months_of(template: CampaignTemplate | None, today: date) -> tuple[int, int]:
    if template is None or template.first_month is None or template.last_month is None:
        following = today.month % 12 + 1
        return following, following
    return template.first_month, template.last_month


def _first_of(months: int) -> date:
    """First day of a month counted from the year 0."""
    return date(months // 12, months % 12 + 1, 1)


# --- The season's list ----------------------------------------------------------------------
def seasons() -> list[int]:
    """Years in which campaigns begin, latest first."""
    years = Campaign.objects.order_by().values_list("starts_on__year", flat=True).distinct()
    return sorted(years, reverse=True)


def counts_in(season: int | None) -> dict[str, int]:
    """Campaigns of a season by status, statuses without any included."""
    rows = _in_season(season).order_by().values_list("status").annotate(n=Count("pk"))
    return dict.fromkeys(CampaignStatus.values, 0) | dict(rows)


def campaigns_in(season: int | None, status: str) -> QuerySet[Campaign]:
    """Each with its sessions summed: `session_count`, `next_at`, `taken`, `seats`."""
    return _with_sums(_in_season(season).filter(status=status)).select_related("topic")


def _in_season(season: int | None) -> QuerySet[Campaign]:
    rows: QuerySet[Campaign] = Campaign.objects.all()
    return rows if season is None else rows.filter(starts_on__year=season)


def _with_sums(rows: QuerySet[Campaign]) -> QuerySet[Campaign]:
    stands = ~Q(sessions__status=SessionStatus.CANCELLED)
    to_come = Q(sessions__status=SessionStatus.PLANNED, sessions__starts_at__gt=timezone.now())
    return rows.annotate(
        session_count=Count("sessions", filter=stands),
        next_at=Min("sessions__starts_at", filter=to_come),
        taken=Coalesce(Sum("sessions__taken", filter=stands), 0),
        seats=Coalesce(Sum("sessions__capacity", filter=stands), 0),
    )


# --- One campaign ---------------------------------------------------------------------------
def in_full() -> QuerySet[Campaign]:
    rows: QuerySet[Campaign] = Campaign.objects.select_related(
        "topic", "mission", "cpts", "created_by__user", "previous"
    )
    return rows


def pages_of(campaign: Campaign) -> list[CampaignPage]:
    """In order, with what their pictures show; the page that serves a picture reads its bytes."""
    pictures = Prefetch("pictures", Picture.objects.defer("content"))
    return list(campaign.pages.prefetch_related(pictures))


@dataclass(frozen=True)
class Step:
    """One thing to do before a draft is ready; `code` is one of page, session, reminder."""

    code: str
    is_done: bool


def steps_of(campaign: Campaign, pages: Iterable[CampaignPage]) -> list[Step]:
    """What is left to prepare: something to read, somewhere to come to, a reminder that leaves."""
    sessions = campaign.sessions.exclude(status=SessionStatus.CANCELLED)
    active = campaign.plans.filter(status=PlanStatus.ACTIVE)
    return [
        Step("page", any(True for _page in pages)),
        Step("session", sessions.exists()),
        Step("reminder", active.exists()),
    ]


def communes_of(campaign: Campaign) -> list[Commune]:
    return list(Commune.objects.filter(pk__in=campaign.communes).order_by("search_name"))


def history_of(campaign: Campaign) -> list[Campaign]:
    """The other seasons, before and after, latest first, summed as in the list."""
    rows: Any = Campaign.objects.exclude(previous=None).order_by().values_list("pk", "previous")
    links: dict[int, int] = dict(rows)
    following = {previous: pk for pk, previous in links.items()}
    known = {campaign.pk}
    for step in (links, following):
        pk = step.get(campaign.pk)
        while pk is not None and pk not in known:
            known.add(pk)
            pk = step.get(pk)
    others = _with_sums(Campaign.objects.filter(pk__in=known - {campaign.pk}))
    return list(others.order_by("-starts_on", "-pk"))


def materials_of(campaign: Campaign) -> QuerySet[Material]:
    rows: QuerySet[Material] = campaign.materials.filter(is_active=True)
    return rows


# --- For members ----------------------------------------------------------------------------
def readable(*, by_desk: bool) -> QuerySet[Campaign]:
    """What members read: published, or over; the desk reads its drafts as members will."""
    rows = in_full()
    return rows if by_desk else rows.exclude(status=CampaignStatus.DRAFT)
