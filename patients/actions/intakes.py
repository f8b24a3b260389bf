"""A GP's terms are his alone to write."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cpts_portal.core import audit
from cpts_portal.core.refusals import NotPermitted
from members.models import Membership
from patients import rules
from patients.actions.steps import ask_standing
from patients.models import Intake


@transaction.atomic
def set_terms(*, by: Membership, **terms: Any) -> Intake:
    """Open or change one's own intake; referrals already proposed keep their place.

    Raises NotPermitted, then Refused: a lapsed member closes his intake and opens none.
    """
    if not rules.has_intake(by):
        raise NotPermitted(_("Seul un médecin qui peut être médecin traitant a une capacité."))
    if terms.get("monthly_quota"):
        ask_standing(by)
    intake, _is_new = Intake.objects.update_or_create(
        membership=by, cpts_id=by.cpts_id, defaults={**terms, "updated_at": timezone.now()}
    )
    audit.record(intake, "set_terms", by=by)
    return intake
