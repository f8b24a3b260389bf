"""What the coordination sets for prevention: how long a freed seat waits, when two must read."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from cpts_portal.core import audit
from cpts_portal.core.refusals import NotPermitted
from members.models import Membership
from members.rules import governs
from prevention.models import PreventionTerms


@transaction.atomic
def set_terms(*, by: Membership, **terms: int) -> PreventionTerms:
    """Offers already made keep the deadline that they were given. Raises NotPermitted."""
    if not governs(by, by):
        raise NotPermitted(_("Ces réglages sont à la coordination et au bureau."))
    kept, _made = PreventionTerms.objects.update_or_create(cpts=by.cpts, defaults=terms)
    audit.record(kept, "edit", by=by)
    return kept
