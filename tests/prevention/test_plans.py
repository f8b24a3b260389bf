"""Reminders on the desk: written, read by somebody else, tried, started and stopped."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from cpts_portal.core import outbox
from cpts_portal.core.models import AuditEntry, Message
from cpts_portal.core.refusals import NotPermitted, Refused
from members.models import Membership, Role
from prevention.actions import plans
from prevention.actions.deliveries import reconcile
from prevention.actions.plans import PlanWords
from prevention.actions.sending import send_due
from prevention.models import Audience, Campaign, Delivery, PreventionTerms, ReminderPlan, Session
from prevention.queries.reminders import when_of
from prevention.rules.wording import segments_of, unknown_variables, worded
from tests.factories import MembershipFactory
from tests.prevention.makers import (
    CampaignFactory,
    PlanFactory,
    RecallListFactory,
    RegistrationFactory,
    SessionFactory,
)
from tests.prevention.test_deliveries import in_days

HOME = "/artois-lys/prevention"


@pytest.fixture(autouse=True)
def one_factor(settings: Any) -> None:
    """The second factor has its own tests."""
    settings.SECOND_FACTOR_REQUIRED = False


@pytest.fixture
def campaign(coordinator: Membership) -> Campaign:
    return CampaignFactory(cpts=coordinator.cpts, created_by=coordinator)


@pytest.fixture
def session(campaign: Campaign) -> Session:
    return SessionFactory(campaign=campaign, starts_at=in_days(10))


@pytest.fixture
def second(coordinator: Membership) -> Membership:
    """Another of the coordination, who may approve what the first wrote."""
    return MembershipFactory(cpts=coordinator.cpts, role=Role.COORDINATOR)


def browser(member: Membership) -> Client:
    client = Client()
    client.force_login(member.user)
    return client


def typed(**changes: Any) -> dict[str, Any]:
    told = {
        "audience": "registered",
        "count": "1",
        "unit": "days",
        "side": "before",
        "at": "10:00",
        "subject": "Demain : {titre}",
        "body": "Rendez-vous le {date} à {heure}.\n{lien}",
        "sms": "Demain {heure}, {commune}. {lien}",
    }
    return told | changes


def words(**changes: Any) -> PlanWords:
    told = {
        "audience": Audience.REGISTERED,
        "offset_days": -1,
        "at": time(10),
        "offset_minutes": None,
        "subject": "Demain",
        "body": "Rendez-vous le {date}.",
    }
    return PlanWords(**(told | changes))


# --- Words ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("Le {date} à {heure}, {lieu}, {adresse}, {commune} : {titre} {lien} {telephone}", []),
        ("Bonjour {prenom}", ["{prenom}"]),
        ("{date} {Date} {date.year} {0} {}", ["{Date}", "{date.year}", "{0}", "{}"]),
        ("une accolade } puis { seule", ["}", "{"]),
    ],
)
def test_unknown_variables_are_named_as_they_are_written(text: str, unknown: list[str]) -> None:
    assert unknown_variables(text, "registered") == unknown


def test_a_recall_has_neither_hour_nor_place() -> None:
    assert unknown_variables("{titre} {heure} {lien}", "recalled") == ["{heure}"]


def test_words_are_replaced_and_nothing_else() -> None:
    values = {"date": "jeudi", "lien": "https://x/{date}"}

    assert worded("{date}, {date} : {lien}", values) == "jeudi, jeudi : https://x/{date}"


def test_a_text_message_is_counted_with_its_words() -> None:
    assert segments_of("Rendez-vous {date}") == 1
    assert segments_of("Rendez-vous {date} {lien} " * 3) == 3


@pytest.mark.parametrize(
    ("offset", "told"),
    [
        ({"offset_days": -7, "at": time(10)}, "7 jours avant, à 10 h 00"),
        ({"offset_days": -1, "at": time(17, 30)}, "la veille, à 17 h 30"),
        ({"offset_days": 1, "at": time(10)}, "le lendemain, à 10 h 00"),
        ({"offset_minutes": -120}, "2 heures avant"),
        ({"offset_minutes": 90}, "90 minutes après"),
    ],
)
def test_a_moment_is_told_in_words(offset: dict[str, Any], told: str) -> None:
    assert when_of(ReminderPlan(**offset)).replace("\xa0", " ") == told


# --- The form -------------------------------------------------------------------------------
def test_a_plan_is_written_read_activated_and_plans_its_deliveries(
    coordinator: Membership, session: Session
) -> None:
    RegistrationFactory(session=session)
    desk = browser(coordinator)

    written = desk.post(f"{HOME}/campagnes/{session.campaign_id}/rappels/nouveau/", typed())
    plan = ReminderPlan.objects.get()
    page = desk.get(written["Location"]).content.decode()
    desk.post(f"{HOME}/rappels/{plan.pk}/activer/")

    [delivery] = Delivery.objects.all()
    assert (plan.offset_days, plan.at, plan.written_by) == (-1, time(10), coordinator)
    assert "Demain 14 h 00" in page.replace("\xa0", " ")
    assert delivery.due_at == in_days(10, 10) - timedelta(days=1)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"body": "Bonjour {prenom}"}, "{prenom} n’est pas une variable connue"),
        ({"sms": "{lien} " * 4}, "Ce texte prendrait"),
        ({"body": "", "sms": ""}, "Écrivez un courriel, un SMS, ou les deux."),
        ({"subject": ""}, "Donnez un objet au courriel."),
        ({"at": ""}, "Écrivez une heure, par exemple 10:00."),
        ({"unit": "hours", "count": "49"}, "Au-delà de 48 heures, comptez en jours."),
        ({"count": "401"}, "400 jours au plus."),
        ({"audience": "attended"}, "Les personnes venues se remercient après la séance."),
        ({"audience": "recalled"}, "Choisissez la liste de rappel."),
        ({"body": "Mon numéro : 2 69 05 49 588 157 80"}, "sécurité sociale"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    coordinator: Membership, campaign: Campaign, changes: dict[str, Any], sentence: str
) -> None:
    answer = browser(coordinator).post(
        f"{HOME}/campagnes/{campaign.pk}/rappels/nouveau/", typed(**changes)
    )

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert ReminderPlan.objects.count() == 0


def test_the_form_sent_twice_is_one_plan(coordinator: Membership, campaign: Campaign) -> None:
    desk, page = browser(coordinator), f"{HOME}/campagnes/{campaign.pk}/rappels/nouveau/"

    statuses = [desk.post(page, typed()).status_code for _time in range(2)]

    assert statuses == [302, 409]
    assert ReminderPlan.objects.count() == 1


def test_a_list_of_recalls_counts_in_days(coordinator: Membership, campaign: Campaign) -> None:
    recalled = RecallListFactory(campaign=campaign)

    browser(coordinator).post(
        f"{HOME}/campagnes/{campaign.pk}/rappels/nouveau/",
        typed(
            audience="recalled",
            recall_list=recalled.pk,
            body="Votre vaccin : {lien}",
            sms="",
            subject="Rappel",
            side="after",
        ),
    )

    assert ReminderPlan.objects.get().recall_list == recalled


# --- Who may --------------------------------------------------------------------------------
def test_writing_voids_the_approval_and_the_author_never_approves_herself(
    coordinator: Membership, second: Membership, campaign: Campaign
) -> None:
    plan = plans.write(words(), campaign=campaign, by=coordinator)
    with pytest.raises(NotPermitted):
        plans.approve(plan, read_at=plan.written_at, by=coordinator)
    plans.approve(plan, read_at=plan.written_at, by=second)

    edited = plans.edit(plan, words(body="Autre texte"), by=coordinator)

    assert (edited.approved_by, edited.approved_at) == (None, None)
    with pytest.raises(Refused, match="relisez-le"):
        plans.approve(plan, read_at=plan.written_at, by=second)


def test_the_same_words_again_leave_the_approval(
    coordinator: Membership, second: Membership, campaign: Campaign
) -> None:
    plan = plans.write(words(), campaign=campaign, by=coordinator)
    plans.approve(plan, read_at=plan.written_at, by=second)

    assert plans.edit(plan, words(), by=coordinator).approved_by == second


def test_above_the_limit_it_waits_for_a_second_person_who_is_told_once(
    coordinator: Membership, second: Membership, session: Session
) -> None:
    PreventionTerms.objects.create(cpts=coordinator.cpts, approval_above=1)
    for _person in range(2):
        RegistrationFactory(session=session)
    plan = PlanFactory(campaign=session.campaign, written_by=coordinator)
    reconcile(plans=[plan.pk])
    due_at = Delivery.objects.earliest("due_at").due_at

    before = [send_due(due_at, 10), send_due(due_at, 10)]
    plans.approve(plan, read_at=ReminderPlan.objects.get().written_at, by=second)
    after = send_due(due_at, 10)

    told = Message.objects.filter(purpose="prevention.reminder_to_approve")
    assert (before, after) == ([0, 0], 2)
    assert [one.recipient for one in told] == [second.contact_email]


def test_a_professional_neither_reads_nor_writes_plans(gp: Membership, session: Session) -> None:
    plan = PlanFactory(campaign=session.campaign)
    theirs = browser(gp)

    pages = [
        f"{HOME}/rappels/",
        f"{HOME}/rappels/{plan.pk}/",
        f"{HOME}/rappels/{plan.pk}/modifier/",
    ]

    assert [theirs.get(page).status_code for page in pages] == [403, 403, 403]


# --- Trying, starting, stopping -------------------------------------------------------------
def test_an_essay_goes_to_its_author_alone(
    coordinator: Membership, session: Session, django_capture_on_commit_callbacks: Any
) -> None:
    plan = PlanFactory(campaign=session.campaign, written_by=coordinator)

    with django_capture_on_commit_callbacks(execute=True):
        browser(coordinator).post(f"{HOME}/rappels/{plan.pk}/essayer/")

    [sent] = mail.outbox
    assert sent.to == [coordinator.contact_email]
    assert sent.subject.startswith("[Essai] ")
    assert "List-Unsubscribe" not in sent.extra_headers


def test_a_stopped_plan_sends_nothing_not_even_what_was_posted(
    coordinator: Membership, session: Session
) -> None:
    for _person in range(2):
        RegistrationFactory(session=session)
    plan = PlanFactory(campaign=session.campaign)
    reconcile(plans=[plan.pk])
    due_at = Delivery.objects.earliest("due_at").due_at
    send_due(due_at, 1)
    Message.objects.update(not_before=timezone.now())

    browser(coordinator).post(f"{HOME}/rappels/{plan.pk}/arreter/")
    outbox.deliver_due()

    assert mail.outbox == []
    assert sorted(Delivery.objects.values_list("status", "reason")) == [
        ("dropped", "stopped"),
        ("posted", ""),
    ]


def test_everything_is_stopped_by_one_button(coordinator: Membership, session: Session) -> None:
    for days in (-7, -1):
        PlanFactory(campaign=session.campaign, offset_days=days)

    browser(coordinator).post(f"{HOME}/rappels/tout-arreter/")

    assert set(ReminderPlan.objects.values_list("status", flat=True)) == {"stopped"}
    assert AuditEntry.objects.filter(verb="stop").count() == 2


# --- What goes out tomorrow -----------------------------------------------------------------
def test_tomorrow_tells_how_many_and_why_and_no_name(
    coordinator: Membership, session: Session
) -> None:
    for _person in range(3):
        RegistrationFactory(session=session)
    plan = PlanFactory(campaign=session.campaign)
    reconcile(plans=[plan.pk])
    Delivery.objects.update(due_at=timezone.now())

    page = browser(coordinator).get(f"{HOME}/rappels/").content.decode().replace("\xa0", " ")

    assert "3 à envoyer" in page
    assert "Pourquoi : 7 jours avant, à 10 h 00 : personnes inscrites" in page
    assert "Odette" not in page


@pytest.mark.parametrize("rows", [1, 3])
def test_tomorrow_asks_the_same_number_of_queries(
    coordinator: Membership, campaign: Campaign, rows: int, django_assert_num_queries: Any
) -> None:
    for _row in range(rows):
        session = SessionFactory(campaign=CampaignFactory(cpts=campaign.cpts))
        RegistrationFactory(session=session)
        PlanFactory(campaign=session.campaign)
        reconcile(sessions=[session.pk])
    Delivery.objects.update(due_at=timezone.now())
    desk = browser(coordinator)
    desk.get(f"{HOME}/rappels/")

    with django_assert_num_queries(9):
        desk.get(f"{HOME}/rappels/")


def test_the_form_of_a_plan_begins_with_its_moment(
    coordinator: Membership, campaign: Campaign
) -> None:
    plan = plans.write(words(offset_days=-3), campaign=campaign, by=coordinator)

    page = browser(coordinator).get(f"{HOME}/rappels/{plan.pk}/modifier/").content.decode()

    assert 'name="count" value="3"' in page
    assert 'value="10:00"' in page


def test_nobody_is_asked_to_read_what_has_been_read(
    coordinator: Membership, second: Membership, session: Session
) -> None:
    PreventionTerms.objects.create(cpts=coordinator.cpts, approval_above=0)
    RegistrationFactory(session=session)
    plan = PlanFactory(campaign=session.campaign, written_by=coordinator)
    reconcile(plans=[plan.pk])
    send_due(Delivery.objects.get().due_at, 10)

    plans.approve(plan, read_at=ReminderPlan.objects.get().written_at, by=second)
    outbox.deliver_due()

    assert (mail.outbox, Message.objects.get().status) == ([], "dropped")
