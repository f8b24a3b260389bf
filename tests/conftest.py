"""Fixtures shared by all: one CPTS with its scope open, one person per role."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cpts_portal.core.scoping import open_scope
from members.models import Cpts, Membership, Role
from tests.factories import CptsFactory, GpFactory, MembershipFactory


@pytest.fixture
def cpts(db: None) -> Iterator[Cpts]:
    cpts = CptsFactory(name="CPTS Artois Lys", slug="artois-lys")
    with open_scope(cpts=cpts):
        yield cpts


@pytest.fixture
def coordinator(cpts: Cpts) -> Membership:
    return MembershipFactory(cpts=cpts, role=Role.COORDINATOR)


@pytest.fixture
def gp(cpts: Cpts) -> Membership:
    return GpFactory(cpts=cpts)
