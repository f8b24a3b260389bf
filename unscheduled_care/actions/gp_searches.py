"""No GP? The public form of the search, filled in with her or sent to her, with her consent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cpts_portal.core import audit
from cpts_portal.core.models import AccessEntry, AuditEntry
from cpts_portal.core.refusals import NotPermitted, Refused
from patients.actions.drafts import start_draft
from patients.models import RequestDraft
from unscheduled_care import rules
from unscheduled_care.actions.claims import lock_claim
from unscheduled_care.models import Claim
from unscheduled_care.notifications import claims as notifications

CONTACT = "unscheduled_care.claimcontact"
STARTED = "start_gp_search"
FORMS = UUID("5b1f5f0c-9a53-4d0e-8e5f-6f1f4c9e2a17")


def form_of(claim: Claim) -> UUID:
    """The one form of this claim's patient: a second tap goes on with it."""
    return uuid5(FORMS, str(claim.pk))


@transaction.atomic
def start_search(claim: Claim, *, known: dict[str, Any], by: Any) -> RequestDraft:
    """The public form, to be filled in with her, traced to `by`; `known` is what it may show.

    Raises NotPermitted, then Refused.
    """
    locked = _kept(claim, by)
    key = locked.contact.pk
    audit.record_access(by=by, purpose=AccessEntry.Purpose.OPEN, patient_ids=[key], kind=CONTACT)
    audit.record(locked, STARTED, by=by)
    draft = start_draft(locked.contact.language, known=known, key=form_of(locked))
    if draft.confirmed_at is not None:
        raise Refused(_("Sa demande de médecin traitant est déjà déposée."))
    return draft


@transaction.atomic
def propose_search(claim: Claim, *, by: Any) -> None:
    """Send her the address of the form, once; raises NotPermitted, then Refused."""
    locked = _kept(claim, by)
    if not notifications.gp_form_proposed(locked):
        raise Refused(
            _("Elle n’a ni portable ni courriel : la coordination enregistre sa demande.")
        )
    audit.record(locked, "propose_gp_search", by=by)


def _kept(claim: Claim, by: Any) -> Claim:
    locked = lock_claim(claim)
    if not rules.keeps_claim(by, locked):
        raise NotPermitted(_("Vous n’avez pas le droit de faire cela."))
    if locked.contact.erased_at is not None:
        raise Refused(_("Ses coordonnées sont effacées."))
    return locked


def link_filed() -> int:
    """Tie to their claims the requests filed from their forms; how many. Scopes are closed.

    A form outlives its request by a week at most, hence how far back one looks.
    """
    since = timezone.now() - timedelta(days=2 * settings.RETENTION_DAYS["draft"])
    started = AuditEntry.objects.filter(
        subject_kind="unscheduled_care.claim", verb=STARTED, at__gte=since
    )
    ids = [int(key) for key in started.values_list("subject_id", flat=True)]
    claims = {form_of(one): one for one in Claim.objects.filter(pk__in=ids, gp_request=None)}
    drafts = RequestDraft.objects.filter(pk__in=claims, request__isnull=False)
    return sum(_link(claims[draft.pk], draft) for draft in drafts.select_related("request"))


@transaction.atomic
def _link(claim: Claim, draft: RequestDraft) -> bool:
    """Unless her commune gave the request to another CPTS."""
    if draft.request is None or draft.request.cpts_id != claim.cpts_id:
        return False
    Claim.objects.filter(pk=claim.pk).update(gp_request=draft.request)
    audit.record(claim, "link_gp_request", by=audit.SYSTEM)
    return True
