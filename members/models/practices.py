"""Where members work, and when its door is open."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import IntegerRangeField, RangeOperators
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.identifiers import validate_finess
from cpts_portal.core.models import Commune
from cpts_portal.core.scoping import CptsOwned, SameCpts
from members.models.memberships import Membership
from members.models.reference import Language


class Practice(CptsOwned):
    """A place where members work."""

    class Kind(models.TextChoices):
        SURGERY = "surgery", _("cabinet")
        MSP = "msp", _("maison de santé (MSP)")
        HEALTH_CENTRE = "health_centre", _("centre de santé")
        PHARMACY = "pharmacy", _("pharmacie")
        LABORATORY = "laboratory", _("laboratoire")
        HOSPITAL = "hospital", _("hôpital")
        EHPAD = "ehpad", _("EHPAD")
        MEDICO_SOCIAL = "medico_social", _("médico-social")
        OTHER = "other", _("autre")

    name = models.CharField(_("nom"), max_length=120)
    kind = models.CharField(_("type"), max_length=14, choices=Kind, default=Kind.SURGERY)
    address = models.CharField(_("adresse"), max_length=200)
    commune = models.ForeignKey(Commune, models.PROTECT)
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    phone = models.CharField(_("téléphone"), max_length=20, blank=True)
    finess = models.CharField(_("FINESS"), max_length=9, blank=True)
    is_wheelchair_accessible = models.BooleanField(_("accès fauteuil"), default=False)
    does_home_visits = models.BooleanField(_("visites à domicile"), default=False)
    languages = models.ManyToManyField(Language, blank=True, verbose_name=_("langues parlées"))

    class Meta(CptsOwned.Meta):
        verbose_name = _("lieu d’exercice")
        verbose_name_plural = _("lieux d’exercice")
        constraints = [
            *CptsOwned.Meta.constraints,
            models.CheckConstraint(
                name="practice_position_whole_or_absent",
                condition=Q(latitude=None, longitude=None)
                | Q(latitude__isnull=False, longitude__isnull=False),
            ),
            models.CheckConstraint(
                name="practice_finess_has_9_characters",
                condition=Q(finess="") | Q(finess__regex=r"^[0-9AB]{9}$"),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        if self.finess:
            try:
                validate_finess(self.finess)
            except ValidationError as error:
                raise ValidationError({"finess": error}) from None


class OpeningHours(CptsOwned):
    """One opening of a place, weekly; `weekday` is ISO's, 1 for Monday.

    `opens` and `closes` are minutes since midnight, in Paris: 540 is 9 h.
    """

    practice = models.ForeignKey(Practice, models.CASCADE, related_name="hours")
    weekday = models.PositiveSmallIntegerField(_("jour"))
    opens = models.PositiveSmallIntegerField(_("ouvre à"))
    closes = models.PositiveSmallIntegerField(_("ferme à"))

    class Meta(CptsOwned.Meta):
        verbose_name = _("horaire d’ouverture")
        verbose_name_plural = _("horaires d’ouverture")
        ordering = ["weekday", "opens"]
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="opening_hours_practice_same_cpts", field="practice"),
            models.CheckConstraint(
                name="opening_hours_on_a_day_of_the_week", condition=Q(weekday__range=(1, 7))
            ),
            models.CheckConstraint(
                name="opening_hours_close_after_they_open",
                condition=Q(opens__lt=F("closes"), closes__lte=1440),
            ),
            ExclusionConstraint(
                name="opening_hours_do_not_overlap",
                expressions=[
                    ("practice", RangeOperators.EQUAL),
                    ("weekday", RangeOperators.EQUAL),
                    (
                        Func(
                            F("opens"),
                            F("closes"),
                            function="int4range",
                            output_field=IntegerRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.weekday} {self.opens}–{self.closes}"


class PracticeMember(CptsOwned):
    """Who works where; the main place answers for distance."""

    practice = models.ForeignKey(Practice, models.CASCADE, related_name="places")
    membership = models.ForeignKey(Membership, models.CASCADE, related_name="places")
    is_main = models.BooleanField(_("lieu principal"), default=True)

    class Meta(CptsOwned.Meta):
        verbose_name = _("exercice")
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="practice_member_practice_same_cpts", field="practice"),
            SameCpts(name="practice_member_membership_same_cpts", field="membership"),
            models.UniqueConstraint(name="practice_member_once", fields=["practice", "membership"]),
            models.UniqueConstraint(
                name="practice_member_one_main_place",
                fields=["membership"],
                condition=Q(is_main=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.membership} — {self.practice}"
