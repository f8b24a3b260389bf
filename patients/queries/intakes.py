"""What a GP sees of his own terms."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from django.utils import timezone

from members.models import Membership
from patients.models import Intake
from patients.queries.referrals import takes_a_place


def intake_of(gp: Membership) -> Any:
    """His terms with `taken`, this month's patients and unanswered referrals; None before any."""
    counted = Count("membership__referrals", filter=takes_a_place(timezone.now()))
    return Intake.objects.filter(membership=gp).annotate(taken=counted).first()


def terms_of(intake: Intake | None) -> dict[str, Any]:
    """The form's first values: his own but a pause now over, or a newcomer's defaults."""
    shown = intake or Intake()
    until = shown.paused_until
    return {
        "monthly_quota": shown.monthly_quota,
        "radius_km": shown.radius_km,
        "takes_ald": shown.takes_ald,
        "takes_children": shown.takes_children,
        "takes_home_visits": shown.takes_home_visits,
        "takes_psychiatric": shown.takes_psychiatric,
        "paused_until": until if until and until >= timezone.localdate() else None,
    }
