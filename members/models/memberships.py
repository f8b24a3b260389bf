"""A person's place in a CPTS, by college, year by year."""

from __future__ import annotations

from datetime import date, timedelta
from typing import ClassVar

import pghistory
import pgtrigger
from django.apps import apps
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.fields import EncryptedTextField
from cpts_portal.core.identifiers import validate_rpps
from cpts_portal.core.scoping import CptsOwned, SameCpts, ScopedManager
from members.models.colleges import College
from members.models.people import User
from members.models.periods import WithinMembership, days_of
from members.models.reference import Language, Profession, Skill


class Role(models.TextChoices):
    COORDINATOR = "coordinator", _("Coordination")
    PROFESSIONAL = "professional", _("Professionnel de santé")
    SECRETARY = "secretary", _("Secrétariat")
    BOARD = "board", _("Bureau")
    PARTNER = "partner", _("Partenaire")
    FUNDER = "funder", _("Financeur")


SHUT_AT_ONCE = ("excluded", "mistake", "deceased")
"""Reasons of an end after which nobody waits for midnight."""


class MembershipQuerySet(models.QuerySet["Membership"]):
    def current(self) -> MembershipQuerySet:
        """Memberships running today (Paris day); an exclusion closes the door on its very day."""
        today = timezone.localdate()
        shut = Q(ends_on=today, end_reason__in=SHUT_AT_ONCE)
        runs = Q(ends_on=None) | Q(Q(ends_on__gte=today) & ~shut)
        return self.filter(runs, starts_on__lte=today, user__is_active=True)

    def treating_doctors(self) -> MembershipQuerySet:
        return self.filter(role=Role.PROFESSIONAL, profession__can_be_treating_doctor=True)

    def with_standing(self) -> MembershipQuerySet:
        """Adds what `rules.standing` asks: the last day paid for, and a seat in the bureau today.

        Read across CPTSs by `queries.membership_at`, hence through the rows' own keys.
        """
        today = timezone.localdate()
        paid = (
            apps.get_model("members", "Subscription")
            ._base_manager.filter(membership=OuterRef("pk"), paid_on__isnull=False)
            .order_by("-ends_on")
        )
        mandates = apps.get_model("members", "Mandate")._base_manager.filter(
            Q(ends_on=None) | Q(ends_on__gte=today),
            membership=OuterRef("pk"),
            group__kind="bureau",
            starts_on__lte=today,
        )
        told = {
            "covered_until": Subquery(paid.values("ends_on")[:1]),
            "sits_on_bureau": Exists(mandates),
        }
        return self.select_related("college").annotate(**told)


MembershipManager = ScopedManager.from_queryset(MembershipQuerySet)


