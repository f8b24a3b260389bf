"""What a campaign tells: its pages, their pictures, and with whom it is made."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from cpts_portal.core import audit
from cpts_portal.core.constraints import told_politely
from cpts_portal.core.pictures import Drawn
from cpts_portal.core.refusals import Refused
from prevention.actions.campaigns import ask_unchanged, lock_open, print_of
from prevention.models import (
    Campaign,
    CampaignPage,
    CampaignPartner,
    CampaignStatus,
    Picture,
)

MOST_PAGES = 20
MOST_PICTURES = 12
"""On one page: beyond, a phone on a weak network would not show it."""


def fingerprint(page: CampaignPage) -> str:
    """Of what its form shows."""
    return print_of(page, "title", "body")


# --- Pages ----------------------------------------------------------------------------------
@transaction.atomic
def write_page(campaign: Campaign, *, title: str, body: str, by: Any) -> CampaignPage:
    """Put a page after the others; raises NotPermitted, then Refused."""
    campaign = lock_open(campaign, by=by)
    if campaign.pages.count() >= MOST_PAGES:
        raise Refused(_("Une campagne a 20 pages au plus."))
    last = campaign.pages.aggregate(last=Max("position"))["last"]
    page: CampaignPage = CampaignPage.objects.create(
        cpts_id=campaign.cpts_id,
        campaign=campaign,
        position=0 if last is None else last + 1,
        title=title,
        body=body,
    )
    audit.record(page, "write", by=by)
    return page


@transaction.atomic
def edit_page(
    page: CampaignPage, *, title: str, body: str, by: Any, seen: str = ""
) -> CampaignPage:
    """As `campaigns.edit`: `seen` is its fingerprint when the form was opened."""
    lock_open(page.campaign, by=by)
    page.refresh_from_db(fields=["title", "body"])
    ask_unchanged(seen, fingerprint(page))
    page.title, page.body = title, body
    page.save(update_fields=["title", "body"])
    audit.record(page, "edit", by=by)
    return page


@transaction.atomic
def remove_page(page: CampaignPage, *, by: Any) -> None:
    """With its pictures; raises Refused for the last page of what the public reads."""
    campaign = lock_open(page.campaign, by=by)
    is_last = not campaign.pages.exclude(pk=page.pk).exists()
    if is_last and campaign.status == CampaignStatus.PUBLISHED:
        raise Refused(_("La campagne est publiée : elle garde au moins une page."))
    audit.record(page, "remove", by=by)
    page.delete()


@transaction.atomic
def move_page_up(page: CampaignPage, *, by: Any) -> None:
    """Exchange it with the page before; the first stays where it is."""
    lock_open(page.campaign, by=by)
    page.refresh_from_db()
    before = (
        CampaignPage.objects.filter(campaign_id=page.campaign_id, position__lt=page.position)
        .order_by("position")
        .last()
    )
    if before is None:
        return
    page.position, before.position = before.position, page.position
    CampaignPage.objects.bulk_update([page, before], ["position"])
    audit.record(page, "move", by=by)


# --- Pictures -------------------------------------------------------------------------------
@transaction.atomic
def add_picture(page: CampaignPage, drawn: Drawn, *, alt: str, by: Any) -> Picture:
    """Put a picture, drawn anew already, after the page's others; `alt` tells what it shows."""
    lock_open(page.campaign, by=by)
    count = page.pictures.count()
    if count >= MOST_PICTURES:
        raise Refused(_("Une page a 12 images au plus : retirez-en une."))
    picture: Picture = Picture.objects.create(
        cpts_id=page.cpts_id,
        page=page,
        content=drawn.content,
        alt=alt,
        width=drawn.width,
        height=drawn.height,
        position=count,
    )
    audit.record(picture, "add", by=by)
    return picture


@transaction.atomic
def describe_picture(picture: Picture, *, alt: str, by: Any) -> Picture:
    lock_open(picture.page.campaign, by=by)
    picture.alt = alt
    picture.save(update_fields=["alt"])
    audit.record(picture, "describe", by=by)
    return picture


@transaction.atomic
def remove_picture(picture: Picture, *, by: Any) -> None:
    lock_open(picture.page.campaign, by=by)
    audit.record(picture, "remove", by=by)
    picture.delete()


# --- Partners -------------------------------------------------------------------------------
@transaction.atomic
def add_partner(
    campaign: Campaign, *, name: str, contribution: str = "", by: Any
) -> CampaignPartner:
    """Raises Refused for a partner who is noted already."""
    campaign = lock_open(campaign, by=by)
    with told_politely(CampaignPartner):
        partner: CampaignPartner = CampaignPartner.objects.create(
            cpts_id=campaign.cpts_id, campaign=campaign, name=name, contribution=contribution
        )
    audit.record(partner, "add", by=by)
    return partner


@transaction.atomic
def remove_partner(partner: CampaignPartner, *, by: Any) -> None:
    lock_open(partner.campaign, by=by)
    audit.record(partner, "remove", by=by)
    partner.delete()
