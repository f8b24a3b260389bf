"""Choices as a form shows them."""

from __future__ import annotations

from typing import Any

from django.utils.text import capfirst


def capitalised(choices: Any) -> list[tuple[Any, Any]]:
    """Labels with a capital, in the language of whoever reads them: they stay lazy."""
    return [(value, capfirst(label)) for value, label in choices]
