"""A need is posted, waves widen it by the clock, the first answer wins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cpts_portal.core import audit
from cpts_portal.core.models import Commune
from cpts_portal.core.refusals import NotPermitted, Refused
from members.models import Membership
from unscheduled_care import lifecycle, rules
from unscheduled_care.actions.steps import ask_standing, clock, phone_hash
from unscheduled_care.models import Act, CareNeed, NeedContact, NeedStatus, Reason, Wave
from unscheduled_care.notifications import needs as notifications
from unscheduled_care.queries import needs as queries
from unscheduled_care.queries.terms import terms_of
from unscheduled_care.rules.needs import Delays, delays, is_taker, may_ask_for_care

TOO_LATE: dict[str, Any] = {
    NeedStatus.TAKEN: gettext_lazy("Ce besoin vient d’être pris."),
    NeedStatus.WITHDRAWN: gettext_lazy("Ce besoin vient d’être retiré."),
}
PAST = gettext_lazy("Le délai de ce besoin est passé.")


@dataclass(frozen=True)
class NeedWords:
    """What is asked of whoever posts: `phone` is E.164, `wanted_until` an aware moment."""

    professions: tuple[str, ...]
    reason: Reason
    kind: str
    commune: Commune
    age_band: str
    mobility: str
    wanted_until: datetime
    has_consented: bool
    act: Act | None = None
    usual: Membership | None = None
    first_name: str = ""
    phone: str = ""
    email: str = ""
    language: str = "fr"

    def care(self) -> dict[str, Any]:
        """The columns that say nothing of who it is."""
        names = (
            *("reason", "act", "usual", "kind", "commune", "age_band", "mobility"),
            *("wanted_until", "has_consented"),
        )
        return {name: getattr(self, name) for name in names}

    def contact(self) -> dict[str, Any]:
        return {
            "first_name": self.first_name,
            "phone": self.phone,
            "phone_hash": phone_hash(self.phone),
            "email": self.email,
            "language": self.language,
        }


# --- Posting ------------------------------------------------------------------------------------
@transaction.atomic
def post(words: NeedWords, *, by: Any, key: UUID) -> CareNeed:
    """Post a need in `by`'s name and tell its first wave; the same `key` answers the same need.

    Raises NotPermitted, then Refused when `by`'s membership has lapsed.
    """
    if not may_ask_for_care(by):
        raise NotPermitted(_("Publier un besoin est ouvert aux soignants et aux secrétariats."))
    ask_standing(by)
    made = _write(words, by=by, key=key)
    need = queries.needs().get(key=key)
    if made:
        NeedContact.objects.create(cpts_id=need.cpts_id, need=need, **words.contact())
        audit.record(need, "post", by=by, target=need.status)
        _tell_wave(need)
    return need


def _write(words: NeedWords, *, by: Any, key: UUID) -> bool:
    """Insert the row, its moments by the database's clock; False when that key has been used."""
    pace = _pace(words, by=by)
    try:
        with transaction.atomic():
            CareNeed.objects.create(
                cpts_id=by.cpts_id,
                asker_id=by.pk,
                professions=list(words.professions),
                radius_km=terms_of(by.cpts).need_radius_km,
                key=key,
                wanted_from=Now(),
                posted_at=Now(),
                team_at=Now() + pace.team,
                radius_at=Now() + pace.radius,
                alert_at=Now() + pace.alert,
                **words.care(),
            )
    except IntegrityError:
        if not CareNeed.objects.filter(key=key).exists():
            raise
        return False
    return True


def _pace(words: NeedWords, *, by: Any) -> Delays:
    usual_id = words.usual.pk if words.usual else None
    return delays(
        terms_of(by.cpts),
        has_usual=words.usual is not None,
        has_team=queries.has_team(by.pk, usual_id, words.professions),
        left=words.wanted_until - clock(),
    )


