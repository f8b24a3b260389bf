"""The factories make rows that PostgreSQL accepts, and the triggers count their seats."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from members.models import Cpts, Role
from prevention.models import Registration, RegistrationStatus, Session
from tests.factories import GpFactory, MembershipFactory
from tests.prevention.makers import RegistrationFactory, SessionFactory, prevention_arguments


def test_every_capture_has_its_row(cpts: Cpts) -> None:
    gp, coordinator = GpFactory(cpts=cpts), MembershipFactory(cpts=cpts, role=Role.COORDINATOR)

    found = prevention_arguments(gp, coordinator)

    assert all(found.values())


def test_seats_are_counted_by_postgresql_itself(cpts: Cpts) -> None:
    session = SessionFactory(campaign__cpts=cpts, capacity=2)
    first, second = RegistrationFactory(session=session), RegistrationFactory(session=session)
    RegistrationFactory(session=session, status=RegistrationStatus.WAITING)

    Registration.objects.filter(pk=first.pk).update(
        status="cancelled", ended_at=first.registered_at
    )
    second.delete()

    assert Session.objects.get(pk=session.pk).taken == 0


def test_one_more_than_the_seats_is_refused_by_name(cpts: Cpts) -> None:
    session = SessionFactory(campaign__cpts=cpts, capacity=1)
    RegistrationFactory(session=session)

    with pytest.raises(IntegrityError, match="session_never_overfull"), transaction.atomic():
        RegistrationFactory(session=session)
