"""What the patient's private page shows, and how her link is found."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from math import ceil
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from cpts_portal.core.audit import kind_of
from cpts_portal.core.fields import keyed_hash
from cpts_portal.core.models import AccessEntry, AuditEntry
from cpts_portal.core.scoping import scopes_disabled
from members.models import Cpts
from patients.models import GPRequest, PrivateLink, Referral, ReferralStatus

PAST_CASES_NEEDED = 10
RANGE_CACHED_SECONDS = 3600
ACCESSES_SHOWN = 20
IDENTITY_KEPT = timedelta(days=183)
"""Six months after the end of a request, as the retention rules say."""


def token_hash(token: str) -> str:
    """SHA-256 of the token; 128 random bits need no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


def link_of(token: str) -> PrivateLink | None:
    """The valid link of this token, whichever CPTS it belongs to: the token is the whole right."""
    with scopes_disabled():
        links = PrivateLink.objects.select_related("cpts", "request__patient", "request__commune")
        link = links.filter(token_hash=token_hash(token)).first()
    return link if link is not None and link.is_valid_at(timezone.now()) else None


def request_to_find(*, reference: str, birth_date: date, contact: str) -> GPRequest | None:
    """The request of whoever knows its reference, the birth date and the phone or e-mail kept."""
    kept = keyed_hash(contact)
    is_hers = Q(patient__phone_hash=kept) | Q(patient__email_hash=kept)
    with scopes_disabled():
        found = GPRequest.objects.select_related("cpts", "patient").filter(
            is_hers, reference=reference, patient__birth_date=birth_date
        )
        return found.first()


def accepted_by(request: GPRequest) -> Referral | None:
    """The referral of the GP who takes her on; shown on her page alone, never in a message."""
    accepted = request.referrals.filter(status=ReferralStatus.ACCEPTED)
    return accepted.select_related("gp__user").first()


def question_asked(request: GPRequest) -> str:
    """What the coordination wants to know; "" when it only asked for a check."""
    asked = AuditEntry.objects.filter(
        subject_kind=kind_of(request), subject_id=str(request.pk), verb="ask"
    )
    last = asked.order_by("-at").first()
    return last.reason if last else ""


def accesses(request: GPRequest) -> QuerySet[AccessEntry]:
    """Who read her identity, the latest first."""
    entries = AccessEntry.objects.filter(
        cpts_id=request.cpts_id, patient_ids__contains=[request.patient_id]
    )
    return entries.order_by("-at")[:ACCESSES_SHOWN]


def erased_on(request: GPRequest) -> date | None:
    """The Paris day her identity goes; None while the request is in progress."""
    return timezone.localdate(request.closed_at + IDENTITY_KEPT) if request.closed_at else None


def waiting_weeks(cpts: Cpts) -> tuple[int, int] | None:
    """Between how many weeks half of last year's requests found a GP: first and third quartile.

    None below ten past cases. Counted once an hour; at least one week.
    """
    key = f"waiting_weeks:{cpts.pk}"
    kept: Any = cache.get(key, default="")
    if kept == "":
        kept = _waiting_weeks(cpts)
        cache.set(key, kept, timeout=RANGE_CACHED_SECONDS)
    return (kept[0], kept[1]) if kept else None


def _waiting_weeks(cpts: Cpts) -> tuple[int, int] | None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*), percentile_cont(ARRAY[0.25, 0.75]) WITHIN GROUP (
                ORDER BY extract(epoch FROM referral.answered_at - request.first_requested_at))
            FROM patients_referral referral
            JOIN patients_gprequest request ON request.id = referral.request_id
            WHERE referral.cpts_id = %s AND referral.status = 'accepted'
                AND referral.answered_at >= %s
            """,
            [cpts.pk, timezone.now() - timedelta(days=365)],
        )
        count, quartiles = cursor.fetchone()
    if count < PAST_CASES_NEEDED:
        return None
    low, high = (max(1, ceil(float(seconds) / 604_800)) for seconds in quartiles)
    return low, high
