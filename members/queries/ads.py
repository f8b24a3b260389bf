"""The board of ads: what is open today, narrowed with counts; one's own; what was answered.

A CPTS has some dozens of ads: those that are open are read whole and counted in Python.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.db.models import Count, F, Q, QuerySet

from cpts_portal.core.territory import fold
from members.delegations import ActingFor, principals_of
from members.models import Ad, AdMessage, Membership
from members.queries.directory import Option

Doer = Membership | ActingFor
REMIND_BEFORE = timedelta(days=7)
FACETS: dict[str, Callable[[Ad], tuple[str, str]]] = {
    "kind": lambda ad: (ad.kind, ad.get_kind_display()),
    "side": lambda ad: (ad.side, ad.get_side_display()),
    "profession": lambda ad: (ad.profession_id or "", str(ad.profession)),
    "commune": lambda ad: (ad.commune_id or "", str(ad.commune)),
}
"""Of each filter, the value and the words of one ad."""


@dataclass(frozen=True)
class Filters:
    """What is asked; empty asks nothing."""

    kind: str = ""
    side: str = ""
    profession: str = ""
    commune: str = ""

    def __bool__(self) -> bool:
        return any((self.kind, self.side, self.profession, self.commune))

    def meets(self, ad: Ad, but: str = "") -> bool:
        """Whether every filter is met, `but` one set aside."""
        asked = ((name, getattr(self, name)) for name in FACETS if name != but)
        return all(not code or FACETS[name](ad)[0] == code for name, code in asked)


@dataclass(frozen=True)
class Board:
    """The open ads that the filters leave, and what narrows them further."""

    ads: Sequence[Ad]
    everything: int
    filters: Filters
    facets: dict[str, list[Option]]

    @property
    def total(self) -> int:
        return len(self.ads)


def ads() -> QuerySet[Ad]:
    """Of the open CPTS, with what a line shows."""
    found: QuerySet[Ad] = Ad.objects.select_related(
        "author__user", "author__profession", "commune", "profession", "cpts"
    )
    return found


def board(filters: Filters, today: date) -> Board:
    """What is open today, the newest first."""
    open_ads = list(ads().open_on(today))  # type: ignore[attr-defined]
    filters = _understood(open_ads, filters)
    return Board(
        ads=[ad for ad in open_ads if filters.meets(ad)],
        everything=len(open_ads),
        filters=filters,
        facets={name: _options(open_ads, filters, name) for name in FACETS},
    )


def _understood(open_ads: Iterable[Ad], filters: Filters) -> Filters:
    """A value that no ad has any more is not asked, as a link may be old."""
    known = {name: {told(ad)[0] for ad in open_ads} for name, told in FACETS.items()}
    forgotten = {name: "" for name in FACETS if getattr(filters, name) not in known[name]}
    return replace(filters, **forgotten)


def _options(open_ads: Iterable[Ad], filters: Filters, name: str) -> list[Option]:
    """Each value with how many ads it would leave, in the order of the words."""
    told = FACETS[name]
    counts = Counter(told(ad) for ad in open_ads if told(ad)[0] and filters.meets(ad, but=name))
    chosen = getattr(filters, name)
    return [
        Option(code, label, count, code == chosen)
        for (code, label), count in sorted(counts.items(), key=lambda item: fold(item[0][1]))
    ]


# --- One's own ------------------------------------------------------------------------------
def doers_of(member: Membership) -> dict[int, Doer]:
    """As whom `member` publishes, by the author's key: herself, then those she acts for."""
    acted = {one.pk: ActingFor(delegate=member, principal=one) for one in principals_of(member)}
    return {member.pk: member, **acted}


def ads_of(authors: Iterable[int]) -> QuerySet[Ad]:
    """Theirs in every state, with how many answers the author has not read (`unread`)."""
    unread = Q(messages__read_at=None) & ~Q(messages__author=F("author"))
    found = ads().filter(author__in=authors)
    return found.annotate(unread=Count("messages", filter=unread))


def unread_answers(own: Iterable[Ad], member: Membership) -> int:
    """How many answers to her own ads she has not read; `own` comes from `ads_of`."""
    return sum(ad.unread for ad in own if ad.author_id == member.pk)  # type: ignore[attr-defined]


def answered_by(member: Membership) -> QuerySet[Ad]:
    """The ads that she has answered, with what is `unread` of her talk with the author."""
    hers = Q(messages__correspondent=member)
    unread = hers & Q(messages__read_at=None) & ~Q(messages__author=member)
    found = ads().annotate(said=Count("messages", filter=hers))
    return found.annotate(unread=Count("messages", filter=unread)).filter(said__gt=0)


# --- Talks ----------------------------------------------------------------------------------
@dataclass(frozen=True)
class Talk:
    """One colleague's exchange with the author, as the author's list shows it."""

    correspondent: Membership
    last: AdMessage
    count: int
    unread: int


def messages_between(ad: Ad, correspondent: Membership) -> QuerySet[AdMessage]:
    """The exchange of one colleague with the author, the first word first."""
    found: QuerySet[AdMessage] = AdMessage.objects.filter(ad=ad, correspondent=correspondent)
    return found.select_related("author__user")


def talks_about(ad: Ad) -> list[Talk]:
    """For the author alone: one line a colleague, the latest word first."""
    talks: dict[int, list[AdMessage]] = {}
    rows = AdMessage.objects.filter(ad=ad).defer("body")
    for message in rows.select_related("correspondent__user", "correspondent__profession"):
        talks.setdefault(message.correspondent_id, []).append(message)
    lines = [
        Talk(
            correspondent=said[-1].correspondent,
            last=said[-1],
            count=len(said),
            unread=sum(one.read_at is None and one.author_id != ad.author_id for one in said),
        )
        for said in talks.values()
    ]
    return sorted(lines, key=lambda talk: talk.last.sent_at, reverse=True)


# --- What is told by mail ---------------------------------------------------------------------
def soon_over(today: date) -> QuerySet[Ad]:
    """Ads of running members that leave the board within a week."""
    found = ads().open_on(today)  # type: ignore[attr-defined]
    last_day = today + REMIND_BEFORE
    return found.filter(expires_on__lte=last_day, author__in=Membership.objects.current())  # type: ignore[no-any-return]


def new_for_digest(friday: date) -> QuerySet[Ad]:
    """Published from one Friday to the eve of the next: each ad is in one digest, whenever it
    leaves; those already closed are left out."""
    week = (friday - timedelta(days=7), friday - timedelta(days=1))
    found = ads().open_on(friday)  # type: ignore[attr-defined]
    return found.filter(published_on__range=week)  # type: ignore[no-any-return]


def digest_readers() -> QuerySet[Membership]:
    """Who asked for the week's ads, in the open CPTS."""
    members: QuerySet[Membership] = Membership.objects.current().filter(wants_ads=True)
    return members.select_related("user", "cpts")
