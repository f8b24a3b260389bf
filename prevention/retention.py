"""What the app forgets: who came or was recalled, after 60 days; forms, after a week.

Registrations and recalls stay, without a name: they are the figures.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cpts_portal.core import retention
from prevention.models import (
    Delivery,
    DeliveryStatus,
    RecallContact,
    RecallEntry,
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
    _blank_reminders(registration__in=registrations)
    Registration.objects.filter(pk__in=registrations).update(person_hash="")
    _erase(contacts)


def _recalls_past(before: datetime) -> QuerySet[RecallContact]:
    """Done, refused, or of a list or a campaign that is closed."""
    is_over = (
        Q(entry__settled_at__lt=before)
        | Q(entry__recall_list__closed_at__lt=before)
        | Q(entry__recall_list__campaign__closed_at__lt=before)
    )
    return RecallContact.objects.filter(is_over, erased_at=None)


@retention.rule(
    "prevention.recalls",
    _("identité des personnes d’une liste de rappel"),
    after="registration",
    due=_recalls_past,
)
def erase_recalls(keys: list[Any]) -> None:
    contacts = RecallContact.objects.filter(pk__in=keys)
    entries = list(contacts.values_list("entry", flat=True))
    retention.blank_messages_about("prevention.recallentry", entries)
    _blank_reminders(recall_entry__in=entries)
    RecallEntry.objects.filter(pk__in=entries).update(person_hash="")
    _erase(contacts)


def _blank_reminders(**of_them: list[int]) -> None:
    """Each is about its delivery, which says neither to whom nor what."""
    deliveries = Delivery.objects.filter(message__isnull=False, **of_them)
    retention.blank_messages_about("prevention.delivery", deliveries.values_list("pk", flat=True))


def _erase(contacts: QuerySet[Any, Any]) -> None:
    """What a contact is made of; its table promises that nothing else stays."""
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
    retention.blank_messages_about("prevention.registrationdraft", keys)
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
