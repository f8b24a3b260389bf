"""What is done to accounts; allauth does the rest of it in its own pages."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from django.db import transaction

from members.models import User


@transaction.atomic
def save_account(user: User) -> User:
    """Save the person, and keep allauth's address, by which she logs in, that of the account.

    The e-mail is kept in lower case; an account without one has no address row.
    """
    user.email = user.email.lower() if user.email else None
    user.save()
    addresses = EmailAddress.objects.filter(user=user)
    addresses.exclude(email=user.email or "").delete()
    if user.email:
        EmailAddress.objects.update_or_create(
            user=user, email=user.email, defaults={"primary": True}
        )
    return user
