"""What an invited member chooses: an identifier and a password."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.forms import PortalForm
from members.models import Membership, User

USERNAME = User._meta.get_field("username")


class NewPasswordField(forms.CharField):
    """A password as it is typed, spaces included, that the browser may propose and keep."""

    widget = forms.PasswordInput({"autocomplete": "new-password"})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strip=False, max_length=128, **kwargs)


class AccountForm(PortalForm):
    """The first password of `user`; allauth's validators judge it, beside his names."""

    username = forms.CharField(
        label=_("Identifiant"),
        help_text=_("Pour vous connecter ; votre courriel marche aussi."),
        max_length=60,
        validators=USERNAME.validators,
        widget=forms.TextInput({"autocomplete": "username", "autocapitalize": "none"}),
    )
    password = NewPasswordField(
        label=_("Mot de passe"),
        help_text=_("12 caractères au moins : trois ou quatre mots sans lien font très bien."),
    )
    again = NewPasswordField(label=_("Le même, encore une fois"))

    def __init__(self, *args: Any, user: User, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = User(email=email, first_name=user.first_name, last_name=user.last_name)
        self.placeholder = user

    def clean_username(self) -> str:
        username: str = self.cleaned_data["username"]
        if User.objects.filter(username__iexact=username).exclude(pk=self.placeholder.pk).exists():
            raise ValidationError(_("Cet identifiant est déjà pris."), code="unique")
        return username

    def clean_password(self) -> str:
        self.user.username = self.cleaned_data.get("username", "")
        password: str = get_adapter().clean_password(self.cleaned_data["password"], self.user)
        return password

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "password" in cleaned and cleaned["password"] != cleaned.get("again"):
            self.add_error("again", _("Les deux mots de passe diffèrent."))
        return cleaned


class InviteForm(PortalForm):
    """Where to send it; `member` is told for a row whose address is to be mended."""

    email = forms.EmailField(
        label=_("Courriel"),
        error_messages={"required": _("Écrivez une adresse de courriel.")},
    )
    member: Membership | None = None
