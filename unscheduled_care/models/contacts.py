"""How to reach a patient: a table apart, whose every opening is logged."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.fields import EncryptedTextField
from cpts_portal.core.scoping import CptsOwned


class PatientContact(CptsOwned):
    """First name at most, phone and e-mail, encrypted; emptied 60 days after the care.

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


def contact_constraints(table: str) -> list[models.BaseConstraint]:
    return [
        models.CheckConstraint(
            name=f"{table}_reachable_until_erased",
            condition=Q(erased_at__isnull=False) | ~Q(phone="") | ~Q(email=""),
        ),
        models.CheckConstraint(
            name=f"{table}_erased_keeps_nothing",
            condition=Q(erased_at=None)
            | Q(first_name="", phone="", phone_hash="", email="", link_hash=None),
        ),
    ]
