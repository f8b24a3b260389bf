"""Write every encrypted text again with the first key, so that the old one can be withdrawn."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pgtrigger
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import models, transaction

from cpts_portal.core.fields import EncryptedTextField, Undecipherable, decrypt, encrypt

BATCH = 500
FACTOR_SECRETS = frozenset({"secret", "seed", "migrated_codes"})


class Command(BaseCommand):
    help = "Réécrit tous les textes chiffrés avec la première clé de FIELD_ENCRYPTION_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
        for model in apps.get_models():
            if names := encrypted_fields(model):
                self._tell(model, partial(rotate, model, names))
        self._tell(Authenticator, rotate_factors)

    def _tell(self, model: type[models.Model], rotated: Callable[[], int]) -> None:
        try:
            self.stdout.write(f"{model._meta.label} : {rotated()} lignes.")
        except Undecipherable as error:
            raise CommandError(f"{model._meta.label} : {error}") from error


def encrypted_fields(model: type[models.Model]) -> list[str]:
    if not model._meta.managed or model._meta.proxy:
        return []
    fields = model._meta.concrete_fields
    return [field.name for field in fields if isinstance(field, EncryptedTextField)]


def rotate(model: type[models.Model], names: list[str]) -> int:
    """Rows of one table, batch by batch, each locked while it is rewritten; safe to run again."""
    done, last = 0, None
    while batch := _rotate_after(last, model, names):
        done, last = done + len(batch), batch[-1].pk
    return done


@transaction.atomic
def _rotate_after(last: Any, model: type[models.Model], names: list[str]) -> list[models.Model]:
    """No trigger runs: the text is the same, even in a trace that nobody may change."""
    rows = model._base_manager.select_for_update(no_key=True).order_by("pk").only("pk", *names)
    batch = list(rows.filter(pk__gt=last)[:BATCH] if last else rows[:BATCH])
    if batch:
        with pgtrigger.ignore():
            model._base_manager.bulk_update(batch, names)
    return batch


@transaction.atomic
def rotate_factors() -> int:
    """Second factors, whose secrets allauth keeps inside its JSON column."""
    factors = list(Authenticator.objects.select_for_update(no_key=True).order_by("pk"))
    for factor in factors:
        factor.data = {
            name: _rewritten(value) if name in FACTOR_SECRETS else value
            for name, value in factor.data.items()
        }
    Authenticator.objects.bulk_update(factors, ["data"], batch_size=BATCH)
    return len(factors)


def _rewritten(secret: Any) -> Any:
    """One token, or the list that old recovery codes are."""
    if isinstance(secret, list):
        return [_rewritten(each) for each in secret]
    return encrypt(decrypt(secret))
