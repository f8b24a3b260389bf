"""What a candidate is told, and the CPTS of her; templates/members/notifications/application_*."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from cpts_portal.core import outbox
from cpts_portal.core.models import Message
from members.models import Application
from members.queries.applications import token_of

FOLDER = "members/notifications"
FRENCH = "fr"


def private_url(application: Application) -> str:
    return _absolute("members:application_private", token_of(application))


def code_asked(application: Application, code: str, *, minutes: int) -> None:
    _tell(
        application,
        "application_code",
        occurrence=f"{application.pk}/{application.codes_sent}",
        code=code,
        minutes=minutes,
    )


@outbox.needed("members.application_code")
def _is_code_awaited(message: Message) -> bool:
    """A code that comes too late would only confuse."""
    drafts = Application.objects.filter(pk=message.subject_id, status=Application.Status.DRAFT)
    return drafts.filter(code_expires_at__gt=timezone.now()).exists()


def received(application: Application) -> None:
    """To her, with her link, and to the CPTS, without her name."""
    _tell(application, "application_received")
    outbox.post(
        channel=Message.Channel.EMAIL,
        recipient=application.cpts.email,
        purpose="members.application_waiting",
        occurrence=str(application.pk),
        template=f"{FOLDER}/application_waiting",
        context={
            "reference": application.reference,
            "url": _absolute(
                "members:application_detail", application.cpts.slug, str(application.pk)
            ),
        },
        subject=application,
        language=FRENCH,
    )


@outbox.needed("members.application_waiting")
def _is_still_waiting(message: Message) -> bool:
    waiting = Application.objects.filter(status=Application.Status.SUBMITTED)
    return waiting.filter(pk=message.subject_id).exists()


def link_resent(application: Application, *, occurrence: str) -> None:
    """She has filled in the form again: her application is the one that waits."""
    _tell(application, "application_known", occurrence=occurrence)


@outbox.needed("members.application_known")
def _is_link_of_use(message: Message) -> bool:
    return _is_still_waiting(message)


def admitted(application: Application, *, has_account: bool) -> None:
    """`has_account` for one who comes back: she logs in as before, no invitation follows."""
    _tell(application, "application_admitted", has_account=has_account)


def refused(application: Application) -> None:
    _tell(application, "application_refused")


def withdrawn(application: Application) -> None:
    _tell(application, "application_withdrawn")


def ratified(application: Application) -> None:
    _tell(application, "application_ratified", ratified_on=application.ratified_on)


def _tell(application: Application, event: str, *, occurrence: str = "", **context: Any) -> None:
    """At once, in her language, to the address that she has proved; nothing once it is erased."""
    if "@" not in application.email:
        return
    outbox.post(
        channel=Message.Channel.EMAIL,
        recipient=application.email,
        purpose=f"members.{event}",
        occurrence=occurrence or str(application.pk),
        template=f"{FOLDER}/{event}",
        context={"url": private_url(application), "reference": application.reference, **context},
        subject=application,
        language=application.language,
    )


def _absolute(name: str, *arguments: str) -> str:
    return f"{settings.PUBLIC_URL}{reverse(name, args=arguments)}"
