"""What a professional's own calendar reads here: times and kinds, no patient."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from cpts_portal.core.icalendar import Event
from members.models import Membership
from unscheduled_care.models import BusyTime, CalendarFeed, Slot, SlotStatus

BEHIND = timedelta(days=7)
MOST = 2000
UID = "creneau-"
"""Our own events begin so; they are no busy time when they come back."""


def live_feed(token_hash: str) -> CalendarFeed | None:
    """The feed of an address not revoked, of a member who still belongs to an open CPTS."""
    here = Membership.objects.current()
    found: CalendarFeed | None = (
        CalendarFeed.objects.select_related("cpts", "membership__user")
        .filter(token_hash=token_hash, revoked_at=None, membership__in=here, cpts__is_active=True)
        .first()
    )
    return found


def busy_then() -> Exists:
    """Whether the slot of the outer query touches a time when its professional is busy."""
    busy = BusyTime.objects.filter(
        feed__membership=OuterRef("professional"),
        starts_at__lt=OuterRef("ends_at"),
        ends_at__gt=OuterRef("starts_at"),
    )
    return Exists(busy)


def events_of(membership: Membership) -> list[Event]:
    """Slots of the last week and to come; a free one leaves its owner free."""
    slots = (
        Slot.objects.filter(professional=membership, starts_at__gte=timezone.now() - BEHIND)
        .exclude(status=SlotStatus.WITHDRAWN)
        .select_related("practice__commune", "cpts")
        .order_by("starts_at")[:MOST]
    )
    return [_event(slot) for slot in slots]


def _event(slot: Slot) -> Event:
    is_claimed = slot.status == SlotStatus.CLAIMED
    state = _("Créneau réservé") if is_claimed else _("Créneau libre")
    return Event(
        uid=f"{UID}{slot.pk}@{slot.cpts.slug}.portail-cpts",
        summary=f"{state} · {slot.get_kind_display()}",
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        stamped_at=timezone.now(),
        organizer=slot.cpts.email,
        organizer_name=slot.cpts.name,
        location=slot.practice.name if slot.practice else "",
        is_free=not is_claimed,
    )
