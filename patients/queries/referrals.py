"""Who can take this person, and what a GP sees of the requests proposed to him."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from cpts_portal.core.territory import distance_km
from members.delegations import ActingFor, principals_of
from members.models import Membership, PracticeMember, Role
from members.rules import may_take_part
from patients import rules
from patients.models import LIVE, GPRequest, Intake, Referral, ReferralStatus

FAR_AWAY = 10_000.0
"""Kilometres, for sorting: a GP whose place is unknown comes last."""


@dataclass(frozen=True)
class GpOption:
    """One GP who can take this person, with what is left of his quota this month."""

    gp: Membership
    intake: Intake
    distance_km: float | None
    taken: int
    commune_name: str
    is_beyond_her_reach: bool = False

    @property
    def distance(self) -> str:
        return kilometres(self.distance_km)

    @property
    def remaining(self) -> int:
        return max(0, self.intake.monthly_quota - self.taken)

    @property
    def meter_width(self) -> int:
        """Of the 72 units of the meter, those filled."""
        return round(72 * min(1, self.taken / max(1, self.intake.monthly_quota)))

    @property
    def is_nearly_full(self) -> bool:
        return self.remaining <= 1 and self.intake.monthly_quota > 1


def kilometres(distance_km: float | None) -> str:
    """A distance as it is said, whole kilometres; "" when unknown."""
    if distance_km is None:
        return ""
    return _("moins de 1 km") if distance_km < 1 else f"{distance_km:.0f}\u00a0km"


def month_start(now: datetime) -> datetime:
    """The first instant of the month in Paris."""
    return timezone.localtime(now).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def takes_a_place(now: datetime) -> Q:
    """What counts against a quota: accepted this month, or still to be answered."""
    return Q(
        membership__referrals__status=ReferralStatus.ACCEPTED,
        membership__referrals__answered_at__gte=month_start(now),
    ) | Q(membership__referrals__status__in=LIVE, membership__referrals__expires_at__gt=now)


def distance_to(membership: Membership, request: GPRequest) -> tuple[float | None, str]:
    """Kilometres from the GP's main place to the request's commune, and that place's commune.

    None when either has no position. `membership.main_places` is a list, prefetched.
    """
    places: list[PracticeMember] = membership.main_places  # type: ignore[attr-defined]
    if not places:
        return None, ""
    practice = places[0].practice
    here = practice if practice.latitude is not None else practice.commune
    there = request.commune
    distance = distance_km(here.latitude, here.longitude, there.latitude, there.longitude)
    return distance, practice.commune.name


def _up_to_date(today: date) -> list[int]:
    """Keys of the GPs whose membership has not lapsed: the others neither offer nor claim."""
    doctors = Membership.objects.current().treating_doctors().with_standing()
    return [gp.pk for gp in doctors if may_take_part(gp, today)]


def intakes(now: datetime) -> QuerySet[Intake]:
    """The terms of every GP of the open CPTS who may take part, with `taken`, his main place."""
    main = PracticeMember.objects.filter(is_main=True).select_related("practice__commune")
    return (
        Intake.objects.filter(membership__in=_up_to_date(timezone.localdate(now)))
        .annotate(taken=Count("membership__referrals", filter=takes_a_place(now)))
        .select_related("membership__user")
        .prefetch_related(Prefetch("membership__places", queryset=main, to_attr="main_places"))
    )


def gps_for(request: GPRequest) -> list[GpOption]:
    """GPs of the CPTS whose terms allow this person and who did not decline her.

    Nearest first; those farther than she can travel come last.
    """
    now = timezone.now()
    declined = set(
        request.referrals.filter(status=ReferralStatus.DECLINED).values_list("gp_id", flat=True)
    )
    options = (
        _option(intake, request)
        for intake in intakes(now).filter(monthly_quota__gt=0)
        if intake.membership_id not in declined
    )
    return sorted((option for option in options if option is not None), key=_nearness)


def _option(intake: Any, request: GPRequest) -> GpOption | None:
    distance, commune = distance_to(intake.membership, request)
    obstacle = rules.intake_obstacle(
        intake,
        request,
        taken=intake.taken,
        distance_km=distance,
        today=timezone.localdate(),
    )
    if obstacle:
        return None
    is_far = rules.is_beyond_her_reach(request, distance)
    return GpOption(intake.membership, intake, distance, intake.taken, commune, is_far)


def _nearness(option: GpOption) -> tuple[bool, float, str]:
    distance = FAR_AWAY if option.distance_km is None else option.distance_km
    return option.is_beyond_her_reach, distance, option.gp.user.last_name


# --- The GP's own pages, and those of whoever acts for him --------------------------------------
Doer = Membership | ActingFor
"""A member doing something: for himself, or by delegation for another."""


def doers_of(member: Membership) -> dict[int, Doer]:
    """Whose referrals `member` answers, by the GP's key, and as whom.

    A professional answers his own; a secretary those of every GP for whom she acts today, by name.
    """
    if member.role != Role.SECRETARY:
        return {member.pk: member}
    return {
        gp.pk: ActingFor(delegate=member, principal=gp)
        for gp in principals_of(member)
        if rules.has_intake(gp)
    }


def takes_part(by: Doer) -> bool:
    """Whether the GP for whom `by` acts offers and claims today; a lapsed one reads."""
    member = Membership.objects.with_standing().get(pk=by.pk)
    return may_take_part(member, timezone.localdate())


def referrals_of(gp_ids: Iterable[int]) -> QuerySet[Referral]:
    """Theirs only; the person's row comes along, the page decides what it shows."""
    return Referral.objects.filter(gp__in=gp_ids).select_related(
        "request__patient", "request__commune", "request__cpts", "cpts", "proposed_by__user"
    )


@dataclass(frozen=True)
class Card:
    """A referral as its GP sees it: anonymous until he reserves."""

    referral: Referral
    is_late: bool
    hours_left: int
    facts: list[str]

    @property
    def distance(self) -> str:
        return kilometres(self.referral.distance_km)

    @property
    def is_identity_open(self) -> bool:
        return self.referral.is_identity_open and not self.is_late


def card_of(referral: Referral, now: datetime) -> Card:
    left = max(timedelta(), referral.expires_at - now)
    return Card(
        referral,
        referral.is_late_at(now),
        int(left.total_seconds() // 3600),
        facts_of(referral.request),
    )


FACT_COLUMNS = {
    "ald": "has_ald",
    "pregnant": "is_pregnant",
    "disability": "is_disabled",
    "c2s": "has_c2s",
    "end_of_life": "needs_end_of_life_care",
    "home_bound": "is_home_bound",
    "psychiatric": "is_under_psychiatric_care",
}
DATED_FACTS = ("left_hospital", "treatment_ends")


def facts_of(request: GPRequest) -> list[str]:
    """What a GP needs to choose, in the boxes' own words."""
    told = [code for code, column in FACT_COLUMNS.items() if getattr(request, column)]
    told += [code for code in DATED_FACTS if code in request.priority_reasons]
    return [str(rules.REASON_LABELS[code]) for code in told]
