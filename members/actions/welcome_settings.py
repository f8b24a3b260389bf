"""What the association prepares for newcomers: the checklist, the aids."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import transaction
from django.utils.translation import gettext as _

from cpts_portal.core import audit
from cpts_portal.core.refusals import NotPermitted
from members import rules
from members.models import InstallationAid, Membership, WelcomeStep

Prepared = TypeVar("Prepared", WelcomeStep, InstallationAid)


@transaction.atomic
def save(prepared: Prepared, *, by: Membership, **fields: Any) -> Prepared:
    """Add or change a step or an aid; put out of use, it stays in what was done."""
    if not rules.governs(by, by):
        raise NotPermitted(_("Cela revient à la coordination ou au bureau."))
    is_new = prepared.pk is None
    if is_new:
        prepared.cpts = by.cpts
    for name, value in fields.items():
        setattr(prepared, name, value)
    prepared.save()
    audit.record(prepared, "add" if is_new else "edit", by=by)
    return prepared
