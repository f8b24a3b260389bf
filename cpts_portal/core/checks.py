"""What must be true of the settings before anything runs, beyond being there."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured

from cpts_portal.core import fields


def check_encryption_keys(**kwargs: Any) -> list[CheckMessage]:
    """A key that is none would show itself at the first patient; `migrate` says it first."""
    try:
        fields.encrypt("")
    except ImproperlyConfigured as error:
        return [Error(str(error), id="portal.E001")]
    return []
