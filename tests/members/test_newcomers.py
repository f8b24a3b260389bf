"""The first steps of a member: opened, ticked, accompanied, made known to the neighbours."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from cpts_portal.core import outbox
from cpts_portal.core.models import AuditEntry, Message
from cpts_portal.core.refusals import NotPermitted, Refused
from members.actions import memberships
from members.actions import newcomers as actions
from members.models import Cpts, Membership, Role, Welcome, WelcomeStep, WelcomeTick
from members.queries import newcomers as queries
from members.tasks.newcomers import introduce_newcomers
from tests.factories import (
    CommuneFactory,
    DocumentFactory,
    GpFactory,
    MembershipFactory,
    PracticeFactory,
    PracticeMemberFactory,
    WelcomeFactory,
    WelcomeStepFactory,
)
from tests.members.conftest import queries_of

pytestmark = pytest.mark.django_db

MINE = "/artois-lys/mes-premiers-pas/"
ALL = "/artois-lys/nouveaux/"


@pytest.fixture(autouse=True)
def without_second_factor(settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = False


@pytest.fixture
def welcome(gp: Membership) -> Welcome:
    return WelcomeFactory(membership=gp)


@pytest.fixture
def step(cpts: Cpts) -> WelcomeStep:
    return WelcomeStepFactory(cpts=cpts, label="Compléter mon profil")


def in_days(days: int) -> date:
    return timezone.localdate() + timedelta(days=days)


def works_at(latitude: float, *, cpts: Cpts, commune: str = "62338", **fields: Any) -> Membership:
    """A member whose place is at this latitude, 0.09 degree being 10 km."""
    place = PracticeFactory(
        cpts=cpts,
        commune=CommuneFactory(insee_code=commune, name=f"Commune {commune}"),
        latitude=latitude,
        longitude=2.84,
    )
    member: Membership = GpFactory(cpts=cpts, **fields)
    PracticeMemberFactory(membership=member, practice=place)
    return member


# --- The path ---------------------------------------------------------------------------------
def test_start_opens_a_path_once(gp: Membership, coordinator: Membership) -> None:
    welcome = actions.start(gp, by=coordinator)

    assert welcome.started_on == timezone.localdate()
    with pytest.raises(Refused, match="déjà"):
        actions.start(gp, by=coordinator)


def test_start_again_opens_a_finished_path_with_what_was_done(
    welcome: Welcome, step: WelcomeStep, coordinator: Membership
) -> None:
    actions.tick(step, is_done=True, by=welcome.membership)
    actions.finish(welcome, by=coordinator)

    again = actions.start(welcome.membership, by=coordinator)

    assert (again.pk, again.finished_at, again.ticks.count()) == (welcome.pk, None, 1)


def test_start_is_the_governance_s(gp: Membership) -> None:
    with pytest.raises(NotPermitted):
        actions.start(gp, by=gp)


def test_start_is_refused_for_who_has_left(cpts: Cpts, coordinator: Membership) -> None:
    gone = GpFactory(cpts=cpts, ends_on=in_days(-1))

    with pytest.raises(Refused, match="plus, membre"):
        actions.start(gone, by=coordinator)


def test_a_path_nobody_finished_ends_by_itself_after_a_year(
    gp: Membership, step: WelcomeStep
) -> None:
    WelcomeFactory(membership=gp, started_on=in_days(-365))

    assert queries.running_paths(timezone.localdate()) == []
    with pytest.raises(Refused, match="pas ouvert"):
        actions.tick(step, is_done=True, by=gp)


def test_tick_is_kept_once_and_taken_back(welcome: Welcome, step: WelcomeStep) -> None:
    for is_done in (True, True):
        actions.tick(step, is_done=is_done, by=welcome.membership)
    ticked = WelcomeTick.objects.count()
    actions.tick(step, is_done=False, by=welcome.membership)

    assert (ticked, WelcomeTick.objects.count()) == (1, 0)
    assert list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True)) == [
        "tick",
        "untick",
    ]


def test_the_page_ticks_in_one_tap(client: Client, welcome: Welcome, step: WelcomeStep) -> None:
    client.force_login(welcome.membership.user)

    response = client.post(f"{MINE}etapes/{step.pk}/", {"fait": "1"})
    page = client.get(MINE).content.decode()

    assert (response.status_code, response["Location"]) == (302, MINE)
    assert 'aria-pressed="true"' in page
    assert "Tout est fait" in page


def test_a_step_out_of_use_is_neither_shown_nor_ticked(client: Client, welcome: Welcome) -> None:
    old = WelcomeStepFactory(cpts=welcome.cpts, label="Ancienne étape", is_active=False)
    client.force_login(welcome.membership.user)

    assert "Ancienne étape" not in client.get(MINE).content.decode()
    assert client.post(f"{MINE}etapes/{old.pk}/", {"fait": "1"}).status_code == 404


def test_the_page_gives_the_mentor_s_line_and_the_kit(
    client: Client, welcome: Welcome, cpts: Cpts
) -> None:
    mentor = GpFactory(cpts=cpts, phone="+33639980142", email="mentor@sante.example")
    Welcome.objects.filter(pk=welcome.pk).update(mentor=mentor)
    kit = DocumentFactory(cpts=cpts, kind="kit", title="Qui appeler, pour quoi")
    DocumentFactory(cpts=cpts, kind="kit", title="Brouillon", published_at=None)
    client.force_login(welcome.membership.user)

    page = client.get(MINE).content.decode()

    assert "tel:+33639980142" in page
    assert "mailto:mentor@sante.example" in page
    assert f"/documents/{kit.pk}/" in page
    assert "Brouillon" not in page


def test_a_member_without_path_is_told_so(client: Client, gp: Membership) -> None:
    client.force_login(gp.user)

    assert "pas sur un parcours" in client.get(MINE).content.decode()


# --- The mentor -------------------------------------------------------------------------------
def test_choose_mentor_tells_him_with_a_link_alone(
    welcome: Welcome, coordinator: Membership, cpts: Cpts
) -> None:
    mentor = GpFactory(cpts=cpts)

    actions.choose_mentor(welcome, mentor=mentor, by=coordinator)

    message = Message.objects.get()
    assert message.recipient == mentor.contact_email
    assert MINE in message.body
    assert welcome.membership.user.last_name not in message.title + message.body


def test_choose_mentor_is_refused_for_herself_and_for_who_has_left(
    welcome: Welcome, coordinator: Membership, cpts: Cpts
) -> None:
    gone = GpFactory(cpts=cpts, ends_on=in_days(-1))

    for mentor in (welcome.membership, gone):
        with pytest.raises(Refused):
            actions.choose_mentor(welcome, mentor=mentor, by=coordinator)


def test_the_mentor_s_mail_does_not_leave_once_another_is_chosen(
    welcome: Welcome, coordinator: Membership, cpts: Cpts
) -> None:
    first, second = GpFactory(cpts=cpts), GpFactory(cpts=cpts)
    actions.choose_mentor(welcome, mentor=first, by=coordinator)
    actions.choose_mentor(Welcome.objects.get(), mentor=second, by=coordinator)

    outbox.deliver_due()

    assert [sent.to for sent in mail.outbox] == [[second.contact_email]]


def test_the_mentor_sees_his_newcomers_on_his_own_page(
    client: Client, welcome: Welcome, cpts: Cpts
) -> None:
    mentor = GpFactory(cpts=cpts)
    Welcome.objects.filter(pk=welcome.pk).update(mentor=mentor)
    client.force_login(mentor.user)

    page = client.get(MINE).content.decode()

    assert "Vous accompagnez" in page
    assert str(welcome.membership) in page


def test_a_mentor_who_leaves_gives_his_newcomers_back(
    welcome: Welcome, coordinator: Membership, cpts: Cpts
) -> None:
    mentor = GpFactory(cpts=cpts)
    actions.choose_mentor(welcome, mentor=mentor, by=coordinator)

    memberships.end(mentor, on=timezone.localdate(), reason="left", by=coordinator)

    assert Welcome.objects.get().mentor is None


# --- The governance's pages ---------------------------------------------------------------------
def test_the_list_says_who_is_where(
    client: Client, welcome: Welcome, step: WelcomeStep, coordinator: Membership
) -> None:
    WelcomeStepFactory(cpts=welcome.cpts)
    actions.tick(step, is_done=True, by=welcome.membership)
    client.force_login(coordinator.user)

    page = client.get(ALL).content.decode()

    assert str(welcome.membership) in page
    assert "1 / 2" in page
    assert "sans référent" in page


def test_the_list_takes_as_many_queries_for_three_newcomers_as_for_one(
    client: Client, welcome: Welcome, step: WelcomeStep, coordinator: Membership
) -> None:
    client.force_login(coordinator.user)
    one = queries_of(client, ALL)

    for _number in range(2):
        WelcomeFactory(membership=GpFactory(cpts=welcome.cpts), mentor=GpFactory(cpts=welcome.cpts))

    assert queries_of(client, ALL) == one


def test_the_pages_open_a_path_choose_a_mentor_and_finish(
    client: Client, gp: Membership, coordinator: Membership
) -> None:
    client.force_login(coordinator.user)

    client.post(f"{ALL}ouvrir/", {"member": gp.pk})
    welcome = Welcome.objects.get()
    client.post(f"{ALL}{welcome.pk}/", {"mentor": coordinator.pk})
    client.post(f"{ALL}{welcome.pk}/terminer/")

    welcome.refresh_from_db()
    assert (welcome.membership, welcome.mentor) == (gp, coordinator)
    assert welcome.finished_at is not None


def test_the_page_answers_a_stale_choice_with_a_sentence(
    client: Client, welcome: Welcome, coordinator: Membership
) -> None:
    actions.finish(welcome, by=coordinator)
    client.force_login(coordinator.user)

    response = client.post(f"{ALL}{welcome.pk}/", {"mentor": coordinator.pk})

    assert response.status_code == 409
    assert "Ce parcours est terminé." in response.content.decode()
    assert client.get(f"{ALL}999999/").status_code == 404


# --- Neighbours ---------------------------------------------------------------------------------
@pytest.fixture
def newcomer(cpts: Cpts) -> Membership:
    member = works_at(50.60, cpts=cpts)
    WelcomeFactory(
        membership=member, may_introduce=True, words="Sage-femme depuis dix ans, ravie d’arriver."
    )
    return member


def test_neighbours_are_those_within_reach_or_in_the_same_commune(
    cpts: Cpts, newcomer: Membership
) -> None:
    near = works_at(50.68, cpts=cpts, commune="62001")
    works_at(50.70, cpts=cpts, commune="62002")
    same = works_at(50.90, cpts=cpts)
    works_at(50.60, cpts=cpts, role=Role.FUNDER)
    works_at(50.60, cpts=cpts, ends_on=in_days(-1))
    place = queries.main_place_of(newcomer)

    assert place is not None
    assert queries.neighbours_of(newcomer, place, within_km=10) == [near, same]


def test_introduction_tells_each_neighbour_once(cpts: Cpts, newcomer: Membership) -> None:
    neighbour = works_at(50.61, cpts=cpts)

    assert (introduce_newcomers(), introduce_newcomers()) == (1, 0)
    message = Message.objects.get()
    assert message.recipient == neighbour.contact_email
    shown = (str(newcomer), "Médecin généraliste", "Cabinet de la Lys", "ravie d’arriver")
    assert [word in message.body for word in shown] == [True] * 4
    assert newcomer.contact_email not in message.body
    assert AuditEntry.objects.get(verb="introduce").by_label == "system"


@pytest.mark.parametrize(
    "changed",
    [{"may_introduce": False}, {"started_on": in_days(1)}, {"started_on": in_days(-15)}],
)
def test_nobody_is_introduced_without_consent_before_the_day_or_too_late(
    cpts: Cpts, newcomer: Membership, changed: dict[str, Any]
) -> None:
    works_at(50.61, cpts=cpts)
    Welcome.objects.update(**changed)

    assert introduce_newcomers() == 0


def test_introduction_waits_for_a_place_of_work(cpts: Cpts, gp: Membership) -> None:
    works_at(50.61, cpts=cpts)
    WelcomeFactory(membership=gp, may_introduce=True)

    assert introduce_newcomers() == 0
    assert Welcome.objects.get().introduced_at is None


def test_introduction_does_not_leave_for_who_has_gone_since(
    cpts: Cpts, newcomer: Membership
) -> None:
    works_at(50.61, cpts=cpts)
    introduce_newcomers()
    Membership.objects.filter(pk=newcomer.pk).update(ends_on=in_days(-1), end_reason="left")

    outbox.deliver_due()

    assert mail.outbox == []


def test_consent_is_given_and_taken_back_until_it_has_left(
    client: Client, cpts: Cpts, newcomer: Membership
) -> None:
    works_at(50.61, cpts=cpts)
    client.force_login(newcomer.user)

    client.post(f"{MINE}presentation/", {"words": "Bonjour"})
    refused = introduce_newcomers()
    client.post(f"{MINE}presentation/", {"may_introduce": "on", "words": "Bonjour"})
    agreed = introduce_newcomers()

    assert (refused, agreed) == (0, 1)
    assert client.post(f"{MINE}presentation/", {}).status_code == 409


def test_consent_refuses_a_social_security_number(client: Client, newcomer: Membership) -> None:
    client.force_login(newcomer.user)

    response = client.post(
        f"{MINE}presentation/", {"may_introduce": "on", "words": "2 84 05 62 841 012 42"}
    )

    assert response.status_code == 422
    assert "sécurité sociale" in response.content.decode()


def test_consent_comes_too_late_after_a_fortnight(gp: Membership) -> None:
    WelcomeFactory(membership=gp, started_on=in_days(-15))

    with pytest.raises(Refused, match="deux semaines"):
        actions.consent(may_introduce=True, words="", by=gp)


def test_a_funder_has_no_path(client: Client, cpts: Cpts) -> None:
    funder = MembershipFactory(cpts=cpts, role=Role.FUNDER)
    client.force_login(funder.user)

    assert client.get(MINE).status_code == 403
