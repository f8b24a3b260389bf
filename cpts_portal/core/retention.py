"""The calendar of erasure: one table of rules, run at night, with a dry run and a proof.

An app adds its own in its `retention.py`; the durations are settings.RETENTION_DAYS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection, models, transaction
from django.db.models import CharField
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.audit import forget_accesses
from cpts_portal.core.models import AccessEntry, Message, RetentionRun
from cpts_portal.core.scoping import scopes_disabled

CHUNK = 500
SETTLED = (Message.Status.SENT, Message.Status.FAILED, Message.Status.DROPPED)

Due = Callable[[datetime], models.QuerySet[Any]]
log = structlog.get_logger(__name__)
_rules: dict[str, Rule] = {}


@dataclass(frozen=True)
class Rule:
    """What goes, and when: `after` names a duration of settings.RETENTION_DAYS.

    `count(before)` says how many are due, `erase(before)` erases them and says how many went.
    """

    name: str
    label: str | Promise
    after: str
    count: Callable[[datetime], int]
    erase: Callable[[datetime], int]

    def before(self, now: datetime) -> datetime:
        return now - timedelta(days=settings.RETENTION_DAYS[self.after])


def register(rule: Rule) -> Rule:
    _rules[rule.name] = rule
    return rule


def rule(
    name: str, label: str | Promise, *, after: str, due: Due
) -> Callable[[Callable[[list[Any]], None]], Callable[[list[Any]], None]]:
    """Register a function that erases the rows with the given keys, a chunk a transaction.

    `due(before)` is the queryset of what is to go, and is asked again under a lock: an erased row
    must no longer be in it.
    """

    def decorate(erase: Callable[[list[Any]], None]) -> Callable[[list[Any]], None]:
        def erase_all(before: datetime) -> int:
            erased = 0
            while count := _erase_chunk(due(before), erase):
                erased += count
            return erased

        register(Rule(name, label, after, lambda before: due(before).count(), erase_all))
        return erase

    return decorate


def rules() -> list[Rule]:
    """All the rules of the installed apps, in the order of their names."""
    autodiscover_modules("retention")
    return [_rules[name] for name in sorted(_rules)]


def due_now(now: datetime) -> dict[str, int]:
    """What a run would erase at `now`, by rule; erases nothing."""
    with scopes_disabled():
        return {rule.name: rule.count(rule.before(now)) for rule in rules()}


def run(now: datetime) -> RetentionRun:
    """Erase all that is due at `now`; a rule that breaks (None) does not stop the others."""
    done = RetentionRun.objects.create(started_at=now)
    with scopes_disabled():
        for each in rules():
            done.counts[each.name] = _run_one(each, now)
            done.save(update_fields=["counts"])
    done.finished_at = max(timezone.now(), now)
    done.save(update_fields=["finished_at"])
    return done


def _run_one(rule: Rule, now: datetime) -> int | None:
    try:
        return rule.erase(rule.before(now))
    except Exception:  # the others are due too
        log.exception("retention_rule_broken", rule=rule.name)
        return None


def _erase_chunk(due: models.QuerySet[Any], erase: Callable[[list[Any]], None]) -> int:
    with transaction.atomic():
        locked = due.order_by("pk").select_for_update(of=("self",), skip_locked=True)
        keys = list(locked.values_list("pk", flat=True)[:CHUNK])
        if keys:
            erase(keys)
    return len(keys)


# --- What core itself keeps ---------------------------------------------------------------------
def _settled_messages(before: datetime) -> models.QuerySet[Message]:
    return Message.objects.filter(status__in=SETTLED, not_before__lt=before).exclude(recipient="")


@rule(
    "core.messages", _("texte et destinataire des messages"), after="message", due=_settled_messages
)
def blank_messages(keys: list[Any]) -> None:
    """Keep that a message left and when; what still waited is dropped."""
    messages = Message.objects.filter(pk__in=keys)
    messages.exclude(status__in=SETTLED).update(status=Message.Status.DROPPED, leased_until=None)
    messages.update(
        title="", body="", recipient="", recipient_hash=Cast("pk", CharField(max_length=64))
    )


def blank_messages_about(kind: str, subjects: Iterable[Any]) -> None:
    """Whatever was to be sent about these subjects, `kind` being `audit.kind_of` one of them."""
    ids = [str(subject) for subject in subjects]
    about = Message.objects.filter(subject_kind=kind, subject_id__in=ids).exclude(recipient="")
    blank_messages(list(about.values_list("pk", flat=True)))


def _ended_sessions(before: datetime) -> models.QuerySet[Session]:
    return Session.objects.filter(expire_date__lt=before)


@rule("core.sessions", _("sessions terminées"), after="session", due=_ended_sessions)
def delete_sessions(keys: list[Any]) -> None:
    UserSession.objects.filter(session_key__in=keys).delete()
    Session.objects.filter(pk__in=keys).delete()


def _orphan_sessions(before: datetime) -> models.QuerySet[UserSession]:
    kept = Session.objects.values("session_key")
    orphans: models.QuerySet[UserSession] = UserSession.objects.filter(
        last_seen_at__lt=before
    ).exclude(session_key__in=kept)
    return orphans


@rule("core.user_sessions", _("traces de connexion"), after="session", due=_orphan_sessions)
def delete_user_sessions(keys: list[Any]) -> None:
    UserSession.objects.filter(pk__in=keys).delete()


def _old_accesses(before: datetime) -> models.QuerySet[AccessEntry]:
    return AccessEntry.objects.filter(at__lt=before)


@rule("core.accesses", _("journal des accès aux identités"), after="access", due=_old_accesses)
def delete_accesses(keys: list[Any]) -> None:
    forget_accesses(keys)


def _count_expired_cache(before: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM cache_fallback WHERE expires < %s", [before])
        return int(cursor.fetchone()[0])


def _erase_expired_cache(before: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM cache_fallback WHERE expires < %s", [before])
        return int(cursor.rowcount)


register(
    Rule("core.cache", _("cache de secours"), "cache", _count_expired_cache, _erase_expired_cache)
)
