"""Words of the public list, each said once: a page holds dozens of them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext, override

from prevention.queries.census import Option

register = template.Library()


@lru_cache(maxsize=1024)
def _worded(count: int, language: str) -> str:
    with override(language):
        return ngettext("%(count)s place", "%(count)s places", count) % {"count": count}


@register.filter
def seats(count: int) -> str:
    """« 1 place », « 12 places »: what is left of a session."""
    return _worded(count, get_language() or "fr")


@register.filter
def options(choices: Iterable[Option]) -> SafeString:
    """Of a select, each with how many sessions it would leave; a CPTS has dozens of communes."""
    drawn = '<option value="{}"{}>{} ({})</option>'
    return format_html_join("", drawn, (_parts(one) for one in choices))


def _parts(one: Option) -> tuple[object, ...]:
    return one.code, SafeString(" selected" if one.is_chosen else ""), one.label, one.sessions
