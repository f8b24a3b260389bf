"""No GP? The public form of the search, filled in with her or sent to her, with her consent."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from cpts_portal.core import audit
from cpts_portal.core.models import AccessEntry
from cpts_portal.core.refusals import NotPermitted, Refused
from patients.actions.drafts import start_draft
from patients.models import RequestDraft
from unscheduled_care import rules
from unscheduled_care.actions.claims import lock_claim
from unscheduled_care.models import Claim
from unscheduled_care.notifications import claims as notifications

CONTACT = "unscheduled_care.claimcontact"


@transaction.atomic
def start_search(claim: Claim, *, known: dict[str, Any], by: Any) -> RequestDraft:
    """The public form, to be filled in with her, traced to `by`; `known` is what it may show.

    Raises NotPermitted, then Refused.
    """
    locked = _kept(claim, by)
    key = locked.contact.pk
    audit.record_access(by=by, purpose=AccessEntry.Purpose.OPEN, patient_ids=[key], kind=CONTACT)
    audit.record(locked, "start_gp_search", by=by)
    return start_draft(locked.contact.language, known=known)


@transaction.atomic
def propose_search(claim: Claim, *, by: Any) -> None:
    """Send her the address of the form, once; raises NotPermitted, then Refused."""
    locked = _kept(claim, by)
    if not notifications.gp_form_proposed(locked):
        raise Refused(_("Elle n’a ni portable ni courriel : remplissez le formulaire avec elle."))
    audit.record(locked, "propose_gp_search", by=by)


def _kept(claim: Claim, by: Any) -> Claim:
    locked = lock_claim(claim)
    if not rules.keeps_claim(by, locked):
        raise NotPermitted(_("Vous n’avez pas le droit de faire cela."))
    if locked.contact.erased_at is not None:
        raise Refused(_("Ses coordonnées sont effacées."))
    return locked
