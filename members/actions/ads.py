"""An ad published, corrected, prolonged, taken off the board; its author reminded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cpts_portal.core import audit
from cpts_portal.core.lifecycle import Transition
from cpts_portal.core.models import Commune
from cpts_portal.core.refusals import NotPermitted, Refused
from members import lifecycle, rules
from members.models import LONGEST_AD, Ad, Membership, Profession
from members.notifications import ads as notifications
from members.queries import ads as queries


@dataclass(frozen=True)
class Wording:
    """What an ad says; `expires_on` is its last day on the board."""

    kind: str
    side: str
    title: str
    body: str
    expires_on: date
    commune: Commune | None = None
    profession: Profession | None = None
    starts_on: date | None = None
    ends_on: date | None = None


# --- Writing --------------------------------------------------------------------------------
@transaction.atomic
def publish(wording: Wording, *, by: queries.Doer) -> Ad:
    """Put an ad on the board; the same one sent twice is one.

    Raises NotPermitted for a lapsed member, then Refused for a last day out of bounds.
    """
    author, today = taking_part(by), timezone.localdate()
    _ask_last_day(wording.expires_on, published_on=today)
    same = Ad.objects.open_on(today).filter(author=author, title=wording.title, body=wording.body)
    twin: Ad | None = same.filter(kind=wording.kind, side=wording.side).first()
    if twin is not None:
        return twin
    ad = Ad.objects.create(cpts=author.cpts, author=author, published_on=today, **vars(wording))
    audit.record(ad, "publish", by=by, target=ad.status)
    return ad


@transaction.atomic
def edit(ad: Ad, wording: Wording, *, by: queries.Doer) -> Ad:
    """Correct an ad; the trace names what changed and keeps no word of it."""
    ad = _locked(ad)
    if not rules.keeps_ad(by, ad):
        raise NotPermitted(_("Seule la personne qui a publié l’annonce la modifie."))
    taking_part(by)
    _ask_on_the_board(ad)
    _ask_last_day(wording.expires_on, published_on=ad.published_on)
    changed = [name for name, value in vars(wording).items() if getattr(ad, name) != value]
    for name in changed:
        setattr(ad, name, getattr(wording, name))
    if changed:
        ad.save(update_fields=changed)
        audit.record(ad, "edit", by=by, reason=", ".join(changed))
    return ad


@transaction.atomic
def prolong(ad: Ad, *, by: queries.Doer) -> Ad:
    """Give two months more from today, half a year from the first day at most."""
    ad = _locked(ad)
    if not rules.keeps_ad(by, ad):
        raise NotPermitted(_("Seule la personne qui a publié l’annonce la prolonge."))
    taking_part(by)
    _ask_on_the_board(ad)
    until = rules.prolonged_until(ad, timezone.localdate())
    if until is None:
        raise Refused(
            _("Cette annonce ne peut pas être prolongée davantage : publiez-en une nouvelle.")
        )
    source, ad.expires_on = ad.expires_on, until
    ad.save(update_fields=["expires_on"])
    audit.record(ad, "prolong", by=by, source=source.isoformat(), target=until.isoformat())
    return ad


# --- Taking off the board ---------------------------------------------------------------------
@transaction.atomic
def fill(ad: Ad, *, by: queries.Doer) -> Ad:
    return _close(ad, lifecycle.FILL_AD, by=by)


@transaction.atomic
def withdraw(ad: Ad, *, by: queries.Doer) -> Ad:
    """Take it off; an author whose ad the coordination withdraws is told."""
    ad = _close(ad, lifecycle.WITHDRAW_AD, by=by)
    if not rules.keeps_ad(by, ad):
        notifications.ad_withdrawn(ad)
    return ad


def _close(ad: Ad, transition: Transition, *, by: Any) -> Ad:
    ad = _locked(ad)
    source = transition.apply(ad, by=by)
    ad.closed_at = timezone.now()
    ad.save(update_fields=["status", "closed_at"])
    audit.record(ad, transition.verb, by=by, source=source, target=ad.status)
    return ad


@transaction.atomic
def withdraw_all(author: Membership, *, by: Any) -> int:
    """Take off what a member who leaves has left on the board; how many."""
    left = Ad.objects.select_for_update(of=("self",)).filter(
        author=author, status=Ad.Status.PUBLISHED
    )
    for ad in left:
        source, ad.status, ad.closed_at = ad.status, Ad.Status.WITHDRAWN, timezone.now()
        ad.save(update_fields=["status", "closed_at"])
        audit.record(ad, "withdraw", by=by, source=source, target=ad.status)
    return len(left)


# --- What the clock does ----------------------------------------------------------------------
@transaction.atomic
def remind_expiring(today: date) -> int:
    """Tell authors a week before; how many mails, none for a last day already told."""
    return sum(notifications.ad_expiring(ad) is not None for ad in queries.soon_over(today))


def send_digest(friday: date) -> int:
    """The week's titles to who asked for them, but their own; quiet when there is nothing new."""
    new = list(queries.new_for_digest(friday))
    return sum(_send_digest(member, friday, new) for member in queries.digest_readers())


@transaction.atomic
def _send_digest(member: Membership, friday: date, new: list[Ad]) -> bool:
    ads = [ad for ad in new if ad.author_id != member.pk]
    return bool(ads) and notifications.ads_digest(member, friday, ads) is not None


# --- What every change begins with ------------------------------------------------------------
def taking_part(by: queries.Doer) -> Membership:
    """Who it is done as, her row locked, if her membership is up to date; NotPermitted if not."""
    rows = Membership.objects.select_for_update(of=("self",), no_key=True).with_standing()
    member: Membership = rows.select_related("cpts", "user", "college").get(pk=by.pk)
    if not rules.may_advertise(member, timezone.localdate()):
        raise NotPermitted(
            _("L’adhésion n’est plus à jour : les annonces se lisent, sans publier ni répondre.")
        )
    return member


def _locked(ad: Ad) -> Ad:
    rows = Ad.objects.select_for_update(of=("self",)).select_related("author__user", "cpts")
    found: Ad = rows.get(pk=ad.pk)
    return found


def _ask_on_the_board(ad: Ad) -> None:
    if ad.status != Ad.Status.PUBLISHED:
        raise Refused(
            _("Cette annonce est %(state)s : publiez-en une nouvelle.")
            % {"state": ad.get_status_display()}
        )


def _ask_last_day(last_day: date, *, published_on: date) -> None:
    if not timezone.localdate() <= last_day <= published_on + LONGEST_AD:
        raise Refused(_("Une annonce reste visible six mois au plus."))
