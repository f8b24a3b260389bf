"""What the association prepares for who comes: the checklist, the aids to settle."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from cpts_portal.core.models import AuditEntry
from cpts_portal.core.refusals import NotPermitted
from cpts_portal.core.scoping import open_scope
from members.actions import welcome_settings as actions
from members.models import Cpts, InstallationAid, Membership, WelcomeStep
from tests.factories import CptsFactory, InstallationAidFactory, WelcomeStepFactory

pytestmark = pytest.mark.django_db

STEPS = "/artois-lys/reglages/accueil/"
AIDS = "/artois-lys/installation/"
PUBLIC = "/adherer/artois-lys/aides/"


@pytest.fixture(autouse=True)
def without_second_factor(settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = False


@pytest.fixture
def desk(client: Client, coordinator: Membership) -> Client:
    client.force_login(coordinator.user)
    return client


def typed_aid(**fields: Any) -> dict[str, Any]:
    today = timezone.localdate()
    return {
        "title": "Contrat d’engagement",
        "giver": "ARS",
        "body": "Une allocation pendant les études.",
        "url": "https://www.ars.example/cesp",
        "checked_on_day": today.day,
        "checked_on_month": today.month,
        "checked_on_year": today.year,
        "position": 1,
        "is_active": "on",
        **fields,
    }


# --- The checklist ----------------------------------------------------------------------------
def test_a_step_is_added_then_changed(desk: Client) -> None:
    desk.post(f"{STEPS}nouvelle/", {"label": "Lire la charte", "position": 0, "is_active": "on"})
    step = WelcomeStep.objects.get()
    desk.post(f"{STEPS}{step.pk}/", {"label": "Lire la charte", "position": 3})

    step.refresh_from_db()
    assert (step.label, step.position, step.is_active) == ("Lire la charte", 3, False)
    assert list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True)) == ["add", "edit"]


@pytest.mark.parametrize("url", ["/artois-lys/mon-profil/", "https://www.ameli.example/pro"])
def test_a_step_leads_to_a_page_of_the_portal_or_to_a_safe_site(desk: Client, url: str) -> None:
    desk.post(f"{STEPS}nouvelle/", {"label": "Aller voir", "url": url, "position": 0})

    assert WelcomeStep.objects.get().url == url


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "//autre.example", "http://ameli.example", "/\\autre.example"]
)
def test_a_step_leads_nowhere_unsafe(desk: Client, url: str) -> None:
    response = desk.post(f"{STEPS}nouvelle/", {"label": "Aller voir", "url": url, "position": 0})

    assert (response.status_code, WelcomeStep.objects.count()) == (422, 0)


def test_the_checklist_is_the_governance_s(gp: Membership) -> None:
    step = WelcomeStepFactory(cpts=gp.cpts)

    with pytest.raises(NotPermitted):
        actions.save(step, by=gp, label="Autre")


# --- Aids -------------------------------------------------------------------------------------
def test_an_aid_is_added_and_read_by_members_and_by_everybody(desk: Client, gp: Membership) -> None:
    desk.post(f"{AIDS}nouvelle/", typed_aid())
    desk.force_login(gp.user)
    inside = desk.get(AIDS).content.decode()
    desk.logout()
    outside = desk.get(PUBLIC).content.decode()

    assert [page.count("Une allocation pendant les études.") for page in (inside, outside)] == [
        1,
        1,
    ]
    assert "Modifier" not in inside + outside


def test_an_aid_out_of_use_is_for_who_keeps_the_page(desk: Client, gp: Membership) -> None:
    aid = InstallationAidFactory(cpts=gp.cpts, title="Ancienne aide", is_active=False)

    kept = desk.get(AIDS).content.decode()
    desk.force_login(gp.user)
    read = desk.get(AIDS).content.decode() + desk.get(PUBLIC).content.decode()

    assert aid.title in kept
    assert aid.title not in read


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"checked_on_year": 2099}, "pas encore venu"),
        ({"url": "pas une adresse"}, "pas complète"),
        ({"title": ""}, "Nommez l’aide"),
        ({"body": "2 84 05 62 841 012 42"}, "sécurité sociale"),
    ],
)
def test_an_aid_that_is_wrong_is_not_kept(
    desk: Client, wrong: dict[str, Any], sentence: str
) -> None:
    response = desk.post(f"{AIDS}nouvelle/", typed_aid(**wrong))

    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert InstallationAid.objects.count() == 0


def test_an_aid_is_changed_from_what_it_says(desk: Client, cpts: Cpts) -> None:
    aid = InstallationAidFactory(cpts=cpts)

    page = desk.get(f"{AIDS}{aid.pk}/").content.decode()
    desk.post(f"{AIDS}{aid.pk}/", typed_aid(title="Autre titre"))

    aid.refresh_from_db()
    assert aid.title == "Autre titre"
    assert "Pour qui s’installe en zone tendue." in page


def test_the_public_page_is_of_one_cpts_that_is_open(client: Client, cpts: Cpts) -> None:
    elsewhere = CptsFactory()
    with open_scope(cpts=elsewhere):
        InstallationAidFactory(cpts=elsewhere, title="Ailleurs")

    assert "Ailleurs" not in client.get(PUBLIC).content.decode()
    assert client.get("/adherer/inconnue/aides/").status_code == 404
