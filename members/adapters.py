"""What the portal decides differently from allauth's defaults."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cpts_portal.core import fields, throttle
from members import sessions
from members.notifications import accounts as notifications

NO_ADDRESS = "::"
WRONG_PAIR = _("L’identifiant ou le mot de passe n’est pas le bon.")
SENTENCES = {
    "account_inactive": _("Ce compte est fermé : la coordination de votre CPTS peut le rouvrir."),
    "duplicate_email": _("Cette adresse est déjà sur votre compte."),
    "email_password_mismatch": WRONG_PAIR,
    "username_password_mismatch": WRONG_PAIR,
    "email_taken": _("Ce courriel est déjà celui d’un compte."),
    "enter_current_password": _("Ce n’est pas votre mot de passe actuel."),
    "incorrect_code": _("Ce code n’est pas le bon."),
    "incorrect_password": _("Ce mot de passe n’est pas le bon."),
    "max_email_addresses": _("Un compte a %d adresses au plus."),
    "too_many_login_attempts": _(
        "Trop d’essais en peu de temps. Attendez un peu avant de recommencer."
    ),
}
"""In the portal's words, where the library's French is a stranger's."""


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts come by invitation, e-mails leave by the ledger, a changed key ends sessions."""

    error_messages: ClassVar = {**DefaultAccountAdapter.error_messages, **SENTENCES}

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return throttle.client_address(request) or NO_ADDRESS

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return reverse("members:cpts_choice")

    def get_reset_password_from_key_url(self, key: str) -> str:
        """On the portal's own address, whatever host the request claimed."""
        path = reverse("account_reset_password_from_key", args=["UID", "KEY"])
        return settings.PUBLIC_URL + path.replace("UID-KEY", key)

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        path = reverse("account_confirm_email", args=[emailconfirmation.key])
        return settings.PUBLIC_URL + path

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """One look-up by whatever was typed, hence one hash, whether the account exists or not.

        Given both, allauth's backend hashes twice for a known e-mail and once for an unknown one.
        """
        if "username" in credentials:
            credentials.pop("email", None)
        return super().authenticate(request, **credentials)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        mail = self.render_mail(template_prefix, email, {"email": email, **context})
        event = template_prefix.rpartition("/")[2]
        notifications.account_mail(
            recipient=email, event=event, title=mail.subject, body=str(mail.body)
        )

    def send_notification_mail(
        self,
        template_prefix: str,
        user: Any,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Allauth comes here at each change of password, factor or address: others log in again."""
        sessions.end_others(self.request, user)
        super().send_notification_mail(template_prefix, user, context, email)


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Second-factor secrets are encrypted at rest."""

    def encrypt(self, text: str) -> str:
        return fields.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return fields.decrypt(encrypted_text)
