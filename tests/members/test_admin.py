from __future__ import annotations

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib import admin
from django.test import Client

from members.models import Cpts, Membership, User
from tests.factories import MembershipFactory, UserFactory


@pytest.fixture
def staff(client: Client, db: None, settings: Any) -> User:
    settings.SECOND_FACTOR_REQUIRED = False
    user: User = UserFactory(username="intendance", is_staff=True, is_superuser=True)
    client.force_login(user)
    return user


def test_admin_shows_reference_data_alone() -> None:
    assert sorted(model._meta.label for model in admin.site._registry) == [
        "members.Cpts",
        "members.Membership",
        "members.Profession",
        "members.User",
        "prevention.CampaignTemplate",
        "prevention.Topic",
        "unscheduled_care.Act",
        "unscheduled_care.Reason",
        "unscheduled_care.RedFlag",
    ]


def test_admin_is_behind_the_portal_login(client: Client, db: None) -> None:
    response = client.get("/administration/", follow=True)

    assert response.redirect_chain == [("/compte/login/?next=/administration/", 302)]


def test_admin_is_refused_to_who_is_no_staff(client: Client, db: None) -> None:
    client.force_login(UserFactory())

    assert client.get("/administration/", follow=True).status_code == 403


@pytest.mark.parametrize("page", ["cpts", "profession", "user", "membership"])
def test_admin_pages_open_without_any_deletion(client: Client, staff: User, page: str) -> None:
    row = MembershipFactory()
    key = {
        "cpts": row.cpts.pk,
        "profession": "medecin-generaliste",
        "user": row.user.pk,
        "membership": row.pk,
    }[page]

    assert client.get(f"/administration/members/{page}/").status_code == 200
    assert client.get(f"/administration/members/{page}/add/").status_code == 200
    assert client.get(f"/administration/members/{page}/{key}/change/").status_code == 200
    assert client.get(f"/administration/members/{page}/{key}/delete/").status_code == 403


def test_admin_never_shows_a_password_hash(client: Client, staff: User) -> None:
    staff.set_password("lanterne-velours-onze")
    staff.save()
    client.force_login(staff)

    page = client.get(f"/administration/members/user/{staff.pk}/change/").content.decode()

    assert "argon2" not in page
    assert 'name="password"' not in page


def test_admin_adds_an_account_that_logs_in_by_the_link_it_is_sent(
    client: Client, staff: User
) -> None:
    client.post(
        "/administration/members/user/add/",
        {
            "username": "nouvelle",
            "email": "Nouvelle@Sante.example",
            "first_name": "Ana",
            "last_name": "Leroy",
            "is_active": "on",
        },
    )
    user = User.objects.get(username="nouvelle")

    assert user.email == "nouvelle@sante.example"
    assert user.has_usable_password() is False
    assert EmailAddress.objects.get_primary_email(user) == "nouvelle@sante.example"


def test_admin_adds_a_membership_in_any_cpts(client: Client, staff: User) -> None:
    cpts = MembershipFactory().cpts
    person = UserFactory()

    response = client.post(
        "/administration/members/membership/add/",
        {"cpts": cpts.pk, "user": person.pk, "role": "coordinator", "starts_on": "2026-01-05"},
    )

    assert response.status_code == 302
    assert Membership._base_manager.filter(user=person, cpts=cpts).count() == 1


def test_admin_refuses_a_second_open_membership_in_words(client: Client, staff: User) -> None:
    row = MembershipFactory()

    response = client.post(
        "/administration/members/membership/add/",
        {"cpts": row.cpts_id, "user": row.user_id, "role": "board", "starts_on": "2026-01-05"},
    )

    assert response.status_code == 200
    assert response.context["errors"]


def test_admin_refuses_a_reserved_address(client: Client, staff: User) -> None:
    cpts: Cpts = MembershipFactory().cpts
    values = {"name": "x", "slug": "compte", "help_phone": "+33353010001", "help_hours": "9 h"}

    client.post(f"/administration/members/cpts/{cpts.pk}/change/", values)
    cpts.refresh_from_db()

    assert cpts.slug != "compte"


@pytest.mark.parametrize(("model", "key"), [("act", "ecg"), ("reason", "toux"), ("redflag", "avc")])
def test_admin_keeps_the_words_of_unscheduled_care(
    client: Client, staff: User, model: str, key: str
) -> None:
    folder = f"/administration/unscheduled_care/{model}"

    assert client.get(f"{folder}/").status_code == 200
    assert client.get(f"{folder}/{key}/change/").status_code == 200
    assert client.get(f"{folder}/{key}/delete/").status_code == 403
