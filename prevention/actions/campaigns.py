"""A campaign is begun from a template, told to the public, ended, and begun again next season."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cpts_portal.core import audit
from cpts_portal.core.refusals import NotPermitted, Refused
from members.models import Membership, Mission
from prevention import lifecycle
from prevention.actions import recalls
from prevention.models import (
    Audience,
    Campaign,
    CampaignPage,
    CampaignPartner,
    CampaignStatus,
    CampaignTemplate,
    Picture,
    RecallList,
    ReminderPlan,
    Session,
    Topic,
)
from prevention.rules.campaigns import runs_campaigns


@dataclass(frozen=True)
class CampaignWords:
    """What the coordination writes about a campaign; `communes` are INSEE codes, empty for all."""

    topic: Topic
    title: str
    starts_on: date
    ends_on: date
    audience_note: str = ""
    is_for_professionals: bool = False
    goal: str = ""
    target_people: int | None = None
    mission: Mission | None = None
    communes: tuple[str, ...] = ()
    budget_note: str = ""

    def columns(self) -> dict[str, Any]:
        named = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {**named, "communes": list(self.communes)}


class ChangedMeanwhile(Refused):
    """Somebody else has written it since the page was opened: nothing is overwritten unseen."""


WRITTEN = (
    *("topic_id", "title", "starts_on", "ends_on", "audience_note", "is_for_professionals"),
    *("goal", "target_people", "mission_id", "communes", "budget_note"),
)


def fingerprint(campaign: Campaign) -> str:
    """Of what its form shows."""
    return print_of(campaign, *WRITTEN)


def print_of(row: Any, *names: str) -> str:
    """16 hexadecimal signs that change with what these columns hold."""
    told = "|".join(repr(getattr(row, name)) for name in names)
    return sha256(told.encode()).hexdigest()[:16]


def ask_unchanged(seen: str, now: str) -> None:
    """Raise ChangedMeanwhile when what was `seen` is not what is there; unsaid, it is not asked."""
    if seen and seen != now:
        raise ChangedMeanwhile(
            _(
                "Quelqu’un l’a modifiée entre-temps : relisez, puis enregistrez de nouveau pour"
                " garder votre version."
            )
        )


def ask_runs(by: Any) -> None:
    """Raise NotPermitted for whoever is not of the coordination of her own CPTS."""
    if not runs_campaigns(by, by):
        raise NotPermitted(_("Les campagnes sont préparées par la coordination."))


def lock_campaign(campaign: Campaign) -> Campaign:
    locked: Campaign = Campaign.objects.select_for_update(of=("self",), no_key=True).get(
        pk=campaign.pk
    )
    return locked


def lock_open(campaign: Campaign, *, by: Any) -> Campaign:
    """The row locked, for a change; raises NotPermitted, then Refused once it is over."""
    ask_runs(by)
    locked = lock_campaign(campaign)
    if locked.status == CampaignStatus.CLOSED:
        raise Refused(_("Cette campagne est terminée : copiez-la pour la saison suivante."))
    return locked


# --- Beginning ------------------------------------------------------------------------------
@transaction.atomic
def create_from_template(
    template: CampaignTemplate | None, words: CampaignWords, *, by: Membership, key: uuid.UUID
) -> Campaign:
    """A draft with the template's page and reminders; the same `key` again answers the same.

    Without a template the campaign has neither. Raises NotPermitted.
    """
    ask_runs(by)
    campaign, is_new = Campaign.objects.get_or_create(
        cpts=by.cpts, key=key, defaults={**words.columns(), "created_by": by}
    )
    if not is_new:
        return campaign
    if template is not None:
        _take_page(campaign, template)
        _take_reminders(campaign, template, by)
    audit.record(campaign, "create", by=by, target=campaign.status)
    return campaign


def _take_page(campaign: Campaign, template: CampaignTemplate) -> None:
    CampaignPage.objects.create(
        cpts_id=campaign.cpts_id,
        campaign=campaign,
        position=0,
        title=template.page_title,
        body=template.page_body,
    )


def _take_reminders(campaign: Campaign, template: CampaignTemplate, by: Membership) -> None:
    """As drafts: they leave once the coordination has read and activated them."""
    plans = [
        ReminderPlan(
            cpts_id=campaign.cpts_id,
            campaign=campaign,
            audience=reminder.audience,
            written_by=by,
            **_wording(reminder),
        )
        for reminder in template.reminders.all()
    ]
    ReminderPlan.objects.bulk_create(plans)


WORDING = ("offset_days", "at", "offset_minutes", "subject", "body", "sms")


def _wording(source: Any) -> dict[str, Any]:
    return {name: getattr(source, name) for name in WORDING}


# --- Changing -------------------------------------------------------------------------------
@transaction.atomic
def edit(campaign: Campaign, words: CampaignWords, *, by: Membership, seen: str = "") -> Campaign:
    """Write it anew, published or not; `seen` is its fingerprint when the form was opened.

    Raises NotPermitted, then Refused once it is over, ChangedMeanwhile.
    """
    campaign = lock_open(campaign, by=by)
    ask_unchanged(seen, fingerprint(campaign))
    for name, value in words.columns().items():
        setattr(campaign, name, value)
    campaign.save(update_fields=list(words.columns()))
    audit.record(campaign, "edit", by=by)
    return campaign


@transaction.atomic
def publish(campaign: Campaign, *, by: Any) -> Campaign:
    """Show it to the public, or to members; raises Refused without a page, or once its end has
    passed: whoever scans the poster has to find something to read, and to come to.
    """
    campaign = lock_campaign(campaign)
    source = lifecycle.PUBLISH.apply(campaign, by=by)
    if not campaign.pages.exists():
        raise Refused(_("Écrivez d’abord une page : c’est ce que l’on lira de la campagne."))
    if campaign.ends_on < timezone.localdate():
        raise Refused(_("Cette campagne est déjà passée : changez ses dates."))
    campaign.published_at = timezone.now()
    campaign.save(update_fields=["status", "published_at"])
    audit.record(campaign, "publish", by=by, source=source, target=campaign.status)
    return campaign


@transaction.atomic
def close(campaign: Campaign, *, by: Any) -> Campaign:
    """End it for good, its figures kept, its recall lists closed.

    Raises Refused while a session is still to be held.
    """
    campaign = lock_campaign(campaign)
    source = lifecycle.CLOSE.apply(campaign, by=by)
    left = Session.objects.to_come_at(timezone.now()).filter(campaign=campaign).count()
    if left:
        raise Refused(
            ngettext(
                "Il reste %(count)d séance à venir : tenez-la ou annulez-la d’abord.",
                "Il reste %(count)d séances à venir : tenez-les ou annulez-les d’abord.",
                left,
            )
            % {"count": left}
        )
    campaign.closed_at = timezone.now()
    campaign.save(update_fields=["status", "closed_at"])
    audit.record(campaign, "close", by=by, source=source, target=campaign.status)
    for recall_list in RecallList.objects.filter(campaign=campaign, closed_at=None).order_by("pk"):
        recalls.close(recall_list, by=by)
    return campaign


# --- Next season ----------------------------------------------------------------------------
@transaction.atomic
def copy_to_next_season(campaign: Campaign, *, by: Membership) -> Campaign:
    """A draft one year later with its pages, pictures, partners and reminders; no session.

    Asked twice, the same copy answers. Reminders of a recall list stay with their list. Raises
    NotPermitted, then Refused for a campaign that was never published.
    """
    ask_runs(by)
    campaign = lock_campaign(campaign)
    known: Campaign | None = Campaign.objects.filter(previous=campaign).first()
    if known is not None:
        return known
    if campaign.status == CampaignStatus.DRAFT:
        raise Refused(_("Cette campagne est encore en préparation : publiez-la d’abord."))
    copied = _next_of(campaign, by)
    _copy_pages(campaign, copied)
    _copy_partners(campaign, copied)
    _copy_plans(campaign, copied, by)
    audit.record(copied, "copy", by=by, target=copied.status)
    return copied


KEPT = (
    "cpts_id",
    "topic_id",
    "audience_note",
    "is_for_professionals",
    "goal",
    "target_people",
    "mission_id",
    "communes",
    "budget_note",
)


def _next_of(campaign: Campaign, by: Membership) -> Campaign:
    copied: Campaign = Campaign.objects.create(
        **{name: getattr(campaign, name) for name in KEPT},
        title=next_title(campaign.title, campaign.starts_on.year),
        starts_on=a_year_later(campaign.starts_on),
        ends_on=a_year_later(campaign.ends_on),
        previous=campaign,
        created_by=by,
    )
    return copied


def a_year_later(day: date) -> date:
    """The same day of the next year; 29 February becomes the 28th."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)


