"""The delays of prevention: who sets them, what is refused, what is traced."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cpts_portal.core.models import AuditEntry
from cpts_portal.core.refusals import NotPermitted
from members.models import Cpts, Membership
from prevention.actions import settings as actions
from prevention.models import CampaignTemplate, PreventionTerms, Topic
from prevention.queries.terms import terms_of
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

TYPED = {"offer_hours": 12, "near_hours": 36, "near_offer_minutes": 90, "approval_above": 30}


@pytest.fixture
def desk(client: Client, coordinator: Membership, settings: Any) -> Client:
    settings.SECOND_FACTOR_REQUIRED = False
    client.force_login(coordinator.user)
    return client


def page(cpts: Cpts) -> str:
    return reverse("prevention:prevention_settings", args=[cpts.slug])


def test_terms_have_defaults_until_they_are_set(cpts: Cpts) -> None:
    terms = terms_of(cpts)

    assert (terms.pk, terms.offer_minutes, terms.near_offer_minutes) == (None, 1440, 120)


def test_hours_are_kept_as_minutes_and_traced(cpts: Cpts, desk: Client) -> None:
    response = desk.post(page(cpts), TYPED)

    terms = PreventionTerms.objects.get()
    assert response.status_code == 302
    assert (terms.offer_minutes, terms.near_hours, terms.approval_above) == (720, 36, 30)
    assert AuditEntry.objects.get(subject_kind="prevention.preventionterms").verb == "edit"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"offer_hours": 0}, "supérieure ou égale à 1"),
        ({"offer_hours": ""}, "Écrivez un nombre."),
        ({"approval_above": "tous"}, "Écrivez un nombre."),
        ({"offer_hours": 1, "near_offer_minutes": 90}, "plus long que le délai habituel"),
    ],
)
def test_a_delay_that_makes_no_sense_is_told_and_the_rest_stays(
    cpts: Cpts, desk: Client, change: dict[str, Any], sentence: str
) -> None:
    response = desk.post(page(cpts), {**TYPED, **change})

    shown = response.content.decode()
    assert (response.status_code, PreventionTerms.objects.count()) == (422, 0)
    assert sentence in shown
    assert 'value="36"' in shown


def test_a_professional_sets_nothing(gp: Membership) -> None:
    with pytest.raises(NotPermitted):
        actions.set_terms(by=gp, offer_minutes=60)


def test_the_back_office_keeps_topics_and_templates(client: Client, settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = False
    client.force_login(UserFactory(is_staff=True, is_superuser=True))

    pages = [
        client.get(reverse(f"admin:prevention_{name}", args=args)).status_code
        for name, *args in (
            ("topic_changelist",),
            ("topic_change", Topic.objects.get(code="tabac").pk),
            ("campaigntemplate_changelist",),
            ("campaigntemplate_change", CampaignTemplate.objects.get(code="mars-bleu").pk),
        )
    ]
    refused = client.get(reverse("admin:prevention_topic_delete", args=["tabac"])).status_code

    assert (pages, refused) == ([200, 200, 200, 200], 403)
