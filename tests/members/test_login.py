from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client

from cpts_portal.core.models import Message
from members.models import Membership, Role, User
from tests.factories import MembershipFactory, UserFactory
from tests.members.conftest import PASSWORD, code_of, log_in


@pytest.mark.parametrize("login", ["maud", "maud@sante.example", "MAUD@Sante.Example"])
def test_login_takes_the_username_or_the_email(client: Client, person: User, login: str) -> None:
    response = log_in(client, login)

    assert (response.status_code, response.url) == (302, "/compte/mes-cpts/")
    assert client.session["_auth_user_id"] == str(person.pk)


def test_login_works_for_an_account_without_email(client: Client, person: User) -> None:
    EmailAddress.objects.all().delete()
    User.objects.update(email=None)

    response = log_in(client)

    assert response.status_code == 302
    assert client.get("/compte/email/").status_code == 200


def test_login_comes_back_to_the_page_that_was_asked(client: Client, person: User) -> None:
    asked = client.get("/compte/sessions/")
    response = log_in(client, next="/compte/sessions/")

    assert asked.url == "/compte/login/?next=/compte/sessions/"
    assert response.url == "/compte/sessions/"


def test_login_never_leads_outside(client: Client, person: User) -> None:
    response = log_in(client, next="https://ailleurs.example/")

    assert response.url == "/compte/mes-cpts/"


def test_login_changes_the_session_key(client: Client, person: User) -> None:
    client.get("/compte/login/")
    session = client.session
    session["before"] = True
    session.save()
    client.cookies["sessionid"] = session.session_key

    log_in(client)

    assert client.cookies["sessionid"].value != session.session_key


@pytest.mark.parametrize("login", ["maud", "maud@sante.example", "personne", "rien@sante.example"])
def test_login_answers_the_same_in_the_same_work_whether_the_account_exists(
    client: Client, person: User, login: str
) -> None:
    client.post("/compte/login/", {"login": "", "password": ""})
    with (
        patch.object(
            Argon2PasswordHasher, "encode", autospec=True, side_effect=Argon2PasswordHasher.encode
        ) as made,
        patch.object(
            Argon2PasswordHasher, "verify", autospec=True, side_effect=Argon2PasswordHasher.verify
        ) as checked,
    ):
        response = log_in(client, login, "pas-le-bon-mot-de-passe")

    [[message]] = [response.context["form"].non_field_errors()]
    assert response.status_code == 200
    assert made.call_count + checked.call_count == 1
    assert "maud" not in message


def test_login_stops_listening_after_five_wrong_passwords(client: Client, person: User) -> None:
    for _attempt in range(5):
        log_in(client, password="pas-le-bon-mot-de-passe")

    response = log_in(client)

    assert response.status_code == 200
    assert response.context["form"].is_valid() is False


def test_login_of_an_inactive_account_opens_nothing(client: Client, person: User) -> None:
    User.objects.update(is_active=False)

    response = log_in(client)

    assert response.url == "/compte/inactive/"
    assert "_auth_user_id" not in client.session


def test_login_works_while_valkey_is_away(
    client: Client, person: User, settings: Any, db: None
) -> None:
    in_memory = settings.CACHES
    dead = {**settings.CACHES["valkey"], "LOCATION": "redis://127.0.0.1:1/0"}
    sturdy = {"BACKEND": "cpts_portal.core.cache.SturdyCache", "LOCATION": "cache_fallback"}
    settings.CACHES = {**settings.CACHES, "default": sturdy, "valkey": dead}

    wrong = log_in(client, password="pas-le-bon-mot-de-passe")
    right = log_in(client)
    settings.CACHES = in_memory

    assert (wrong.status_code, right.status_code) == (200, 302)


def test_signup_is_closed(client: Client, db: None) -> None:
    response = client.post(
        "/compte/signup/",
        {"email": "x@sante.example", "password1": PASSWORD, "password2": PASSWORD},
    )

    assert response.status_code == 200
    assert "account/signup_closed.html" in [t.name for t in response.templates]
    assert User.objects.count() == 0


