"""The stock, the kits, the orders: at the desk and on a member's phone."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import (
    Case,
    F,
    IntegerField,
    OuterRef,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from members.models import Membership, Practice
from prevention.models import Kit, Material, MaterialOrder, OrderLine, is_for

Status = MaterialOrder.Status
SETTLED_SHOWN = 50


# --- Stock ----------------------------------------------------------------------------------
def stock() -> QuerySet[Material]:
    """Low ones first; each with `asked`, the sum of the orders that wait."""
    waiting = OrderLine.objects.filter(material=OuterRef("pk"), order__status=Status.ASKED)
    sums = waiting.order_by().values("material").annotate(n=Sum("quantity")).values("n")
    rows: QuerySet[Material] = Material.objects.select_related("campaign")
    return rows.annotate(
        asked=Coalesce(Subquery(sums), 0),
        rank=Case(
            When(is_active=False, then=Value(2)),
            When(stock__lte=F("low_stock"), then=Value(0)),
            default=Value(1),
            output_field=IntegerField(),
        ),
    ).order_by("rank", "name")


def offered() -> QuerySet[Material]:
    rows: QuerySet[Material] = Material.objects.filter(is_active=True).order_by("name")
    return rows


def kits() -> QuerySet[Kit]:
    rows: QuerySet[Kit] = Kit.objects.select_related("campaign").prefetch_related("items__material")
    return rows.order_by("-is_active", "name")


def kits_for(member: Membership) -> list[Kit]:
    """Those offered to her profession, all of whose contents are offered too."""
    found = kits().filter(is_active=True)
    return [kit for kit in found if is_for(kit.professions, member.profession) and _is_whole(kit)]


def _is_whole(kit: Kit) -> bool:
    items = kit.items.all()
    return bool(items) and all(item.material.is_active for item in items)


# --- Orders ---------------------------------------------------------------------------------
@dataclass(frozen=True)
class Asked:
    """An order at the desk; `lacks` names what the stock is too short of."""

    order: MaterialOrder
    lacks: list[str]


def to_settle() -> list[Asked]:
    """Orders that wait, the longest first."""
    rows = _in_full().filter(status=Status.ASKED).order_by("asked_at", "pk")
    return [Asked(order, _lacking(order)) for order in rows]


def _lacking(order: MaterialOrder) -> list[str]:
    return [line.material.name for line in order.lines.all() if line.material.stock < line.quantity]


def settled() -> QuerySet[MaterialOrder]:
    """The last ones."""
    rows = _in_full().exclude(status=Status.ASKED).order_by("-settled_at", "-pk")
    return rows[:SETTLED_SHOWN]


def orders_of(member: Membership) -> QuerySet[MaterialOrder]:
    return _in_full().filter(asked_by=member).order_by("-asked_at", "-pk")[:SETTLED_SHOWN]


def _in_full() -> QuerySet[MaterialOrder]:
    rows: QuerySet[MaterialOrder] = MaterialOrder.objects.select_related(
        "asked_by__user", "asked_by__profession", "practice__commune", "cpts"
    )
    return rows.prefetch_related("lines__material")


def places_of(member: Membership) -> list[Practice]:
    """Where she works, the main place first: where the material may be left."""
    rows = Practice.objects.filter(places__membership=member).select_related("commune")
    return list(rows.order_by("-places__is_main", "name"))
