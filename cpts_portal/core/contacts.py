"""How to reach somebody without an account: a table apart, whose every opening is logged."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cpts_portal.core import outbox
from cpts_portal.core.fields import EncryptedTextField
from cpts_portal.core.identifiers import can_get_sms
from cpts_portal.core.models import Message
from cpts_portal.core.scoping import CptsOwned


class Contact(CptsOwned):
    """Encrypted, and emptied by the erasure calendar.

    `link_hash` is that of the private link by which she cancels.
    """

    first_name = EncryptedTextField(_("prénom"), blank=True)
    phone = EncryptedTextField(_("téléphone"), blank=True)
    phone_hash = models.CharField(max_length=64, blank=True, editable=False)
    email = EncryptedTextField(_("courriel"), blank=True)
    language = models.CharField(max_length=2, default="fr")
    link_hash = models.CharField(max_length=64, null=True, unique=True, editable=False)
    erased_at = models.DateTimeField(_("effacé le"), null=True, blank=True)

    class Meta(CptsOwned.Meta):
        abstract = True

    def __str__(self) -> str:
        return f"contact {self.pk}"


def contact_constraints(table: str, **also_emptied: str) -> list[models.BaseConstraint]:
    """Reachable until erased, and nothing kept then; `also_emptied` are columns of its own."""
    return [
        models.CheckConstraint(
            name=f"{table}_reachable_until_erased",
            condition=Q(erased_at__isnull=False) | ~Q(phone="") | ~Q(email=""),
        ),
        erased_constraint(table, **also_emptied),
    ]


def erased_constraint(table: str, **also_emptied: str) -> models.CheckConstraint:
    """Once erased, nothing is left, nor the private link."""
    emptied = {"first_name": "", "phone": "", "phone_hash": "", "email": "", **also_emptied}
    return models.CheckConstraint(
        name=f"{table}_erased_keeps_nothing",
        condition=Q(erased_at=None) | Q(**emptied, link_hash=None),
    )


def ways_to(contact: Contact) -> list[tuple[str, str]]:
    """Channel and recipient, a mobile first; none for a landline alone: she is told by voice."""
    phone, ways = contact.phone, []
    if phone and can_get_sms(phone) and outbox.can_send(Message.Channel.SMS):
        ways.append((str(Message.Channel.SMS), phone))
    if contact.email:
        ways.append((str(Message.Channel.EMAIL), contact.email))
    return ways
