"""The public pages of sessions and campaigns, and what the desk is shown to make them known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from math import ceil
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Prefetch, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _

from cpts_portal.core import qr
from cpts_portal.core.distances import neighbours
from cpts_portal.core.models import Commune
from members.models import Cpts
from prevention.models import Campaign, Picture, Session, SessionQuerySet
from prevention.models.sessions import LONGEST
from prevention.queries.census import Census, census_of, last_change, to_come
from prevention.queries.sessions import conditions_of
from prevention.rules.events import is_shown, is_told
from prevention.rules.line import takes_registrations

PAGE = 30
NEARBY = 3
ON_A_CAMPAIGN = 30
"""Sessions that the page of a campaign lists before it leads to the whole list."""
COLUMNS = (
    *("pk", "title", "campaign_id", "starts_at", "place_name", "commune_id", "is_accessible"),
    *("capacity", "taken"),
)
SHOWN = (
    *("title", "starts_at", "ends_at", "place_name", "address", "is_accessible"),
    *("capacity", "taken", "status", "commune__name", "campaign__title"),
)


class Row(NamedTuple):
    """A session in a list; `seats` are those left."""

    pk: int
    name: str
    starts_at: datetime
    place: str
    is_accessible: bool
    seats: int


Day = tuple[date, list[Row]]
Columns = tuple[Any, ...]
"""Values of `COLUMNS`, in that order."""


@dataclass(frozen=True)
class Filters:
    """INSEE code of a commune, code of a topic; empty asks nothing."""

    commune: str = ""
    topic: str = ""

    def __bool__(self) -> bool:
        return bool(self.commune or self.topic)


@dataclass(frozen=True)
class Found:
    """One page of the sessions to come, day by day, and what narrows them further."""

    days: Sequence[Day]
    total: int
    number: int
    pages: int
    filters: Filters
    census: Census
    commune_name: str
    nearby: Sequence[Commune]
    """Where else, when nothing happens in the commune asked for."""

    @property
    def everything(self) -> int:
        return self.census.count()

    @property
    def communes(self) -> list[Any]:
        return self.census.communes(self.filters.commune, self.filters.topic)

    @property
    def topics(self) -> list[Any]:
        return self.census.topics(self.filters.commune, self.filters.topic)


def look_up(cpts: Cpts, filters: Filters, number: int, now: datetime, *, size: int = PAGE) -> Found:
    """The page `number` of what `filters` leave; the last one when there are not so many."""
    census = census_of(cpts, last_change(cpts), now)
    total = census.count(filters.commune, filters.topic)
    pages = max(1, ceil(total / size))
    number = min(number, pages)
    found = _page(_matching(census, filters, now), total, (number - 1) * size, size)
    return Found(
        days=by_day(_named(found, census)),
        total=total,
        number=number,
        pages=pages,
        filters=filters,
        census=census,
        commune_name=_name_of(filters.commune, census),
        nearby=[] if total else _nearby(filters, census),
    )


def _matching(census: Census, filters: Filters, now: datetime) -> QuerySet[Session, Columns]:
    """One table is read, in the order of its index: the census knows the names of the others."""
    sessions = Session.objects.to_come_at(now).filter(
        campaign__in=list(census.campaigns_about(filters.topic)),
        is_for_professionals=False,
        starts_at__gt=now - LONGEST,
    )
    if filters.commune:
        sessions = sessions.filter(commune=filters.commune)
    return sessions.order_by("starts_at", "pk").values_list(*COLUMNS)


def _page(rows: QuerySet[Session, Columns], total: int, first: int, size: int) -> list[Columns]:
    """`size` rows of `total` from `first` on; those of the second half are read from the end."""
    if first <= total // 2:
        return list(rows[first : first + size]) if total else []
    left = total - first
    return list(rows.reverse()[max(0, left - size) : left])[::-1]


def _named(found: Sequence[Columns], census: Census) -> list[Row]:
    titles, names = census.campaigns_about(""), census.commune_names
    if strange := {row[5] for row in found} - names.keys():
        names |= dict(Commune.objects.filter(pk__in=strange).values_list("pk", "name"))
    return [_row(row, titles[row[2]], names[row[5]]) for row in found]


def _row(row: Columns, campaign_title: str, commune_name: str) -> Row:
    pk, title, _campaign, starts_at, place, _commune, is_accessible, capacity, taken = row
    name, where = title or campaign_title, f"{place}, {commune_name}"
    return Row(pk, name, starts_at, where, is_accessible, capacity - taken)


def _name_of(code: str, census: Census) -> str:
    """Of a commune asked for, whether or not something happens there; "" for none."""
    if not code:
        return ""
    name = census.commune_names.get(code)
    if name is None:
        name = Commune.objects.filter(pk=code).values_list("name", flat=True).first()
    return name or ""


def _nearby(filters: Filters, census: Census) -> list[Commune]:
    """The nearest communes where something of the topic asked for happens."""
    here = Commune.objects.filter(pk=filters.commune).first() if filters.commune else None
    if here is None:
        return []
    codes = {line.commune for line in census.lines if line.answers("", filters.topic)}
    return neighbours(here, Commune.objects.filter(pk__in=codes), NEARBY)


def by_day(rows: Sequence[Row]) -> list[Day]:
    """Sessions in the order of time, under their day in Paris."""
    days = groupby(rows, key=lambda row: timezone.localdate(row.starts_at))
    return [(day, list(found)) for day, found in days]


# --- One session ----------------------------------------------------------------------------
@dataclass(frozen=True)
class Shown:
    """A session as its page tells it."""

    session: Session
    for_whom: list[str]
    takes_people: bool
    is_over: bool
    others: Sequence[Session]
    """Others of its campaign, to come, for whoever comes too late here."""


def shown_session(pk: int, now: datetime) -> Shown | None:
    """None for what is not public, as for what does not exist."""
    rows = Session.objects.select_related("cpts", "campaign__topic", "commune")
    session = rows.filter(pk=pk).first()
    if session is None or not is_shown(session):
        return None
    others = sessions_of(session.campaign, now).exclude(pk=pk)
    return Shown(
        session=session,
        for_whom=conditions_of(session),
        takes_people=takes_registrations(session, now),
        is_over=session.ends_at <= now,
        others=list(others[:3]),
    )


def sessions_of(campaign: Campaign, now: datetime) -> SessionQuerySet:
    """To come, of one campaign, for everybody."""
    rows = to_come(now).filter(campaign=campaign)
    return rows.select_related("commune", "campaign").only(*SHOWN)


def rows_of(campaign: Campaign, now: datetime, most: int) -> list[Row]:
    """The first sessions of a campaign; places are their names, since its own is known."""
    return [
        Row(
            pk=one.pk,
            name=one.title or one.place_name,
            starts_at=one.starts_at,
            place=f"{one.place_name}, {one.commune.name}" if one.title else one.commune.name,
            is_accessible=one.is_accessible,
            seats=one.seats_left,
        )
        for one in sessions_of(campaign, now)[:most]
    ]


# --- One campaign ---------------------------------------------------------------------------
def shown_campaign(pk: int) -> Campaign | None:
    """With its pages, their pictures without their content, and its partners."""
    pictures = Prefetch("pages__pictures", Picture.objects.defer("content"))
    campaigns = Campaign.objects.select_related("topic").prefetch_related(pictures, "partners")
    campaign: Campaign | None = campaigns.filter(pk=pk).first()
    return campaign if campaign and is_told(campaign) else None


# --- At the desk ----------------------------------------------------------------------------
def public_address(name: str, *args: object) -> str:
    """The whole address of a public page, as posters and messages give it."""
    return f"{settings.PUBLIC_URL}{reverse(f'prevention:{name}', args=args)}"


def panel_of(session: Session) -> dict[str, Any]:
    """What makes one session known: its page, its poster, its picture, its code."""
    panel = _panel("event_show", session.cpts, session.pk, is_public=is_shown(session))
    return {"publishing": panel}


def panel_of_campaign(campaign: Campaign) -> dict[str, Any]:
    """What makes a campaign known, and the list that a town hall shows in its own site."""
    cpts = campaign.cpts
    feeds = {
        name: public_address(f"event_{name}", cpts.slug)
        for name in ("list", "calendar", "rss", "atom", "embed")
    }
    panel = _panel("campaign_public", cpts, campaign.pk, is_public=is_told(campaign))
    return {"publishing": panel | {"feeds": feeds, "snippet": snippet(feeds["embed"], cpts)}}


def _panel(name: str, cpts: Cpts, pk: int, *, is_public: bool) -> dict[str, Any]:
    address = public_address(name, cpts.slug, pk)
    label = _("Code à flasher qui mène à la page publique")
    return {"is_public": is_public, "address": address, "code": qr.svg(address, label=label)}


def snippet(address: str, cpts: Cpts) -> str:
    """What a town hall pastes into its own site: no script."""
    title = _("Séances de prévention, %(name)s") % {"name": cpts.name}
    return format_html(
        '<iframe src="{}" title="{}" width="100%" height="640" loading="lazy"></iframe>',
        address, title,
    )  # fmt: skip
