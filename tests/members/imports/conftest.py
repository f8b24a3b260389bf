"""One commune that the files name, and the coordination at its desk."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from members.models import (
    Cpts,
    Membership,
)
from tests.factories import (
    CommuneFactory,
    CptsCommuneFactory,
)


@pytest.fixture(autouse=True)
def laventie(cpts: Cpts) -> Any:
    commune = CommuneFactory(insee_code="62491", name="Laventie", search_name="laventie")
    return CptsCommuneFactory(cpts=cpts, commune=commune).commune


@pytest.fixture
def desk(client: Client, coordinator: Membership, settings: Any) -> Client:
    settings.SECOND_FACTOR_REQUIRED = False
    client.force_login(coordinator.user)
    return client
