"""A member asks for material; the coordination hands it over, or says no."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from cpts_portal.core import audit
from cpts_portal.core.lifecycle import Transition
from cpts_portal.core.refusals import NotPermitted, Refused
from members.models import Membership, Practice
from prevention import lifecycle
from prevention.models import Material, MaterialOrder, OrderLine
from prevention.notifications import orders as notifications
from prevention.rules.materials import may_order


@transaction.atomic
def order(
    quantities: Mapping[int, int], *, by: Membership, key: uuid.UUID, practice: Practice | None
) -> MaterialOrder:
    """Ask for `quantities` by material; the same `key` again answers the same.

    More than what is left may be asked: it is handed over once it has come. Raises NotPermitted,
    then Refused for an empty order, or material that is offered no more.
    """
    if not may_order(by, by):
        raise NotPermitted(_("Le matériel est pour les membres qui travaillent dans la CPTS."))
    asked = {pk: quantity for pk, quantity in quantities.items() if quantity}
    _ask_offered(asked)
    made, is_new = MaterialOrder.objects.get_or_create(
        cpts=by.cpts, key=key, defaults={"asked_by": by, "practice": practice}
    )
    if not is_new:
        return made
    OrderLine.objects.bulk_create(
        OrderLine(cpts_id=made.cpts_id, order=made, material_id=pk, quantity=quantity)
        for pk, quantity in asked.items()
    )
    audit.record(made, "order", by=by, target=made.status)
    return made


def _ask_offered(asked: Mapping[int, int]) -> None:
    if not asked:
        raise Refused(_("Votre commande est vide : choisissez un kit ou du matériel."))
    if Material.objects.filter(pk__in=asked, is_active=True).count() != len(asked):
        raise Refused(_("Un matériel n’est plus proposé : reprenez votre commande."))


@transaction.atomic
def serve(asked: MaterialOrder, *, by: Any) -> MaterialOrder:
    """Hand it over whole: the stock goes down, and whoever asked is told.

    Raises NotPermitted, then Refused: settled already, or not enough is left, naming what lacks.
    """
    locked = _settle(asked, lifecycle.SERVE, by=by)
    for line in locked.lines.select_related("material").order_by("material"):
        _take(line)
    notifications.order_settled(locked)
    return locked


def _take(line: OrderLine) -> None:
    """One statement a material, in the same order for everybody: stock never goes below nought."""
    enough = Material.objects.filter(pk=line.material_id, stock__gte=line.quantity)
    if enough.update(stock=F("stock") - line.quantity):
        return
    line.material.refresh_from_db(fields=["stock"])
    raise Refused(
        _("Il n’en reste pas assez : « %(name)s », %(wanted)d demandés et %(left)d en stock.")
        % {"name": line.material.name, "wanted": line.quantity, "left": line.material.stock}
    )


@transaction.atomic
def refuse(asked: MaterialOrder, *, by: Any) -> MaterialOrder:
    """Say no; whoever asked is told. Raises NotPermitted, then Refused."""
    locked = _settle(asked, lifecycle.REFUSE_ORDER, by=by)
    notifications.order_settled(locked)
    return locked


@transaction.atomic
def cancel(asked: MaterialOrder, *, by: Any) -> MaterialOrder:
    """Take it back; told to whoever asked when it was not she. Raises NotPermitted, Refused."""
    locked = _settle(asked, lifecycle.CANCEL_ORDER, by=by)
    if locked.asked_by_id != by.pk:
        notifications.order_settled(locked)
    return locked


def _settle(asked: MaterialOrder, verb: Transition, *, by: Any) -> MaterialOrder:
    rows = MaterialOrder.objects.select_related("asked_by__user", "cpts", "practice")
    locked: MaterialOrder = rows.select_for_update(of=("self",), no_key=True).get(pk=asked.pk)
    source = verb.apply(locked, by=by)
    locked.settled_at = timezone.now()
    locked.save(update_fields=["status", "settled_at"])
    audit.record(locked, verb.verb, by=by, source=source, target=locked.status)
    return locked
