"""What the association sets: its colleges, its own address, what a new CPTS finds."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from cpts_portal.core.models import AuditEntry
from cpts_portal.core.refusals import NotPermitted, Refused
from cpts_portal.core.scoping import open_scope
from members.actions import communities as actions
from members.forms.settings import CollegeForm
from members.models import College, Cpts, Group, Membership, Mission, WelcomeStep
from tests.factories import CollegeFactory, CptsFactory, UserFactory


@pytest.fixture(autouse=True)
def without_second_factor(settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = False


@pytest.fixture
def desk(client: Client, coordinator: Membership) -> Client:
    client.force_login(coordinator.user)
    return client


def at(name: str, *args: Any) -> str:
    return reverse(f"members:{name}", args=["artois-lys", *args])


def typed(**changed: Any) -> dict[str, Any]:
    told = {
        "name": "Membres actifs",
        "kind": "members",
        "has_vote": "on",
        "fee": "35,50",
        "cycle": "anniversary",
        "grace_days": "30",
        "reminder_days": "30, 0, -30",
        "payment_help": "Virement à la CPTS",
        "is_open": "on",
    }
    return {**told, **changed}


# --- Colleges -------------------------------------------------------------------------------
def test_a_college_is_added_with_what_it_asks(desk, cpts):
    desk.post(at("college_new"), typed(reminder_days="-30; 0,15 ,30j"))

    college = College.objects.get()
    assert (college.fee, college.cycle, college.grace_days) == (Decimal("35.50"), "anniversary", 30)
    assert college.reminder_days == [30, 15, 0, -30]


def test_a_college_is_changed_and_the_fee_that_was_is_traced(desk, cpts):
    college = CollegeFactory(cpts=cpts, fee=20)

    desk.post(at("college_edit", college.pk), typed())

    entry = AuditEntry.objects.get(verb="edit")
    assert (entry.source, entry.target) == ("20.00", "35.50")


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        ("", "Écrivez au moins un rappel"),
        (",", "Écrivez au moins un rappel"),
        ("trente", "« trente » n’est pas un nombre de jours"),
        ("30, 30", "Le rappel 30 est écrit deux fois"),
        ("400", "400 est trop loin"),
        ("1, 2, 3, 4, 5, 6, 7", "Six rappels au plus"),
        ("30 0 -30", "« 30 0 -30 » n’est pas un nombre"),
        ("٣٠", "n’est pas un nombre de jours"),
    ],
)
def test_reminders_typed_anyhow_are_refused_with_what_to_write(cpts, days, sentence):
    form = CollegeForm(typed(reminder_days=days), instance=College(cpts=cpts))

    [told] = form.errors["reminder_days"]
    assert sentence in told.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"fee": "-1"}, "fee"),
        ({"fee": "gratuit"}, "fee"),
        ({"grace_days": "366"}, "grace_days"),
        ({"name": ""}, "name"),
    ],
)
def test_what_a_college_cannot_be_is_said(desk, wrong, field):
    response = desk.post(at("college_new"), typed(**wrong))

    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]


def test_two_colleges_do_not_bear_one_name(desk, cpts):
    CollegeFactory(cpts=cpts, name="Membres actifs")

    response = desk.post(at("college_new"), typed())

    assert response.status_code == 422
    assert "Un collège porte déjà ce nom." in response.content.decode()


def test_a_name_taken_meanwhile_is_refused(cpts, coordinator):
    CollegeFactory(cpts=cpts, name="Membres actifs")

    with pytest.raises(Refused, match="porte déjà ce nom"):
        actions.save_college(College(), by=coordinator, name="Membres actifs")


def test_settings_are_the_governance_s(cpts, gp):
    with pytest.raises(NotPermitted):
        actions.save_college(College(), by=gp, name="Amis")
    with pytest.raises(NotPermitted):
        actions.edit_cpts(cpts, by=gp, rna="W622001234")


# --- The CPTS -------------------------------------------------------------------------------
def address(**changed: Any) -> dict[str, Any]:
    told = {
        "help_phone": "03 53 01 00 02",
        "help_hours": "le mardi, de 9 h à 12 h",
        "help_hours_en": "Tuesdays, 9:00 to 12:00",
        "email": "contact@artois-lys.example",
        "website": "",
        "address": "4 place du Rietz, 62136 Lestrem",
        "rna": "W622001234",
        "welcome_km": "15",
        "sla_days": "5",
    }
    return {**told, **changed}


def test_the_cpts_says_where_it_is_and_the_trace_names_what_changed(desk, cpts):
    desk.post(at("settings_cpts"), address())

    cpts.refresh_from_db()
    assert (cpts.help_phone, cpts.rna, cpts.welcome_km) == ("+33353010002", "W622001234", 15)
    changed = AuditEntry.objects.get(verb="edit_cpts").reason.split(", ")
    assert set(changed) >= {"help_phone", "rna", "welcome_km"}


@pytest.mark.parametrize(
    "wrong", [{"rna": "622001234"}, {"help_phone": "12"}, {"welcome_km": "-1"}]
)
def test_an_address_that_cannot_be_is_refused(desk, cpts, wrong):
    response = desk.post(at("settings_cpts"), address(**wrong))

    assert response.status_code == 422
    assert list(response.context["form"].errors) == list(wrong)


def test_nothing_changed_leaves_no_trace(cpts, coordinator):
    actions.edit_cpts(cpts, by=coordinator, welcome_km=cpts.welcome_km)

    assert AuditEntry.objects.count() == 0


# --- A new CPTS -----------------------------------------------------------------------------
def ready() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (College, Mission, Group, WelcomeStep))


def test_prepare_gives_a_new_cpts_what_it_needs_once(cpts):
    actions.prepare(cpts)
    first = ready()
    actions.prepare(cpts)

    assert (first, ready()) == ((3, 6, 2, 6), (3, 6, 2, 6))


def test_prepare_leaves_alone_what_the_cpts_has_chosen(cpts):
    CollegeFactory(cpts=cpts, name="Partenaires", kind="members")
    CollegeFactory(cpts=cpts, name="Amis", kind="members")

    actions.prepare(cpts)

    assert College.objects.count() == 2


def test_a_cpts_is_prepared_from_the_command_line(cpts):
    CptsFactory(slug="ailleurs")

    call_command("prepare_cpts", "artois-lys", verbosity=0)

    assert ready() == (3, 6, 2, 6)


def test_the_command_says_that_no_cpts_has_that_address(db):
    with pytest.raises(CommandError, match="nulle-part"):
        call_command("prepare_cpts", "nulle-part")


def test_a_cpts_created_in_the_back_office_is_ready(client, cpts):
    client.force_login(UserFactory(is_staff=True, is_superuser=True))

    client.post(
        reverse("admin:members_cpts_add"),
        {
            "name": "CPTS neuve",
            "slug": "neuve",
            "help_phone": "+33353010009",
            "help_hours": "le mardi",
            "email": "neuve@cpts.example",
            "population": "0",
            "referral_hours": "72",
            "sla_days": "5",
            "welcome_km": "10",
            "is_active": "on",
            "cptscommune_set-TOTAL_FORMS": "0",
            "cptscommune_set-INITIAL_FORMS": "0",
        },
    )

    with open_scope(cpts=Cpts.objects.get(slug="neuve")):
        assert ready() == (3, 6, 2, 6)
