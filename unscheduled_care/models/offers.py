"""What a professional offers: where, how, to whom; one slot's terms and a weekly template's."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.scoping import CptsOwned, SameCpts
from members.models import Membership, Practice

SHORTEST, LONGEST = 5, 240
"""Minutes of a slot."""


class Kind(models.TextChoices):
    PRACTICE = "practice", _("au cabinet")
    HOME = "home", _("à domicile")
    REMOTE = "remote", _("téléconsultation")


class Channel(models.TextChoices):
    """Who may claim; a slot is in several channels and sold once."""

    TEAM = "team", _("mon équipe")
    PROFESSIONS = "professions", _("certaines professions")
    MEMBERS = "members", _("tous les membres")
    SAS = "sas", _("le SAS")


def default_channels() -> list[str]:
    return [Channel.MEMBERS.value]


class Offered(CptsOwned):
    """The terms common to a slot and to the template that makes slots."""

    professional = models.ForeignKey(Membership, models.PROTECT, related_name="%(class)s_set")
    practice = models.ForeignKey(
        Practice, models.PROTECT, null=True, blank=True, related_name="%(class)s_set"
    )
    kind = models.CharField(_("forme"), max_length=8, choices=Kind, default=Kind.PRACTICE)
    radius_km = models.PositiveSmallIntegerField(_("rayon, en km"), null=True, blank=True)
    acts = ArrayField(
        models.SlugField(max_length=30), verbose_name=_("actes"), default=list, blank=True
    )
    channels = ArrayField(
        models.CharField(max_length=11, choices=Channel),
        verbose_name=_("visible par"),
        default=default_channels,
    )
    professions = ArrayField(
        models.SlugField(max_length=30), verbose_name=_("professions"), default=list, blank=True
    )
    give_back_minutes = models.PositiveSmallIntegerField(
        _("retiré du tableau, en minutes avant le début"), default=0
    )

    class Meta(CptsOwned.Meta):
        abstract = True

    TERMS = (
        *("practice_id", "kind", "radius_km", "acts", "channels"),
        *("professions", "give_back_minutes"),
    )

    def terms(self) -> dict[str, Any]:
        """What a template hands down to its slots, and a slot to the next one of its author."""
        return {name: getattr(self, name) for name in self.TERMS}


def terms_constraints(table: str) -> list[Any]:
    """What both tables promise of their terms; names begin with `table`."""
    return [
        SameCpts(name=f"{table}_professional_same_cpts", field="professional"),
        SameCpts(name=f"{table}_practice_same_cpts", field="practice"),
        models.CheckConstraint(
            name=f"{table}_has_a_place_unless_remote",
            condition=Q(kind=Kind.REMOTE) | Q(practice__isnull=False),
            violation_error_message=_("Choisissez le lieu du créneau."),
        ),
        models.CheckConstraint(
            name=f"{table}_at_home_has_a_radius",
            condition=Q(kind=Kind.HOME, radius_km__isnull=False, radius_km__range=(1, 100))
            | Q(~Q(kind=Kind.HOME), radius_km=None),
            violation_error_message=_("Dites jusqu’où vous vous déplacez, de 1 à 100 km."),
        ),
        models.CheckConstraint(
            name=f"{table}_is_shown_to_somebody",
            condition=Q(channels__len__range=(1, 4)) & Q(channels__contained_by=Channel.values),
            violation_error_message=_("Dites qui peut réserver ce créneau."),
        ),
        models.CheckConstraint(
            name=f"{table}_names_its_professions",
            condition=Q(channels__contains=[Channel.PROFESSIONS], professions__len__gte=1)
            | Q(~Q(channels__contains=[Channel.PROFESSIONS]), professions=[]),
            violation_error_message=_("Nommez au moins une profession."),
        ),
        models.CheckConstraint(
            name=f"{table}_given_back_within_a_day",
            condition=Q(give_back_minutes__lte=1440),
            violation_error_message=_("Un créneau se retire au plus 24 heures avant son début."),
        ),
    ]
