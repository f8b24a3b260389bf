"""What the association sets: its colleges, its own address."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.forms import PhoneField, PortalModelForm
from cpts_portal.core.identifiers import validate_clean_text
from members.models import College, Cpts

FEW = 6
YEAR = 365


class DaysField(forms.CharField):
    """Days before an end, typed as « 30, 0, -30 »: cleaned as integers, the earliest first."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "required": _("Écrivez au moins un rappel, par exemple 30, 0, -30."),
        "digits": _("« %(word)s » n’est pas un nombre de jours : écrivez par exemple 30, 0, -30."),
        "far": _("Un rappel part au plus un an avant ou après la fin : %(days)d est trop loin."),
        "twice": _("Le rappel %(days)d est écrit deux fois."),
        "many": _("Six rappels au plus : au-delà, plus personne ne les lit."),
    }

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) else ", ".join(map(str, value or []))

    def clean(self, value: Any) -> Any:
        typed = super().clean(value).replace(";", ",").replace("−", "-")
        days: list[int] = []
        for word in filter(None, (part.strip() for part in typed.split(","))):
            day = self._day(word)
            if day in days:
                raise self._refusal("twice", days=day)
            days.append(day)
        if not days:
            raise self._refusal("required")
        if len(days) > FEW:
            raise self._refusal("many")
        return sorted(days, reverse=True)

    def _day(self, word: str) -> int:
        digits = word.replace("j", "").strip().removeprefix("+")
        if not (digits.removeprefix("-").isascii() and digits.removeprefix("-").isdecimal()):
            raise self._refusal("digits", word=word[:20])
        if abs(day := int(digits[:8])) > YEAR:
            raise self._refusal("far", days=day)
        return day

    def _refusal(self, code: str, **told: Any) -> ValidationError:
        return ValidationError(self.error_messages[code], code=code, params=told)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.prepare_value(initial) != (data or ""))


class CollegeForm(PortalModelForm):
    reminder_days = DaysField(
        label=_("Rappels de renouvellement, en jours"),
        help_text=_(
            "Avant la fin de l’année payée ; un nombre négatif, après. 30, 0, -30 :"
            " un mois avant, le jour même, un mois après."
        ),
        max_length=60,
    )

    class Meta:
        model = College
        fields = (
            "name",
            "kind",
            "has_vote",
            "fee",
            "cycle",
            "grace_days",
            "reminder_days",
            "payment_help",
            "is_open",
        )
        widgets = {
            "fee": forms.TextInput({"inputmode": "decimal", "class": "num w-5"}),
            "grace_days": forms.NumberInput({"inputmode": "numeric", "class": "num w-5"}),
            "payment_help": forms.Textarea({"rows": 3}),
            "cycle": forms.RadioSelect,
        }
        help_texts = {
            "fee": _("0 : l’adhésion est gratuite, le membre la renouvelle d’un geste."),
            "grace_days": _("Après la fin, combien de temps le membre propose et réserve encore."),
            "payment_help": _("Ce que le membre lit : IBAN, ordre du chèque, à qui le remettre."),
        }
        error_messages = {
            "name": {"required": _("Donnez un nom à ce collège.")},
            "fee": {
                "required": _("Écrivez un montant, 0 compris."),
                "invalid": _("Écrivez un montant en euros, par exemple 35 ou 35,50."),
                "max_digits": _("Ce montant est trop grand."),
                "max_whole_digits": _("Ce montant est trop grand."),
                "max_decimal_places": _("Deux chiffres après la virgule au plus."),
            },
            "grace_days": {
                "required": _("Écrivez un nombre de jours, 0 compris."),
                "invalid": _("Écrivez un nombre entier de jours, par exemple 60."),
                "max_value": _("Le délai de grâce est d’un an au plus."),
                "min_value": _("Le délai de grâce ne peut pas être négatif."),
            },
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fee: Any = self.fields["fee"]
        fee.localize = fee.widget.is_localized = True
        for name in ("name", "payment_help"):
            self.fields[name].validators.append(validate_clean_text)

    def _get_validation_exclusions(self) -> set[str]:
        """The name is judged within the CPTS, which the form does not ask."""
        exclusions: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return exclusions - {"cpts"}

    def clean_fee(self) -> Decimal:
        fee: Decimal = self.cleaned_data["fee"]
        if fee < 0:
            raise ValidationError(_("Le montant ne peut pas être négatif."))
        return fee


class CptsForm(PortalModelForm):
    help_phone = PhoneField(
        label=_("Téléphone d’aide"), help_text=_("Affiché à chaque étape du formulaire public.")
    )
    website = forms.URLField(label=_("Site"), required=False, assume_scheme="https")
    rna = forms.CharField(
        label=_("Numéro RNA"),
        required=False,
        help_text=_("W suivi de 9 chiffres ; il figure sur les reçus."),
        max_length=10,
        validators=[RegexValidator(r"^W[0-9A-Z]{3}[0-9]{6}\Z", _("Par exemple W622001234."))],
        widget=forms.TextInput({"class": "num w-10"}),
    )

    class Meta:
        model = Cpts
        fields = (
            "help_phone",
            "help_hours",
            "help_hours_en",
            "email",
            "website",
            "address",
            "rna",
            "welcome_km",
            "sla_days",
            "is_ratified_by_assembly",
        )
        widgets = {
            "welcome_km": forms.NumberInput({"inputmode": "numeric", "class": "num w-5"}),
            "sla_days": forms.NumberInput({"inputmode": "numeric", "class": "num w-5"}),
        }
        help_texts = {
            "help_hours": _("Par exemple : du lundi au vendredi, de 9 h à 12 h."),
            "help_hours_en": _("Les mêmes, pour qui lit le portail en anglais."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("help_hours", "help_hours_en", "address"):
            self.fields[name].validators.append(validate_clean_text)
