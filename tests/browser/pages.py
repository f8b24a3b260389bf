"""Every page that people look at: its URL name, who looks, and where it is in the demo data.

A page missing here fails `test_every_page_is_looked_at`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.browser.portal import Portal

ANYBODY = ""
SLUG = "artois-lys"


@dataclass(frozen=True)
class Places:
    """Where the demo data has something to show."""

    portal: Portal

    def path(self, name: str, *kinds: str) -> str:
        """The address of a page; each of `kinds` names a property that gives an argument."""
        return reverse(name, args=[getattr(self, kind) for kind in kinds])

    slug = SLUG

    @cached_property
    def received(self) -> str:
        return self._reference("received")

    @cached_property
    def qualified(self) -> str:
        return self._reference("qualified")

    @cached_property
    def accepted(self) -> str:
        return self._reference("accepted")

    @cached_property
    def proposed_to_gp(self) -> int:
        return self._referral("proposed")

    @cached_property
    def accepted_by_gp(self) -> int:
        return self._referral("accepted")

    @cached_property
    def token(self) -> str:
        """The private link of some patient, as her message gives it."""
        bodies = (letter.body for letter in self.portal.all_letters())
        links = (re.search(r"/ma-demande/([\w-]{20,})/", body) for body in bodies)
        return next(link[1] for link in links if link)

    @cached_property
    def reset_key(self) -> str:
        return "1-set-password"

    def _reference(self, status: str) -> str:
        query = """
            SELECT reference FROM patients_gprequest AS request
            JOIN members_cpts AS cpts ON cpts.id = request.cpts_id
            WHERE cpts.slug = %s AND status = %s ORDER BY rank, first_requested_at LIMIT 1
        """
        return str(self._one(query, SLUG, status)["reference"])

    def _referral(self, status: str) -> int:
        query = """
            SELECT referral.id FROM patients_referral AS referral
            JOIN members_membership AS gp ON gp.id = referral.gp_id
            JOIN members_user AS person ON person.id = gp.user_id
            WHERE person.username = 'medecin' AND status = %s LIMIT 1
        """
        return int(self._one(query, status)["id"])

    def _one(self, query: str, *values: Any) -> dict[str, Any]:
        rows = self.portal.rows(query, *values)
        assert rows, (query, values)
        return rows[0]


@dataclass(frozen=True)
class Sight:
    """One page as one role sees it."""

    role: str
    name: str
    kinds: tuple[str, ...] = ()
    query: str = ""

    def __str__(self) -> str:
        return f"{self.role or 'anybody'} {self.name}{self.query}"

    def path(self, places: Places) -> str:
        return places.path(self.name, *self.kinds) + self.query


SIGHTS = (
    Sight(ANYBODY, "home"),
    Sight(ANYBODY, "privacy"),
    Sight(ANYBODY, "accessibility"),
    Sight(ANYBODY, "legal"),
    Sight(ANYBODY, "demo_messages"),
    Sight(ANYBODY, "patients:filing_outside", query="?commune=59350"),
    Sight(ANYBODY, "account_login"),
    Sight(ANYBODY, "account_inactive"),
    Sight(ANYBODY, "account_signup"),
    Sight(ANYBODY, "account_reset_password"),
    Sight(ANYBODY, "account_reset_password_done"),
    Sight(ANYBODY, "account_reset_password_from_key_done"),
    Sight("coordination", "members:cpts_choice"),
    Sight("coordination", "board:today", ("slug",)),
    Sight("coordination", "account_change_password"),
    Sight("coordination", "account_email"),
    Sight("coordination", "account_logout"),
    Sight("coordination", "account_reauthenticate"),
    Sight("coordination", "mfa_index"),
    Sight("coordination", "mfa_activate_totp"),
    Sight("coordination", "mfa_list_webauthn"),
    Sight("coordination", "mfa_add_webauthn"),
    Sight("coordination", "usersessions_list"),
    Sight("medecin", "board:today", ("slug",)),
    Sight("secretariat", "board:today", ("slug",)),
    Sight("bureau", "board:today", ("slug",)),
    Sight("partenaire", "board:today", ("slug",)),
    Sight("financeur", "board:today", ("slug",)),
)
WALKED = {
    "patients:filing_start": "the first step of the walk through the form",
    "patients:filing_step": "every question of the form is looked at on the way",
    "patients:filing_check": "on the way through the form",
    "patients:filing_code": "on the way through the form",
    "patients:filing_done": "at the end of the way through the form",
}
EXCUSED = {
    "healthz": "for machines",
    "readyz": "for machines",
    "set_language": "an act, then the page one came from",
    "text_size": "an act, then the page one came from",
    "members:demo_login": "an act; its buttons are on the log-in page",
    "account_set_password": "leads to the change of password: every account has one",
    "account_confirm_login_code": "log-in by code is off",
    "account_confirm_email": "addresses are not confirmed by a link",
    "account_email_verification_sent": "addresses are not confirmed by a link",
    "account_reset_password_from_key": "needs a key sent by e-mail: tests/members",
    "mfa_authenticate": "needs a second factor that is set up: tests/members",
    "mfa_reauthenticate": "needs a second factor that is set up: tests/members",
    "mfa_reauthenticate_webauthn": "needs a passkey",
    "mfa_deactivate_totp": "needs a second factor that is set up: tests/members",
    "mfa_view_recovery_codes": "needs a second factor that is set up: tests/members",
    "mfa_generate_recovery_codes": "needs a second factor that is set up: tests/members",
    "mfa_download_recovery_codes": "a text file",
    "mfa_remove_webauthn": "needs a passkey",
    "mfa_edit_webauthn": "needs a passkey",
    "mfa_login_webauthn": "for machines: the challenge of a passkey",
}


def url_names(resolver: URLResolver | None = None, namespace: str = "") -> set[str]:
    """Every URL name of the portal; Django's own back office is not of our making."""
    names: set[str] = set()
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLPattern):
            names.add(f"{namespace}{entry.name}")
        elif entry.namespace != "admin":
            inside = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            names |= url_names(entry, inside)
    return names
