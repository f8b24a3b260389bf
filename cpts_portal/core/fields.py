"""Columns unreadable without the application's key, and the keyed hash that finds them again."""

from __future__ import annotations

import hashlib
import hmac
from functools import cache
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models


class Undecipherable(Exception):
    """A stored text was written with a key that FIELD_ENCRYPTION_KEYS no longer holds."""


@cache
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError as error:
        raise ImproperlyConfigured(
            "FIELD_ENCRYPTION_KEYS : chaque clé Fernet fait 32 octets en base64 (44 caractères)."
        ) from error


def encrypt(text: str) -> str:
    """A Fernet token made with the first key; never twice the same."""
    return _fernet(tuple(settings.FIELD_ENCRYPTION_KEYS)).encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """Plain text of a token made with any of the keys; raises Undecipherable otherwise."""
    try:
        return _fernet(tuple(settings.FIELD_ENCRYPTION_KEYS)).decrypt(token.encode()).decode()
    except InvalidToken:
        raise Undecipherable(
            "Aucune clé de FIELD_ENCRYPTION_KEYS n’ouvre ce texte : remettez-y la clé qui l’a"
            " écrit, à la suite de la nouvelle."
        ) from None


def keyed_hash(text: str) -> str:
    """64 hexadecimal digits; equal for equal text, useless without the key. "" gives ""."""
    if not text:
        return ""
    key = settings.FIELD_HASH_KEY.encode()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


if TYPE_CHECKING:
    TextField = models.TextField[Any, Any]
else:
    TextField = models.TextField


class EncryptedTextField(TextField):
    """Text encrypted at rest (Fernet); "" stays "" so that constraints can ask for it.

    The same text never gives the same token: only `isnull` and emptiness can be searched.
    """

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return decrypt(value) if value else value

    def get_prep_value(self, value: Any) -> str | None:
        prepared = super().get_prep_value(value)
        return encrypt(prepared) if prepared else prepared

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name == "exact":
            return OnlyEmpty
        if lookup_name != "isnull":
            raise TypeError("An encrypted column has no order and no parts: search its keyed hash.")
        return super().get_lookup(lookup_name)


class OnlyEmpty(models.lookups.Exact):
    """`field=""` and no other: equal texts are stored as unequal tokens."""

    def get_prep_lookup(self) -> Any:
        if self.rhs != "":
            raise TypeError("An encrypted column is never equal: search its keyed hash.")
        return self.rhs
