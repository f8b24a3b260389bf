"""What the app forgets: who came, 60 days after the session; forms that came to nothing, in a week.

Registrations stay, without a name: they are the figures.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cpts_portal.core import retention
from prevention.models import (
    Delivery,
    DeliveryStatus,
    Registration,
    RegistrationContact,
    RegistrationDraft,
)


def _registrations_past(before: datetime) -> QuerySet[RegistrationContact]:
    return RegistrationContact.objects.filter(
        erased_at=None, registration__session__ends_at__lt=before
    )


@retention.rule(
    "prevention.registrations",
    _("identité des personnes inscrites à une séance"),
    after="registration",
    due=_registrations_past,
)
def erase_registrations(keys: list[Any]) -> None:
    contacts = RegistrationContact.objects.filter(pk__in=keys)
    registrations = list(contacts.values_list("registration", flat=True))
    retention.blank_messages_about("prevention.registration", registrations)
    Registration.objects.filter(pk__in=registrations).update(person_hash="")
    erased = {"first_name": "", "last_name": "", "phone": "", "phone_hash": "", "email": ""}
    contacts.update(**erased, link_hash=None, erased_at=timezone.now())


def _old_drafts(before: datetime) -> QuerySet[RegistrationDraft]:
    return RegistrationDraft.objects.filter(created_at__lt=before)


@retention.rule(
    "prevention.drafts",
    _("inscriptions commencées, avec ou sans suite"),
    after="draft",
    due=_old_drafts,
)
def delete_drafts(keys: list[Any]) -> None:
    RegistrationDraft.objects.filter(pk__in=keys).delete()


def _settled_deliveries(before: datetime) -> QuerySet[Delivery]:
    return Delivery.objects.exclude(status=DeliveryStatus.PLANNED).filter(
        settled_at__lt=before, due_at__lt=before
    )


@retention.rule(
    "prevention.deliveries",
    _("registre des rappels envoyés"),
    after="delivery",
    due=_settled_deliveries,
)
def delete_deliveries(keys: list[Any]) -> None:
    Delivery.objects.filter(pk__in=keys).delete()
