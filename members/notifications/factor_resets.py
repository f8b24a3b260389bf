"""What the owner of a second factor is told at each step, and who is awaited."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from cpts_portal.core import outbox
from cpts_portal.core.models import Message
from members import rules
from members.models import FactorReset, Membership


def reset_opened(reset: FactorReset) -> None:
    for address in reset.membership.own_addresses:
        _post(reset, address, "factor_reset_opened")


def reset_confirmed(reset: FactorReset) -> None:
    for address in reset.membership.own_addresses:
        _post(reset, address, "factor_reset_confirmed", login_url=_absolute("account_login"))


def confirmation_awaited(reset: FactorReset, confirmers: list[Membership]) -> None:
    url = _absolute("members:factor_reset_list", reset.cpts.slug)
    for address in {each.contact_email for each in confirmers} - {""}:
        _post(reset, address, "factor_reset_awaited", url=url)


def _absolute(name: str, *args: Any) -> str:
    return f"{settings.PUBLIC_URL}{reverse(name, args=args)}"


def _post(reset: FactorReset, address: str, event: str, **told: Any) -> None:
    outbox.post(
        channel=Message.Channel.EMAIL,
        recipient=address,
        purpose=f"members.{event}",
        occurrence=str(reset.pk),
        template=f"members/notifications/{event}",
        context={"reset": reset, **told},
        subject=reset,
    )


@outbox.needed("members.factor_reset_awaited")
def _is_still_awaited(message: Message) -> bool:
    reset = FactorReset.objects.filter(pk=message.subject_id).first()
    return reset is not None and rules.is_reset_open(reset, timezone.now())
