"""The claims somebody keeps, and as whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from cpts_portal.core.contacts import ways_to
from members.delegations import ActingFor, principals_of
from members.models import Membership, Role
from unscheduled_care import lifecycle, rules
from unscheduled_care.models import Claim, ClaimStatus, OwnGp

PAST_SHOWN = 50
OUTCOME_AHEAD = timedelta(minutes=10)
"""How long before its hour an outcome may be noted: the patient before is sometimes early."""

Doer = Membership | ActingFor


def doers_of(member: Membership) -> dict[int, Doer]:
    """Herself, and those for whom she acts today, by their keys."""
    principals = principals_of(member)
    acting: dict[int, Doer] = {
        one.pk: ActingFor(delegate=member, principal=one) for one in principals
    }
    return {member.pk: member, **acting}


def keeper_of(claim: Claim, member: Membership) -> Doer | None:
    """As whom `member` keeps this claim; None for somebody whom it does not concern.

    The professional's own hand, or his delegate's, goes before the claimer's: it may do more.
    """
    if member.role == Role.COORDINATOR:
        return member
    doers = doers_of(member)
    keys = (claim.slot.professional_id, claim.claimer_id)
    return next((doers[key] for key in keys if key in doers), None)


def claims_shown() -> QuerySet[Claim]:
    """With what a page tells of them; whom they are for is not among it."""
    rows: QuerySet[Claim] = Claim.objects.select_related(
        "reason", "slot__cpts", "slot__practice__commune", "slot__professional__user"
    )
    return rows


@dataclass(frozen=True)
class MyClaims:
    """What a member has claimed, for herself or for those she acts for."""

    coming: list[Claim]
    past: list[Claim]


def claims_of(member: Membership) -> MyClaims:
    mine = claims_shown().filter(claimer__in=doers_of(member))
    is_coming = {"status": ClaimStatus.BOOKED, "slot__ends_at__gt": timezone.now()}
    return MyClaims(
        coming=list(mine.filter(**is_coming).order_by("slot__starts_at", "pk")),
        past=list(mine.exclude(**is_coming).order_by("-slot__starts_at", "-pk")[:PAST_SHOWN]),
    )


def is_due(claim: Claim, now: datetime) -> bool:
    """Whether what became of it may be noted: its hour has come."""
    return claim.slot.starts_at <= now + OUTCOME_AHEAD


def is_cancellable(claim: Claim, by: Doer, now: datetime) -> bool:
    return claim.slot.starts_at > now and lifecycle.CANCEL.is_open(claim, by=by)


OUTCOME_STEPS = (lifecycle.SEE, lifecycle.MISS, lifecycle.REDIRECT, lifecycle.NOT_THERE)
"""In the order of the buttons."""


def outcomes_open(claim: Claim, by: Doer, now: datetime) -> list[tuple[str, Any]]:
    """Verb and label of what `by` may note now, the state it is in left out."""
    if not is_due(claim, now):
        return []
    steps = (step for step in OUTCOME_STEPS if step.target != claim.status)
    return [(step.verb, step.label) for step in steps if step.is_open(claim, by=by)]


@dataclass(frozen=True)
class ClaimCard:
    """One claim as one of its keepers sees it; the contact stays closed until asked for."""

    claim: Claim
    by: Doer
    is_contact_open: bool
    is_cancellable: bool
    outcomes: list[tuple[str, Any]]
    must_be_called: bool
    """Nothing can be written to her: whoever claims tells her by voice."""
    is_without_gp: bool

    @property
    def must_be_told(self) -> bool:
        """Of what still concerns her: where to come, or that she need not."""
        is_news = self.claim.status in (ClaimStatus.BOOKED, ClaimStatus.CANCELLED)
        return self.must_be_called and is_news and self.claim.slot.starts_at > timezone.now()

    @property
    def principal(self) -> Membership | None:
        return self.by.principal if isinstance(self.by, ActingFor) else None


def card_of(claim: Claim, by: Doer, *, is_contact_open: bool) -> ClaimCard:
    """`claim` comes with its contact, from `claim_to_show`."""
    now, contact = timezone.now(), claim.contact
    is_kept = contact.erased_at is None
    return ClaimCard(
        claim=claim,
        by=by,
        is_contact_open=is_contact_open and is_kept and rules.may_see_contact(by, claim),
        is_cancellable=is_cancellable(claim, by, now),
        outcomes=outcomes_open(claim, by, now),
        must_be_called=is_kept and not ways_to(contact),
        is_without_gp=is_kept and claim.own_gp == OwnGp.NO and claim.gp_request_id is None,
    )


def claim_to_show() -> QuerySet[Claim]:
    return claims_shown().select_related("contact", "claimer__user", "gp_request")
