"""A reminder is written, read by somebody else when it has many readers, started and stopped."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime, time
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cpts_portal.core import audit
from cpts_portal.core.refusals import NotPermitted, Refused
from members.models import Membership
from prevention import lifecycle
from prevention.actions.deliveries import reconcile
from prevention.models import Campaign, CampaignStatus, PlanStatus, RecallList, ReminderPlan
from prevention.notifications import reminders as notifications
from prevention.queries import reminders as queries
from prevention.rules.campaigns import runs_campaigns
from prevention.rules.reminders import may_approve


@dataclass(frozen=True)
class PlanWords:
    """What a plan says, to whom, and when: days with an hour, or minutes; negative is before."""

    audience: str
    offset_days: int | None
    at: time | None
    offset_minutes: int | None
    subject: str = ""
    body: str = ""
    sms: str = ""
    recall_list: RecallList | None = None

    def columns(self) -> dict[str, Any]:
        return {one.name: getattr(self, one.name) for one in fields(self)}

    def moment(self) -> dict[str, Any]:
        """To whom and when, whatever it says."""
        names = ("audience", "recall_list", "offset_days", "at", "offset_minutes")
        return {name: getattr(self, name) for name in names}


# --- Writing ------------------------------------------------------------------------------------
@transaction.atomic
def write(words: PlanWords, *, campaign: Campaign, by: Any) -> ReminderPlan:
    """A draft. Raises NotPermitted, then Refused for a closed campaign or a moment twice."""
    _ask_writer(by, campaign)
    locked = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    if locked.status == CampaignStatus.CLOSED:
        raise Refused(_("Cette campagne est terminée : elle n’envoie plus de rappel."))
    _ask_alone(words, campaign=locked)
    plan: ReminderPlan = ReminderPlan.objects.create(
        cpts_id=locked.cpts_id, campaign=locked, written_by_id=by.pk, **words.columns()
    )
    audit.record(plan, "write", by=by, target=plan.status)
    return plan


@transaction.atomic
def edit(plan: ReminderPlan, words: PlanWords, *, by: Any) -> ReminderPlan:
    """Other words or another moment: the second person's reading is void, what has left stays.

    What is planned moves, in the same transaction. Raises NotPermitted, then Refused.
    """
    _ask_writer(by, plan)
    locked = _lock(plan)
    if all(getattr(locked, name) == told for name, told in words.columns().items()):
        return locked
    _ask_alone(words, campaign=locked.campaign, but=locked.pk)
    for name, told in words.columns().items():
        setattr(locked, name, told)
    locked.written_by_id, locked.written_at = by.pk, timezone.now()
    locked.approved_by, locked.approved_at = None, None
    locked.save()
    audit.record(locked, "edit", by=by, target=locked.status)
    reconcile(plans=[locked.pk])
    return locked


def _ask_writer(by: Any, subject: Any) -> None:
    if not runs_campaigns(by, subject):
        raise NotPermitted(_("Les rappels sont écrits par la coordination."))


def _ask_alone(words: PlanWords, *, campaign: Campaign, but: int = 0) -> None:
    """Two at the same moment for the same people would be one too many, or a form sent twice."""
    same = ReminderPlan.objects.filter(campaign=campaign, **words.moment()).exclude(pk=but)
    if same.exclude(status=PlanStatus.STOPPED).exists():
        raise Refused(_("Cette campagne a déjà un rappel à ce moment pour ces personnes."))


# --- Starting and stopping ----------------------------------------------------------------------
@transaction.atomic
def activate(plan: ReminderPlan, *, by: Any) -> ReminderPlan:
    """From now on it leaves, for whatever is due later than now; asked twice, once."""
    locked = _lock(plan)
    if locked.status == PlanStatus.ACTIVE:
        return locked
    source = lifecycle.ACTIVATE.apply(locked, by=by)
    locked.activated_at = timezone.now()
    locked.save(update_fields=["status", "activated_at"])
    audit.record(locked, "activate", by=by, source=source, target=locked.status)
    reconcile(plans=[locked.pk])
    return locked


@transaction.atomic
def stop(plan: ReminderPlan, *, by: Any) -> ReminderPlan:
    """Nothing of it leaves any more, not even what was just handed over; asked twice, once."""
    locked = _lock(plan)
    if locked.status == PlanStatus.STOPPED:
        return locked
    source = lifecycle.STOP_PLAN.apply(locked, by=by)
    locked.save(update_fields=["status"])
    audit.record(locked, "stop", by=by, source=source, target=locked.status)
    reconcile(plans=[locked.pk])
    return locked


@transaction.atomic
def stop_all(*, by: Membership) -> int:
    """Every plan of the CPTS at once; how many were stopped."""
    active = list(queries.active_plans())
    for plan in active:
        stop(plan, by=by)
    return len(active)


@transaction.atomic
def approve(plan: ReminderPlan, *, read_at: datetime, by: Any) -> ReminderPlan:
    """A second person has read the words written at `read_at` and lets them leave.

    Raises NotPermitted, then Refused when the words have changed meanwhile.
    """
    locked = _lock(plan)
    if not may_approve(by, locked):
        raise NotPermitted(
            _("Une autre personne de la coordination ou du bureau doit relire ce rappel.")
        )
    if locked.approved_at is not None:
        return locked
    if locked.written_at != read_at:
        raise Refused(_("Ce rappel a changé depuis votre lecture : relisez-le."))
    locked.approved_by_id, locked.approved_at = by.pk, timezone.now()
    locked.save(update_fields=["approved_by", "approved_at"])
    audit.record(locked, "approve", by=by, target=locked.status)
    return locked


@transaction.atomic
def try_out(plan: ReminderPlan, *, by: Membership) -> str:
    """Send the e-mail to `by` alone, as the next session would make it; the address it goes to.

    Raises NotPermitted, then Refused without an e-mail or without an address.
    """
    if not (runs_campaigns(by, plan) or may_approve(by, plan)):
        raise NotPermitted(_("Les essais sont ouverts à la coordination et au bureau."))
    address = by.contact_email
    if not address or not plan.body:
        raise Refused(_("Il n’y a pas de courriel à essayer, ou pas d’adresse où l’envoyer."))
    notifications.tried_out(plan, queries.next_session(plan), to=address)
    return address


def _lock(plan: ReminderPlan) -> ReminderPlan:
    rows = queries.plans().select_for_update(of=("self",), no_key=True)
    locked: ReminderPlan = rows.get(pk=plan.pk)
    return locked
