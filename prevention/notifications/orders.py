"""Whoever asked for material learns what became of it; by e-mail, at once."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from cpts_portal.core import outbox
from cpts_portal.core.models import Message
from prevention.models import MaterialOrder

EVENTS = {
    MaterialOrder.Status.SERVED: "order_served",
    MaterialOrder.Status.REFUSED: "order_refused",
    MaterialOrder.Status.CANCELLED: "order_cancelled",
}


def order_settled(order: MaterialOrder) -> None:
    """Handed over, refused, or cancelled by the coordination: once each, whatever is repeated."""
    recipient = order.asked_by.contact_email
    if not recipient:
        return
    event = EVENTS[MaterialOrder.Status(order.status)]
    path = reverse("prevention:order_mine", args=[order.cpts.slug])
    outbox.post(
        channel=Message.Channel.EMAIL,
        recipient=recipient,
        purpose=f"prevention.{event}",
        occurrence=str(order.pk),
        template=f"prevention/notifications/{event}",
        context={
            "url": f"{settings.PUBLIC_URL}{path}",
            "practice": order.practice,
            "lines": list(order.lines.select_related("material")),
        },
        cpts=order.cpts,
        subject=order,
    )
