"""Columns unreadable without the application's key, and the keyed hash that finds them again."""

from __future__ import annotations

import hashlib
import hmac
from functools import cache
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import models


@cache
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(text: str) -> str:
    return _fernet(tuple(settings.FIELD_ENCRYPTION_KEYS)).encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """Plain text of a token made with any of the keys; raises `InvalidToken` otherwise."""
    return _fernet(tuple(settings.FIELD_ENCRYPTION_KEYS)).decrypt(token.encode()).decode()


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
    """Text encrypted at rest (Fernet); "" stays "" so that constraints can ask for it."""

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return decrypt(value) if value else value

    def get_prep_value(self, value: Any) -> str | None:
        prepared = super().get_prep_value(value)
        return encrypt(prepared) if prepared else prepared

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name not in {"isnull", "exact", "in"}:
            raise TypeError("An encrypted column has no order and no parts: search its keyed hash.")
        return super().get_lookup(lookup_name)
