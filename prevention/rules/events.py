"""What everybody may see."""

from __future__ import annotations

from prevention.models import Campaign, CampaignStatus, Session


def is_told(campaign: Campaign) -> bool:
    """Published once, for everybody: its page stays, also once the campaign is over."""
    return campaign.status != CampaignStatus.DRAFT and not campaign.is_for_professionals


def is_shown(session: Session) -> bool:
    return is_told(session.campaign) and not session.is_for_professionals
