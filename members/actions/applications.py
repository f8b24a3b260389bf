"""The public form being filled in, up to the code that hands it to the board."""

from __future__ import annotations

import enum
import secrets
import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from cpts_portal.core import audit
from cpts_portal.core.fields import keyed_hash
from cpts_portal.core.refusals import Refused
from members import lifecycle
from members.lifecycle import Applicant
from members.models import Application, ApplicationPlace, Cpts, Practice
from members.notifications import applications as notifications
from members.queries import applications as queries
from members.queries import documents
from members.rules.applications import Texts, missing_step

Status = Application.Status
CODE_MINUTES = 15
CODE_TRIES = 5
CODES_AT_MOST = 5
RESEND_AFTER = timedelta(seconds=30)
PLACES_AT_MOST = 8
SEVERAL = frozenset({"skills", "languages"})
"""Answers that are rows of their own."""


class Outcome(enum.Enum):
    """What became of a code typed in."""

    SUBMITTED = "submitted"
    KNOWN = "known"
    INCOMPLETE = "incomplete"
    WRONG = "wrong"
    EXPIRED = "expired"
    TOO_MANY = "too_many"


def start_draft(cpts: Cpts, language: str) -> Application:
    return Application.objects.create(cpts=cpts, key=uuid.uuid4(), language=language)


def forget_draft(draft: Application) -> None:
    """Keep nothing of a form that was not handed in."""
    Application.objects.filter(pk=draft.pk, status=Status.DRAFT).delete()


@transaction.atomic
def save_answers(draft: Application, answers: dict[str, Any]) -> Application:
    """Keep one page's answers; a changed one voids the code sent, which vouched for the others.

    Raises Refused once the application is handed in, or when the form is no longer there.
    """
    draft = _lock_draft(draft)
    rows = {name: answers[name] for name in SEVERAL & set(answers)}
    columns = {name: value for name, value in answers.items() if name not in SEVERAL}
    changed = [name for name, value in columns.items() if getattr(draft, name) != value]
    for name, value in columns.items():
        setattr(draft, name, value)
    for name, chosen in rows.items():
        if _has_other_rows(draft, name, chosen):
            getattr(draft, name).set(chosen)
            changed.append(name)
    _keep(draft, is_changed=bool(changed))
    return draft


def accept(draft: Application, texts: Texts) -> Application:
    """She accepts these very versions."""
    given = {"charter": texts.charter, "statutes": texts.statutes}
    return save_answers(draft, {**given, "accepted_at": timezone.now()})


@transaction.atomic
def add_practice(draft: Application, practice: Practice) -> ApplicationPlace:
    """She works in a known place; twice is once."""
    draft = _lock_draft(draft)
    known = draft.places.filter(practice=practice).first()
    return known or _add(draft, practice=practice)


@transaction.atomic
def add_place(draft: Application, told: dict[str, Any]) -> ApplicationPlace:
    """She describes a place; the same name in the same commune corrects the one before."""
    draft = _lock_draft(draft)
    same = draft.places.filter(name=told["name"], commune=told["commune"]).first()
    if same is None:
        return _add(draft, **told)
    for name, value in told.items():
        setattr(same, name, value)
    same.save()
    _keep(draft, is_changed=True)
    return same


@transaction.atomic
def remove_place(draft: Application, place_id: int) -> None:
    """Twice is once."""
    draft = _lock_draft(draft)
    gone, _per_model = draft.places.filter(pk=place_id).delete()
    _keep(draft, is_changed=bool(gone))


# --- The code -------------------------------------------------------------------------------
@transaction.atomic
def send_code(draft: Application, *, language: str) -> None:
    """Send six digits to her e-mail; a second click within 30 seconds sends nothing more.

    Raises Refused after five codes, or when the form is no longer there.
    """
    draft = _lock(draft)
    if draft.status != Status.DRAFT or _has_fresh_code(draft):
        return
    if draft.codes_sent >= CODES_AT_MOST:
        raise Refused(
            _("Nous vous avons déjà envoyé cinq codes : appelez-nous, nous finirons avec vous.")
        )
    code = f"{secrets.randbelow(10**6):06d}"
    draft.code_hash = _code_hash(draft, code)
    draft.code_expires_at = timezone.now() + timedelta(minutes=CODE_MINUTES)
    draft.code_tries, draft.codes_sent = 0, draft.codes_sent + 1
    draft.language = language
    draft.save()
    notifications.code_asked(draft, code, minutes=CODE_MINUTES)


