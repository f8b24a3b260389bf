"""The community itself: its communes, its missions, its documents."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.models import Commune
from cpts_portal.core.scoping import CptsOwned, SameCpts

RESERVED_SLUGS = frozenset(
    "accessibilite adherer administration affiches agenda annuaire compte demo evenements healthz"
    " inscription invitation langue ma-candidature ma-demande mentions-legales mon-attente"
    " mon-inscription mon-rendez-vous readyz static trouver-un-medecin vos-donnees".split()
)
LARGEST_FILE = 5 * 1024 * 1024
"""Bytes of a document kept in the database."""


class Cpts(models.Model):
    """One community; the tenant that owns every business row."""

    name = models.CharField(_("nom"), max_length=80)
    slug = models.SlugField(_("adresse"), max_length=40, unique=True)
    communes = models.ManyToManyField(
        Commune, through="CptsCommune", related_name="cpts_set", verbose_name=_("communes")
    )
    help_phone = models.CharField(_("téléphone d’aide"), max_length=20)
    help_hours = models.CharField(_("heures d’appel"), max_length=120)
    help_hours_en = models.CharField(_("heures d’appel, en anglais"), max_length=120, blank=True)
    email = models.EmailField(_("courriel"))
    website = models.URLField(_("site"), blank=True)
    address = models.CharField(_("adresse du siège"), max_length=200, blank=True)
    rna = models.CharField(_("numéro RNA"), max_length=10, blank=True)
    aci_signed_on = models.DateField(_("ACI signé le"), null=True, blank=True)
    population = models.PositiveIntegerField(_("habitants"), default=0)
    referral_hours = models.PositiveSmallIntegerField(
        _("délai de réponse à une orientation, en heures"),
        default=72,
        validators=[MinValueValidator(1), MaxValueValidator(720)],
    )
    sla_days = models.PositiveSmallIntegerField(
        _("délai de traitement d’une demande, en jours"), default=5
    )
    welcome_km = models.PositiveSmallIntegerField(
        _("voisins à qui présenter un nouveau membre, en km"),
        default=10,
        validators=[MaxValueValidator(100)],
    )
    is_ratified_by_assembly = models.BooleanField(
        _("les admissions sont ratifiées par l’assemblée"), default=False
    )
    is_active = models.BooleanField(_("ouverte"), default=True)

    class Meta:
        verbose_name = _("CPTS")
        verbose_name_plural = _("CPTS")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="cpts_slug_not_reserved", condition=~Q(slug__in=sorted(RESERVED_SLUGS))
            ),
            models.CheckConstraint(
                name="cpts_referral_hours_between_1_and_720",
                condition=Q(referral_hours__gte=1, referral_hours__lte=720),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def shown_help_hours(self) -> str:
        """When to call, in the reader's language if the CPTS has written it."""
        return self.help_hours_en if self.help_hours_language == "en" else self.help_hours

    @property
    def help_hours_language(self) -> str:
        """The language of `shown_help_hours`, for the `lang` of the element that holds them."""
        is_english = (get_language() or "").startswith("en")
        return "en" if is_english and self.help_hours_en else "fr"


class CptsCommune(models.Model):
    """A commune belongs to one CPTS at most; `is_assumed` marks those no document names."""

    cpts = models.ForeignKey(Cpts, models.CASCADE)
    commune = models.OneToOneField(Commune, models.PROTECT, related_name="coverage")
    is_assumed = models.BooleanField(_("choisie pour la démonstration"), default=False)

    class Meta:
        verbose_name = _("commune couverte")

    def __str__(self) -> str:
        return str(self.commune)


class Contour(CptsOwned):
    """The outline of a commune, imported by its CPTS; without it the map is a patchwork.

    `rings` is a list of outer rings, each a list of [longitude, latitude] in degrees (WGS 84).
    """

    commune = models.ForeignKey(Commune, models.CASCADE, related_name="+")
    rings = models.JSONField(_("tracé"))

    class Meta(CptsOwned.Meta):
        verbose_name = _("contour de commune")
        constraints = [
            *CptsOwned.Meta.constraints,
            models.UniqueConstraint(name="contour_one_per_commune", fields=["cpts", "commune"]),
        ]

    def __str__(self) -> str:
        return str(self.commune)


class Mission(CptsOwned):
    """A mission of the ACI; hours spent on it are paid back at `hourly_rate`, in euros."""

    code = models.SlugField(_("code"), max_length=30)
    label = models.CharField(_("mission"), max_length=120)
    is_optional = models.BooleanField(_("mission complémentaire"), default=False)
    hourly_rate = models.DecimalField(
        _("indemnité horaire, en euros"), max_digits=6, decimal_places=2, default=0
    )
    is_active = models.BooleanField(_("en cours"), default=True)
    position = models.PositiveSmallIntegerField(_("ordre"), default=0)

    class Meta(CptsOwned.Meta):
        verbose_name = _("mission")
        ordering = ["position", "label"]
        constraints = [
            *CptsOwned.Meta.constraints,
            models.UniqueConstraint(name="mission_code_once", fields=["cpts", "code"]),
            models.CheckConstraint(
                name="mission_rate_not_negative", condition=Q(hourly_rate__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return self.label


class Document(CptsOwned):
    """A text or PDF of the association; a published charter is never edited, it gets a version."""

    class Kind(models.TextChoices):
        CHARTER = "charter", _("charte")
        STATUTES = "statutes", _("statuts")
        RULES = "rules", _("règlement intérieur")
        KIT = "kit", _("kit d’accueil")
        OTHER = "other", _("autre document")

    kind = models.CharField(_("type"), max_length=8, choices=Kind)
    title = models.CharField(_("titre"), max_length=120)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    body = models.TextField(_("texte"), blank=True)
    file = models.BinaryField(_("fichier PDF"), null=True, blank=True)
    file_name = models.CharField(_("nom du fichier"), max_length=120, blank=True)
    position = models.PositiveSmallIntegerField(_("ordre"), default=0)
    created_by = models.ForeignKey(
        "Membership", models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(_("écrit le"), default=timezone.now)
    published_at = models.DateTimeField(_("publié le"), null=True, blank=True)

    class Meta(CptsOwned.Meta):
        verbose_name = _("document")
        ordering = ["kind", "position", "-version"]
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="document_author_same_cpts", field="created_by"),
            models.UniqueConstraint(
                name="document_version_once",
                fields=["cpts", "kind", "version"],
                condition=Q(kind__in=["charter", "statutes", "rules"]),
                violation_error_message=_("Cette version existe déjà."),
            ),
            models.CheckConstraint(
                name="document_has_text_or_file",
                condition=~Q(body="") | Q(file__isnull=False, file_name__gt=""),
            ),
        ]

    def __str__(self) -> str:
        return self.title
