"""Leaflets, masks, stands: what members order, and what is left."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.scoping import CptsOwned, SameCpts
from members.models import Membership, Practice
from prevention.models.campaigns import Campaign
from prevention.models.reference import professions_column

MOST = 10_000


class Material(CptsOwned):
    campaign = models.ForeignKey(
        Campaign,
        models.SET_NULL,
        null=True,
        blank=True,
        verbose_name=_("campagne"),
        related_name="materials",
    )
    name = models.CharField(_("nom"), max_length=120)
    unit = models.CharField(_("unité"), max_length=40)
    stock = models.PositiveIntegerField(_("en stock"), default=0)
    low_stock = models.PositiveIntegerField(_("seuil d’alerte"), default=0)
    is_active = models.BooleanField(_("proposé"), default=True)

    class Meta(CptsOwned.Meta):
        verbose_name = _("matériel")
        verbose_name_plural = _("matériel")
        ordering = ["name"]
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="material_campaign_same_cpts", field="campaign"),
            models.UniqueConstraint(
                name="material_name_once",
                fields=["cpts", "name"],
                violation_error_message=_("Ce matériel existe déjà."),
            ),
            models.CheckConstraint(
                name="material_stock_not_negative",
                condition=Q(stock__gte=0, stock__lte=1_000_000),
                violation_error_message=_("Il n’en reste pas assez en stock."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Kit(CptsOwned):
    """What goes together for some professions; empty `professions`: for all."""

    name = models.CharField(_("nom"), max_length=120)
    campaign = models.ForeignKey(
        Campaign,
        models.SET_NULL,
        null=True,
        blank=True,
        verbose_name=_("campagne"),
        related_name="kits",
    )
    professions = professions_column()
    is_active = models.BooleanField(_("proposé"), default=True)

    class Meta(CptsOwned.Meta):
        verbose_name = _("kit")
        ordering = ["name"]
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="kit_campaign_same_cpts", field="campaign"),
            models.UniqueConstraint(
                name="kit_name_once",
                fields=["cpts", "name"],
                violation_error_message=_("Ce kit existe déjà."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class KitItem(CptsOwned):
    kit = models.ForeignKey(Kit, models.CASCADE, related_name="items")
    material = models.ForeignKey(Material, models.PROTECT, related_name="+")
    quantity = models.PositiveSmallIntegerField(_("quantité"))

    class Meta(CptsOwned.Meta):
        verbose_name = _("contenu d’un kit")
        verbose_name_plural = _("contenus des kits")
        ordering = ["material__name"]
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="kit_item_kit_same_cpts", field="kit"),
            SameCpts(name="kit_item_material_same_cpts", field="material"),
            models.UniqueConstraint(name="kit_item_once", fields=["kit", "material"]),
            models.CheckConstraint(
                name="kit_item_of_something", condition=Q(quantity__range=(1, MOST))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.material}"


class MaterialOrder(CptsOwned):
    """What a member asks for; stock goes down when it is handed over, not before."""

    class Status(models.TextChoices):
        ASKED = "asked", _("demandée")
        SERVED = "served", _("remise")
        REFUSED = "refused", _("refusée")
        CANCELLED = "cancelled", _("annulée")

    asked_by = models.ForeignKey(Membership, models.PROTECT, related_name="material_orders")
    practice = models.ForeignKey(
        Practice,
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("à déposer à"),
        related_name="+",
    )
    status = models.CharField(_("statut"), max_length=9, choices=Status, default=Status.ASKED)
    asked_at = models.DateTimeField(_("demandée le"), default=timezone.now)
    settled_at = models.DateTimeField(_("réglée le"), null=True, blank=True)
    key = models.UUIDField(default=uuid4, editable=False)

    class Meta(CptsOwned.Meta):
        verbose_name = _("commande de matériel")
        verbose_name_plural = _("commandes de matériel")
        ordering = ["-asked_at"]
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="order_author_same_cpts", field="asked_by"),
            SameCpts(name="order_practice_same_cpts", field="practice"),
            models.UniqueConstraint(name="order_form_once", fields=["cpts", "key"]),
            models.CheckConstraint(
                name="order_settled_has_its_time",
                condition=Q(status="asked", settled_at=None)
                | Q(~Q(status="asked"), settled_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"commande {self.pk}"


class OrderLine(CptsOwned):
    order = models.ForeignKey(MaterialOrder, models.CASCADE, related_name="lines")
    material = models.ForeignKey(Material, models.PROTECT, related_name="+")
    quantity = models.PositiveSmallIntegerField(_("quantité"))

    class Meta(CptsOwned.Meta):
        verbose_name = _("ligne de commande")
        verbose_name_plural = _("lignes de commande")
        ordering = ["material__name"]
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="order_line_order_same_cpts", field="order"),
            SameCpts(name="order_line_material_same_cpts", field="material"),
            models.UniqueConstraint(name="order_line_once", fields=["order", "material"]),
            models.CheckConstraint(
                name="order_line_of_something", condition=Q(quantity__range=(1, MOST))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.material}"
