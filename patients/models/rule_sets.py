"""How urgent a request is, by rules kept as data."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.scoping import CptsOwned


class PriorityRuleSet(CptsOwned):
    """A version of the CPTS's priority rules, kept as data: `rules.score` reads `rules`.

    `rules` is a list, most urgent first, of {"class": 1-5, "when": [[fact, …], …]}: the class
    applies when every fact of one inner list holds. The facts are named in `patients.rules.FACTS`.
    """

    version = models.PositiveSmallIntegerField(_("version"))
    rules = models.JSONField(_("règles"))
    is_active = models.BooleanField(_("en vigueur"), default=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(CptsOwned.Meta):
        verbose_name = _("règles de priorité")
        constraints = [
            *CptsOwned.Meta.constraints,
            models.UniqueConstraint(name="rule_set_version_once", fields=["cpts", "version"]),
            models.UniqueConstraint(
                name="rule_set_one_active", fields=["cpts"], condition=Q(is_active=True)
            ),
        ]

    def __str__(self) -> str:
        return f"v{self.version}"
