"""Three questions to whoever came: once, after the session, and nobody knows whose answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cpts_portal.core.fields import keyed_hash
from cpts_portal.core.models import AuditEntry
from cpts_portal.core.refusals import NotPermitted, Refused
from members.models import Cpts
from prevention.actions import feedback as actions
from prevention.actions.feedback import Answers
from prevention.models import Feedback, Registration, Session
from prevention.queries.door import panel_of
from prevention.queries.figures import Opinion
from prevention.rules.registrations import RegisteredPerson
from tests.prevention.makers import RegistrationFactory, SessionFactory

pytestmark = pytest.mark.django_db

GOOD = Answers(welcome=5, usefulness=4, would_recommend=5)
TYPED = {"welcome": "5", "usefulness": "4", "would_recommend": "5"}


@pytest.fixture
def came(cpts: Cpts) -> Registration:
    """She came, and the session is over."""
    return attended(SessionFactory(campaign__cpts=cpts), contact__link_hash=keyed_hash("her-link"))


def attended(session: Session, **more: Any) -> Registration:
    found: Registration = RegistrationFactory(
        session=session, status="attended", door="walk_in", **more
    )
    past = timezone.now() - timedelta(days=1)
    Session.objects.filter(pk=session.pk).update(starts_at=past - timedelta(hours=2), ends_at=past)
    return Registration.objects.select_related("session").get(pk=found.pk)


def page() -> str:
    return reverse("prevention:registration_feedback", args=["her-link"])


def test_she_answers_once(came: Registration) -> None:
    by = RegisteredPerson(came.pk)

    actions.answer(came, GOOD, by=by)

    with pytest.raises(Refused, match="déjà donné"):
        actions.answer(came, GOOD, by=by)
    assert [one.usefulness for one in Feedback.objects.all()] == [4]


def test_nothing_ties_the_answers_to_her(came: Registration) -> None:
    actions.answer(came, GOOD, by=RegisteredPerson(came.pk))

    ties = {field.name for field in Feedback._meta.get_fields() if field.is_relation}
    assert ties == {"cpts", "session"}
    assert AuditEntry.objects.count() == 0


def test_only_whoever_came_answers_and_after_the_session(cpts: Cpts) -> None:
    absent = RegistrationFactory(session=SessionFactory(campaign__cpts=cpts), status="absent")
    early = RegistrationFactory(session=absent.session, status="attended")

    with pytest.raises(NotPermitted):
        actions.answer(absent, GOOD, by=RegisteredPerson(absent.pk))
    with pytest.raises(NotPermitted):
        actions.answer(early, GOOD, by=RegisteredPerson(absent.pk))
    with pytest.raises(Refused, match="pas finie"):
        actions.answer(early, GOOD, by=RegisteredPerson(early.pk))
    assert Feedback.objects.count() == 0


def test_marks_are_from_1_to_5_whoever_writes_them(came: Registration) -> None:
    with pytest.raises(IntegrityError, match="feedback_from_1_to_5"):
        Feedback.objects.create(
            cpts=came.cpts, session=came.session, welcome=0, usefulness=3, would_recommend=3
        )


def test_her_page_asks_then_thanks(client: Client, came: Registration) -> None:
    asked = client.get(page()).content.decode()
    done = client.post(page(), TYPED, follow=True).content.decode()

    assert "Trois questions" in asked
    assert "Votre avis est enregistré" in done
    assert "Trois questions" not in done


def test_what_she_chose_stays_when_a_question_is_left(client: Client, came: Registration) -> None:
    response = client.post(page(), {**TYPED, "usefulness": ""})

    html = response.content.decode()
    assert response.status_code == 422
    assert "Choisissez une réponse." in html
    assert html.count("checked") == 2


def test_a_stale_tab_is_told_that_she_has_answered(client: Client, came: Registration) -> None:
    client.post(page(), TYPED)

    response = client.post(page(), TYPED)

    assert response.status_code == 409
    assert "déjà donné votre avis" in response.content.decode()
    assert Feedback.objects.count() == 1


def test_opinions_are_shown_from_five_on(cpts: Cpts) -> None:
    session = SessionFactory(campaign__cpts=cpts)
    people = [attended(session) for _one in range(5)]
    shown = []
    for one in people:
        actions.answer(one, GOOD, by=RegisteredPerson(one.pk))
        shown.append(panel_of(session)["door"].opinion)

    assert shown == [None] * 4 + [Opinion(5, 5.0, 4.0, 5.0)]