def next_title(title: str, year: int) -> str:
    """« Octobre rose 2026 » gives « Octobre rose 2027 »; a title without its year stays."""
    return title.replace(str(year), str(year + 1))


def _copy_pages(campaign: Campaign, copied: Campaign) -> None:
    for page in campaign.pages.prefetch_related("pictures"):
        twin = CampaignPage.objects.create(
            cpts_id=copied.cpts_id,
            campaign=copied,
            position=page.position,
            title=page.title,
            body=page.body,
        )
        Picture.objects.bulk_create(
            Picture(
                cpts_id=copied.cpts_id,
                page=twin,
                content=picture.content,
                alt=picture.alt,
                width=picture.width,
                height=picture.height,
                position=picture.position,
            )
            for picture in page.pictures.all()
        )


def _copy_partners(campaign: Campaign, copied: Campaign) -> None:
    CampaignPartner.objects.bulk_create(
        CampaignPartner(
            cpts_id=copied.cpts_id,
            campaign=copied,
            name=partner.name,
            contribution=partner.contribution,
        )
        for partner in campaign.partners.all()
    )


def _copy_plans(campaign: Campaign, copied: Campaign, by: Membership) -> None:
    ReminderPlan.objects.bulk_create(
        ReminderPlan(
            cpts_id=copied.cpts_id,
            campaign=copied,
            audience=plan.audience,
            written_by=by,
            **_wording(plan),
        )
        for plan in campaign.plans.exclude(audience=Audience.RECALLED)
    )
