"""What the patient's private page shows, and how her link is found."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from math import ceil
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.audit import Access, accesses_of, kind_of
from cpts_portal.core.fields import keyed_hash
from cpts_portal.core.models import AuditEntry
from cpts_portal.core.scoping import scopes_disabled
from members.models import Cpts, Role
from patients.models import GPRequest, PrivateLink, Referral, Status

PAST_CASES_NEEDED = 10
RANGE_CACHED_SECONDS = 3600
ACCESSES_SHOWN = 20


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


def holding(request: GPRequest) -> Referral | None:
    """The referral of the GP who takes her on, or is asked to; his name is told once he accepts."""
    return request.referrals.holding().select_related("gp__user").first()


def standing(request: GPRequest, referral: Referral | None) -> tuple[Any, Any]:
    """The words of its state; a referral past its deadline counts as returned, worker or not."""
    is_late = referral is not None and referral.is_late_at(timezone.now())
    return STANDING[Status.QUALIFIED if is_late else request.status]


def question_asked(request: GPRequest) -> str:
    """What the coordination wants to know; "" when it only asked for a check."""
    asked = AuditEntry.objects.filter(
        subject_kind=kind_of(request), subject_id=str(request.pk), verb="ask"
    )
    last = asked.order_by("-at").first()
    return last.reason if last else ""


def accesses(request: GPRequest) -> list[dict[str, Any]]:
    """Who read her identity, by role and day, the latest first."""
    return [
        {
            "day": access.day,
            "role": _reader(access),
            "purpose": access.purpose.label,
            "times": access.times,
        }
        for access in accesses_of(request.patient_id)[:ACCESSES_SHOWN]
    ]


def _reader(access: Access) -> str:
    """A role, never a name; a delegate's own, with the word that she acts for somebody."""
    role = str(Role(access.role).label)
    return _("%(role)s, pour un médecin") % {"role": role} if access.is_on_behalf else role


def erased_on(request: GPRequest) -> date | None:
    """The Paris day her identity goes; None while the request is in progress."""
    kept = timedelta(days=settings.RETENTION_DAYS["closed_request"])
    return timezone.localdate(request.closed_at + kept) if request.closed_at else None


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


STANDING: dict[str, tuple[Any, Any]] = {
    Status.RECEIVED: (
        _("Nous avons bien reçu votre demande"),
        _("L’équipe de coordination va la lire et vous appelle s’il manque quelque chose."),
    ),
    Status.TO_COMPLETE: (
        _("Il nous manque une information"),
        _("Dès que vous avez répondu, nous reprenons la recherche. Votre rang est gardé."),
    ),
    Status.QUALIFIED: (
        _("Nous cherchons un médecin pour vous"),
        _("Demande complète : nous la proposons aux médecins proches, l’un après l’autre."),
    ),
    Status.REFERRED: (
        _("Nous cherchons un médecin pour vous"),
        _("Votre demande est proposée à un médecin. S’il ne peut pas, nous en cherchons un autre."),
    ),
    Status.ACCEPTED: (
        _("Un médecin a accepté votre demande"),
        _("Son cabinet va vous proposer un premier rendez-vous."),
    ),
    Status.FIRST_VISIT_SET: (
        _("Votre premier rendez-vous est fixé"),
        _("Venez avec votre carte Vitale : le médecin fera avec vous la déclaration."),
    ),
    Status.DECLARED: (
        _("Vous avez un médecin traitant"),
        _("Il est déclaré à l’Assurance maladie. Votre demande est terminée."),
    ),
    Status.FOUND_ALONE: (
        _("Vous avez trouvé un médecin traitant"),
        _("Votre demande est terminée. Merci de nous l’avoir dit."),
    ),
    Status.OUT_OF_AREA: (
        _("Votre demande est terminée"),
        _("Vous habitez en dehors de notre territoire : appelez-nous, nous vous dirons qui aide."),
    ),
    Status.UNREACHABLE: (
        _("Nous n’avons pas réussi à vous joindre"),
        _("La recherche est arrêtée. Appelez-nous : nous la reprenons, à la même date."),
    ),
    Status.WITHDRAWN: (
        _("Votre demande est arrêtée"),
        _("Vous avez changé d’avis ? Appelez-nous : nous la reprenons, à la même date."),
    ),
    Status.DUPLICATE: (
        _("Votre demande est réunie à une autre"),
        _("Vous en aviez déjà une : c’est elle que nous suivons. Appelez-nous pour en parler."),
    ),
    Status.MOVED: (
        _("Votre demande est terminée"),
        _("Vous quittez le territoire. Vous restez ? Appelez-nous : nous la reprenons."),
    ),
    Status.DECEASED: (_("Cette demande est terminée"), _("Pour toute question, appelez-nous.")),
}
"""Each state in plain words: where it stands, what comes next."""

MILESTONES = (
    (_("Demande reçue"), ()),
    (
        _("Demande vérifiée"),
        (Status.QUALIFIED, Status.REFERRED, Status.ACCEPTED, Status.FIRST_VISIT_SET),
    ),
    (_("Un médecin accepte"), (Status.ACCEPTED, Status.FIRST_VISIT_SET)),
    (_("Premier rendez-vous"), (Status.FIRST_VISIT_SET,)),
    (_("Médecin traitant déclaré"), ()),
)


def milestones(request: GPRequest) -> list[tuple[Any, bool]]:
    """The way of a request in progress: each stage, and whether it is behind her."""
    return [
        (label, rank == 0 or request.status in reached)
        for rank, (label, reached) in enumerate(MILESTONES)
    ]
