"""The line: who is next for a slot, what the desk and she herself see of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, Max, OuterRef, Prefetch, Q, QuerySet
from django.db.models.functions import Now

from cpts_portal.core.fields import keyed_hash
from cpts_portal.core.scoping import scopes_disabled
from members.models import Membership, Role
from unscheduled_care import rules
from unscheduled_care.models import (
    Slot,
    SlotStatus,
    WaitingContact,
    WaitingEntry,
    WaitingOffer,
    WaitingStatus,
)
from unscheduled_care.queries.reach import reach_of
from unscheduled_care.rules import Reach
from unscheduled_care.rules.waiting import suits

MOST_SLOTS = 200
MOST_PAST = 30


def entries() -> QuerySet[WaitingEntry]:
    return WaitingEntry.objects.select_related(
        "cpts", "profession", "reason", "act", "commune", "added_by__user", "claim__slot"
    )


def line() -> QuerySet[WaitingEntry]:
    """Those who still wait, by the database's clock, in the order of arrival."""
    waiting = entries().filter(status=WaitingStatus.WAITING, wanted_until__gt=Now())
    return waiting.order_by("joined_at", "pk")


def past_their_time() -> QuerySet[WaitingEntry]:
    return entries().filter(status=WaitingStatus.WAITING, wanted_until__lte=Now())


# --- Offers -------------------------------------------------------------------------------------
def offers() -> QuerySet[WaitingOffer]:
    return WaitingOffer.objects.select_related(
        "entry",
        "hold__slot__professional__user",
        "hold__slot__professional__profession",
        "hold__slot__practice__commune",
    )


def live_offers() -> QuerySet[WaitingOffer]:
    """To be answered now: no answer yet, the deadline to come, the slot still there."""
    return offers().filter(
        answer="", hold__expires_at__gt=Now(), hold__slot__status=SlotStatus.OPEN
    )


def late_offers() -> QuerySet[WaitingOffer]:
    """Past their deadline, worker or not, or whose slot was withdrawn meanwhile."""
    is_over = Q(hold__expires_at__lte=Now()) | Q(hold__slot__status=SlotStatus.WITHDRAWN)
    return offers().filter(is_over, answer="")


def live_offer_of(entry: WaitingEntry) -> WaitingOffer | None:
    return live_offers().filter(entry=entry).first()


# --- Who is next ----------------------------------------------------------------------------
def next_for(slot: Slot) -> Iterator[WaitingEntry]:
    """Those to whom the slot may be offered, in line; who has an offer is passed over meanwhile.

    The same slot is offered to nobody twice. The channel is that of whoever put her in line.
    """
    pending = live_offers().filter(entry=OuterRef("pk"))
    had = WaitingOffer.objects.filter(entry=OuterRef("pk"), hold__slot=slot)
    found = line().filter(
        Q(act=None) | Q(act__in=slot.acts),
        ~Exists(pending),
        ~Exists(had),
        profession=slot.professional.profession_id,
        wanted_until__gt=slot.starts_at,
    )
    reaches: dict[int, Reach] = {}
    for entry in found:
        if suits(entry, slot):
            by = entry.added_by
            if by.pk not in reaches:
                reaches[by.pk] = reach_of(by)
            if rules.reaches(reaches[by.pk], slot):
                yield entry


def free_slots() -> list[Slot]:
    """What somebody in line may be waiting for: claimable, kept by nobody, the soonest first."""
    waiting = line().filter(~Exists(live_offers().filter(entry=OuterRef("pk")))).order_by()
    latest = waiting.aggregate(latest=Max("wanted_until"))["latest"]
    if latest is None:
        return []
    asked = _kept_by_nobody().filter(
        starts_at__lt=latest, professional__profession__in=waiting.values("profession")
    )
    return list(asked.order_by("starts_at", "pk")[:MOST_SLOTS])


def _kept_by_nobody() -> QuerySet[Slot]:
    not_held = {"is_held": False}
    return Slot.objects.claimable().with_hold().filter(**not_held)


def slot_to_offer(slot: Slot) -> Slot | None:
    """The slot with what is asked of it, if it is claimable and kept by nobody."""
    free = _kept_by_nobody().filter(pk=slot.pk)
    return free.select_related("cpts", "professional__user", "practice__commune").first()


# --- The screens --------------------------------------------------------------------------------
@dataclass(frozen=True)
class Place:
    """One line of the list, and the offer that waits for an answer."""

    entry: WaitingEntry
    rank: int
    offer: WaitingOffer | None


def places_of(member: Membership) -> list[Place]:
    """The whole line at the desk, one's own elsewhere; ranks are those of the whole line."""
    offered = Prefetch("offers", queryset=live_offers(), to_attr="live")
    ranks: dict[str, int] = {}
    places = []
    for entry in line().prefetch_related(offered):
        ranks[entry.profession_id] = ranks.get(entry.profession_id, 0) + 1
        if member.role == Role.COORDINATOR or entry.added_by_id == member.pk:
            live: Any = entry.live
            places.append(Place(entry, ranks[entry.profession_id], live[0] if live else None))
    return places


def past_of(member: Membership) -> list[WaitingEntry]:
    """Those who left the line or whose time has passed, the latest first."""
    over = entries().exclude(pk__in=line().values("pk"))
    if member.role != Role.COORDINATOR:
        over = over.filter(added_by=member)
    return list(over.order_by("-joined_at")[:MOST_PAST])


def ahead_of(entry: WaitingEntry) -> int:
    """How many wait for the same profession since longer."""
    before = Q(joined_at__lt=entry.joined_at) | Q(joined_at=entry.joined_at, pk__lt=entry.pk)
    return line().filter(before, profession=entry.profession_id).count()


def booked_slot(entry: WaitingEntry) -> Slot | None:
    """What she got, whatever has become of it; `is_live` of her claim tells."""
    claim = entry.claim
    if claim is None:
        return None
    found = Slot.objects.filter(pk=claim.slot_id).select_related(
        "professional__user", "professional__profession", "practice__commune"
    )
    return found.first()


# --- Her private link -------------------------------------------------------------------------
def token_of(entry: WaitingEntry) -> str:
    """128 bits that open her page, drawn from the form's own key: kept nowhere."""
    return keyed_hash(f"waiting/{entry.key}")[:32]


def contact_of_token(token: str) -> WaitingContact | None:
    """Whatever its CPTS and its state, until it is erased: the token is the right."""
    with scopes_disabled():
        found = WaitingContact.objects.filter(link_hash=keyed_hash(token))
        return found.select_related("cpts", "entry").first()
