"""A queue, a GP with places, and the two of them logged in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from cpts_portal.core.fields import keyed_hash
from cpts_portal.core.models import Commune
from members.models import Cpts, Membership
from patients import notifications
from patients.actions.filing import create_default_rule_set
from patients.models import GPRequest, Intake, Referral, Status
from tests.factories import (
    CollegeFactory,
    CommuneFactory,
    CptsCommuneFactory,
    GPRequestFactory,
    IntakeFactory,
    PatientFactory,
    PracticeFactory,
    PracticeMemberFactory,
    ReferralFactory,
)


@pytest.fixture
def one_factor(settings: Any) -> None:
    """The second factor has its own tests."""
    settings.SECOND_FACTOR_REQUIRED = False


@pytest.fixture
def qualified(cpts: Cpts) -> GPRequest:
    commune = CommuneFactory(insee_code="62491", name="Laventie", latitude=50.63, longitude=2.77)
    return GPRequestFactory(cpts=cpts, commune=commune, status=Status.QUALIFIED)


@pytest.fixture
def intake(gp: Membership) -> Intake:
    """Four places a month within 30 km of Fleurbaix."""
    commune = CommuneFactory(insee_code="62338", name="Fleurbaix", latitude=50.65, longitude=2.83)
    practice = PracticeFactory(cpts=gp.cpts, commune=commune)
    PracticeMemberFactory(membership=gp, practice=practice)
    return IntakeFactory(membership=gp)


@pytest.fixture
def lapsed(gp: Membership) -> Membership:
    """The GP owes the year that began two months ago, in a college that waits for nobody."""
    gp.college = CollegeFactory(cpts=gp.cpts, fee=30, grace_days=0)
    gp.starts_on = timezone.localdate() - timedelta(days=60)
    gp.save()
    return gp


@pytest.fixture
def referral(qualified: GPRequest, intake: Intake, coordinator: Membership) -> Referral:
    """Proposed to the GP an instant ago."""
    qualified.status = Status.REFERRED
    qualified.save()
    return ReferralFactory(request=qualified, gp=intake.membership, proposed_by=coordinator)


@pytest.fixture
def desk(one_factor: None, client: Client, coordinator: Membership) -> Client:
    """The coordinator's browser."""
    client.force_login(coordinator.user)
    return client


@pytest.fixture
def surgery(one_factor: None, gp: Membership) -> Client:
    """The GP's phone."""
    phone = Client()
    phone.force_login(gp.user)
    return phone


@pytest.fixture
def laventie(cpts: Cpts) -> Commune:
    """A commune of the CPTS, and its neighbour under the same postal code."""
    commune = CommuneFactory(insee_code="62491", name="Laventie", postal_codes=["62840"])
    other = CommuneFactory(insee_code="62338", name="Fleurbaix", postal_codes=["62840"])
    CptsCommuneFactory(cpts=cpts, commune=commune)
    CptsCommuneFactory(cpts=cpts, commune=other)
    return commune


@pytest.fixture
def filed(cpts: Cpts) -> GPRequest:
    """Received from the site, under 2026-0418."""
    phone, email = "+33639981234", "odile@courriel.example"
    patient = PatientFactory(
        cpts=cpts,
        last_name="Garnier",
        phone=phone,
        phone_hash=keyed_hash(phone),
        email=email,
        email_hash=keyed_hash(email),
    )
    rules = create_default_rule_set(cpts)
    return GPRequestFactory(
        cpts=cpts, patient=patient, rule_set=rules, reference="2026-0418", has_ald=True
    )


@pytest.fixture
def token(filed: GPRequest) -> str:
    """The key to her private page."""
    return notifications.open_link(filed)
