"""What is shown to whoever takes a slot: its facts, what she keeps, what else there is."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import DurationField, ExpressionWrapper, F, Q, QuerySet
from django.db.models.functions import Now

from cpts_portal.core.distances import distance_km
from cpts_portal.core.models import Commune
from members.models import Membership, Practice, PracticeMember
from patients.queries.referrals import FAR_AWAY, kilometres
from unscheduled_care.models import Hold, Reason, RedFlag, Slot, SlotQuerySet
from unscheduled_care.queries.reach import visible_to
from unscheduled_care.rules import Reach

ALTERNATIVES = 3
AROUND = 30
"""Slots looked at on either side of the one that is gone: many may begin at the same minute."""
UNHELD = Q(is_held=False)
SHOWN = ("professional__user", "professional__profession", "practice__commune")

COLUMNS = {
    "": ("cpts", "slot", "holder", "held_by", "starts_at", "expires_at", "is_extended"),
    "slot__": (
        *("cpts", "professional", "practice", "kind", "radius_km", "acts", "status"),
        *("starts_at", "ends_at"),
    ),
    "slot__professional__": ("cpts", "user", "profession", "email"),
    "slot__professional__user__": ("title", "first_name", "last_name", "email", "erased_at"),
    "slot__professional__profession__": ("label", "label_en"),
    "slot__practice__": (
        *("cpts", "name", "address", "phone", "commune", "latitude", "longitude"),
        "is_wheelchair_accessible",
    ),
    "slot__practice__commune__": ("name", "latitude", "longitude"),
}
HOLD_COLUMNS = tuple(f"{of}{name}" for of, names in COLUMNS.items() for name in names)

Spot = tuple[float | None, float | None]
"""Latitude and longitude, or two None."""
NOWHERE: Spot = (None, None)


@dataclass(frozen=True)
class SlotCard:
    """One slot, and how far it is from where one looks; None when either place is unknown."""

    slot: Slot
    distance_km: float | None = None

    @property
    def distance(self) -> str:
        return kilometres(self.distance_km)


def slots_seen(reach: Reach) -> SlotQuerySet:
    """The slots that somebody may claim, free or not, with what their card shows."""
    seen: SlotQuerySet = Slot.objects.filter(visible_to(reach)).select_related(*SHOWN)
    return seen.with_hold()


def card_of(slot: Slot, origin: Spot) -> SlotCard:
    return SlotCard(slot, distance_km(*origin, *spot_of(slot.practice)))


def spot_of(practice: Practice | None) -> Spot:
    """Where a place is: its own position, else its commune's."""
    if practice is None:
        return NOWHERE
    if practice.latitude is None:
        return practice.commune.latitude, practice.commune.longitude
    return practice.latitude, practice.longitude


def origin_of(member: Membership, insee_code: str = "") -> Spot:
    """Where distances are told from: the patient's commune if it is known, else her main place."""
    commune = Commune.objects.filter(pk=insee_code).first() if insee_code else None
    if commune is not None:
        return commune.latitude, commune.longitude
    places = PracticeMember.objects.filter(membership=member, is_main=True)
    main = places.select_related("practice__commune").first()
    return spot_of(main.practice) if main else NOWHERE


def is_free(slot: Slot) -> bool:
    """Claimable and kept by nobody, by the database's clock."""
    free = Slot.objects.claimable().with_hold().filter(UNHELD, pk=slot.pk)
    return bool(free.exists())


def nearest_to(slot: Slot, reach: Reach) -> list[SlotCard]:
    """The three free slots of the same profession nearest in time, then in distance from it."""
    same = slots_seen(reach).claimable().exclude(pk=slot.pk)
    free = same.filter(UNHELD, professional__profession=slot.professional.profession_id)
    after = free.filter(starts_at__gte=slot.starts_at).order_by("starts_at", "pk")[:AROUND]
    before = free.filter(starts_at__lt=slot.starts_at).order_by("-starts_at", "pk")[:AROUND]
    origin = spot_of(slot.practice)
    found = [card_of(one, origin) for one in (*after, *before)]

    def nearness(card: SlotCard) -> tuple[float, float, int]:
        apart = abs((card.slot.starts_at - slot.starts_at).total_seconds())
        return apart, FAR_AWAY if card.distance_km is None else card.distance_km, card.slot.pk

    return sorted(found, key=nearness)[:ALTERNATIVES]


def holds_shown() -> QuerySet[Hold]:
    """What people keep, with its slot: `left` of its time, `claimed_as` the key of its claim.

    PostgreSQL's clock tells. What the portal keeps for the waiting list is nobody's page. Only the
    columns that the page, the claim and its messages show are read.
    """
    left = ExpressionWrapper(F("expires_at") - Now(), output_field=DurationField())
    rows: QuerySet[Hold] = Hold.objects.filter(is_for_waiting=False)
    kept = rows.annotate(left=left, claimed_as=F("claim__pk"))
    return kept.select_related(*(f"slot__{one}" for one in SHOWN)).only(*HOLD_COLUMNS)


def reasons_for(slot: Slot, code: str | None = None) -> list[Reason]:
    """What the professional of that slot is asked for, in order; or the one that was chosen."""
    profession = slot.professional.profession_id or ""
    active = Reason.objects.filter(is_active=True)
    asked = active if code is None else active.filter(pk=code)
    return [one for one in asked if one.is_for(profession)]


def red_flags_for(slot: Slot) -> list[RedFlag]:
    """Signs that mean 15, whatever the professional unless some are named."""
    profession = slot.professional.profession_id or ""
    return [one for one in RedFlag.objects.filter(is_active=True) if one.is_for(profession)]
