"""Acting for somebody: granted until a day, taken back before it."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cpts_portal.core import audit
from cpts_portal.core.constraints import told_politely
from cpts_portal.core.refusals import NotPermitted, Refused
from members import rules
from members.models import Delegation, Membership
from members.notifications import delegations as notifications

REMIND_BEFORE = timedelta(days=14)


@transaction.atomic
def grant(
    principal: Membership, *, delegate: Membership, ends_on: date, by: Membership
) -> Delegation:
    """Let `delegate` act for `principal` from today to `ends_on`, a year at most.

    Raises NotPermitted, then Refused: a day that cannot be, somebody who leaves before it, the
    same delegation twice.
    """
    people = _lock_both(principal, delegate)
    principal, delegate = people[principal.pk], people[delegate.pk]
    if not (rules.may_delegate(by, principal) and rules.may_be_delegate(delegate, principal)):
        raise NotPermitted(_("Cette délégation n’est pas possible entre ces deux personnes."))
    _ask_day(ends_on, principal, delegate)
    delegation = Delegation(
        cpts=principal.cpts,
        principal=principal,
        delegate=delegate,
        starts_on=timezone.localdate(),
        ends_on=ends_on,
        granted_by=by,
    )
    with told_politely(Delegation):
        delegation.save()
    audit.record(delegation, "grant", by=by)
    notifications.delegation_granted(delegation, by=by)
    return delegation


def _lock_both(*members: Membership) -> dict[int, Membership]:
    """In the order of their keys, so that two grants never wait for each other."""
    rows = Membership.objects.select_for_update(of=("self",), no_key=True)
    keys = [member.pk for member in members]
    return {
        row.pk: row
        for row in rows.select_related("user", "cpts").filter(pk__in=keys).order_by("pk")
    }


def _ask_day(ends_on: date, *people: Membership) -> None:
    today = timezone.localdate()
    if not today <= ends_on <= today + rules.LONGEST_DELEGATION:
        raise Refused(_("Une délégation dure d’aujourd’hui à un an au plus."))
    ends = [member.ends_on for member in people if member.ends_on is not None]
    if any(end < ends_on for end in ends):
        raise Refused(_("L’une de ces deux personnes quitte la CPTS avant ce jour."))


@transaction.atomic
def revoke(delegation: Delegation, *, by: Membership) -> Delegation:
    """End it now; the other one is told. Raises NotPermitted, then Refused once it is over."""
    rows = Delegation.objects.select_for_update(of=("self",), no_key=True)
    delegation = rows.select_related("cpts", "principal__user", "delegate__user").get(
        pk=delegation.pk
    )
    if not rules.may_revoke_delegation(by, delegation):
        raise NotPermitted(_("Cette délégation n’est pas la vôtre."))
    if rules.is_delegation_over(delegation, timezone.localdate()):
        raise Refused(_("Cette délégation a déjà pris fin."))
    delegation.revoked_at, delegation.revoked_by = timezone.now(), by
    delegation.save(update_fields=["revoked_at", "revoked_by"])
    audit.record(delegation, "revoke", by=by)
    notifications.delegation_revoked(delegation, by=by)
    return delegation


# --- The clock ----------------------------------------------------------------------------------
def remind_ending(today: date) -> int:
    """Tell each professional, once, that a long delegation ends within a fortnight.

    In an open scope; the ledger makes sure of « once ».
    """
    ending = Delegation.objects.filter(
        revoked_at=None,
        ends_on__range=(today, today + REMIND_BEFORE),
        starts_on__lt=today - REMIND_BEFORE,
    ).select_related("cpts", "principal__user", "delegate__user")
    for delegation in ending:
        with transaction.atomic():
            notifications.delegation_ending(delegation)
    return len(ending)
