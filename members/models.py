"""People and the communities they belong to."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import pghistory
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import PermissionsMixin, UserManager
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.identifiers import validate_finess, validate_rpps
from cpts_portal.core.models import Commune
from cpts_portal.core.scoping import CptsOwned, SameCpts, ScopedManager

RESERVED_SLUGS = frozenset(
    "accessibilite administration compte demo healthz langue ma-demande mentions-legales readyz"
    " static trouver-un-medecin vos-donnees".split()
)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who logs in; the e-mail is optional, since Pro Santé Connect gives none."""

    username = models.CharField(
        _("identifiant"),
        max_length=60,
        unique=True,
        validators=[
            RegexValidator(r"^[\w.@+-]+\Z", _("Lettres, chiffres et . @ + - _ seulement."))
        ],
        error_messages={"unique": _("Cet identifiant est déjà pris.")},
    )
    email = models.EmailField(_("courriel"), null=True, blank=True)
    title = models.CharField(_("titre"), max_length=10, blank=True)
    first_name = models.CharField(_("prénom"), max_length=60)
    last_name = models.CharField(_("nom"), max_length=60)
    is_staff = models.BooleanField(_("accès à l’administration"), default=False)
    is_active = models.BooleanField(_("actif"), default=True)
    date_joined = models.DateTimeField(_("inscrit le"), default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["first_name", "last_name"]

    class Meta:
        verbose_name = _("compte")
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_unique_whatever_the_case",
                violation_error_message=_("Ce courriel est déjà celui d’un compte."),
            ),
            models.CheckConstraint(
                name="user_email_null_rather_than_empty", condition=~Q(email="")
            ),
        ]

    def __str__(self) -> str:
        return self.get_full_name()

    def clean(self) -> None:
        super().clean()
        self.email = self.email or None

    def get_full_name(self) -> str:
        return " ".join(part for part in (self.title, self.first_name, self.last_name) if part)

    def get_short_name(self) -> str:
        return self.first_name

    @property
    def initials(self) -> str:
        return (self.first_name[:1] + self.last_name[:1]).upper()


class Cpts(models.Model):
    """One community; the tenant that owns every business row."""

    name = models.CharField(_("nom"), max_length=80)
    slug = models.SlugField(_("adresse"), max_length=40, unique=True)
    communes = models.ManyToManyField(
        Commune, through="CptsCommune", related_name="cpts_set", verbose_name=_("communes")
    )
    help_phone = models.CharField(_("téléphone d’aide"), max_length=20)
    help_hours = models.CharField(_("heures d’appel"), max_length=120)
    email = models.EmailField(_("courriel"))
    website = models.URLField(_("site"), blank=True)
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


class CptsCommune(models.Model):
    """A commune belongs to one CPTS at most; `is_assumed` marks those no document names."""

    cpts = models.ForeignKey(Cpts, models.CASCADE)
    commune = models.OneToOneField(Commune, models.PROTECT, related_name="coverage")
    is_assumed = models.BooleanField(_("choisie pour la démonstration"), default=False)

    class Meta:
        verbose_name = _("commune couverte")

    def __str__(self) -> str:
        return str(self.commune)


class Profession(models.Model):
    """Reference data: the professions of the public health code, kept as rows."""

    code = models.SlugField(primary_key=True, max_length=30)
    label = models.CharField(_("profession"), max_length=60)
    can_be_treating_doctor = models.BooleanField(_("peut être médecin traitant"), default=False)

    class Meta:
        verbose_name = _("profession")
        ordering = ["label"]

    def __str__(self) -> str:
        return self.label


class Role(models.TextChoices):
    COORDINATOR = "coordinator", _("Coordination")
    PROFESSIONAL = "professional", _("Professionnel de santé")
    SECRETARY = "secretary", _("Secrétariat")
    BOARD = "board", _("Bureau")
    PARTNER = "partner", _("Partenaire")
    FUNDER = "funder", _("Financeur")


def _check(field: str, value: str, validate: Callable[[str], None]) -> None:
    """Ask `validate`, and put what it refuses beside `field`."""
    try:
        validate(value)
    except ValidationError as error:
        raise ValidationError({field: error}) from None


class MembershipQuerySet(models.QuerySet["Membership"]):
    def current(self) -> MembershipQuerySet:
        """Memberships running today (Paris day)."""
        today = timezone.localdate()
        return self.filter(
            Q(ends_on=None) | Q(ends_on__gte=today), starts_on__lte=today, user__is_active=True
        )

    def treating_doctors(self) -> MembershipQuerySet:
        return self.filter(role=Role.PROFESSIONAL, profession__can_be_treating_doctor=True)


MembershipManager = ScopedManager.from_queryset(MembershipQuerySet)


@pghistory.track(exclude=["phone"])
class Membership(CptsOwned):
    """A person's place in one CPTS; it carries the role."""

    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    role = models.CharField(_("rôle"), max_length=12, choices=Role)
    profession = models.ForeignKey(Profession, models.PROTECT, null=True, blank=True)
    rpps = models.CharField(_("RPPS"), max_length=11, blank=True)
    organisation = models.CharField(_("structure"), max_length=120, blank=True)
    phone = models.CharField(_("ligne directe"), max_length=20, blank=True)
    starts_on = models.DateField(_("depuis le"), default=timezone.localdate)
    ends_on = models.DateField(_("jusqu’au"), null=True, blank=True)
    practices: models.ManyToManyField[Practice, PracticeMember] = models.ManyToManyField(
        "Practice", through="PracticeMember", related_name="members", verbose_name=_("lieux")
    )

    objects = MembershipManager()  # type: ignore[misc]

    class Meta(CptsOwned.Meta):
        verbose_name = _("adhésion")
        constraints = [
            *CptsOwned.Meta.constraints,
            models.UniqueConstraint(
                name="membership_one_open_per_person",
                fields=["user", "cpts"],
                condition=Q(ends_on=None),
            ),
            models.CheckConstraint(
                name="membership_professional_has_profession",
                condition=~Q(role=Role.PROFESSIONAL) | Q(profession__isnull=False),
            ),
            models.CheckConstraint(
                name="membership_rpps_has_11_digits",
                condition=Q(rpps="") | Q(rpps__regex=r"^[0-9]{11}$"),
            ),
            models.CheckConstraint(
                name="membership_ends_after_it_starts",
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
            ),
        ]

    def __str__(self) -> str:
        return str(self.user)

    def clean(self) -> None:
        super().clean()
        if self.rpps:
            _check("rpps", self.rpps, validate_rpps)


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
            _check("finess", self.finess, validate_finess)


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
