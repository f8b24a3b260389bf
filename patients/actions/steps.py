"""What every action on a request begins and ends with: the lock, and the traced step."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from cpts_portal.core import audit
from cpts_portal.core.lifecycle import Transition
from cpts_portal.core.refusals import Refused
from patients import lifecycle, notifications
from patients.models import ENDED, LIVE, GPRequest, Referral, Status
from patients.queries.referrals import Doer, takes_part


def lock_request(request: GPRequest) -> GPRequest:
    """The row as it is now, locked, already back in the queue if its referral's deadline passed."""
    locked: GPRequest = (
        GPRequest.objects.select_for_update(of=("self",), no_key=True)
        .select_related("cpts", "patient", "commune")
        .get(pk=request.pk)
    )
    return_if_late(locked)
    return locked


def return_if_late(request: GPRequest) -> bool:
    """Tidy what the clock already decided: the late referral expires, the request is qualified."""
    if request.status != Status.REFERRED:
        return False
    late = request.referrals.filter(status__in=LIVE, expires_at__lte=timezone.now()).first()
    if late is None:
        return False
    close_referral(late, lifecycle.EXPIRE, by=audit.SYSTEM)
    move(request, lifecycle.RETURN, by=audit.SYSTEM, reason="expired")
    notifications.referral_expired(late)
    return True


def move(
    request: GPRequest, step: Transition, *, by: Any, reason: str = "", **fields: Any
) -> GPRequest:
    """Apply one transition to a locked request, write `fields` with it, and trace it."""
    source = step.apply(request, by=by)
    fields["status_changed_at"] = timezone.now()
    if request.status in ENDED:
        fields |= {"closed_at": timezone.now(), "call_back_on": None}
    for name, value in fields.items():
        setattr(request, name, value)
    request.save(update_fields=["status", *fields])
    audit.record(request, step.verb, by=by, source=source, target=request.status, reason=reason)
    return request


def change(request: GPRequest, verb: str, *, by: Any, reason: str = "", **fields: Any) -> GPRequest:
    """Write `fields` of a locked request without changing its state, and trace it."""
    for name, value in fields.items():
        setattr(request, name, value)
    request.save(update_fields=list(fields))
    audit.record(request, verb, by=by, reason=reason)
    return request


def close_referral(referral: Referral, step: Transition, *, by: Any, reason: str = "") -> Referral:
    """Apply the answer, or what stands for it, to a referral whose request is locked."""
    source = step.apply(referral, by=by)
    referral.answered_at = timezone.now()
    if step.target == "declined":
        referral.decline_reason = reason
    referral.save(update_fields=["status", "answered_at", "decline_reason", "reserved_at"])
    audit.record(referral, step.verb, by=by, source=source, target=referral.status, reason=reason)
    return referral


def take_back_holding(request: GPRequest, *, by: Any) -> None:
    """Free the GP who holds a locked request, and tell him unless he had already taken her on."""
    holding = request.referrals.holding().select_related("gp__user").first()
    if holding is not None:
        close_referral(holding, lifecycle.TAKE_BACK, by=by, reason="")
        notifications.referral_taken_back(holding)


def ask_standing(by: Doer) -> None:
    """Refuse whoever would offer or claim for a member whose membership has lapsed."""
    if not takes_part(by):
        raise Refused(
            _("L’adhésion de ce médecin n’est plus à jour : il lit, sans proposer ni réserver.")
        )
