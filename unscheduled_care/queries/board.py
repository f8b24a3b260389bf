"""The board: places by days, a page of professionals at a time, as one member may see it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from math import ceil

from django.utils.translation import gettext as _

from cpts_portal.core.models import Commune
from cpts_portal.core.templatetags.portal import TIED, hour
from cpts_portal.core.territory import fold, search_communes
from members.models import Membership, Practice
from unscheduled_care.models import Act, Claim, ClaimStatus, Hold, Kind, SlotStatus
from unscheduled_care.queries.census import (
    PARIS,
    SOON,
    Filters,
    Window,
    comes_so_far,
    lines,
    on_board,
)
from unscheduled_care.queries.freshness import LONGEST
from unscheduled_care.queries.sieve import Chip, Day, Key, Sieve
from unscheduled_care.rules import Reach

ROWS = 12
"""Professionals a page; where 20,000 slots are open, the others are on the next ones."""
CELL = 6
"""Slots of one cell before « + 3 », which leads to that professional alone."""
MOST_CLAIMS = 50
NOON, EVENING = 12, 17
TONES = {
    "infirmier": "av-ide",
    "infirmier-pratique-avancee": "av-ide",
    "pharmacien": "av-pha",
    "kinesitherapeute": "av-kin",
}
LOOKS = {"mine": "mine", "kept": "sel", "held": "held", "taken": "taken"}
KIND_LOOKS = {Kind.HOME.value: "home", Kind.REMOTE.value: "remote"}
COLUMNS = (
    *("pk", "professional_id", "practice_id", "starts_at", "ends_at", "kind", "radius_km"),
    *("status", "acts"),
)
WITH_WHOM = ("slot__professional__user", "slot__practice__commune")


# --- What is shown ------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Seen:
    """One slot for one reader: `free`, `kept` or `mine` by her, `held` or `taken` by another.

    `deed` is her hold or her claim of it.
    """

    pk: int
    starts_at: datetime
    minutes: int
    kind: str
    state: str
    deed: Hold | Claim | None
    key: str
    """The primary key as an address says it."""
    hour: str
    look: str
    """CSS class: whose it is, else what form it has."""


@dataclass(frozen=True)
class Cell:
    """One place on one day; `more` is how many of its slots the cell does not show."""

    on: date
    slots: Sequence[Seen]
    more: int


@dataclass
class Row:
    """A professional at a place; `km` from the commune asked, None when none is."""

    member: Membership
    practice: Practice | None
    km: float | None
    acts: list[str] = field(default_factory=list)
    by_day: dict[date, list[Seen]] = field(default_factory=lambda: defaultdict(list))
    cells: list[Cell] = field(default_factory=list)

    @cached_property
    def name(self) -> str:
        return str(self.member)

    @property
    def tone(self) -> str:
        return TONES.get(self.member.profession_id or "", "")

    @cached_property
    def where(self) -> str:
        """The place, with its commune unless its name says it; "" from afar."""
        if self.practice is None:
            return ""
        name, town = self.practice.name, self.practice.commune.name
        return name if fold(town) in fold(name) else f"{name}, {town}"

    @property
    def far(self) -> str:
        """« à 4 km », as the crow flies; "" when unknown or not asked."""
        if self.km is None:
            return ""
        near = _("à moins de 1 km") if self.km < 1 else _("à %(km)d km") % {"km": round(self.km)}
        return near.replace(" ", TIED)


@dataclass(frozen=True)
class Part:
    """Morning, afternoon or evening of the chosen day, as cards."""

    label: str
    free: int
    cards: Sequence[tuple[Row, Seen]]


@dataclass(frozen=True)
class Own:
    """What the reader, and those for whom she acts, keep and have booked.

    `held` are the slots that anybody of the CPTS keeps.
    """

    holds: Sequence[Hold]
    claims: Sequence[Claim]
    held: frozenset[int]
    ends_at: datetime
    """When the first live hold of the CPTS runs out, if it is soon."""

    def deeds(self) -> dict[int, Hold | Claim]:
        """By slot."""
        kept: dict[int, Hold | Claim] = {hold.slot_id: hold for hold in self.holds}
        return kept | {claim.slot_id: claim for claim in self.claims}


@dataclass(frozen=True)
class Board:
    window: Window
    day: date
    days: Sequence[Day]
    chips: Sequence[Chip]
    rows: Sequence[Row]
    parts: Sequence[Part]
    own: Own
    page: int
    pages: int
    until: datetime
    """When time alone changes it."""

    @property
    def free(self) -> int:
        return sum(day.free for day in self.days)

    @property
    def next_free(self) -> date | None:
        return next((one.on for one in self.days if one.free and one.on > self.day), None)


# --- Reading it ---------------------------------------------------------------------------------
def look(reach: Reach, filters: Filters, now: datetime) -> Board:
    """The board of one reader, in as many queries for 1 slot as for 20,000.

    `now` is the database's: see `freshness.begin`.
    """
    window, own = Window.around(filters.first, now), own_of(reach, now)
    sieve = Sieve(filters, window, lines(reach, window, filters, own.held))
    keys = sieve.in_order()
    pages = max(1, ceil(len(keys) / ROWS))
    page = min(filters.page, pages)
    rows = _rows(keys[(page - 1) * ROWS : page * ROWS], sieve)
    _fill(rows, reach, sieve, own)
    return Board(
        window=window,
        day=sieve.day,
        days=sieve.days(),
        chips=sieve.chips(),
        rows=list(rows.values()),
        parts=_parts(rows.values(), sieve.day, window.today),
        own=own,
        page=page,
        pages=pages,
        until=min(sieve.until(), own.ends_at, now + LONGEST),
    )


def own_of(reach: Reach, now: datetime) -> Own:
    """Live holds of the CPTS and the reader's coming claims, in two queries or three."""
    live = Hold.objects.filter(expires_at__gt=now, claim=None).order_by("expires_at")
    kept = list(live)
    mine = [one.pk for one in kept if one.holder_id in reach.own_ids and not one.is_for_waiting]
    coming = Claim.objects.filter(
        claimer__in=reach.own_ids, status=ClaimStatus.BOOKED, slot__starts_at__gt=now
    )
    return Own(
        holds=list(live.filter(pk__in=mine).select_related(*WITH_WHOM)) if mine else [],
        claims=list(coming.select_related(*WITH_WHOM).order_by("slot__starts_at")[:MOST_CLAIMS]),
        held=frozenset(hold.slot_id for hold in kept),
        ends_at=kept[0].expires_at if kept else now + LONGEST,
    )


