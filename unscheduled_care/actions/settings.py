"""What the coordination sets for unscheduled care: delays, and who claims for the SAS."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from cpts_portal.core import audit
from cpts_portal.core.refusals import NotPermitted, Refused
from members.models import Membership, Role
from members.rules import governs
from unscheduled_care.models import CareTerms, SasDesk


def _ask_governance(by: Any) -> None:
    if not governs(by, by):
        raise NotPermitted(_("Ces réglages sont à la coordination et au bureau."))


@transaction.atomic
def set_terms(*, by: Membership, **seconds: int) -> CareTerms:
    """Holds, needs and offers already begun keep the delay that they were given."""
    _ask_governance(by)
    terms, _made = CareTerms.objects.update_or_create(cpts=by.cpts, defaults=seconds)
    audit.record(terms, "edit", by=by)
    return terms


@transaction.atomic
def name_sas(membership: Membership, *, by: Membership) -> SasDesk:
    """Let a partner claim the slots opened to the SAS; asked twice, she is named once."""
    _ask_governance(by)
    if membership.role != Role.PARTNER:
        raise Refused(_("Seul un partenaire peut être la régulation du SAS."))
    desk, is_new = SasDesk.objects.get_or_create(
        membership=membership, defaults={"cpts": by.cpts, "named_by": by}
    )
    if is_new:
        audit.record(desk, "name", by=by)
    return desk


@transaction.atomic
def unname_sas(desk: SasDesk, *, by: Membership) -> None:
    """From now on the board is closed to her; what she has claimed stays."""
    _ask_governance(by)
    audit.record(desk, "unname", by=by)
    desk.delete()
