"""How a promise of PostgreSQL is broken on purpose, and which ones an app has made."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import IntegrityError, connection, models, transaction

KINDS = (models.CheckConstraint, models.UniqueConstraint, ExclusionConstraint)


def refusal(act: Callable[[], Any]) -> str:
    """The name of the constraint that refuses `act`, deferred ones included."""
    with pytest.raises(IntegrityError) as refused:
        _act_at_once(act)
    return str(refused.value.__cause__.diag.constraint_name)  # type: ignore[union-attr]


def _act_at_once(act: Callable[[], Any]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        act()
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def twin(row: models.Model) -> Any:
    """The same row as PostgreSQL has it now, not saved, with a number and a key of its own."""
    second: Any = type(row)._default_manager.get(pk=row.pk)
    second.pk = None
    second._state.adding = True
    if hasattr(second, "key"):
        second.key = uuid.uuid4()
    return second


def promised(app: str) -> set[str]:
    """Names of an app's promises, but for the pair that each table of a CPTS is pointed at by."""
    return {
        constraint.name
        for model in apps.get_app_config(app).get_models()
        for constraint in model._meta.constraints
        if isinstance(constraint, KINDS) and not constraint.name.endswith("_id_within_cpts")
    }


def promised_by_triggers(app: str) -> set[str]:
    """Names under which the triggers of an app's tables refuse a row."""
    sources = [
        trigger.get_func(model)
        for model in apps.get_app_config(app).get_models()
        for trigger in getattr(model._meta, "triggers", ())
    ]
    return set(re.findall(r"CONSTRAINT = '(\w+)'", " ".join(map(str, sources))))
