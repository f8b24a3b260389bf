"""At the door: who came, who did not, and how many were counted without a name."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from cpts_portal.core import audit
from cpts_portal.core.lifecycle import Transition
from cpts_portal.core.models import Commune
from cpts_portal.core.refusals import NotPermitted, Refused
from prevention.lifecycle import ATTEND, MISS, UNNOTE
from prevention.models import HeadCount, Registration, RegistrationStatus, Session, SessionStatus
from prevention.queries.door import registrations
from prevention.queries.sessions import door_keepers
from prevention.rules.door import has_begun_at_door, may_open_door

NOTED = (RegistrationStatus.ATTENDED, RegistrationStatus.ABSENT)


def ask_door(session: Session, *, by: Any) -> None:
    """Raise NotPermitted for whoever does not keep this door now."""
    door_keepers(session)
    if not may_open_door(by, session, timezone.now()):
        raise NotPermitted(
            _(
                "La liste est ouverte à la coordination et, de deux heures avant la séance à douze"
                " heures après, aux bénévoles de la séance."
            )
        )


def lock_door(session: Session, *, by: Any) -> Session:
    """The session's row, locked, once people may be noted; raises NotPermitted, then Refused."""
    locked: Session = Session.objects.select_for_update(of=("self",), no_key=True).get(
        pk=session.pk
    )
    ask_door(locked, by=by)
    if locked.status == SessionStatus.CANCELLED:
        raise Refused(_("Cette séance a été annulée."))
    if not has_begun_at_door(locked, timezone.now()):
        raise Refused(_("Le pointage ouvre deux heures avant le début de la séance."))
    return locked


# --- By name ----------------------------------------------------------------------------------
@transaction.atomic
def note(registration: Registration, step: Transition, *, by: Any) -> Registration:
    """Note somebody present or absent, or take it back; the second tap changes nothing.

    Whoever is absent leaves her seat: noted present later, she needs one that is free. Raises
    NotPermitted, then Refused.
    """
    session = lock_door(registration.session, by=by)
    noted: Registration = (
        registrations().select_for_update(of=("self",), no_key=True).get(pk=registration.pk)
    )
    noted.session = session
    if noted.status == step.target:
        return noted
    source = step.apply(noted, by=by)
    _ask_seat(noted, source)
    if noted.has_answered:
        raise Refused(_("Cette personne a donné son avis sur la séance : elle est donc venue."))
    noted.noted_at = timezone.now() if noted.status in NOTED else None
    noted.save(update_fields=["status", "noted_at"])
    audit.record(noted, step.verb, by=by, source=source, target=noted.status)
    return noted


def _ask_seat(registration: Registration, source: str) -> None:
    """Under the session's lock, so that two taps never give one seat twice."""
    if source == RegistrationStatus.ABSENT and registration.session.seats_left < 1:
        raise Refused(_("Sa place a été donnée depuis : la salle est pleine."))


STEPS = {"present": ATTEND, "absent": MISS, "blank": UNNOTE}


# --- Without a name ---------------------------------------------------------------------------
@transaction.atomic
def count(
    session: Session, band: str, commune: Commune | None, *, people: int, by: Any
) -> HeadCount:
    """Add `people` to a counter, or take some off; two telephones add up.

    Raises NotPermitted, then Refused where fewer than none would be left.
    """
    locked = lock_door(session, by=by)
    counter, _is_new = HeadCount.objects.get_or_create(
        session=locked, age_band=band, commune=commune, defaults={"cpts_id": locked.cpts_id}
    )
    try:
        with transaction.atomic():
            HeadCount.objects.filter(pk=counter.pk).update(people=F("people") + people)
    except IntegrityError as broken:
        raise Refused(_why_not(people)) from broken
    audit.record(counter, "count", by=by, target=f"{people:+d}")
    counter.refresh_from_db(fields=["people"])
    return counter


def _why_not(people: int) -> str:
    if people < 0:
        return _("Ce compteur est déjà à zéro.")
    return _("Ce compteur est plein : 5 000 personnes au plus.")
