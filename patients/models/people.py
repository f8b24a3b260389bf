"""Who looks for a médecin traitant: identity and contact, nothing medical."""

from __future__ import annotations

from datetime import date

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.fields import EncryptedTextField
from cpts_portal.core.scoping import CptsOwned


class Patient(CptsOwned):
    """Identity and contact, nothing medical; every opening of it is logged."""

    class Civility(models.TextChoices):
        MRS = "mme", _("Mme")
        MR = "m", _("M.")

    class BestHours(models.TextChoices):
        ANY = "any", _("à tout moment")
        MORNING = "morning", _("le matin")
        AFTERNOON = "afternoon", _("l’après-midi")
        EVENING = "evening", _("après 17 h")

    civility = models.CharField(_("civilité"), max_length=3, choices=Civility, blank=True)
    first_name = models.CharField(_("prénom"), max_length=80, blank=True)
    last_name = models.CharField(_("nom"), max_length=80, blank=True)
    search_name = models.CharField(max_length=170, blank=True, editable=False)
    birth_date = models.DateField(_("date de naissance"), null=True, blank=True)
    phone = EncryptedTextField(_("téléphone"), blank=True)
    phone_hash = models.CharField(max_length=64, blank=True, editable=False)
    email = EncryptedTextField(_("courriel"), blank=True)
    email_hash = models.CharField(max_length=64, blank=True, editable=False)
    best_hours = models.CharField(
        _("joignable"), max_length=9, choices=BestHours, default=BestHours.ANY
    )
    contact_name = EncryptedTextField(_("personne à contacter"), blank=True)
    contact_phone = EncryptedTextField(_("téléphone de cette personne"), blank=True)
    language = models.CharField(max_length=2, default="fr")
    erased_at = models.DateTimeField(_("effacé le"), null=True, blank=True)

    class Meta(CptsOwned.Meta):
        verbose_name = _("patient")
        constraints = [
            *CptsOwned.Meta.constraints,
            models.CheckConstraint(
                name="patient_named_and_reachable_until_erased",
                condition=Q(erased_at__isnull=False)
                | (~Q(last_name="") & Q(birth_date__isnull=False) & (~Q(phone="") | ~Q(email=""))),
            ),
            models.CheckConstraint(
                name="patient_erased_keeps_nothing",
                condition=Q(erased_at=None)
                | Q(
                    first_name="",
                    last_name="",
                    search_name="",
                    birth_date=None,
                    phone="",
                    phone_hash="",
                    email="",
                    email_hash="",
                    contact_name="",
                    contact_phone="",
                ),
            ),
        ]
        indexes = [
            GinIndex(OpClass(F("search_name"), "gin_trgm_ops"), name="patient_by_search_name"),
            models.Index(
                name="patient_by_phone", fields=["cpts", "phone_hash"], condition=~Q(phone_hash="")
            ),
            models.Index(
                name="patient_by_email", fields=["cpts", "email_hash"], condition=~Q(email_hash="")
            ),
        ]

    def __str__(self) -> str:
        return f"patient {self.pk}"

    @property
    def display_name(self) -> str:
        if self.erased_at:
            return str(_("Identité effacée"))
        parts = (self.get_civility_display(), self.first_name, self.last_name)
        return " ".join(part for part in parts if part)

    def age_on(self, day: date) -> int | None:
        """Whole years on `day`; None once the birth date is erased."""
        born = self.birth_date
        if born is None:
            return None
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
