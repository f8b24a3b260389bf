"""The person who logs in, and how she is invited or let in again."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import PermissionsMixin, UserManager
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class User(AbstractBaseUser, PermissionsMixin):
    """A person who logs in; the e-mail is optional, since Pro Santé Connect gives none.

    An account without e-mail nor usable password is a placeholder: its member was written down by
    an application or an import, and has not followed the invitation yet.
    """

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
    erased_at = models.DateTimeField(_("effacé le"), null=True, blank=True)

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
            models.CheckConstraint(
                name="user_erased_is_closed_and_nameless",
                condition=Q(erased_at=None)
                | Q(is_active=False, email=None, first_name="", last_name=""),
            ),
        ]

    def __str__(self) -> str:
        return self.get_full_name()

    def clean(self) -> None:
        super().clean()
        self.email = self.email or None

    def get_full_name(self) -> str:
        if self.erased_at:
            return gettext("compte effacé")
        return " ".join(part for part in (self.title, self.first_name, self.last_name) if part)

    def get_short_name(self) -> str:
        return self.first_name

    @property
    def initials(self) -> str:
        return (self.first_name[:1] + self.last_name[:1]).upper()
