"""What the patient's private page shows of her appointment, and how her link is found."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from cpts_portal.core import icalendar
from cpts_portal.core.scoping import scopes_disabled
from cpts_portal.core.templatetags.portal import phone
from unscheduled_care.models import Claim, ClaimStatus, Kind, Slot

PARIS = ZoneInfo("Europe/Paris")


def appointment_of(link_hash: str) -> Claim | None:
    """The claim of this key, whichever CPTS it belongs to: the token is the whole right."""
    with scopes_disabled():
        claims = Claim.objects.select_related(
            "cpts",
            "contact",
            "slot__cpts",
            "slot__practice__commune",
            "slot__professional__user",
            "slot__professional__profession",
        )
        claim: Claim | None = claims.filter(contact__link_hash=link_hash).first()
    is_open = claim is not None and timezone.now() < shut_at(claim.slot)
    return claim if is_open else None


def shut_at(slot: Slot) -> datetime:
    """The link dies at the end of the day after the appointment, in Paris."""
    day = slot.starts_at.astimezone(PARIS).date()
    return datetime.combine(day + timedelta(days=2), time(), PARIS)


def is_to_come(claim: Claim) -> bool:
    """Still hers to cancel."""
    return claim.status == ClaimStatus.BOOKED and claim.slot.starts_at > timezone.now()


def calendar_of(claim: Claim) -> bytes:
    """A calendar file that keeps itself up to date; once cancelled, it takes the event away."""
    return icalendar.calendar([_event(claim)])


def _event(claim: Claim) -> icalendar.Event:
    """No reason, no key: calendars are shared, and read by others."""
    slot = claim.slot
    return icalendar.Event(
        uid=f"rendez-vous-{claim.pk}@{claim.cpts.slug}.portail-cpts",
        summary=_("Rendez-vous avec %(who)s") % {"who": slot.professional},
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        stamped_at=timezone.now(),
        organizer=claim.cpts.email,
        organizer_name=claim.cpts.name,
        sequence=claim.sequence,
        location=_place(slot),
        description=_description(claim),
        is_cancelled=claim.status == ClaimStatus.CANCELLED,
    )


def _place(slot: Slot) -> str:
    practice = slot.practice
    if slot.kind != Kind.PRACTICE or practice is None:
        return _("À domicile") if slot.kind == Kind.HOME else _("Téléconsultation")
    return f"{practice.name}, {practice.address}, {practice.commune.name}"


def _description(claim: Claim) -> str:
    number = claim.slot.practice.phone if claim.slot.practice else ""
    return _("Téléphone : %(number)s") % {"number": phone(number or claim.cpts.help_phone)}
