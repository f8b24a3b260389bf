"""What PostgreSQL refuses, said in the sentence that the constraint carries."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError, models, transaction

from cpts_portal.core.refusals import Refused


@contextmanager
def told_politely(model: type[models.Model]) -> Iterator[None]:
    """Raise Refused instead of IntegrityError when a constraint of `model` that has a sentence of
    its own is broken inside; the caller's transaction stays usable.

    Constraints judged at commit, such as SameCpts, are not caught.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        sentence = _sentence(model, error)
        if sentence is None:
            raise
        raise Refused(sentence) from error


def _sentence(model: type[models.Model], error: IntegrityError) -> str | None:
    diagnosis: Any = getattr(error.__cause__, "diag", None)
    broken = getattr(diagnosis, "constraint_name", None)
    for constraint in model._meta.constraints:
        if constraint.name == broken and _has_words(constraint):
            return str(constraint.get_violation_error_message())
    return None


def _has_words(constraint: models.BaseConstraint) -> bool:
    """Whether its sentence was written for it, and is not Django's general one."""
    general = models.BaseConstraint.default_violation_error_message
    return bool(constraint.violation_error_message != general)
