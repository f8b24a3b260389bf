"""A membership's years: opened, paid, waived, taken back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from cpts_portal.core import audit
from cpts_portal.core.constraints import told_politely
from cpts_portal.core.refusals import NotPermitted, Refused
from members import rules
from members.models import College, Membership, Subscription

FREE, WAIVED = Subscription.Means.FREE, Subscription.Means.WAIVED


# --- Years ----------------------------------------------------------------------------------
@transaction.atomic
def open_period(membership: Membership, *, starts_on: date, by: Any) -> Subscription:
    """Open the year of the membership's college that begins that day; a fee of nought is paid.

    Raises Refused when another period covers a day of it.
    """
    subscription = year_from(membership, starts_on=starts_on, by=by)
    with told_politely(Subscription):
        subscription.save()
    audit.record(subscription, "open", by=by, target=subscription.ends_on.isoformat())
    return subscription


def year_from(membership: Membership, *, starts_on: date, by: Any) -> Subscription:
    """The year of `open_period`, unsaved and untraced: an import saves many at once."""
    college = membership.college
    assert college is not None, "who owes no fee has no period"
    subscription = Subscription(
        cpts_id=membership.cpts_id,
        membership=membership,
        college=college,
        starts_on=starts_on,
        ends_on=last_day(college.cycle, starts_on),
        fee=college.fee,
    )
    if not college.fee:
        _mark_paid(subscription, on=timezone.localdate(), means=FREE, by=by)
    return subscription


def last_day(cycle: str, starts_on: date) -> date:
    """31 December, or the eve of the same day a year later; 29 February ends on 28 February."""
    if cycle == College.Cycle.CALENDAR:
        return date(starts_on.year, 12, 31)
    if (starts_on.month, starts_on.day) == (2, 29):
        return date(starts_on.year + 1, 2, 28)
    return starts_on.replace(year=starts_on.year + 1) - timedelta(days=1)


@transaction.atomic
def renew(membership: Membership, *, by: Any, starts_on: date | None = None) -> Subscription:
    """Open the year that follows the last one, or today's after a gap: the desk, the portal, or
    the member herself where it costs nothing.

    `starts_on` is the first day that the page offered: a second tap opens nothing. Raises
    NotPermitted, then Refused: a year is still to be paid, it is too early, or it is open.
    """
    membership = lock_member(membership)
    if membership.college is None:
        raise Refused(_("Sans collège, il n’y a pas de cotisation : choisissez-en un d’abord."))
    if not rules.may_renew(by, membership):
        raise NotPermitted(_("Seule la CPTS ouvre une année payante."))
    if membership.ends_on is not None:
        raise Refused(_("Cette adhésion est terminée : elle ne se renouvelle pas."))
    last = membership.subscriptions.order_by("-ends_on").first()
    today = timezone.localdate()
    if last is not None and not rules.may_follow(last, membership, today):
        raise Refused(
            _("L’année qui va jusqu’au %(day)s est déjà ouverte.")
            % {"day": date_format(last.ends_on, "j F Y")}
        )
    first_day = rules.next_start(last, membership, today)
    if starts_on is not None and starts_on != first_day:
        raise Refused(_("Cette année est déjà ouverte, ou la page a vieilli : relisez-la."))
    return open_period(membership, starts_on=first_day, by=by)


def lock_member(membership: Membership) -> Membership:
    """One year at a time is opened for a member; the row as it is now, with its college."""
    rows = Membership.objects.select_for_update(of=("self",), no_key=True)
    locked: Membership = rows.select_related("college", "user", "cpts").get(pk=membership.pk)
    return locked


def follow_college(membership: Membership, *, by: Any) -> None:
    """A year not paid yet takes the new college's fee; a paid one stays what it was."""
    college = membership.college
    if college is None:
        return
    for subscription in membership.subscriptions.filter(
        paid_on=None, ends_on__gte=timezone.localdate()
    ):
        subscription.college, subscription.fee = college, college.fee
        if not college.fee:
            _mark_paid(subscription, on=timezone.localdate(), means=FREE, by=by)
        subscription.save()
        audit.record(subscription, "follow_college", by=by, reason=college.name)


# --- Payments -------------------------------------------------------------------------------
@transaction.atomic
def note_payment(
    subscription: Subscription, *, paid_on: date, means: str, by: Membership
) -> Subscription:
    """Write down that a year is paid, and give its receipt a number, once.

    Raises NotPermitted, then Refused: noted already, and by whom; a day in the future.
    """
    subscription = _lock(subscription, by=by)
    _ask_unpaid(subscription)
    if paid_on > timezone.localdate():
        raise Refused(_("Le jour du paiement ne peut pas être dans le futur."))
    _mark_paid(subscription, on=paid_on, means=means, by=by)
    subscription.receipt_number = subscription.receipt_number or _next_receipt(subscription)
    subscription.save()
    audit.record(subscription, "pay", by=by, target=means, reason=subscription.receipt_number)
    return subscription


