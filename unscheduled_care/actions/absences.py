"""Somebody will not be there: her agenda is emptied, and those who had an appointment are told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cpts_portal.core import audit
from cpts_portal.core.constraints import told_politely
from cpts_portal.core.refusals import NotPermitted, Refused
from members.models import Membership
from unscheduled_care import rules
from unscheduled_care.actions.availabilities import make_room, materialise
from unscheduled_care.actions.slots import (
    Claimed,
    Withdrawn,
    lock_weeks,
    slots_within,
    withdraw_range,
    writer,
)
from unscheduled_care.models import OUTCOMES, Absence, Slot, SlotStatus

REASON = Slot.WithdrawReason.ABSENT


@transaction.atomic
def create(
    professional: Membership,
    starts_at: datetime,
    ends_at: datetime,
    *,
    by: Any,
    is_confirmed: bool = False,
) -> tuple[Absence, Withdrawn]:
    """Note an absence and withdraw its slots to come; the same again answers the same.

    Raises NotPermitted; Claimed when appointments would go and `is_confirmed` is not said.
    """
    asked = Absence(
        cpts_id=professional.cpts_id,
        membership=professional,
        starts_at=starts_at,
        ends_at=ends_at,
        created_by=writer(by),
    )
    if not rules.keeps_agenda(by, asked):
        raise NotPermitted(_("Vous ne tenez pas l’agenda de cette personne."))
    Membership.objects.select_for_update(of=("self",), no_key=True).get(pk=professional.pk)
    lock_weeks(professional)
    if not is_confirmed:
        _ask_nobody_comes(professional, starts_at, ends_at)
    absence = _the_same(asked)
    if absence is None:
        with told_politely(Absence):
            asked.save()
        audit.record(asked, "note", by=by)
    gone = withdraw_range(professional, starts_at, ends_at, reason=REASON, by=by)
    return absence or asked, gone


def _ask_nobody_comes(professional: Membership, starts_at: datetime, ends_at: datetime) -> None:
    number = appointments_within(professional, starts_at, ends_at).count()
    if number:
        raise Claimed(
            ngettext(
                "%(number)d rendez-vous est pris pendant cette absence : confirmez, le patient et"
                " la personne qui a réservé seront prévenus.",
                "%(number)d rendez-vous sont pris pendant cette absence : confirmez, les patients"
                " et les personnes qui ont réservé seront prévenus.",
                number,
            )
            % {"number": number}
        )


def appointments_within(
    professional: Membership, starts_at: datetime, ends_at: datetime
) -> QuerySet[Slot]:
    """Claimed slots to come that an absence would take away."""
    within = slots_within(professional, starts_at, ends_at)
    booked = within.filter(status=SlotStatus.CLAIMED, starts_at__gt=Now())
    return booked.exclude(claims__status__in=OUTCOMES)


def _the_same(asked: Absence) -> Absence | None:
    """Sent twice."""
    found: Absence | None = Absence.objects.filter(
        membership=asked.membership,
        starts_at=asked.starts_at,
        ends_at=asked.ends_at,
        cancelled_at=None,
    ).first()
    return found


@transaction.atomic
def cancel(absence: Absence, *, by: Any) -> None:
    """She will be there after all: her weekly templates make their slots anew.

    Appointments that were withdrawn stay so. Raises NotPermitted, then Refused.
    """
    if not rules.keeps_agenda(by, absence):
        raise NotPermitted(_("Vous ne tenez pas l’agenda de cette personne."))
    if not Absence.objects.filter(pk=absence.pk, cancelled_at=None).update(cancelled_at=Now()):
        raise Refused(_("Cette absence est déjà annulée."))
    audit.record(absence, "cancel", by=by)
    weeks = lock_weeks(absence.membership)
    within = slots_within(absence.membership, absence.starts_at, absence.ends_at)
    make_room(within.filter(withdraw_reason=REASON))
    materialise(weeks)
