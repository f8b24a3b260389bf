"""Every page and letter of the log-in library wears the portal's look and speaks its French."""

from pathlib import Path

import allauth
import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.template.loader import get_template
from django.urls import URLPattern, get_resolver, reverse

from cpts_portal.core.models import Message

OURS = Path(settings.BASE_DIR, "templates")
STOCK = Path(allauth.__file__).parent / "templates"
LETTERS = sorted(
    str(path.relative_to(STOCK))
    for app in ("account", "mfa")
    for path in (STOCK / app / "email").glob("*.txt")
)
SAID = sorted(
    str(path.relative_to(STOCK))
    for app in ("account", "mfa", "usersessions")
    for path in (STOCK / app / "messages").glob("*.txt")
    if not path.stem.startswith("phone_")
)


def account_views():
    """Name and class of each view that the log-in library puts under /compte/."""
    [prefix] = [part for part in get_resolver().url_patterns if str(part.pattern) == "compte/"]
    for pattern in leaves(prefix.url_patterns):
        view = getattr(pattern.callback, "view_class", None)
        if getattr(view, "template_name", None):
            yield pattern.name, view.template_name


def leaves(patterns):
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield pattern
        else:
            yield from leaves(pattern.url_patterns)


PAGES = dict(account_views())


def is_ours(name):
    return Path(get_template(name).origin.name).is_relative_to(OURS)


@pytest.mark.parametrize("name", PAGES)
def test_account_page_wears_the_look(name):
    assert is_ours(PAGES[name])


def test_account_pages_are_all_found():
    assert len(PAGES) >= 20


@pytest.mark.parametrize("name", LETTERS)
def test_letter_of_the_account_is_ours(name):
    assert is_ours(name)


@pytest.mark.parametrize("name", SAID)
def test_notice_of_the_account_is_ours(name):
    assert is_ours(name)


def test_forgotten_password_letter_holds_a_link_and_no_name(client, coordinator):
    user = coordinator.user
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)

    client.post(reverse("account_reset_password"), {"email": user.email})

    letter = Message.objects.get()
    assert letter.title == "Choisir un nouveau mot de passe"
    assert "/compte/password/reset/key/" in letter.body
    for word in (user.first_name, user.last_name, user.username):
        assert word not in letter.body
