"""What every CPTS may start from: topics and ready-made campaigns, rows of the back office."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from members.models import Profession


class Topic(models.Model):
    """What a campaign is about; shared by all CPTSs.

    The messages of a discreet topic never name it: whoever reads over a shoulder learns nothing.
    """

    code = models.SlugField(_("code"), max_length=30, primary_key=True)
    label = models.CharField(_("thème"), max_length=80)
    label_en = models.CharField(_("thème en anglais"), max_length=80)
    is_discreet = models.BooleanField(_("jamais nommé dans les messages"), default=False)
    is_active = models.BooleanField(_("proposé"), default=True)
    position = models.PositiveSmallIntegerField(_("ordre"), default=0)

    class Meta:
        verbose_name = _("thème de prévention")
        verbose_name_plural = _("thèmes de prévention")
        ordering = ["position", "label"]

    def __str__(self) -> str:
        return self.label_en if get_language() == "en" else self.label


class CampaignTemplate(models.Model):
    """A campaign ready to be adapted; `first_month` places it in the national calendar."""

    code = models.SlugField(_("code"), max_length=30, primary_key=True)
    topic = models.ForeignKey(Topic, models.PROTECT, related_name="templates")
    title = models.CharField(_("titre"), max_length=120)
    audience_note = models.CharField(_("public"), max_length=200)
    goal = models.CharField(_("objectif"), max_length=200)
    is_for_professionals = models.BooleanField(_("pour les professionnels"), default=False)
    first_month = models.PositiveSmallIntegerField(_("premier mois"), null=True, blank=True)
    last_month = models.PositiveSmallIntegerField(_("dernier mois"), null=True, blank=True)
    page_title = models.CharField(_("titre de la page"), max_length=120)
    page_body = models.TextField(_("texte de la page"))
    is_active = models.BooleanField(_("proposé"), default=True)
    position = models.PositiveSmallIntegerField(_("ordre"), default=0)

    class Meta:
        verbose_name = _("modèle de campagne")
        verbose_name_plural = _("modèles de campagne")
        ordering = ["position", "title"]
        constraints = [
            models.CheckConstraint(
                name="template_months_both_or_neither",
                condition=Q(first_month=None, last_month=None)
                | Q(
                    first_month__isnull=False,
                    last_month__isnull=False,
                    first_month__range=(1, 12),
                    last_month__range=(1, 12),
                ),
            )
        ]

    def __str__(self) -> str:
        return self.title


class TemplateReminder(models.Model):
    """A reminder that comes with a template: minutes are negative before the session's start."""

    template = models.ForeignKey(CampaignTemplate, models.CASCADE, related_name="reminders")
    offset_days = models.SmallIntegerField(_("jours"), null=True, blank=True)
    at = models.TimeField(_("à"), null=True, blank=True)
    offset_minutes = models.IntegerField(_("minutes"), null=True, blank=True)
    audience = models.CharField(_("à qui"), max_length=10, default="registered")
    subject = models.CharField(_("objet"), max_length=120)
    body = models.TextField(_("texte"))
    sms = models.CharField(_("SMS"), max_length=300)

    class Meta:
        verbose_name = _("rappel d’un modèle")
        verbose_name_plural = _("rappels des modèles")
        constraints = [
            models.CheckConstraint(
                name="template_reminder_in_days_or_minutes",
                condition=Q(offset_days__isnull=False, at__isnull=False, offset_minutes=None)
                | Q(offset_days=None, at=None, offset_minutes__isnull=False),
            ),
            models.UniqueConstraint(
                name="template_reminder_once",
                fields=["template", "audience", "offset_days", "offset_minutes"],
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return self.subject


class AgeBand(models.TextChoices):
    """Bands of counters and figures; never a birth date."""

    UNDER_6 = "0-5", _("moins de 6 ans")
    UNDER_18 = "6-17", _("6 à 17 ans")
    UNDER_25 = "18-24", _("18 à 24 ans")
    UNDER_50 = "25-49", _("25 à 49 ans")
    UNDER_65 = "50-64", _("50 à 64 ans")
    UNDER_75 = "65-74", _("65 à 74 ans")
    OVER = "75+", _("75 ans et plus")


class Sex(models.TextChoices):
    FEMALE = "female", _("femme")
    MALE = "male", _("homme")


def professions_column() -> ArrayField[list[str], list[str]]:
    """Codes of the professions something is meant for; empty for all."""
    return ArrayField(
        models.CharField(max_length=40), default=list, blank=True, verbose_name=_("professions")
    )


def is_for(professions: list[str], profession: Profession | None) -> bool:
    return not professions or (profession is not None and profession.pk in professions)


def starts_before_it_ends(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(name=name, condition=Q(ends_at__gt=F("starts_at")))
