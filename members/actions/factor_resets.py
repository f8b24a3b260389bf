"""A second factor that is lost: taken off by two people, and its owner told each time."""

from __future__ import annotations

from datetime import timedelta

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cpts_portal.core import audit
from cpts_portal.core.refusals import NotPermitted, Refused
from members import rules, sessions
from members.models import FactorReset, Membership
from members.notifications import factor_resets as notifications
from members.queries import factor_resets as queries
from members.queries.people import has_second_factor

CONFIRM_WITHIN = timedelta(hours=24)


@transaction.atomic
def open_reset(membership: Membership, *, reason: str, proof: str, by: Membership) -> FactorReset:
    """Ask for a second person; nothing is taken off yet. `proof` is how `by` knew it was her.

    Raises NotPermitted, then Refused: one is open already, an account of the portal's staff.
    """
    rows = Membership.objects.current().select_for_update(of=("self",), no_key=True)
    membership = rows.select_related("user", "cpts").get(pk=membership.pk)
    _ask_own_factor(by)
    if not rules.may_open_reset(by, membership, queries.keepers()):
        raise NotPermitted(_("Cela revient à une autre personne de la coordination."))
    _ask_not_staff(membership)
    _clear_expired(membership)
    now = timezone.now()
    reset = FactorReset.objects.create(
        cpts=membership.cpts,
        membership=membership,
        reason=reason,
        proof=proof,
        opened_by=by,
        opened_at=now,
        expires_at=now + CONFIRM_WITHIN,
    )
    audit.record(reset, "open", by=by)
    notifications.reset_opened(reset)
    notifications.confirmation_awaited(reset, queries.possible_confirmers(reset))
    return reset


def _ask_own_factor(by: Membership) -> None:
    """Whoever takes a protection off has one."""
    if settings.SECOND_FACTOR_REQUIRED and not has_second_factor(by.user):
        raise NotPermitted(_("Ajoutez d’abord une deuxième protection à votre propre compte."))


def _ask_not_staff(membership: Membership) -> None:
    if membership.user.is_staff or membership.user.is_superuser:
        raise Refused(_("Ce compte administre le portail : adressez-vous à son hébergeur."))


def _clear_expired(membership: Membership) -> None:
    now = timezone.now()
    live = FactorReset.objects.filter(membership=membership, confirmed_at=None, cancelled_at=None)
    live.filter(expires_at__lte=now).update(cancelled_at=now)
    if live.exists():
        raise Refused(_("Une remise à zéro attend déjà sa confirmation pour cette personne."))


@transaction.atomic
def confirm_reset(reset: FactorReset, *, by: Membership) -> FactorReset:
    """Take every factor off and end every session; the next log-in enrols again, password first.

    Raises NotPermitted, then Refused once it is settled or its day has passed, or once the member
    has left or administers the portal.
    """
    reset = _lock_open(reset)
    _ask_own_factor(by)
    if not rules.may_confirm_reset(by, reset, queries.keepers()):
        raise NotPermitted(_("Une autre personne doit confirmer : ni vous, ni l’intéressé."))
    _ask_not_staff(reset.membership)
    if not Membership.objects.current().filter(pk=reset.membership_id).exists():
        raise Refused(_("Cette personne n’est plus membre de la CPTS."))
    reset.confirmed_by, reset.confirmed_at = by, timezone.now()
    reset.save(update_fields=["confirmed_by", "confirmed_at"])
    Authenticator.objects.filter(user=reset.membership.user).delete()
    sessions.end_all(reset.membership.user)
    audit.record(reset, "confirm", by=by)
    notifications.reset_confirmed(reset)
    return reset


@transaction.atomic
def cancel_reset(reset: FactorReset, *, by: Membership) -> FactorReset:
    """Close it without effect: a phone found again, a doubt. Raises NotPermitted, then Refused."""
    reset = _lock_open(reset)
    if not rules.governs(by, reset):
        raise NotPermitted(_("Cela revient à la coordination."))
    reset.cancelled_at = timezone.now()
    reset.save(update_fields=["cancelled_at"])
    audit.record(reset, "cancel", by=by)
    return reset


def _lock_open(reset: FactorReset) -> FactorReset:
    rows = FactorReset.objects.select_for_update(of=("self",), no_key=True)
    reset = rows.select_related("cpts", "membership__user", "opened_by").get(pk=reset.pk)
    if not rules.is_reset_open(reset, timezone.now()):
        raise Refused(_("Cette remise à zéro est déjà close, ou ses 24 heures sont passées."))
    return reset
