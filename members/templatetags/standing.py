"""Whether the visitor's membership has lapsed, for the banner on her pages."""

from __future__ import annotations

from django import template
from django.utils import timezone

from members import rules
from members.models import Membership

register = template.Library()


@register.filter
def has_lapsed(membership: Membership | None) -> bool:
    """Told from the membership of the request, without a query; nobody has not lapsed."""
    return membership is not None and not rules.may_take_part(membership, timezone.localdate())
