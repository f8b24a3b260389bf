"""Minutes written, published once, corrected with a date."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from cpts_portal.core.models import Message
from cpts_portal.core.refusals import NotPermitted, Refused
from members.actions import meetings as actions
from members.models import Meeting, Membership
from tests.factories import (
    AttendanceFactory,
    GpFactory,
    GroupFactory,
    MandateFactory,
    MeetingFactory,
)


@pytest.fixture
def desk(settings: Any, client: Client, coordinator: Membership) -> Client:
    settings.SECOND_FACTOR_REQUIRED = False
    client.force_login(coordinator.user)
    return client


@pytest.fixture
def phone(settings: Any, gp: Membership) -> Client:
    settings.SECOND_FACTOR_REQUIRED = False
    browser = Client()
    browser.force_login(gp.user)
    return browser


@pytest.fixture
def meeting(cpts: Any, coordinator: Membership) -> Meeting:
    return MeetingFactory(cpts=cpts, status="held", created_by=coordinator)


def page(meeting: Meeting) -> str:
    return f"/artois-lys/reunions/{meeting.pk}/compte-rendu/"


def test_a_draft_is_read_by_who_keeps_it_alone(desk, phone, meeting):
    desk.post(page(meeting), {"text": "Budget voté.", "seen": ""})

    where = f"/artois-lys/reunions/{meeting.pk}/"
    assert "Budget voté." in desk.get(where).content.decode()
    assert "Budget voté." not in phone.get(where).content.decode()


def test_published_minutes_are_read_by_all_and_told(desk, phone, gp, meeting):
    response = desk.post(page(meeting), {"text": "Budget voté.", "seen": "", "publish": "1"})

    meeting.refresh_from_db()
    assert (response.status_code, meeting.minutes_published_at is None) == (302, False)
    assert "Budget voté." in phone.get(f"/artois-lys/reunions/{meeting.pk}/").content.decode()
    assert Message.objects.filter(purpose="members.minutes_published").count() == 2


def test_minutes_begin_with_who_was_there_and_who_was_excused(desk, phone, cpts, meeting):
    AttendanceFactory(meeting=meeting, membership=GpFactory(cpts=cpts, user__last_name="Vasseur"))
    AttendanceFactory(
        meeting=meeting,
        membership=GpFactory(cpts=cpts, user__last_name="Quesnoy"),
        answer="not_coming",
        present_at=None,
        way="",
        minutes=None,
        hourly_rate=None,
    )
    desk.post(page(meeting), {"text": "Budget voté.", "seen": "", "publish": "1"})

    shown = " ".join(phone.get(f"/artois-lys/reunions/{meeting.pk}/").content.decode().split())

    assert "<b>Présents</b> Maud Vasseur</p>" in shown
    assert "<b>Excusés</b> Maud Quesnoy</p>" in shown


def test_published_minutes_do_not_change(coordinator, meeting):
    actions.write_minutes(meeting, text="Budget voté.", seen="", by=coordinator)
    actions.publish_minutes(meeting, by=coordinator)

    with pytest.raises(Refused, match="ajoutez une correction datée"):
        actions.write_minutes(meeting, text="Autre", seen="Budget voté.", by=coordinator)
    with pytest.raises(Refused, match="est publié"):
        actions.publish_minutes(meeting, by=coordinator)


def test_a_correction_is_added_below_with_its_date(desk, coordinator, meeting):
    actions.write_minutes(meeting, text="Budget voté.", seen="", by=coordinator)
    actions.publish_minutes(meeting, by=coordinator)

    empty = desk.post(f"{page(meeting)}corriger/", {"text": ""})
    response = desk.post(f"{page(meeting)}corriger/", {"text": "À l’unanimité."})

    meeting.refresh_from_db()
    assert (empty.status_code, response.status_code) == (422, 302)
    assert meeting.minutes.startswith("Budget voté.\n\nCorrection du ")
    assert meeting.minutes.endswith("\u00a0:\nÀ l’unanimité.")


def test_a_draft_is_not_corrected_but_changed(coordinator, meeting):
    with pytest.raises(Refused, match="n’est pas publié"):
        actions.correct_minutes(meeting, text="Non", by=coordinator)


def test_two_people_writing_at_once_lose_nothing(desk, coordinator, meeting):
    actions.write_minutes(meeting, text="Le texte de l’autre.", seen="", by=coordinator)

    response = desk.post(page(meeting), {"text": "Le mien.", "seen": ""})

    shown = response.content.decode()
    assert response.status_code == 409
    assert ("Le texte de l’autre." in shown, "Le mien." in shown) == (True, True)


def test_line_ends_of_browsers_are_no_change(coordinator, meeting):
    actions.write_minutes(meeting, text="Un\r\nDeux", seen="", by=coordinator)

    actions.write_minutes(meeting, text="Un\nTrois", seen="Un\nDeux", by=coordinator)

    meeting.refresh_from_db()
    assert meeting.minutes == "Un\nTrois"


@pytest.mark.parametrize(
    ("status", "text", "told"),
    [("planned", "Budget voté.", "a eu lieu"), ("held", "  ", "est vide")],
)
def test_minutes_are_published_of_a_meeting_held_and_with_words(desk, meeting, status, text, told):
    Meeting.objects.update(status=status)

    response = desk.post(page(meeting), {"text": text, "seen": "", "publish": "1"})

    meeting.refresh_from_db()
    assert (response.status_code, meeting.minutes_published_at) == (409, None)
    assert told in response.content.decode()


def test_minutes_hold_no_social_security_number(desk, meeting):
    response = desk.post(page(meeting), {"text": "Vu 2 55 08 14 168 025 38", "seen": ""})

    assert response.status_code == 422
    assert "numéro de sécurité sociale" in response.content.decode()


def test_a_member_does_not_write_the_lead_of_the_group_does(cpts, gp, meeting):
    group = GroupFactory(cpts=cpts)
    Meeting.objects.update(group=group)
    meeting.refresh_from_db()

    with pytest.raises(NotPermitted):
        actions.write_minutes(meeting, text="Non", seen="", by=gp)
    MandateFactory(group=group, membership=gp, function="lead")
    actions.write_minutes(meeting, text="Oui", seen="", by=gp)

    meeting.refresh_from_db()
    assert meeting.minutes == "Oui"
