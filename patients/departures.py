"""What changes hands when a GP leaves, and what is known of a member: no patient is named."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cpts_portal.core import audit
from cpts_portal.core.models import AccessEntry
from members.departures import hands_over, tells
from members.models import Membership
from patients import lifecycle, notifications
from patients.actions.steps import change, close_referral, lock_request, move
from patients.models import LIVE, GPRequest, Intake, Referral, ReferralStatus, Status

TAKEN_ON = (Status.ACCEPTED, Status.FIRST_VISIT_SET)


# --- What changes hands -------------------------------------------------------------------------
def _live(membership: Membership) -> QuerySet[Referral]:
    return Referral.objects.filter(gp=membership, status__in=LIVE)


@hands_over(
    "patients.referrals",
    gettext_lazy("orientations rendues à la file"),
    count=lambda membership: _live(membership).count(),
)
def return_referrals(membership: Membership, by: Any) -> int:
    """Unanswered ones go back to the queue, at their rank; who proposed them is told."""
    keys = list(_live(membership).order_by("request_id").values_list("request_id", flat=True))
    return sum(_return_one(key, membership) for key in keys)


def _return_one(key: int, membership: Membership) -> bool:
    request = lock_request(GPRequest(pk=key))
    referral = (
        _live(membership)
        .filter(request=request)
        .select_related("cpts", "proposed_by__user")
        .first()
    )
    if referral is None:
        return False
    referral.request = request
    close_referral(referral, lifecycle.TAKE_BACK, by=audit.SYSTEM)
    move(request, lifecycle.RETURN, by=audit.SYSTEM, reason="left")
    notifications.referral_handed_over(referral)
    return True


def _taken_on(membership: Membership) -> QuerySet[GPRequest]:
    """Persons whom this GP has accepted, and who are not declared yet."""
    rows: QuerySet[GPRequest] = GPRequest.objects.filter(
        status__in=TAKEN_ON,
        referrals__gp=membership,
        referrals__status=ReferralStatus.ACCEPTED,
    )
    return rows


@hands_over(
    "patients.taken_on",
    gettext_lazy("personnes acceptées, à rappeler par la coordination"),
    count=lambda membership: _taken_on(membership).count(),
)
def call_back_taken_on(membership: Membership, by: Any) -> int:
    """She believed in it: the coordination calls her today to know where she stands."""
    keys = list(_taken_on(membership).order_by("pk").values_list("pk", flat=True))
    for key in keys:
        request = lock_request(GPRequest(pk=key))
        change(request, "plan_call_back", by=audit.SYSTEM, call_back_on=timezone.localdate())
    return len(keys)


@hands_over("patients.intake", gettext_lazy("capacité d’accueil fermée"))
def close_intake(membership: Membership, by: Any) -> int:
    return Intake.objects.filter(membership=membership, monthly_quota__gt=0).update(
        monthly_quota=0, updated_at=timezone.now()
    )


# --- What is known of her -----------------------------------------------------------------------
@tells("patients.referrals", gettext_lazy("Orientations reçues, sans les identités"))
def told_referrals(membership: Membership) -> list[dict[str, Any]]:
    return [
        {
            _("Proposée le"): referral.proposed_at,
            _("Statut"): referral.get_status_display(),
            _("Réponse le"): referral.answered_at,
            _("Raison"): referral.get_decline_reason_display(),
        }
        for referral in Referral.objects.filter(gp=membership).order_by("proposed_at")
    ]


@tells("patients.intake", gettext_lazy("Capacité d’accueil"))
def told_intake(membership: Membership) -> list[dict[str, Any]]:
    fields = [
        *("monthly_quota", "radius_km", "takes_ald", "takes_children", "takes_home_visits"),
        *("takes_psychiatric", "paused_until", "updated_at"),
    ]
    labels = {
        name: str(getattr(Intake._meta.get_field(name), "verbose_name", "")) for name in fields
    }
    return [
        {labels[name]: getattr(intake, name) for name in fields}
        for intake in Intake.objects.filter(membership=membership)
    ]


@tells("patients.accesses", gettext_lazy("Identités que vous avez lues, en nombre par jour"))
def told_accesses(membership: Membership) -> list[dict[str, Any]]:
    counted = (
        AccessEntry.objects.filter(cpts=membership.cpts, by=membership.user)
        .annotate(day=TruncDate("at"))
        .values("day", "purpose")
        .annotate(times=Count("id"))
        .order_by("day", "purpose")
    )
    return [
        {
            _("Jour"): row["day"],
            _("Lecture"): AccessEntry.Purpose(row["purpose"]).label,
            _("Fois"): row["times"],
        }
        for row in counted
    ]