@pytest.mark.parametrize("password", ["court", "password1234", "maud-lorcy"])
def test_passwords_short_or_common_are_refused(db: None, password: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(password)


def test_passwords_of_twelve_plain_letters_are_taken_and_kept_as_argon2(person: User) -> None:
    validate_password("abricotiervert")

    assert person.password.startswith("argon2")


# --- The second factor ------------------------------------------------------------------------
def test_login_asks_for_the_code_of_the_application(
    client: Client, place: Membership, totp: str
) -> None:
    asked = log_in(client)
    wrong = client.post("/compte/2fa/authenticate/", {"code": "000000"})
    inside = client.get("/artois-lys/")
    right = client.post("/compte/2fa/authenticate/", {"code": code_of(totp)})

    assert asked.url == "/compte/2fa/authenticate/"
    assert wrong.status_code == 200
    assert inside.url.startswith("/compte/login/")
    assert right.url == "/compte/mes-cpts/"


def test_login_takes_a_code_once(client: Client, place: Membership, totp: str) -> None:
    code, other = code_of(totp), Client()
    log_in(client)
    client.post("/compte/2fa/authenticate/", {"code": code})

    log_in(other)
    response = other.post("/compte/2fa/authenticate/", {"code": code})

    assert response.status_code == 200
    assert "_auth_user_id" not in other.session


def test_second_factor_secret_is_unreadable_in_the_database(totp: str) -> None:
    [stored] = Authenticator.objects.values_list("data", flat=True)

    assert totp not in stored["secret"]
    assert stored["secret"].startswith("gAAAA")


@pytest.mark.parametrize(
    "role", [Role.COORDINATOR, Role.PROFESSIONAL, Role.SECRETARY, Role.PARTNER]
)
def test_second_factor_is_asked_of_whoever_sees_names(
    client: Client, place: Membership, role: Role
) -> None:
    Membership.objects.update(role=role, profession=None if role != Role.PROFESSIONAL else _gp())
    log_in(client)

    kept_out = client.get("/artois-lys/")
    enrolment = client.get("/compte/2fa/")

    assert kept_out.url == "/compte/2fa/"
    assert enrolment.status_code == 200
    assert "deuxième protection" in enrolment.content.decode()


def _gp() -> Any:
    from tests.factories import ProfessionFactory  # noqa: PLC0415 - one role alone has it

    return ProfessionFactory()


@pytest.mark.parametrize("role", [Role.BOARD, Role.FUNDER])
def test_second_factor_is_not_asked_of_who_sees_sums_alone(
    client: Client, place: Membership, role: Role
) -> None:
    Membership.objects.update(role=role)
    log_in(client)

    assert client.get("/artois-lys/").status_code == 200


def test_second_factor_is_asked_of_the_staff(client: Client, person: User) -> None:
    User.objects.update(is_staff=True)
    log_in(client)

    assert client.get("/administration/").url == "/compte/2fa/"


def test_second_factor_missing_sends_an_htmx_request_away_whole(
    client: Client, place: Membership
) -> None:
    log_in(client)

    response = client.get("/artois-lys/", headers={"HX-Request": "true"})

    assert (response.status_code, response["HX-Redirect"]) == (200, "/compte/2fa/")


@pytest.fixture
def enrol(django_capture_on_commit_callbacks: Any) -> Any:
    """Enrol an authenticator application, password first, up to what follows the commit."""

    def enrol(client: Client) -> Any:
        client.post("/compte/reauthenticate/", {"password": PASSWORD})
        form = client.get("/compte/2fa/totp/activate/").context["form"]
        with django_capture_on_commit_callbacks(execute=True):
            return client.post("/compte/2fa/totp/activate/", {"code": code_of(form.secret)})

    return enrol


def test_second_factor_enrolled_opens_the_door_and_gives_recovery_codes(
    client: Client, place: Membership, enrol: Any
) -> None:
    log_in(client)
    enrolled = enrol(client)

    assert enrolled.url == "/compte/2fa/recovery-codes/"
    assert client.get("/artois-lys/").url == "/artois-lys/demandes/"
    assert Message.objects.filter(purpose="account_totp_activated").count() == 1


def test_second_factor_enrolment_wants_the_password_again(
    client: Client, place: Membership
) -> None:
    log_in(client)

    response = client.get("/compte/2fa/totp/activate/")

    assert response.url.startswith("/compte/reauthenticate/")


def test_second_factor_change_ends_the_other_sessions(
    client: Client, place: Membership, enrol: Any
) -> None:
    other = Client()
    log_in(other)
    log_in(client)
    enrol(client)

    assert other.get("/compte/sessions/").url == "/compte/login/?next=/compte/sessions/"
    assert client.get("/compte/sessions/").status_code == 200


def test_second_factor_with_recovery_codes_alone_does_not_count(
    client: Client, place: Membership, person: User
) -> None:
    Authenticator.objects.create(
        user=person, type=Authenticator.Type.RECOVERY_CODES, data={"seed": "x", "used_mask": 0}
    )
    log_in(client)

    assert client.get("/artois-lys/").url == "/compte/2fa/"


# --- Passwords forgotten and changed ------------------------------------------------------------
def reset_link() -> str:
    body: str = Message.objects.get(purpose="account_password_reset_key").body
    [link] = [word for word in body.split() if "/password/reset/key/" in word]
    return link


def test_password_reset_sends_a_link_by_the_ledger(
    client: Client, person: User, settings: Any
) -> None:
    settings.PUBLIC_URL = "https://portail.example"
    client.post("/compte/password/reset/", {"email": "maud@sante.example"})

    assert reset_link().startswith("https://portail.example/compte/password/reset/key/")


def test_address_to_confirm_gets_a_link_on_our_own_host(
    client: Client, person: User, settings: Any
) -> None:
    settings.PUBLIC_URL, settings.ALLOWED_HOSTS = "https://portail.example", ["*"]
    settings.SECOND_FACTOR_REQUIRED = False
    log_in(client)

    client.post(
        "/compte/email/",
        {"action_send": "", "email": "maud@sante.example"},
        headers={"Host": "piege.example"},
    )

    body: str = Message.objects.get(purpose="account_email_confirmation").body
    assert "https://portail.example/compte/confirm-email/" in body
    assert "piege" not in body


def test_password_reset_answers_the_same_for_an_unknown_address(
    client: Client, person: User
) -> None:
    known = client.post("/compte/password/reset/", {"email": "maud@sante.example"})
    unknown = client.post("/compte/password/reset/", {"email": "rien@sante.example"})

    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    assert sorted(Message.objects.values_list("purpose", flat=True)) == [
        "account_password_reset_key",
        "account_unknown_account",
    ]


def test_password_reset_does_not_bypass_the_second_factor(
    client: Client, place: Membership, totp: str, settings: Any
) -> None:
    client.post("/compte/password/reset/", {"email": "maud@sante.example"})
    form = client.get(reset_link().removeprefix(settings.PUBLIC_URL))
    done = client.post(
        form.url, {"password1": "un-autre-mot-choisi", "password2": "un-autre-mot-choisi"}
    )
    response = log_in(client, password="un-autre-mot-choisi")

    assert done.url == "/compte/password/reset/key/done/"
    assert response.url == "/compte/2fa/authenticate/"
    assert "_auth_user_id" not in client.session


def test_password_reset_ends_every_session(client: Client, person: User, settings: Any) -> None:
    other = Client()
    log_in(other)
    client.post("/compte/password/reset/", {"email": "maud@sante.example"})
    form = client.get(reset_link().removeprefix(settings.PUBLIC_URL))
    client.post(form.url, {"password1": "un-autre-mot-choisi", "password2": "un-autre-mot-choisi"})

    assert other.get("/compte/sessions/").status_code == 302


def test_password_change_ends_the_other_sessions(client: Client, person: User) -> None:
    other = Client()
    log_in(other)
    log_in(client)
    client.post(
        "/compte/password/change/",
        {
            "oldpassword": PASSWORD,
            "password1": "un-autre-mot-choisi",
            "password2": "un-autre-mot-choisi",
        },
    )

    assert other.get("/compte/sessions/").status_code == 302
    assert client.get("/compte/sessions/").status_code == 200
    assert Message.objects.filter(purpose="account_password_changed").count() == 1


# --- Whose door -----------------------------------------------------------------------------------
def test_cpts_of_others_does_not_exist(client: Client, place: Membership, totp: str) -> None:
    MembershipFactory(cpts__slug="grand-arras")
    client.force_login(place.user)

    assert client.get("/grand-arras/").status_code == 404
    assert client.get("/nulle-part/").status_code == 404


def test_cpts_of_a_past_membership_does_not_exist(
    client: Client, place: Membership, totp: str
) -> None:
    Membership.objects.update(starts_on="2020-01-01", ends_on="2020-12-31", end_reason="left")
    client.force_login(place.user)

    assert client.get("/artois-lys/").status_code == 404


def test_cpts_closed_does_not_exist(client: Client, place: Membership, totp: str) -> None:
    place.cpts.is_active = False
    place.cpts.save()
    client.force_login(place.user)

    assert client.get("/artois-lys/").status_code == 404


def test_two_cpts_are_open_in_two_tabs(client: Client, place: Membership, totp: str) -> None:
    MembershipFactory(cpts__slug="grand-arras", user=place.user, role=Role.BOARD)
    client.force_login(place.user)

    here, there = client.get("/artois-lys/"), client.get("/grand-arras/")

    assert here.url == "/artois-lys/demandes/"
    assert there.context["membership"].role == Role.BOARD


def test_cpts_choice_leads_straight_to_the_only_one(
    client: Client, place: Membership, totp: str
) -> None:
    client.force_login(place.user)

    assert client.get("/compte/mes-cpts/").url == "/artois-lys/"


def test_cpts_choice_asks_which_of_two(client: Client, place: Membership, totp: str) -> None:
    MembershipFactory(cpts__slug="grand-arras", user=place.user)
    client.force_login(place.user)

    page = client.get("/compte/mes-cpts/").content.decode()

    assert 'href="/artois-lys/"' in page
    assert 'href="/grand-arras/"' in page


def test_cpts_choice_says_when_there_is_none(client: Client, person: User) -> None:
    client.force_login(UserFactory())

    assert "aucune CPTS" in client.get("/compte/mes-cpts/").content.decode()


def test_gates_cost_two_queries_beyond_session_and_account(
    client: Client, place: Membership, totp: str, django_assert_num_queries: Any
) -> None:
    client.force_login(place.user)
    client.get("/artois-lys/")

    with django_assert_num_queries(4):
        client.get("/artois-lys/")
