"""Words of unscheduled care that every CPTS shares, kept as rows: acts, reasons, red flags."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models.reference import Reference


class CodedCare(Reference):
    """A coded word meant for some professions; none named means all of them."""

    professions = ArrayField(
        models.SlugField(max_length=30), verbose_name=_("professions"), default=list, blank=True
    )
    position = models.PositiveSmallIntegerField(_("ordre"), default=0)
    is_active = models.BooleanField(_("proposé"), default=True)

    class Meta(Reference.Meta):
        abstract = True
        ordering = ["position", "label"]

    def is_for(self, profession: str) -> bool:
        return not self.professions or profession in self.professions


class Act(CodedCare):
    """What a slot is good for beyond a consultation: a rapid test, a dressing, an injection."""

    class Meta(CodedCare.Meta):
        verbose_name = _("acte")


class Reason(CodedCare):
    """Why somebody needs to be seen: a box, never a text."""

    class Meta(CodedCare.Meta):
        verbose_name = _("motif")


class RedFlag(CodedCare):
    """A sign that means 15, asked before a slot is held; answers are stored nowhere."""

    class Meta(CodedCare.Meta):
        verbose_name = _("signe d’alerte")
        verbose_name_plural = _("signes d’alerte")
