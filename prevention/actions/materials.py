"""What is in stock, and what goes together in a kit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from cpts_portal.core import audit
from cpts_portal.core.constraints import told_politely
from cpts_portal.core.refusals import NotPermitted, Refused
from prevention.models import Kit, KitItem, Material
from prevention.rules.campaigns import runs_campaigns

MOST_MATERIALS = 100
"""One box each on the order form, which a phone has to bear."""


def _ask_keeps_stock(by: Any) -> None:
    if not runs_campaigns(by, by):
        raise NotPermitted(_("Le matériel est tenu par la coordination."))


# --- Stock ----------------------------------------------------------------------------------
@transaction.atomic
def add_material(*, by: Any, **columns: Any) -> Material:
    """Raises NotPermitted, then Refused for a name that is taken, or a list grown too long."""
    _ask_keeps_stock(by)
    if Material.objects.count() >= MOST_MATERIALS:
        raise Refused(_("La liste est pleine : modifiez un matériel qui ne sert plus."))
    with told_politely(Material):
        material: Material = Material.objects.create(cpts=by.cpts, **columns)
    audit.record(material, "add", by=by)
    return material


@transaction.atomic
def edit_material(material: Material, *, by: Any, **columns: Any) -> Material:
    """Its words and its threshold; the stock moves by `receive`, `count` and orders alone."""
    _ask_keeps_stock(by)
    for name, value in columns.items():
        setattr(material, name, value)
    with told_politely(Material):
        material.save(update_fields=list(columns))
    audit.record(material, "edit", by=by)
    return material


@transaction.atomic
def receive(material: Material, quantity: int, *, by: Any) -> None:
    """Add what was delivered to the stock, whatever leaves it meanwhile."""
    _ask_keeps_stock(by)
    with told_politely(Material):
        Material.objects.filter(pk=material.pk).update(stock=F("stock") + quantity)
    audit.record(material, "receive", by=by, target=str(quantity))


@transaction.atomic
def count(material: Material, quantity: int, *, by: Any) -> None:
    """Set the stock to what was counted on the shelf."""
    _ask_keeps_stock(by)
    with told_politely(Material):
        Material.objects.filter(pk=material.pk).update(stock=quantity)
    audit.record(material, "count", by=by, target=str(quantity))


# --- Kits -----------------------------------------------------------------------------------
@transaction.atomic
def add_kit(items: Mapping[int, int], *, by: Any, **columns: Any) -> Kit:
    """`items` are quantities by material; raises NotPermitted, Refused for a name taken."""
    _ask_keeps_stock(by)
    with told_politely(Kit):
        kit: Kit = Kit.objects.create(cpts=by.cpts, **columns)
    _fill(kit, items)
    audit.record(kit, "add", by=by)
    return kit


@transaction.atomic
def edit_kit(kit: Kit, items: Mapping[int, int], *, by: Any, **columns: Any) -> Kit:
    """Orders already made keep what they asked for."""
    _ask_keeps_stock(by)
    kit = Kit.objects.select_for_update(of=("self",), no_key=True).get(pk=kit.pk)
    for name, value in columns.items():
        setattr(kit, name, value)
    with told_politely(Kit):
        kit.save(update_fields=list(columns))
    kit.items.all().delete()
    _fill(kit, items)
    audit.record(kit, "edit", by=by)
    return kit


def _fill(kit: Kit, items: Mapping[int, int]) -> None:
    KitItem.objects.bulk_create(
        KitItem(cpts_id=kit.cpts_id, kit=kit, material_id=material, quantity=quantity)
        for material, quantity in items.items()
        if quantity
    )
