"""What changes hands when a professional leaves, and what is known of her: no patient is named."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cpts_portal.core import audit
from members.departures import hands_over, tells
from members.models import Membership
from unscheduled_care.actions.claims import withdraw_with_slot
from unscheduled_care.actions.slots import withdraw_free
from unscheduled_care.models import (
    Availability,
    BusyFeed,
    CalendarFeed,
    CareNeed,
    Claim,
    ClaimStatus,
    SasDesk,
    Slot,
    SlotStatus,
)

LEFT = Slot.WithdrawReason.LEFT


# --- What changes hands -------------------------------------------------------------------------
def _templates(membership: Membership) -> QuerySet[Availability]:
    return Availability.objects.filter(professional=membership, stopped_at=None)


@hands_over(
    "unscheduled_care.templates",
    gettext_lazy("semaines types arrêtées"),
    count=lambda membership: _templates(membership).count(),
)
def stop_templates(membership: Membership, by: Any) -> int:
    """First of all, so that no slot is made of them meanwhile."""
    running = list(_templates(membership).select_for_update(of=("self",), no_key=True))
    audit.record_all(running, "stop", by=audit.SYSTEM, reason=LEFT)
    return _templates(membership).update(stopped_at=timezone.now())


def _to_come(membership: Membership, status: str) -> QuerySet[Slot]:
    rows: QuerySet[Slot] = Slot.objects.filter(
        professional=membership, status=status, starts_at__gt=Now()
    )
    return rows


@hands_over(
    "unscheduled_care.free_slots",
    gettext_lazy("créneaux libres retirés"),
    count=lambda membership: _to_come(membership, SlotStatus.OPEN).count(),
)
def withdraw_free_slots(membership: Membership, by: Any) -> int:
    free = _to_come(membership, SlotStatus.OPEN)
    return withdraw_free(free, reason=LEFT, by=audit.SYSTEM)


@hands_over(
    "unscheduled_care.appointments",
    gettext_lazy("rendez-vous annulés, patients et demandeurs prévenus"),
    count=lambda membership: _to_come(membership, SlotStatus.CLAIMED).count(),
)
def withdraw_appointments(membership: Membership, by: Any) -> int:
    """Nobody comes to a closed door: each patient and each claimer is told today."""
    booked = Claim.objects.filter(
        slot__in=_to_come(membership, SlotStatus.CLAIMED), status=ClaimStatus.BOOKED
    )
    claims = list(booked.order_by("pk"))
    for claim in claims:
        cancelled = withdraw_with_slot(claim, by=by)
        _withdraw_slot(cancelled.slot)
    return len(claims)


def _withdraw_slot(slot: Slot) -> None:
    Slot.objects.filter(pk=slot.pk).update(
        status=SlotStatus.WITHDRAWN, withdrawn_at=Now(), withdraw_reason=LEFT
    )
    audit.record(
        slot,
        "withdraw",
        by=audit.SYSTEM,
        source=SlotStatus.CLAIMED,
        target=SlotStatus.WITHDRAWN,
        reason=LEFT,
    )


@hands_over("unscheduled_care.feeds", gettext_lazy("adresses d’agenda fermées"))
def close_feeds(membership: Membership, by: Any) -> int:
    """Her slots leave no more by their address, and her own calendar is read no more."""
    live = CalendarFeed.objects.filter(membership=membership, revoked_at=None)
    closed = live.update(revoked_at=timezone.now())
    followed = BusyFeed.objects.filter(membership=membership)
    closed += followed.count()
    followed.delete()
    return closed


@hands_over("unscheduled_care.sas", gettext_lazy("régulation SAS retirée"))
def unname_sas(membership: Membership, by: Any) -> int:
    named = list(SasDesk.objects.filter(membership=membership))
    audit.record_all(named, "unname", by=audit.SYSTEM, reason=LEFT)
    SasDesk.objects.filter(membership=membership).delete()
    return len(named)


# --- What is known of her -----------------------------------------------------------------------
@tells("unscheduled_care.slots", gettext_lazy("Créneaux proposés"))
def told_slots(membership: Membership) -> list[dict[str, Any]]:
    slots = Slot.objects.filter(professional=membership).select_related("practice")
    return [
        {
            _("Début"): slot.starts_at,
            _("Fin"): slot.ends_at,
            _("Forme"): slot.get_kind_display(),
            _("Lieu"): str(slot.practice or ""),
            _("Statut"): slot.get_status_display(),
        }
        for slot in slots.order_by("starts_at")
    ]


@tells("unscheduled_care.templates", gettext_lazy("Semaines types"))
def told_templates(membership: Membership) -> list[dict[str, Any]]:
    names = ("weekdays", "opens", "closes", "slot_minutes", "valid_from", "valid_until")
    labels = {
        name: str(getattr(Availability._meta.get_field(name), "verbose_name", "")) for name in names
    }
    templates = Availability.objects.filter(professional=membership).order_by("created_at")
    return [{labels[name]: _plain(getattr(one, name)) for name in names} for one in templates]


def _plain(value: Any) -> Any:
    """A flat cell: the days of a week as « 1, 3, 5 »."""
    return ", ".join(map(str, value)) if isinstance(value, list) else value


@tells("unscheduled_care.claims", gettext_lazy("Réservations faites, sans les identités"))
def told_claims(membership: Membership) -> list[dict[str, Any]]:
    claims = Claim.objects.filter(claimer=membership).select_related("reason", "slot")
    return [
        {
            _("Réservé le"): claim.claimed_at,
            _("Rendez-vous le"): claim.slot.starts_at,
            _("Motif"): str(claim.reason),
            _("Statut"): claim.get_status_display(),
        }
        for claim in claims.order_by("claimed_at")
    ]


@tells("unscheduled_care.needs", gettext_lazy("Besoins de soins diffusés, sans les identités"))
def told_needs(membership: Membership) -> list[dict[str, Any]]:
    needs = CareNeed.objects.filter(asker=membership).select_related("reason")
    return [
        {
            _("Publié le"): need.posted_at,
            _("Motif"): str(need.reason),
            _("Statut"): need.get_status_display(),
        }
        for need in needs.order_by("posted_at")
    ]