# --- Answering ----------------------------------------------------------------------------------
@transaction.atomic
def take(need: CareNeed, *, by: Any, visit_at: datetime | None = None) -> CareNeed:
    """Take charge of an open need that has reached `by`; of two answers, the first wins.

    `visit_at` is the hour proposed, if any. Asked twice by the taker, it answers the same.
    Raises NotPermitted, then Refused.
    """
    fresh = queries.needs().get(pk=need.pk)
    if is_taker(by, fresh):
        return fresh
    if not rules.is_asked_profession(by, fresh) or not queries.reaches_any(fresh, [by.pk]):
        raise NotPermitted(_("Ce besoin ne vous est pas ouvert."))
    ask_standing(by)
    _win(fresh, by=by, visit_at=visit_at)
    lifecycle.TAKE_NEED.apply(fresh, by=by)
    taken = queries.needs().get(pk=need.pk)
    audit.record(taken, "take", by=by, source=NeedStatus.OPEN, target=taken.status)
    _tell_gone(taken, but=[by.pk])
    notifications.asker_answered(taken)
    notifications.patient_answered(taken)
    return taken


def _win(need: CareNeed, *, by: Any, visit_at: datetime | None) -> None:
    """The conditional update that lets one answer through; raises Refused for the others."""
    won = CareNeed.objects.filter(
        pk=need.pk, status=NeedStatus.OPEN, wanted_until__gt=Now()
    ).update(status=NeedStatus.TAKEN, taken_by_id=by.pk, taken_at=Now(), visit_at=visit_at)
    if not won:
        status = CareNeed.objects.values_list("status", flat=True).get(pk=need.pk)
        raise Refused(str(TOO_LATE.get(status, PAST)))


# --- Ending -------------------------------------------------------------------------------------
@transaction.atomic
def withdraw(need: CareNeed, *, reason: str, by: Any) -> CareNeed:
    """Take an open need back; those who were told of it are told. `reason`: CareNeed.EndReason."""
    locked = _lock(need)
    source = lifecycle.WITHDRAW_NEED.apply(locked, by=by)
    _end(locked, source, by=by, verb="withdraw", reason=reason)
    return locked


@transaction.atomic
def widen(need: CareNeed) -> bool:
    """Do what the clock has made due: tell the wave, alert the desk, end what is too late.

    Late or twice, it tells nobody twice. False when another worker has the row, or it is over.
    """
    due = queries.open_or_late().select_for_update(of=("self",), no_key=True, skip_locked=True)
    found: Any = due.filter(pk=need.pk).first()
    if found is None:
        return False
    if found.wanted_until <= found.judged_at:
        source = lifecycle.END_NEED.apply(found, by=audit.SYSTEM)
        _end(found, source, by=audit.SYSTEM, verb="end", reason=CareNeed.EndReason.LATE)
        notifications.asker_unanswered(found)
    else:
        _tell_wave(found)
    return True


def _tell_wave(need: Any) -> None:
    """Everybody whom the need has reached by now, once each; the desk when nobody answered."""
    notifications.need_posted(need, queries.reached(need, need.judged_at))
    wave_now = need.wave_at(need.judged_at)
    if wave_now == Wave.DESK:
        notifications.desk_alerted(need)
    CareNeed.objects.filter(pk=need.pk).update(told_wave=wave_now)


def _end(need: CareNeed, source: str, *, by: Any, verb: str, reason: str) -> None:
    """Write the end of a locked need, trace it, and tell those who had been asked."""
    CareNeed.objects.filter(pk=need.pk).update(
        status=need.status, ended_at=Now(), end_reason=reason
    )
    audit.record(need, verb, by=by, source=source, target=need.status, reason=reason)
    _tell_gone(need)


def _tell_gone(need: CareNeed, but: Iterable[int] = ()) -> None:
    told = Membership.objects.filter(pk__in=queries.told_ids(need) - set(but))
    notifications.need_gone(need, told.select_related("user"))


def _lock(need: CareNeed) -> CareNeed:
    locked: CareNeed = queries.needs().select_for_update(of=("self",), no_key=True).get(pk=need.pk)
    return locked
