"""One request, one GP at a time: proposed, kept, accepted, or back in the queue at its rank."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cpts_portal.core import audit
from cpts_portal.core.models import AccessEntry
from cpts_portal.core.refusals import NotPermitted, Refused
from members.models import Membership
from patients import lifecycle, notifications, rules
from patients.actions.steps import (
    ask_standing,
    close_referral,
    lock_request,
    move,
    return_if_late,
    take_back_holding,
)
from patients.models import GPRequest, Intake, Referral, ReferralStatus
from patients.queries.referrals import Doer, distance_to, intakes

OBSTACLES: dict[str, str | Promise] = {
    "paused": gettext_lazy("Ce médecin a suspendu ses accueils."),
    "full": gettext_lazy("Ce médecin n’a plus de place ce mois-ci : choisissez-en un autre."),
    "too_far": gettext_lazy("Cette personne habite hors du rayon de ce médecin."),
    "home_visits": gettext_lazy("Ce médecin ne fait pas de visites à domicile."),
    "children": gettext_lazy("Ce médecin n’accueille pas d’enfants."),
    "ald": gettext_lazy("Ce médecin n’accueille pas de personnes en ALD pour le moment."),
    "psychiatric": gettext_lazy("Ce médecin n’assure pas de suivi psychiatrique."),
}


@transaction.atomic
def refer(request: GPRequest, *, gp: Membership, by: Membership) -> Referral:
    """Propose the request to one GP within the CPTS's delay; of two coordinators, the first wins.

    The GP's terms are locked while they are read, so that his quota cannot be passed by two
    requests at once. Raises NotPermitted, then Refused.
    """
    request = move(lock_request(request), lifecycle.REFER, by=by, call_back_on=None)
    distance = _ask_terms(gp, request)
    now = timezone.now()
    referral = Referral.objects.create(
        cpts=request.cpts,
        request=request,
        gp=gp,
        distance_km=distance,
        proposed_by=by,
        proposed_at=now,
        expires_at=now + timedelta(hours=request.cpts.referral_hours),
    )
    audit.record(referral, "propose", by=by, target=referral.status)
    notifications.referral_proposed(referral)
    return referral


def _ask_terms(gp: Membership, request: GPRequest) -> float | None:
    """Refuse what the GP's locked terms exclude; the distance in kilometres otherwise."""
    Intake.objects.select_for_update(of=("self",), no_key=True).filter(membership=gp).first()
    intake: Any = intakes(timezone.now()).filter(membership=gp).first()
    if intake is None:
        raise Refused(_("Ce médecin n’a pas ouvert de capacité d’accueil."))
    if request.referrals.filter(gp=gp, status=ReferralStatus.DECLINED).exists():
        raise Refused(_("Ce médecin a déjà décliné cette demande."))
    distance, _commune = distance_to(intake.membership, request)
    obstacle = rules.intake_obstacle(
        intake, request, taken=intake.taken, distance_km=distance, today=timezone.localdate()
    )
    if obstacle:
        raise Refused(str(OBSTACLES[obstacle]))
    return distance


@transaction.atomic
def take_back(request: GPRequest, *, by: Membership) -> GPRequest:
    """Put a proposed or accepted request back in the queue, and tell the GP."""
    request = move(
        lock_request(request), lifecycle.RETURN, by=by, reason="taken_back", first_visit_on=None
    )
    take_back_holding(request, by=by)
    return request


# --- The GP's answers, his own or his secretary's for him ---------------------------------------
def _lock_referral(referral: Referral, *, by: Doer) -> Referral:
    """The GP's referral as it is now, under its request's lock, and still in time.

    Raises NotPermitted for another GP's referral, then Refused once the deadline has passed.
    """
    request: GPRequest = (
        GPRequest.objects.select_for_update(of=("self",), no_key=True)
        .select_related("patient", "commune", "cpts")
        .get(pk=referral.request_id)
    )
    locked: Referral = Referral.objects.select_related("cpts", "proposed_by__user").get(
        pk=referral.pk
    )
    locked.request = request
    if not rules.is_addressed_gp(by, locked):
        raise NotPermitted(_("Cette orientation ne vous est pas adressée."))
    if locked.is_late_at(timezone.now()) or locked.status == ReferralStatus.EXPIRED:
        raise Refused(_("Le délai de réponse est passé, la demande est revenue à la coordination."))
    return locked


def _reserve(referral: Referral, *, by: Doer) -> Referral:
    """Open the identity to the GP, and write down who read it."""
    source = lifecycle.RESERVE.apply(referral, by=by)
    referral.reserved_at = timezone.now()
    referral.save(update_fields=["status", "reserved_at"])
    audit.record(referral, "reserve", by=by, source=source, target=referral.status)
    audit.record_access(
        by=by, purpose=AccessEntry.Purpose.OPEN, patient_ids=[referral.request.patient_id]
    )
    return referral


@transaction.atomic
def reserve(referral: Referral, *, by: Doer) -> Referral:
    """Keep the request and see who it is; the deadline does not move, the patient is not told."""
    referral = _lock_referral(referral, by=by)
    ask_standing(by)
    return _reserve(referral, by=by)


@transaction.atomic
def accept(referral: Referral, *, by: Doer) -> Referral:
    """Take the person on, reserved before or not; she is told, without the GP's name."""
    referral = _lock_referral(referral, by=by)
    if referral.status == ReferralStatus.PROPOSED:
        ask_standing(by)
        _reserve(referral, by=by)
    close_referral(referral, lifecycle.TAKE, by=by)
    move(referral.request, lifecycle.ACCEPT, by=by)
    notifications.request_accepted(referral.request)
    return referral


@transaction.atomic
def decline(referral: Referral, *, reason: str, by: Doer) -> Referral:
    """Give the request back to the queue, at its rank; `reason` is one of DeclineReason."""
    referral = _lock_referral(referral, by=by)
    close_referral(referral, lifecycle.DECLINE, by=by, reason=reason)
    move(referral.request, lifecycle.RETURN, by=by, reason=reason)
    notifications.referral_declined(referral)
    return referral


@transaction.atomic
def give_back(referral: Referral, *, reason: str, by: Doer) -> Referral:
    """Renounce after accepting: she believed in it, so the coordination calls her today."""
    referral = _lock_referral(referral, by=by)
    close_referral(referral, lifecycle.GIVE_BACK, by=by, reason=reason)
    move(
        referral.request,
        lifecycle.RETURN,
        by=by,
        reason=reason,
        first_visit_on=None,
        call_back_on=timezone.localdate(),
    )
    notifications.referral_declined(referral)
    return referral


# --- The clock's answer -------------------------------------------------------------------------
@transaction.atomic
def return_late(request: GPRequest) -> bool:
    """Tidy one request whose referral is past its deadline; False when there was nothing to do."""
    locked: GPRequest | None = (
        GPRequest.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
        .select_related("cpts")
        .filter(pk=request.pk)
        .first()
    )
    return locked is not None and return_if_late(locked)
