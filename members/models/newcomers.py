"""The first weeks of a new member: a path, a mentor, a kit, neighbours."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.scoping import CptsOwned, SameCpts
from members.models.memberships import Membership


class WelcomeStep(CptsOwned):
    """One line of the CPTS's own checklist for newcomers."""

    label = models.CharField(_("étape"), max_length=120)
    hint = models.CharField(_("aide"), max_length=300, blank=True)
    url = models.CharField(_("lien"), max_length=300, blank=True)
    position = models.PositiveSmallIntegerField(_("ordre"), default=0)
    is_active = models.BooleanField(_("en usage"), default=True)

    class Meta(CptsOwned.Meta):
        verbose_name = _("étape d’accueil")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.label


class Welcome(CptsOwned):
    """One newcomer's path; neighbours are told of her once, on the day, if she agrees."""

    membership = models.OneToOneField(Membership, models.CASCADE, related_name="welcome")
    mentor = models.ForeignKey(
        Membership, models.SET_NULL, null=True, blank=True, related_name="newcomers"
    )
    started_on = models.DateField(_("arrivée le"), default=timezone.localdate)
    may_introduce = models.BooleanField(_("accepte d’être présenté aux voisins"), default=False)
    words = models.CharField(_("quelques mots pour se présenter"), max_length=300, blank=True)
    introduced_at = models.DateTimeField(_("présenté le"), null=True, blank=True)
    finished_at = models.DateTimeField(_("parcours terminé le"), null=True, blank=True)

    class Meta(CptsOwned.Meta):
        verbose_name = _("parcours d’accueil")
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="welcome_membership_same_cpts", field="membership"),
            SameCpts(name="welcome_mentor_same_cpts", field="mentor"),
            models.CheckConstraint(
                name="welcome_mentor_is_somebody_else",
                condition=Q(mentor=None) | ~Q(mentor=F("membership")),
                violation_error_message=_("On n’est pas son propre référent."),
            ),
            models.CheckConstraint(
                name="welcome_introduced_with_consent",
                condition=Q(introduced_at=None) | Q(may_introduce=True),
            ),
        ]

    def __str__(self) -> str:
        return f"accueil {self.pk}"


class WelcomeTick(CptsOwned):
    """A step done by a newcomer."""

    welcome = models.ForeignKey(Welcome, models.CASCADE, related_name="ticks")
    step = models.ForeignKey(WelcomeStep, models.CASCADE, related_name="+")
    done_at = models.DateTimeField(default=timezone.now)

    class Meta(CptsOwned.Meta):
        verbose_name = _("étape faite")
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="welcome_tick_welcome_same_cpts", field="welcome"),
            SameCpts(name="welcome_tick_step_same_cpts", field="step"),
            models.UniqueConstraint(name="welcome_tick_once", fields=["welcome", "step"]),
        ]

    def __str__(self) -> str:
        return f"étape {self.step_id}"


class InstallationAid(CptsOwned):
    """An aid for who settles here: who gives it, for whom, where to ask, when it was checked."""

    title = models.CharField(_("aide"), max_length=120)
    giver = models.CharField(_("versée par"), max_length=120)
    body = models.TextField(_("pour qui, combien, comment"), max_length=1500)
    url = models.URLField(_("site"), blank=True)
    checked_on = models.DateField(_("vérifiée le"), default=timezone.localdate)
    position = models.PositiveSmallIntegerField(_("ordre"), default=0)
    is_active = models.BooleanField(_("en cours"), default=True)

    class Meta(CptsOwned.Meta):
        verbose_name = _("aide à l’installation")
        verbose_name_plural = _("aides à l’installation")
        ordering = ["position", "title"]

    def __str__(self) -> str:
        return self.title
