from __future__ import annotations

from typing import Any

from django.urls import path

from prevention.views import materials, orders

ALL = "<slug:cpts>/prevention/materiel/"
ONE = f"{ALL}<int:material>/"
KITS = f"{ALL}kits/"
ORDERS = f"{ALL}commandes/"
ORDER = f"{ORDERS}<int:order>/"

urlpatterns: list[Any] = [
    path(ALL, materials.material_list, name="material_list"),
    path(f"{ALL}nouveau/", materials.material_new, name="material_new"),
    path(ONE, materials.material_edit, name="material_edit"),
    path(f"{ONE}stock/", materials.material_stock, name="material_stock"),
    path(f"{KITS}nouveau/", materials.kit_new, name="kit_new"),
    path(f"{KITS}<int:kit>/", materials.kit_edit, name="kit_edit"),
    path(f"{ALL}commander/", orders.order_new, name="order_new"),
    path(f"{ALL}mes-commandes/", orders.order_mine, name="order_mine"),
    path(ORDERS, orders.order_list, name="order_list"),
    path(f"{ORDER}remettre/", orders.order_serve, name="order_serve"),
    path(f"{ORDER}refuser/", orders.order_refuse, name="order_refuse"),
    path(f"{ORDER}annuler/", orders.order_cancel, name="order_cancel"),
]
