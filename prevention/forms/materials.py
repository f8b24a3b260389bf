"""Stock, kits and orders: one box of quantity a material."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import Q
from django.forms.boundfield import BoundField
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.forms import PortalForm
from cpts_portal.core.identifiers import validate_clean_text, validate_no_nir
from members.models import Membership, Practice, Profession
from prevention.models import Campaign, CampaignStatus, Kit, Material
from prevention.queries import materials as queries

TEXT = [validate_clean_text, validate_no_nir]
MOST_ORDERED = 1000
MOST_KITS = 50
MOST_IN_STOCK = 1_000_000


def quantity_field(most: int, **kwargs: Any) -> forms.IntegerField:
    """A number from nought; any other answer gets one sentence."""
    sentence = gettext("Écrivez un nombre de 0 à %(most)d.") % {"most": most}
    return forms.IntegerField(
        min_value=0,
        max_value=most,
        widget=forms.NumberInput({"inputmode": "numeric", "class": "num", "min": 0}),
        error_messages={
            "required": gettext("Écrivez un nombre."),
            **dict.fromkeys(("invalid", "min_value", "max_value"), sentence),
        },
        **kwargs,
    )


def campaign_field() -> Any:
    return forms.ModelChoiceField(
        Campaign.objects.none(),
        label=_("Campagne"),
        required=False,
        empty_label=_("Toutes, ou aucune"),
    )


def campaigns_for(kept: int | None) -> Any:
    """Those that are not over, and the one that is written already."""
    return Campaign.objects.filter(~Q(status=CampaignStatus.CLOSED) | Q(pk=kept))


class MaterialForm(PortalForm):
    """A new material says how many there are; later the stock has a form of its own."""

    name = forms.CharField(
        label=_("Nom"),
        help_text=_("Par exemple : dépliant Mars bleu."),
        max_length=120,
        validators=TEXT,
        error_messages={"required": _("Donnez un nom à ce matériel.")},
    )
    unit = forms.CharField(
        label=_("Se compte en"),
        help_text=_("Par exemple : lot de 50, boîte, affiche A3."),
        max_length=40,
        validators=TEXT,
        error_messages={"required": _("Dites comment il se compte.")},
    )
    campaign = campaign_field()
    is_active = forms.BooleanField(label=_("Proposé aux membres"), required=False, initial=True)

    def __init__(self, *args: Any, material: Material | None = None, **kwargs: Any) -> None:
        if material is not None:
            names = ("name", "unit", "campaign", "low_stock", "is_active")
            kwargs.setdefault("initial", {name: getattr(material, name) for name in names})
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["campaign"].queryset = campaigns_for(material.campaign_id if material else None)
        if material is None:
            fields["stock"] = quantity_field(MOST_IN_STOCK, label=_("En stock"), initial=0)
        fields["low_stock"] = quantity_field(
            MOST_IN_STOCK,
            label=_("Prévenir à partir de"),
            help_text=_("À ce nombre ou moins, le stock est signalé."),
            initial=0,
        )
        self.order_fields(["name", "unit", "stock", "low_stock", "campaign", "is_active"])


class StockForm(PortalForm):
    """What arrived is added; what was counted replaces."""

    gesture = forms.ChoiceField(
        label=_("Ce que vous notez"),
        choices=[("received", _("J’ai reçu")), ("counted", _("J’ai compté, il y en a"))],
        widget=forms.RadioSelect,
        initial="received",
        error_messages={"required": _("Dites si vous avez reçu ou compté.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["quantity"] = quantity_field(100_000, label=_("Combien"))


class Quantities(PortalForm):
    """Boxes `material-<pk>`, empty for none; `items` are the quantities by material."""

    MOST = MOST_ORDERED

    def add_boxes(self, materials: Iterable[Material]) -> None:
        self.materials = list(materials)
        for material in self.materials:
            self.fields[f"material-{material.pk}"] = quantity_field(
                self.MOST, label=material.name, help_text=material.unit, required=False
            )

    @property
    def boxes(self) -> list[tuple[Material, BoundField]]:
        return [(one, self[f"material-{one.pk}"]) for one in self.materials]

    @property
    def items(self) -> dict[int, int]:
        """What a valid form asks for, nothing left out but the empty boxes."""
        typed = {one.pk: self.cleaned_data[f"material-{one.pk}"] for one in self.materials}
        return {pk: quantity for pk, quantity in typed.items() if quantity}


class KitForm(Quantities):
    name = forms.CharField(
        label=_("Nom du kit"),
        help_text=_("Par exemple : kit pharmacie Octobre rose."),
        max_length=120,
        validators=TEXT,
        error_messages={"required": _("Donnez un nom à ce kit.")},
    )
    campaign = campaign_field()
    professions = forms.MultipleChoiceField(
        label=_("Pour quelles professions"),
        help_text=_("Rien de coché : toutes."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("Choisissez des professions de la liste.")},
    )
    is_active = forms.BooleanField(label=_("Proposé aux membres"), required=False, initial=True)

    def __init__(self, *args: Any, kit: Kit | None = None, **kwargs: Any) -> None:
        held = {item.material_id: item.quantity for item in kit.items.all()} if kit else {}
        if kit is not None:
            names = ("name", "campaign", "professions", "is_active")
            told = {name: getattr(kit, name) for name in names}
            boxes = {f"material-{pk}": quantity for pk, quantity in held.items()}
            kwargs.setdefault("initial", {**told, **boxes})
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["campaign"].queryset = campaigns_for(kit.campaign_id if kit else None)
        fields["professions"].choices = [(one.pk, str(one)) for one in Profession.objects.all()]
        self.add_boxes(Material.objects.filter(Q(is_active=True) | Q(pk__in=held)))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not self.items:
            self.add_error(None, gettext("Un kit contient au moins un matériel."))
        return cleaned

    @property
    def columns(self) -> dict[str, Any]:
        """What a valid form says of the kit itself."""
        names = ("name", "campaign", "professions", "is_active")
        return {name: self.cleaned_data[name] for name in names}


class OrderForm(Quantities):
    """How many of each kit, how many of each material, and where to leave it."""

    practice = forms.ModelChoiceField(
        Practice.objects.none(),
        label=_("À déposer"),
        required=False,
        empty_label=_("Je viens le chercher"),
        error_messages={"invalid_choice": _("Choisissez un de vos lieux d’exercice.")},
    )
    key = forms.UUIDField(
        widget=forms.HiddenInput,
        error_messages=dict.fromkeys(
            ("required", "invalid"), _("La page a vieilli : reprenez votre commande.")
        ),
    )

    def __init__(self, *args: Any, member: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kits = queries.kits_for(member)
        for kit in self.kits:
            self.fields[f"kit-{kit.pk}"] = quantity_field(MOST_KITS, label=kit.name, required=False)
        self.add_boxes(queries.offered())
        practice: Any = self.fields["practice"]
        practice.queryset = Practice.objects.filter(places__membership=member).distinct()

    @property
    def kit_boxes(self) -> list[tuple[Kit, BoundField]]:
        return [(kit, self[f"kit-{kit.pk}"]) for kit in self.kits]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not self.quantities:
            self.add_error(None, gettext("Choisissez un kit ou du matériel."))
        return cleaned

    @property
    def quantities(self) -> dict[int, int]:
        """By material, the kits opened; what a valid form asks for."""
        wanted = dict(self.items)
        for kit in self.kits:
            times = self.cleaned_data[f"kit-{kit.pk}"] or 0
            for item in kit.items.all() if times else ():
                wanted[item.material_id] = wanted.get(item.material_id, 0) + times * item.quantity
        return wanted
