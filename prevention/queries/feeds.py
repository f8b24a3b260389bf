"""Sessions for calendars and feed readers: what a town hall's site takes up by itself.

A feed tells the sessions of today and later, also those cancelled, so that a calendar takes them
away. It says nothing of the places left: so it changes only when somebody writes to a session or
a campaign, and at midnight. Always in French, whoever asks, so that one answer serves everybody.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed, SyndicationFeed
from django.utils.translation import gettext as _

from cpts_portal.core.icalendar import CONTENT_TYPE, Event, calendar
from cpts_portal.core.templatetags.portal import day, hour
from members.models import Cpts
from prevention.models import CampaignStatus, Session, SessionQuerySet, SessionStatus
from prevention.models.sessions import LONGEST
from prevention.queries.census import Change

MOST = 1000
"""Sessions in one feed, the earliest: more than a calendar program reads with ease."""
SHOWN = (
    *("title", "starts_at", "ends_at", "place_name", "address", "is_accessible", "status"),
    *("sequence", "created_at", "cancelled_at", "commune__name", "campaign__title"),
    "campaign__audience_note",
)


@dataclass(frozen=True)
class Asked:
    """Whose feed; `commune` (INSEE code) and `session` narrow it, empty and None ask nothing."""

    cpts: Cpts
    today: date
    change: Change
    commune: str = ""
    session: int | None = None

    @property
    def tag(self) -> str:
        """What no other content of the feed has: the community's own name is in it."""
        named = (self.cpts.name, self.cpts.email)
        return self.change.tag(self.today, self.commune, self.session, *named)

    @property
    def changed_at(self) -> datetime:
        """The last change, or the midnight that took a day away since."""
        return max(self.change.at, _midnight(self.today))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, datetime.min.time()))


def sessions_told(asked: Asked) -> list[Session]:
    """Public ones of running campaigns, cancelled or not, from today on; or the one asked for."""
    rows: SessionQuerySet = Session.objects.filter(
        campaign__status=CampaignStatus.PUBLISHED,
        campaign__is_for_professionals=False,
        is_for_professionals=False,
    )
    if asked.session is not None:
        rows = rows.filter(pk=asked.session)
    else:
        midnight = _midnight(asked.today)
        rows = rows.filter(ends_at__gte=midnight, starts_at__gt=midnight - LONGEST)
    if asked.commune:
        rows = rows.filter(commune=asked.commune)
    rows = rows.select_related("commune", "campaign").only(*SHOWN)
    return list(rows.order_by("starts_at", "pk")[:MOST])


# --- Calendar -------------------------------------------------------------------------------
def as_calendar(asked: Asked) -> bytes:
    return calendar(_event(asked, session) for session in sessions_told(asked))


def _event(asked: Asked, session: Session) -> Event:
    return Event(
        uid=f"seance-{session.pk}@{asked.cpts.slug}.portail-cpts",
        summary=str(session),
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        stamped_at=asked.change.at,
        organizer=asked.cpts.email,
        organizer_name=asked.cpts.name,
        sequence=session.sequence,
        location=f"{session.place_name}, {session.address}, {session.commune.name}",
        description=_description(session),
        url=_address(asked.cpts, session),
        is_cancelled=session.status == SessionStatus.CANCELLED,
        is_free=True,
    )


# --- RSS and Atom ---------------------------------------------------------------------------
def as_atom(asked: Asked) -> bytes:
    return _feed(Atom1Feed, "event_atom", asked)


def as_rss(asked: Asked) -> bytes:
    return _feed(Rss201rev2Feed, "event_rss", asked)


def _feed(kind: type[SyndicationFeed], name: str, asked: Asked) -> bytes:
    slug = asked.cpts.slug
    about = settings.PUBLIC_URL + reverse("prevention:event_list", args=[slug])
    feed = kind(
        title=_("Séances de prévention, %(name)s") % {"name": asked.cpts.name},
        link=about,
        description=_("Dates et lieux des séances ouvertes à tous."),
        language="fr",
        author_name=asked.cpts.name,
        feed_url=settings.PUBLIC_URL + reverse(f"prevention:{name}", args=[slug]),
        feed_guid=about,
    )
    for session in sessions_told(asked):
        _add(feed, asked, session)
    if not feed.num_items():
        feed.latest_post_date = lambda: asked.changed_at  # type: ignore[method-assign]
    return feed.writeString("utf-8").encode()


def _add(feed: SyndicationFeed, asked: Asked, session: Session) -> None:
    """A session that was moved counts as rewritten whenever the feed is."""
    address = _address(asked.cpts, session)
    when = f"{day(session.starts_at)}, {hour(session.starts_at)}"
    title = f"{session} : {when}, {session.commune.name}"
    if session.status == SessionStatus.CANCELLED:
        title = _("Annulée : %(title)s") % {"title": title}
    feed.add_item(
        title=title,
        link=address,
        description=_description(session),
        unique_id=address,
        unique_id_is_permalink=True,
        pubdate=session.created_at,
        updateddate=session.cancelled_at or _rewritten_at(asked, session),
    )


def _rewritten_at(asked: Asked, session: Session) -> datetime:
    return asked.change.at if session.sequence else session.created_at


def _description(session: Session) -> str:
    """Where, until when, for whom."""
    until = _("jusqu’à %(hour)s") % {"hour": hour(session.ends_at)}
    place = f"{session.place_name}, {session.address}, {session.commune.name}"
    parts = [place, until, session.campaign.audience_note]
    if session.is_accessible:
        parts.append(_("accessible en fauteuil"))
    return ". ".join(part[:1].upper() + part[1:] for part in parts if part) + "."


def _address(cpts: Cpts, session: Session) -> str:
    path = reverse("prevention:event_show", args=[cpts.slug, session.pk])
    return f"{settings.PUBLIC_URL}{path}"


Render = Callable[[Asked], bytes]
FEEDS: dict[str, tuple[Render, str]] = {
    "event_calendar": (as_calendar, CONTENT_TYPE),
    "event_atom": (as_atom, Atom1Feed.content_type),
    "event_rss": (as_rss, Rss201rev2Feed.content_type),
}
"""By the name of their URL: how they are written, and as what they are served."""
