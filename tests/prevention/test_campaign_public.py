"""The public page of a campaign, its pictures, and what the desk is shown to make it known."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from members.models import Cpts
from prevention.models import Campaign, CampaignPartner, Picture
from prevention.queries.events import panel_of, panel_of_campaign
from tests.prevention.makers import (
    CampaignFactory,
    CampaignPageFactory,
    SessionFactory,
)
from tests.prevention.test_events import HERE, campaign, close, page_of

__all__ = ["campaign"]


# --- One campaign ---------------------------------------------------------------------------
def test_campaign_public_tells_its_pages_as_plain_text(client: Client, campaign: Any) -> None:
    body = "Un temps.\n\nVoir https://exemple.example/ <script>x</script>"
    page = CampaignPageFactory(campaign=campaign, body=body)
    Picture.objects.create(
        cpts=campaign.cpts, page=page, content=b"x", alt="Un ruban", width=4, height=3
    )
    CampaignPartner.objects.create(cpts=campaign.cpts, campaign=campaign, name="Ville de Lestrem")
    session = SessionFactory(campaign=campaign)

    shown = page_of(client, f"{HERE}campagne/{campaign.pk}/")

    assert "<p>Un temps.</p>" in shown
    assert '<a href="https://exemple.example/" rel="nofollow">' in shown
    assert "&lt;script&gt;" in shown
    assert 'alt="Un ruban" width="4" height="3" loading="lazy"' in shown
    assert "Ville de Lestrem" in shown
    assert f"{HERE}{session.pk}/" in shown


def test_campaign_public_stays_when_it_is_closed(client: Client, campaign: Any) -> None:
    close(campaign)

    assert "Cette campagne est terminée." in page_of(client, f"{HERE}campagne/{campaign.pk}/")


def test_campaign_public_of_a_draft_does_not_exist(client: Client, cpts: Cpts) -> None:
    draft = CampaignFactory(cpts=cpts, status="draft")

    page_of(client, f"{HERE}campagne/{draft.pk}/", status=404)


# --- Pictures -------------------------------------------------------------------------------
@pytest.fixture
def picture(campaign: Any) -> Any:
    page = CampaignPageFactory(campaign=campaign)
    return Picture.objects.create(
        cpts=campaign.cpts, page=page, content=b"RIFF....WEBP", alt="x", width=1, height=1
    )


def test_picture_show_serves_webp_to_keep_and_never_to_sniff(client: Client, picture: Any) -> None:
    answer = client.get(f"{HERE}photo/{picture.pk}/")

    assert answer.content == b"RIFF....WEBP"
    assert answer["Content-Type"] == "image/webp"
    assert answer["Cache-Control"] == "public, max-age=2592000, immutable"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]


def test_picture_show_is_not_sent_twice(client: Client, picture: Any) -> None:
    etag = client.get(f"{HERE}photo/{picture.pk}/")["ETag"]

    again = client.get(f"{HERE}photo/{picture.pk}/", headers={"If-None-Match": etag})

    assert (again.status_code, again.content) == (304, b"")


def test_picture_show_of_a_draft_does_not_exist(client: Client, picture: Any) -> None:
    Campaign.objects.update(status="draft", published_at=None)

    page_of(client, f"{HERE}photo/{picture.pk}/", status=404)


# --- At the desk ----------------------------------------------------------------------------
def test_the_panels_give_the_addresses_and_the_snippet(cpts: Cpts, campaign: Any) -> None:
    session = SessionFactory(campaign=campaign)

    of_session, of_campaign = panel_of(session), panel_of_campaign(campaign)

    assert of_session["publishing"]["address"] == f"http://localhost:8000{HERE}{session.pk}/"
    assert of_session["publishing"]["code"].startswith('<svg class="qr"')
    assert of_campaign["publishing"]["feeds"]["rss"] == f"http://localhost:8000{HERE}evenements.rss"
    assert of_campaign["publishing"]["snippet"] == (
        f'<iframe src="http://localhost:8000{HERE}integrer/" title="Séances de prévention,'
        ' CPTS Artois Lys" width="100%" height="640" loading="lazy"></iframe>'
    )