def _rows(keys: list[Key], sieve: Sieve) -> dict[Key, Row]:
    members = Membership.objects.select_related("user", "profession").in_bulk(
        {professional_id for professional_id, _place in keys}
    )
    places = Practice.objects.select_related("commune").in_bulk({place for _who, place in keys})
    return {
        (who, place): Row(members[who], places.get(place or 0), sieve.km.get(place or 0))
        for who, place in keys
    }


def _fill(rows: dict[Key, Row], reach: Reach, sieve: Sieve, own: Own) -> None:
    """Put the slots of this page where they belong."""
    filters, window, deeds = sieve.filters, sieve.window, own.deeds()
    shown = on_board(reach, window, filters).filter(
        professional__in={professional_id for professional_id, _place in rows}
    )
    if filters.kind:
        shown = shown.filter(kind=filters.kind)
    if filters.is_soon:
        shown = shown.filter(starts_at__lte=window.now + SOON)
    acts, labels = defaultdict[Key, set[str]](set), {one.pk: str(one) for one in Act.objects.all()}
    slots = shown.order_by("starts_at", "pk").values_list(*COLUMNS)
    for pk, who, place, starts_at, ends_at, kind, radius_km, status, codes in slots:
        row = rows.get((who, place))
        if row is None or (filters.commune and not comes_so_far(kind, radius_km, row.km)):
            continue
        state, deed = _state_of(pk, status, own, deeds)
        minutes = int((ends_at - starts_at).total_seconds() // 60)
        look = LOOKS.get(state) or KIND_LOOKS.get(kind, "")
        told = hour(starts_at)
        seen = Seen(pk, starts_at, minutes, kind, state, deed, str(pk), told, look)
        row.by_day[starts_at.astimezone(PARIS).date()].append(seen)
        acts[who, place].update(codes)
    most = None if filters.professional else CELL
    for key, row in rows.items():
        row.acts = sorted(labels.get(code, code) for code in acts[key])
        row.cells = [_cell(on, row.by_day[on], most) for on in window.days]


def _cell(on: date, slots: list[Seen], most: int | None) -> Cell:
    """One slot too many takes the place that « + 1 » would."""
    if most is None or len(slots) <= most + 1:
        return Cell(on, slots, 0)
    return Cell(on, slots[:most], len(slots) - most)


def _state_of(
    pk: int, status: str, own: Own, deeds: dict[int, Hold | Claim]
) -> tuple[str, Hold | Claim | None]:
    deed = deeds.get(pk)
    if status == SlotStatus.CLAIMED:
        return ("mine", deed) if isinstance(deed, Claim) else ("taken", None)
    if isinstance(deed, Hold):
        return "kept", deed
    return ("held" if pk in own.held else "free"), None


def _parts(rows: Iterable[Row], day: date, today: date) -> list[Part]:
    """The cards of the chosen day, by hour; what others have taken is not worth a finger."""
    cards = [
        (row, seen) for row in rows for seen in row.by_day.get(day, ()) if seen.state != "taken"
    ]
    by_part = defaultdict[int, list[tuple[Row, Seen]]](list)
    for row, seen in sorted(cards, key=lambda card: (card[1].starts_at, card[1].pk)):
        at = seen.starts_at.astimezone(PARIS).hour
        by_part[(at >= NOON) + (at >= EVENING)].append((row, seen))
    labels = _part_labels(is_today=day == today)
    return [
        Part(labels[n], sum(seen.state == "free" for _row, seen in found), found)
        for n, found in sorted(by_part.items())
    ]


def _part_labels(*, is_today: bool) -> tuple[str, str, str]:
    if is_today:
        return _("Ce matin"), _("Cet après-midi"), _("Ce soir")
    return _("Le matin"), _("L’après-midi"), _("Le soir")


# --- The patient's commune ----------------------------------------------------------------------
def patient_commune(text: str, code: str) -> tuple[Commune | None, list[Commune]]:
    """The commune meant, and others that the same words may mean.

    The `code` of a link counts as long as the name beside it was not changed.
    """
    chosen = Commune.objects.filter(pk=code).first() if code else None
    if chosen is not None and text in ("", chosen.name):
        return chosen, []
    found = search_communes(text, limit=4)
    return (found[0], found[1:]) if found else (None, [])
