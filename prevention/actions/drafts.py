"""The registration form of somebody without account, up to the code that makes it a seat."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cpts_portal.core import codes
from cpts_portal.core.models import Commune, Message
from cpts_portal.core.refusals import Refused
from prevention.actions.registrations import Door, RegistrationWords, register
from prevention.models import RegistrationDraft, Session
from prevention.notifications import registrations as notifications


@transaction.atomic
def save(session: Session, words: RegistrationWords, *, key: UUID) -> RegistrationDraft:
    """Keep what was written, under the form's `key`; confirmed, it changes no more.

    A changed answer voids the code sent: a code vouches for the answers it was sent for. Somebody
    else's name in a form that is confirmed already begins another one.
    """
    answers = _packed(words)
    RegistrationDraft.objects.get_or_create(
        pk=key, defaults={"cpts_id": session.cpts_id, "session": session, "answers": answers}
    )
    draft = _lock(key)
    if draft.registration is not None and draft.registration.person_hash != words.person_hash:
        return save(session, words, key=uuid5(key, words.person_hash))
    if draft.confirmed_at is None and draft.answers != answers:
        draft.code_hash, draft.code_expires_at = "", None
    if draft.confirmed_at is None:
        draft.answers, draft.language = answers, words.language
        draft.save()
    return draft


@transaction.atomic
def send_code(draft: RegistrationDraft) -> None:
    """Send six digits to her phone or e-mail; a second click within 30 seconds sends nothing more.

    Raises Refused after five codes, or when the form is no longer there.
    """
    draft = _lock(draft.pk)
    if draft.confirmed_at or codes.has_fresh(draft):
        return
    code = codes.renew(draft)
    draft.save(update_fields=codes.COLUMNS)
    channel, recipient = way_of(draft)
    notifications.code_asked(draft, code, channel=channel, recipient=recipient)


@transaction.atomic
def confirm(draft: RegistrationDraft, *, code: str) -> tuple[codes.CodeAnswer, RegistrationDraft]:
    """Turn the form into a seat or a rank, once, whoever clicks twice; the draft as it is then.

    A wrong code counts; it is no exception, since the count must be kept. Raises Refused when the
    session takes nobody any more.
    """
    draft = _lock(draft.pk)
    if draft.confirmed_at:
        return codes.CodeAnswer.CONFIRMED, draft
    answer = codes.judge(draft, code)
    if answer is codes.CodeAnswer.CONFIRMED:
        _become_registration(draft)
    draft.save(update_fields=["registration", "confirmed_at", "answers", *codes.COLUMNS])
    return answer, draft


def _become_registration(draft: RegistrationDraft) -> None:
    session = Session(pk=draft.session_id)
    words = words_of(draft)
    draft.registration = register(session, words, by=None, door=Door.ONLINE, key=draft.pk)
    draft.confirmed_at, draft.answers, draft.code_hash = timezone.now(), "{}", ""


def words_of(draft: RegistrationDraft) -> RegistrationWords:
    """What was written in a form that is not confirmed yet."""
    told: dict[str, Any] = json.loads(draft.answers)
    code = told.pop("commune")
    commune = Commune.objects.filter(pk=code).first() if code else None
    return RegistrationWords(**told, commune=commune)


def way_of(draft: RegistrationDraft) -> tuple[str, str]:
    """Channel and recipient of the code."""
    told = json.loads(draft.answers)
    if told["phone"]:
        return Message.Channel.SMS.value, told["phone"]
    return Message.Channel.EMAIL.value, told["email"]


def _packed(words: RegistrationWords) -> str:
    told = {name: getattr(words, name) for name in words.__dataclass_fields__}
    return json.dumps({**told, "commune": words.commune.pk if words.commune else ""})


def _lock(key: UUID) -> RegistrationDraft:
    rows = RegistrationDraft.objects.select_for_update(no_key=True)
    draft = rows.filter(pk=key).first()
    if draft is None:
        raise Refused(
            _("Votre inscription commencée n’est plus là : recommencez, cela prend deux minutes.")
        )
    return draft
