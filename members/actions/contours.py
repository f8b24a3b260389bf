"""The outlines of a territory's communes: imported, or taken off again."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from cpts_portal.core import audit
from cpts_portal.core.contours import Contours
from cpts_portal.core.refusals import NotPermitted
from members import rules
from members.models import Contour, Cpts


@transaction.atomic
def save_contours(cpts: Cpts, contours: Contours, *, by: Any) -> int:
    """Replace the outlines of the open CPTS by these; returns how many communes have one."""
    _allow(by)
    Cpts.objects.select_for_update(no_key=True).get(pk=cpts.pk)
    Contour.objects.all().delete()
    Contour.objects.bulk_create(
        Contour(cpts=cpts, commune_id=code, rings=rings)
        for code, rings in contours.outlines.items()
    )
    audit.record(cpts, "import_contours", by=by, reason=str(len(contours.outlines)))
    return len(contours.outlines)


@transaction.atomic
def remove_contours(cpts: Cpts, *, by: Any) -> None:
    """Back to the patchwork; twice is once."""
    _allow(by)
    deleted, _rows = Contour.objects.all().delete()
    if deleted:
        audit.record(cpts, "remove_contours", by=by)


def _allow(by: Any) -> None:
    if not rules.is_coordinator(by, by):
        raise NotPermitted(_("Seule la coordination change la carte."))