@transaction.atomic
def note_payments(
    subscriptions: Iterable[Subscription], *, paid_on: date, means: str, by: Membership
) -> tuple[int, list[str]]:
    """How many were noted, and why each other one was not, by the member's name.

    All are held before the first receipt is numbered: two treasurers never wait for each other.
    """
    noted, refused = 0, []
    for subscription in _held(subscriptions):
        try:
            note_payment(subscription, paid_on=paid_on, means=means, by=by)
        except NotPermitted:
            raise
        except Refused as refusal:
            refused.append(f"{subscription.membership} — {refusal}")
        else:
            noted += 1
    return noted, refused


@transaction.atomic
def waive(subscription: Subscription, *, reason: str, by: Membership) -> Subscription:
    """Ask nothing for this year, saying why; it counts as paid, without a receipt."""
    subscription = _lock(subscription, by=by)
    _ask_unpaid(subscription)
    _ask_reason(reason)
    _mark_paid(subscription, on=timezone.localdate(), means=WAIVED, by=by)
    subscription.save()
    audit.record(subscription, "waive", by=by, target=WAIVED, reason=reason)
    return subscription


@transaction.atomic
def take_back_payment(subscription: Subscription, *, reason: str, by: Membership) -> Subscription:
    """Undo what was noted by mistake; the receipt keeps its number for the next time.

    Raises NotPermitted, then Refused: not paid, or costs nothing.
    """
    subscription = _lock(subscription, by=by)
    if not subscription.is_paid:
        raise Refused(_("Aucun paiement n’est noté pour cette année."))
    if subscription.means == FREE:
        raise Refused(_("Cette année est gratuite : il n’y a pas de paiement à annuler."))
    _ask_reason(reason)
    source = subscription.means
    subscription.paid_on = subscription.recorded_at = subscription.recorded_by = None
    subscription.means = ""
    subscription.save()
    audit.record(subscription, "take_back_payment", by=by, source=source, reason=reason)
    return subscription


def _held(subscriptions: Iterable[Subscription]) -> list[Subscription]:
    """In the order asked, locked in that of their keys."""
    asked = list(subscriptions)
    rows = Subscription.objects.select_for_update(of=("self",), no_key=True)
    list(rows.filter(pk__in=[one.pk for one in asked]).order_by("pk"))
    return asked


def _lock(subscription: Subscription, *, by: Membership) -> Subscription:
    """The year as it is now; raises NotPermitted for whoever does not keep the accounts."""
    rows = Subscription.objects.select_for_update(of=("self",), no_key=True)
    locked: Subscription = rows.select_related("membership__user", "recorded_by__user").get(
        pk=subscription.pk
    )
    if not rules.keeps_accounts(by, locked):
        raise NotPermitted(_("Les cotisations sont tenues par la coordination et le bureau."))
    return locked


def _ask_unpaid(subscription: Subscription) -> None:
    if subscription.recorded_at is None:
        return
    who = subscription.recorded_by
    raise Refused(
        _("Cette cotisation est déjà notée le %(day)s par %(who)s.")
        % {
            "day": date_format(timezone.localtime(subscription.recorded_at), "j F Y"),
            "who": who.user.get_full_name() if who else _("le portail"),
        }
    )


def _ask_reason(reason: str) -> None:
    if not reason.strip():
        raise Refused(_("Dites pourquoi : ce sera écrit dans l’historique."))


def _mark_paid(subscription: Subscription, *, on: date, means: str, by: Any) -> None:
    """Unsaved; what the portal itself notes has nobody's name."""
    subscription.paid_on, subscription.means = on, means
    subscription.recorded_by = by if isinstance(by, Membership) else None
    subscription.recorded_at = timezone.now()


def _next_receipt(subscription: Subscription) -> str:
    """ "2026-0012", without a gap: the counter's row is held until the caller commits."""
    year = timezone.localdate().year
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO members_receiptcounter (cpts_id, year, last) VALUES (%s, %s, 1)"
            " ON CONFLICT (cpts_id, year)"
            " DO UPDATE SET last = members_receiptcounter.last + 1 RETURNING last",
            [subscription.cpts_id, year],
        )
        (number,) = cursor.fetchone()
    return f"{year}-{number:04d}"
