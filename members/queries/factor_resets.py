"""The resets of second factors, and who may open or confirm one."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Q

from members import rules
from members.models import FactorReset, Membership, MembershipQuerySet, Role


def keepers() -> list[int]:
    """Keys of the coordinators of today, in the open scope."""
    found = Membership.objects.current().filter(role=Role.COORDINATOR)
    return list(found.values_list("pk", flat=True))


def possible_confirmers(reset: FactorReset) -> list[Membership]:
    """Whom to tell that a confirmation is awaited."""
    coordinators = keepers()
    people = Membership.objects.current().with_standing().select_related("user")
    return [each for each in people if rules.may_confirm_reset(each, reset, coordinators)]


def members_with_account(besides: Membership) -> MembershipQuerySet:
    placeholder = Q(user__email=None, user__password__startswith=UNUSABLE_PASSWORD_PREFIX)
    found: MembershipQuerySet = (
        Membership.objects.current().exclude(placeholder).exclude(user=besides.user)
    )
    return found.select_related("user", "profession").order_by(
        "user__last_name", "user__first_name"
    )


def resets(now: datetime) -> tuple[list[FactorReset], list[FactorReset]]:
    """Those that await their second person, and the settled ones, latest first."""
    people = ("membership__user", "opened_by__user", "confirmed_by__user")
    rows = list(FactorReset.objects.select_related(*people).order_by("-opened_at"))
    waiting = [row for row in rows if rules.is_reset_open(row, now)]
    return waiting, [row for row in rows if not rules.is_reset_open(row, now)]
