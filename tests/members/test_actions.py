from __future__ import annotations

from allauth.account.models import EmailAddress

from members.actions import accounts as actions
from members.models import User
from tests.factories import UserFactory


def addresses(user: User) -> list[tuple[str, bool]]:
    return list(EmailAddress.objects.filter(user=user).values_list("email", "primary"))


def test_save_account_keeps_the_login_address_in_step(db: None) -> None:
    user = actions.save_account(UserFactory.build(email="Maud@Sante.example"))
    first = addresses(user)
    user.email = "maud.lorcy@sante.example"
    actions.save_account(user)

    assert first == [("maud@sante.example", True)]
    assert addresses(user) == [("maud.lorcy@sante.example", True)]


def test_save_account_without_email_leaves_no_address(db: None) -> None:
    user = actions.save_account(UserFactory.build(email="maud@sante.example"))
    user.email = ""
    actions.save_account(user)

    assert user.email is None
    assert addresses(user) == []
