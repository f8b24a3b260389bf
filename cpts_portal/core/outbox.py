"""The one door out: a row in the action's transaction, delivered once it is committed.

Promise: nothing is lost; a crash between the server's accept and our mark repeats one message at
most, under the same Message-ID.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from datetime import time as Clock  # noqa: N812 - a reading of the clock, not the module
from typing import Any, NotRequired, TypedDict, Unpack
from uuid import UUID
from zoneinfo import ZoneInfo

import holidays
import structlog
from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import F, Q
from django.template import Context
from django.template.loader import get_template
from django.utils import timezone, translation

from cpts_portal.core import sms, wake
from cpts_portal.core.audit import kind_of
from cpts_portal.core.failures import DeliveryFailure, FinalFailure, TemporaryFailure
from cpts_portal.core.fields import Undecipherable, keyed_hash
from cpts_portal.core.mails import Mailer
from cpts_portal.core.models import Message
from cpts_portal.core.scoping import open_scope

Channel = Message.Channel
Status = Message.Status

DELIVER = "core.deliver"
BATCH = 100
BATCH_SECONDS = 120.0
LEASE = timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT)
RETRY_AFTER = timedelta(seconds=60)
PARIS = ZoneInfo("Europe/Paris")
OPENS, CLOSES = Clock(9), Clock(19)

log = structlog.get_logger(__name__)
ASKED_TOGETHER, ASKED_FOR = 20, 1.0
"""How many messages one question is about, and for how many seconds its answer holds."""

_needs: dict[str, Callable[[Message], bool]] = {}
_needs_of_many: dict[str, Callable[[Sequence[Message]], Collection[UUID]]] = {}
_public_holidays = holidays.country_holidays("FR")


# --- Posting ----------------------------------------------------------------------------------
class Letter(TypedDict):
    """What `post` takes.

    `recipient` is an e-mail address or an E.164 number. `template` names the folder of
    subject.txt and body.txt, or of sms.txt, rendered at once, unescaped, in `language`.
    An e-mail with an `unsubscribe_url` bears the one-click headers of RFC 8058.
    """

    channel: str
    recipient: str
    purpose: str
    occurrence: str
    template: str
    context: dict[str, Any]
    cpts: NotRequired[Any]
    subject: NotRequired[models.Model | None]
    language: NotRequired[str]
    not_before: NotRequired[datetime | None]
    give_up_at: NotRequired[datetime | None]
    unsubscribe_url: NotRequired[str]


def post(**letter: Unpack[Letter]) -> Message | None:
    """Write one message into the caller's transaction; None if that row exists already.

    Raises TransactionManagementError outside a transaction.
    """
    [message] = _written([letter])
    if not Message.objects.filter(pk=message.pk).exists():
        return None
    _wake_at_commit([message])
    return message


def post_all(letters: Iterable[Letter]) -> list[Message]:
    """As `post`, several in one statement, and one call to a worker for all that are due now.

    Returns a message a letter, in their order; those of rows that stood already are not stored.
    """
    if written := _written(letters):
        _wake_at_commit(written)
    return written


def rows_of(letters: Iterable[Letter]) -> list[Message]:
    """As `post_all`, for the caller to insert with its other rows, unless they are there already.

    See `core.inserts`. Raises TransactionManagementError outside a transaction.
    """
    messages = _messages(letters)
    _wake_at_commit(messages)
    return messages


def _written(letters: Iterable[Letter]) -> list[Message]:
    """Inserted, but those that stood already: to deliver one of these does nothing."""
    messages = _messages(letters)
    Message.objects.bulk_create(messages, ignore_conflicts=True)
    return messages


def _messages(letters: Iterable[Letter]) -> list[Message]:
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("post() belongs in the action's transaction")
    return [_composed(**letter) for letter in letters]


def _composed(
    *,
    channel: str,
    recipient: str,
    purpose: str,
    occurrence: str,
    template: str,
    context: dict[str, Any],
    cpts: Any = None,
    subject: models.Model | None = None,
    language: str = "fr",
    not_before: datetime | None = None,
    give_up_at: datetime | None = None,
    unsubscribe_url: str = "",
) -> Message:
    owner = cpts or getattr(subject, "cpts", None)
    title, body = _render(channel, template, {**context, "cpts": owner}, language)
    due = not_before or timezone.now()
    return Message(
        cpts=owner,
        channel=channel,
        purpose=purpose,
        occurrence=occurrence,
        recipient=recipient,
        recipient_hash=recipient_hash(recipient),
        subject_kind=kind_of(subject) if subject else "",
        subject_id=str(subject.pk) if subject else "",
        language=language,
        title=title,
        body=body,
        not_before=due,
        give_up_at=give_up_at or due + timedelta(days=3),
        unsubscribe_url=unsubscribe_url,
    )


def _wake_at_commit(messages: Iterable[Message]) -> None:
    """Ask for the delivery of those whose hour has come; without a broker, the sweep finds them."""
    now = timezone.now()
    due = [str(message.pk) for message in messages if message.not_before <= now]
    if due:
        wake.after_commit(DELIVER, *due)


def recipient_hash(recipient: str) -> str:
    """What the ledger finds an address by, whatever its case."""
    return keyed_hash(recipient.strip().casefold())


def needed(
    purpose: str,
) -> Callable[[Callable[[Message], bool]], Callable[[Message], bool]]:
    """Register the question asked again just before sending, with the message's CPTS open.

    A message no longer needed is dropped: `@needed("reminder") def is_still_booked(message): …`.
    """

    def register(is_needed: Callable[[Message], bool]) -> Callable[[Message], bool]:
        _needs[purpose] = is_needed
        return is_needed

    return register


def needed_of_many(
    purpose: str,
) -> Callable[
    [Callable[[Sequence[Message]], Collection[UUID]]],
    Callable[[Sequence[Message]], Collection[UUID]],
]:
    """As `needed`, for what leaves by the thousand: the keys of those still needed, in one query.

    Asked for the next ASKED_TOGETHER messages, and again once ASKED_FOR seconds have passed; no
    CPTS is open.
    """

    def register(
        still_needed: Callable[[Sequence[Message]], Collection[UUID]],
    ) -> Callable[[Sequence[Message]], Collection[UUID]]:
        _needs_of_many[purpose] = still_needed
        return still_needed

    return register


def can_send(channel: str) -> bool:
    """Whether the portal has a way out for `channel`; e-mail always, SMS once it is set up."""
    return channel == Channel.EMAIL or sms.is_available()


def polite_time(now: datetime) -> datetime:
    """`now`, or the next moment at which a patient may be written to without being asked for.

    From 9 to 19 h in Paris, never on a Sunday or a French public holiday.
    """
    local = now.astimezone(PARIS)
    if local.time() >= CLOSES:
        local = _opening(local + timedelta(days=1))
    elif local.time() < OPENS:
        local = _opening(local)
    while local.isoweekday() == 7 or local.date() in _public_holidays:
        local = _opening(local + timedelta(days=1))
    return local


def _opening(day: datetime) -> datetime:
    return datetime.combine(day.date(), OPENS, PARIS)


def _render(channel: str, template: str, context: dict[str, Any], language: str) -> tuple[str, str]:
    with translation.override(language):
        if channel == Channel.SMS:
            return "", sms.plain(_text(f"{template}/sms.txt", context))
        title = " ".join(_text(f"{template}/subject.txt", context).split())
        return title[:200], _text(f"{template}/body.txt", context).strip() + "\n"


def _text(name: str, context: dict[str, Any]) -> str:
    compiled: Any = get_template(name)
    text: str = compiled.template.render(
        Context({**context, "public_url": settings.PUBLIC_URL}, autoescape=False)
    )
    return text


# --- Delivering -------------------------------------------------------------------------------
def due_at(now: datetime) -> models.QuerySet[Message]:
    """To send now: waiting and ripe, or taken by a worker that let its lease run out."""
    ripe = Q(status=Status.WAITING, not_before__lte=now)
    abandoned = Q(status=Status.SENDING, leased_until__lte=now)
    return Message.objects.filter(ripe | abandoned)


def deliver(*message_ids: UUID) -> int:
    """Send these messages if they are still to be sent; how many left."""
    return _send_all(_claim(due_at(timezone.now()).filter(pk__in=message_ids)))


def deliver_due(limit: int = BATCH) -> int:
    """Claim up to `limit` messages, the longest due first, and send them; how many left."""
    now = timezone.now()
    return _send_all(_claim(due_at(now).order_by("not_before", "created_at")[:limit]))


def _claim(wanted: models.QuerySet[Message]) -> list[Message]:
    """Make the rows ours for one lease; rows that another worker is taking are passed over."""
    with transaction.atomic():
        ids = list(
            wanted.select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True)
        )
        if not ids:
            return []
        Message.objects.filter(pk__in=ids).update(
            status=Status.SENDING,
            leased_until=timezone.now() + LEASE,
            attempts=F("attempts") + 1,
        )
    return _opened(Message.objects.filter(pk__in=ids).order_by("not_before", "created_at"))


def _opened(claimed: models.QuerySet[Message]) -> list[Message]:
    """Rows and their CPTS in one query; a text that no key opens then fails by itself."""
    try:
        return list(claimed.select_related("cpts"))
    except Undecipherable:
        return list(claimed.select_related("cpts").defer("recipient", "body"))


def _send_all(claimed: list[Message]) -> int:
    """Each result is marked before the next message leaves; what time forbids is given back."""
    stop_at = time.monotonic() + BATCH_SECONDS
    needs, sent = _Needs(claimed), 0
    with Mailer() as mailer:
        for position, message in enumerate(claimed):
            if time.monotonic() > stop_at:
                _give_back(claimed[position:])
                break
            sent += _send_one(message, mailer, needs)
    return sent


def _send_one(message: Message, mailer: Mailer, needs: _Needs) -> bool:
    try:
        if not needs.has(message):
            _mark(message, Status.DROPPED)
            return False
        provider_id = _hand_over(message, mailer)
    except DeliveryFailure as failure:
        _mark_failure(message, failure)
        return False
    except Exception as error:  # one bad row must not hold up the others
        log.exception("message_broken", message_id=str(message.pk), purpose=message.purpose)
        _mark_failure(message, TemporaryFailure(f"unexpected_{type(error).__name__}"))
        return False
    _mark_sent(message, provider_id)
    return True


class _Needs:
    """Whether each message of a batch is still needed, asked just before it leaves."""

    def __init__(self, claimed: Sequence[Message]) -> None:
        self._left = list(claimed)
        self._known: dict[UUID, bool] = {}
        self._until = 0.0

    def has(self, message: Message) -> bool:
        if message.purpose in _needs_of_many:
            return self._among_many(message)
        is_needed = _needs.get(message.purpose)
        if is_needed is None:
            return True
        with open_scope(cpts=message.cpts):
            return is_needed(message)

    def _among_many(self, message: Message) -> bool:
        if message.pk not in self._known or time.monotonic() > self._until:
            self._ask(message)
        return self._known[message.pk]

    def _ask(self, message: Message) -> None:
        """About `message` and those of its purpose that follow it."""
        position = next(at for at, one in enumerate(self._left) if one.pk == message.pk)
        self._left = self._left[position:]
        alike = [one for one in self._left if one.purpose == message.purpose][:ASKED_TOGETHER]
        needed = _needs_of_many[message.purpose](alike)
        self._known = {one.pk: one.pk in needed for one in alike}
        self._until = time.monotonic() + ASKED_FOR


def _hand_over(message: Message, mailer: Mailer) -> str:
    if message.channel == Channel.SMS:
        return sms.get_backend().send(message.recipient, message.body)
    mailer.send(message)
    return ""


def _mark_sent(message: Message, provider_id: str) -> None:
    """The one statement of each message, hence by hand: the ORM takes four times its CPU."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE core_message SET status = 'sent', sent_at = %s, provider_id = %s,"
            " leased_until = NULL, error_code = '' WHERE id = %s AND status = 'sending'",
            [timezone.now(), provider_id, message.pk],
        )


def _mark(message: Message, status: str, **fields: Any) -> None:
    """Write the outcome, unless another worker has written one since our lease ran out."""
    Message.objects.filter(pk=message.pk, status=Status.SENDING).update(
        status=status, leased_until=None, **{"error_code": "", **fields}
    )


def _mark_failure(message: Message, failure: DeliveryFailure) -> None:
    """Final, or out of time: failed, for people to see. Else again in a minute."""
    again_at = timezone.now() + RETRY_AFTER
    is_final = isinstance(failure, FinalFailure) or again_at > message.give_up_at
    log.warning(
        "message_not_sent",
        message_id=str(message.pk),
        purpose=message.purpose,
        code=failure.code,
        is_final=is_final,
    )
    if is_final:
        _mark(message, Status.FAILED, error_code=failure.code)
    else:
        _mark(message, Status.WAITING, error_code=failure.code, not_before=again_at)


def _give_back(messages: Iterable[Message]) -> None:
    ids = [message.pk for message in messages]
    Message.objects.filter(pk__in=ids, status=Status.SENDING).update(
        status=Status.WAITING,
        leased_until=None,
        attempts=F("attempts") - 1,
    )
