"""The public form being filled in, up to the code that makes it a request."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cpts_portal.core import codes
from cpts_portal.core.codes import CodeAnswer
from cpts_portal.core.fields import keyed_hash
from cpts_portal.core.models import Message
from cpts_portal.core.refusals import Refused
from members.models import Cpts
from patients import notifications
from patients.actions.filing import Identity, Situation, file_new, lock_person
from patients.models import GPRequest, RequestDraft
from patients.queries.filing import waiting_request

KNOWN = "known"
"""Where a form keeps what was known before its first question; no question is named so."""

Answers = dict[str, Any]


def start_draft(
    language: str, *, known: Answers | None = None, key: UUID | None = None
) -> RequestDraft:
    """An empty form, or the one begun before under `key`.

    `known` is what is known before she is asked, by question: shown, and hers to change.
    """
    answers = json.dumps({KNOWN: known} if known else {})
    draft, _is_new = RequestDraft.objects.get_or_create(
        pk=key or uuid4(), defaults={"language": language, "answers": answers}
    )
    return draft


def forget_draft(draft: RequestDraft) -> None:
    """Keep nothing of an unconfirmed form."""
    RequestDraft.objects.filter(pk=draft.pk, confirmed_at=None).delete()


@transaction.atomic
def save_step(
    draft: RequestDraft, slug: str, typed: Answers, *, cpts: Cpts | None = None
) -> RequestDraft:
    """Keep one question's answer as typed; `cpts` takes the form over when the commune says so.

    A changed answer voids the code sent: a code vouches for the answers it was sent for. After the
    confirmation the same answer changes nothing; another one raises Refused.
    """
    draft = _lock(draft.pk)
    answers = json.loads(draft.answers)
    if draft.confirmed_at:
        if answers["digests"].get(slug) != _digest(typed):
            raise Refused(already_filed(draft))
        return draft
    if answers.get(slug) != typed:
        draft.answers = json.dumps({**answers, slug: typed})
        draft.code_hash, draft.code_expires_at = "", None
    draft.cpts = cpts or draft.cpts
    draft.updated_at = timezone.now()
    draft.save()
    return draft


@transaction.atomic
def send_code(draft: RequestDraft, *, channel: str, recipient: str, language: str) -> None:
    """Send six digits to the chosen way; a second click within 30 seconds sends nothing more.

    Raises Refused after five codes, or when the form is no longer there.
    """
    draft = _lock(draft.pk)
    if draft.confirmed_at or _has_fresh_code(draft, channel):
        return
    code = codes.renew(draft)
    draft.language = language
    draft.answers = json.dumps({**json.loads(draft.answers), "channel": channel})
    draft.save()
    notifications.code_asked(
        draft, code, channel=channel, recipient=recipient, minutes=codes.MINUTES
    )


@transaction.atomic
def confirm(
    draft: RequestDraft, *, code: str, identity: Identity, situation: Situation
) -> tuple[CodeAnswer, RequestDraft]:
    """Turn the form into a request, once, whoever clicks twice; the draft as it is then.

    A wrong code counts; it is no exception, since the count must be kept. The same person already
    waiting, reached by the way just proved, gets her existing request and a new link to it.
    """
    draft = _lock(draft.pk)
    if draft.confirmed_at:
        return ask_same_code(draft, code), draft
    answer = codes.judge(draft, code)
    if answer is CodeAnswer.WRONG:
        draft.save(update_fields=["code_attempts"])
    if answer is CodeAnswer.CONFIRMED:
        _become_request(draft, identity, situation)
    return answer, draft


def ask_same_code(draft: RequestDraft, code: str) -> CodeAnswer:
    """CONFIRMED for the code that confirmed `draft`; raises Refused for another one."""
    if not codes.is_right(draft, code):
        raise Refused(already_filed(draft))
    return CodeAnswer.CONFIRMED


def receipt(draft: RequestDraft) -> Answers:
    """What the confirmation page repeats: the link's `token`, and whether she `is_known`."""
    kept: Answers = json.loads(draft.answers)
    return kept


def already_filed(draft: RequestDraft) -> str:
    assert draft.request is not None
    return _(
        "Votre demande %(reference)s est déjà enregistrée : elle n’est pas modifiée. Pour corriger"
        " une réponse, ouvrez le lien privé que vous avez reçu."
    ) % {"reference": draft.request.reference}


def _become_request(draft: RequestDraft, identity: Identity, situation: Situation) -> None:
    assert draft.cpts is not None
    lock_person(draft.cpts, identity)
    answers = json.loads(draft.answers)
    by_sms = answers["channel"] == Message.Channel.SMS
    proved = {"phone": identity.phone} if by_sms else {"email": identity.email}
    way = (answers["channel"], *proved.values())
    waiting = waiting_request(
        search_name=identity.search_name, birth_date=identity.birth_date, **proved
    )
    if waiting is None:
        request, token = file_new(
            cpts=draft.cpts,
            identity=identity,
            situation=situation,
            source=GPRequest.Source.WEB,
            by=None,
        )
        notifications.request_received(request, token, way=way)
    else:
        request, token = waiting, notifications.open_link(waiting)
        notifications.link_resent(waiting, token, way=way)
        RequestDraft.objects.filter(request=waiting).delete()
    _close(draft, request, {"token": token, "is_known": waiting is not None}, answers)


def _close(draft: RequestDraft, request: GPRequest, outcome: Answers, answers: Answers) -> None:
    """Keep what repeats the same answer page, and only fingerprints of what was typed."""
    digests = {slug: _digest(typed) for slug, typed in answers.items()}
    draft.request, draft.confirmed_at = request, timezone.now()
    draft.answers = json.dumps({**outcome, "digests": digests})
    draft.save()


def _lock(draft_id: UUID) -> RequestDraft:
    rows = RequestDraft.objects.select_for_update(of=("self",), no_key=True)
    draft = rows.select_related("cpts").filter(pk=draft_id).first()
    if draft is None:
        raise Refused(
            _("Votre demande commencée n’est plus là : recommencez, cela prend cinq minutes.")
        )
    return draft


def _has_fresh_code(draft: RequestDraft, channel: str) -> bool:
    return json.loads(draft.answers).get("channel") == channel and codes.has_fresh(draft)


def _digest(typed: Any) -> str:
    return keyed_hash(json.dumps(typed, sort_keys=True))
