"""The public form, from the first question to the private link."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from cpts_portal.core.models import AuditEntry, Commune, Message
from members.models import Cpts
from patients.models import GPRequest, Patient, PrivateLink, RequestDraft
from tests.factories import CommuneFactory, CptsCommuneFactory, CptsFactory
from tests.patients import filing_path as path


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


@pytest.fixture
def laventie(cpts: Cpts) -> Commune:
    commune = CommuneFactory(insee_code="62491", name="Laventie", postal_codes=["62840"])
    CptsCommuneFactory(cpts=cpts, commune=commune)
    return commune


def test_filing_makes_one_request_with_its_rank_reference_and_private_link(client, laventie):
    page = path.file(client)

    [filed] = GPRequest.objects.all()
    assert page.status_code == 200
    assert filed.reference in page.content.decode()
    assert (filed.priority, filed.priority_reasons) == (2, ["ald", "aged_70"])
    assert (filed.age_band, filed.status, filed.source) == ("70-84", "received", "web")
    assert filed.patient.last_name == "D’Hœdt-Œuvrard"
    assert filed.patient.search_name == "d hoedt oeuvrard marie helene"
    assert filed.patient.phone == "+33639981234"
    assert PrivateLink.objects.count() == 1
    assert [entry.verb for entry in AuditEntry.objects.all()] == ["file"]
