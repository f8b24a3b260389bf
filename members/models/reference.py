"""Words that every CPTS shares, kept as rows: professions, skills, languages."""

from __future__ import annotations

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Reference(models.Model):
    """A coded word in both languages; French answers where English lacks."""

    code = models.SlugField(primary_key=True, max_length=30)
    label = models.CharField(_("libellé"), max_length=80)
    label_en = models.CharField(_("libellé en anglais"), max_length=80, blank=True)

    class Meta:
        abstract = True
        ordering = ["label"]

    def __str__(self) -> str:
        is_english = (get_language() or "").startswith("en")
        return self.label_en if is_english and self.label_en else self.label


class Profession(Reference):
    """The professions of the public health code, and those who work beside them."""

    can_be_treating_doctor = models.BooleanField(_("peut être médecin traitant"), default=False)
    has_rpps = models.BooleanField(_("est au RPPS"), default=True)
    rpps_code = models.CharField(_("code de profession du RPPS"), max_length=2, blank=True)

    class Meta(Reference.Meta):
        verbose_name = _("profession")


class Skill(Reference):
    """What a professional can do that her profession alone does not say."""

    class Meta(Reference.Meta):
        verbose_name = _("compétence")


class Language(Reference):
    """A language spoken with patients; the code is ISO 639-3, or `lsf`."""

    class Meta(Reference.Meta):
        verbose_name = _("langue parlée")
