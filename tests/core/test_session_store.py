"""A session that somebody has ended, and a database that went away meanwhile."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.models import Session
from django.db import OperationalError

from cpts_portal.core.session_store import SessionStore

pytestmark = pytest.mark.django_db


@pytest.fixture
def session() -> SessionStore:
    made = SessionStore()
    made["seen"] = 1
    made.save()
    return made


def test_session_is_kept_and_read_again(session: SessionStore) -> None:
    session["seen"] = 2
    session.save()

    assert SessionStore(session.session_key)["seen"] == 2


def test_session_ended_elsewhere_is_told_apart(session: SessionStore) -> None:
    Session.objects.all().delete()

    with pytest.raises(UpdateError):
        session.save()


def test_session_of_a_lost_database_is_no_ended_session(
    session: SessionStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(self: Session, **options: Any) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(Session, "save", lost)

    with pytest.raises(OperationalError):
        session.save()
