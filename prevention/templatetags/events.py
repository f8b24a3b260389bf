"""Words of the public list, each said once: a page holds dozens of them."""

from __future__ import annotations

from functools import lru_cache

from django import template
from django.utils.translation import get_language, ngettext, override

register = template.Library()


@lru_cache(maxsize=1024)
def _worded(count: int, language: str) -> str:
    with override(language):
        return ngettext("%(count)s place", "%(count)s places", count) % {"count": count}


@register.filter
def seats(count: int) -> str:
    """« 1 place », « 12 places »: what is left of a session."""
    return _worded(count, get_language() or "fr")