@transaction.atomic
def submit(draft: Application, *, code: str) -> tuple[Outcome, Application]:
    """Hand the form in, once, whoever clicks twice; the application that now waits comes with it.

    A wrong code counts; it is no exception, since the count must be kept. KNOWN: the address just
    proved has one waiting already, whose link is sent again, and this form is forgotten.
    INCOMPLETE: an answer, or the version of the charter accepted, no longer holds.
    """
    draft = _lock(draft)
    outcome = _judge(draft, code)
    if outcome is Outcome.WRONG:
        draft.code_tries += 1
        draft.save(update_fields=["code_tries"])
    if outcome is not Outcome.SUBMITTED or draft.status != Status.DRAFT:
        return outcome, draft
    waiting = queries.waiting_with_email(draft)
    if waiting is not None:
        notifications.link_resent(waiting, occurrence=f"{waiting.pk}/{draft.key}")
        forget_draft(draft)
        return Outcome.KNOWN, waiting
    if missing_step(draft, documents.texts()):
        return Outcome.INCOMPLETE, draft
    return outcome, _hand_in(draft)


def _hand_in(draft: Application) -> Application:
    if queries.is_rpps_known(draft.rpps, but=draft):
        raise Refused(rpps_known())
    source = lifecycle.SUBMIT.apply(draft, by=Applicant(draft.pk))
    draft.submitted_at = timezone.now()
    draft.token_hash = queries.token_hash(queries.token_of(draft))
    try:
        with transaction.atomic():
            draft.save()
    except IntegrityError:
        raise Refused(
            _("Une candidature attend déjà avec ce courriel ou ce numéro RPPS.")
        ) from None
    audit.record(draft, "submit", by=Applicant(draft.pk), source=source, target=draft.status)
    notifications.received(draft)
    return draft


def rpps_known() -> str:
    """Says neither whose it is, nor whether she is a member or a candidate."""
    return _(
        "Ce numéro RPPS est déjà connu de cette CPTS : si c’est le vôtre, appelez-nous,"
        " nous regarderons avec vous."
    )


@transaction.atomic
def withdraw(application: Application, *, by: Any) -> Application:
    """Her own wish, from her page, or noted at the desk; she gets a word of it."""
    application = _lock(application)
    source = lifecycle.WITHDRAW.apply(application, by=by)
    application.closed_at = timezone.now()
    application.save(update_fields=["status", "closed_at"])
    audit.record(application, "withdraw", by=by, source=source, target=application.status)
    notifications.withdrawn(application)
    return application


def _add(draft: Application, **told: Any) -> ApplicationPlace:
    if draft.places.count() >= PLACES_AT_MOST:
        raise Refused(_("Huit lieux suffisent : vous en ajouterez d’autres une fois membre."))
    place = ApplicationPlace.objects.create(cpts_id=draft.cpts_id, application=draft, **told)
    _keep(draft, is_changed=True)
    return place


def _lock(application: Application) -> Application:
    found = queries.locked(application)
    if found is None:
        raise Refused(
            _("Votre candidature commencée n’est plus là : recommencez, cela prend cinq minutes.")
        )
    return found


def _lock_draft(draft: Application) -> Application:
    draft = _lock(draft)
    if draft.status != Status.DRAFT:
        raise Refused(already_handed_in(draft))
    return draft


def already_handed_in(application: Application) -> str:
    return _(
        "Votre candidature %(reference)s est déjà déposée : elle ne change plus. Pour la retirer,"
        " ouvrez le lien privé que vous avez reçu."
    ) % {"reference": application.reference}


def _keep(draft: Application, *, is_changed: bool) -> None:
    if is_changed:
        draft.code_hash, draft.code_expires_at = "", None
    draft.updated_at = timezone.now()
    draft.save()


def _has_other_rows(draft: Application, name: str, chosen: Iterable[Any]) -> bool:
    held = set(getattr(draft, name).values_list("pk", flat=True))
    return held != {row.pk for row in chosen}


def _judge(draft: Application, code: str) -> Outcome:
    is_right = bool(draft.code_hash) and constant_time_compare(
        draft.code_hash, _code_hash(draft, code)
    )
    if draft.status != Status.DRAFT:
        if not is_right:
            raise Refused(already_handed_in(draft))
        return Outcome.SUBMITTED
    if draft.code_expires_at is None or draft.code_expires_at <= timezone.now():
        return Outcome.EXPIRED
    if draft.code_tries >= CODE_TRIES:
        return Outcome.TOO_MANY
    return Outcome.SUBMITTED if is_right else Outcome.WRONG


def _has_fresh_code(draft: Application) -> bool:
    if draft.code_expires_at is None:
        return False
    sent_at = draft.code_expires_at - timedelta(minutes=CODE_MINUTES)
    return timezone.now() < sent_at + RESEND_AFTER


def _code_hash(draft: Application, code: str) -> str:
    return keyed_hash(f"application/{draft.pk}:{code}")