@pghistory.track(exclude=["phone", "email", "mssante", "end_note"])
class Membership(CptsOwned):
    """A person's place in one CPTS; it carries the role.

    A member without a college, such as a salaried coordinator, owes no fee. One who comes back
    gets a new row: the old one is history.
    """

    class EndReason(models.TextChoices):
        LEFT = "left", _("départ")
        LAPSED = "lapsed", _("cotisation non renouvelée")
        EXCLUDED = "excluded", _("exclusion")
        DECEASED = "deceased", _("décès")
        MISTAKE = "mistake", _("inscription par erreur")

    class PublicField(models.TextChoices):
        IDENTITY = "identity", _("nom et profession")
        PRACTICE = "practice", _("lieux d’exercice et horaires")
        PRACTICE_PHONE = "practice_phone", _("téléphone du lieu d’exercice")
        PHONE = "phone", _("ligne directe")
        EMAIL = "email", _("courriel professionnel")
        SKILLS = "skills", _("compétences")
        LANGUAGES = "languages", _("langues parlées")

    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    role = models.CharField(_("rôle"), max_length=12, choices=Role)
    college = models.ForeignKey(
        College, models.PROTECT, null=True, blank=True, related_name="memberships"
    )
    profession = models.ForeignKey(Profession, models.PROTECT, null=True, blank=True)
    rpps = models.CharField(_("RPPS"), max_length=11, blank=True)
    organisation = models.CharField(_("structure"), max_length=120, blank=True)
    phone = models.CharField(_("ligne directe"), max_length=20, blank=True)
    email = models.EmailField(_("courriel professionnel"), blank=True)
    mssante = models.EmailField(_("adresse MSSanté"), blank=True)
    skills = models.ManyToManyField(Skill, blank=True, verbose_name=_("compétences"))
    other_skills = models.CharField(_("autres compétences"), max_length=200, blank=True)
    languages = models.ManyToManyField(Language, blank=True, verbose_name=_("langues parlées"))
    public_fields = ArrayField(
        models.CharField(max_length=14, choices=PublicField),
        verbose_name=_("visible dans l’annuaire public"),
        default=list,
        blank=True,
    )
    wants_minutes = models.BooleanField(_("reçoit « Mes 3 minutes »"), default=True)
    wants_ads = models.BooleanField(_("reçoit les annonces de la semaine"), default=False)
    starts_on = models.DateField(_("depuis le"), default=timezone.localdate)
    ends_on = models.DateField(_("jusqu’au"), null=True, blank=True)
    end_reason = models.CharField(
        _("motif de fin"), max_length=8, choices=EndReason, blank=True, default=""
    )
    end_note = EncryptedTextField(_("précision, lue du bureau seul"), blank=True, default="")
    erased_at = models.DateTimeField(_("effacé le"), null=True, blank=True)
    practices: models.ManyToManyField[models.Model, models.Model] = models.ManyToManyField(
        "Practice", through="PracticeMember", related_name="members", verbose_name=_("lieux")
    )

    objects = MembershipManager()  # type: ignore[misc]

    covered_until: ClassVar[date | None] = None
    """Last day paid for; told by `with_standing`."""
    sits_on_bureau: ClassVar[bool] = False
    """Holds a mandate of the bureau today; told by `with_standing`."""

    class Meta(CptsOwned.Meta):
        verbose_name = _("adhésion")
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="membership_college_same_cpts", field="college"),
            ExclusionConstraint(
                name="membership_one_at_a_time",
                expressions=[
                    ("user", RangeOperators.EQUAL),
                    ("cpts", RangeOperators.EQUAL),
                    (days_of(), RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("Cette personne est déjà membre à ces dates."),
            ),
            models.UniqueConstraint(
                name="membership_rpps_once_among_members",
                fields=["cpts", "rpps"],
                condition=Q(ends_on=None) & ~Q(rpps=""),
                violation_error_message=_("Un membre porte déjà ce numéro RPPS."),
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
            models.CheckConstraint(
                name="membership_ended_says_why",
                condition=Q(ends_on=None, end_reason="")
                | Q(ends_on__isnull=False, end_reason__gt=""),
            ),
            models.CheckConstraint(
                name="membership_public_only_with_identity",
                condition=Q(public_fields=[]) | Q(public_fields__contains=["identity"]),
            ),
            models.CheckConstraint(
                name="membership_erased_keeps_nothing",
                condition=Q(erased_at=None)
                | Q(
                    ends_on__isnull=False,
                    rpps="",
                    phone="",
                    email="",
                    mssante="",
                    end_note="",
                    other_skills="",
                    public_fields=[],
                ),
            ),
        ]
        triggers = [
            WithinMembership(
                name="membership_covers_its_mandates",
                key="member.id",
                operation=pgtrigger.UpdateOf("starts_on", "ends_on"),  # type: ignore[no-untyped-call]
            )
        ]

    def __str__(self) -> str:
        return str(self.user)

    def clean(self) -> None:
        super().clean()
        if self.rpps:
            try:
                validate_rpps(self.rpps)
            except ValidationError as error:
                raise ValidationError({"rpps": error}) from None

    @property
    def contact_email(self) -> str:
        """Where this CPTS writes to the person; empty when nobody has given an address."""
        return self.email or self.user.email or ""

    @property
    def own_addresses(self) -> list[str]:
        """Every address that is hers: the one she logs in with, the one her CPTS writes to."""
        return sorted({self.user.email or "", self.email.lower()} - {""})

    @property
    def good_until(self) -> date | None:
        """Last day on which this member is in good standing, grace included; None is for ever.

        Asks `covered_until` of `with_standing`; nothing paid yet counts from the first day.
        """
        if self.college is None:
            return None
        paid_to = self.covered_until or self.starts_on - timedelta(days=1)
        return paid_to + timedelta(days=self.college.grace_days)
