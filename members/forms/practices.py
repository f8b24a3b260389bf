"""A place of work: what it is, where, and when its door is open."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.forms import PhoneField, PortalForm
from cpts_portal.core.identifiers import (
    validate_clean_text,
    validate_finess,
    validate_no_nir,
)
from cpts_portal.core.models import Commune
from cpts_portal.core.territory import fold, search_communes
from members.actions.practices import Place
from members.forms.hours import Opening, format_hours, parse_hours
from members.models import Language, Practice
from members.queries.hours import WEEKDAYS

COMMUNES_SHOWN = 12
SEVERAL = _("Plusieurs communes répondent : choisissez la bonne.")


class HoursField(forms.CharField):
    """The openings of one day, typed in one box; cleaned as [(opens, closes)] in minutes."""

    widget = forms.TextInput({"autocomplete": "off", "class": "num"})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=80, **kwargs)

    def clean(self, value: Any) -> Any:
        return parse_hours(super().clean(value))

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) else format_hours(value or [])

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(list(initial or []) != parse_hours(data or ""))
        except ValidationError:
            return True


class OpeningHoursFormPart(PortalForm):
    """Seven boxes, Monday to Sunday; an empty one is a closed day."""

    hours_1 = HoursField(label=WEEKDAYS[1])
    hours_2 = HoursField(label=WEEKDAYS[2])
    hours_3 = HoursField(label=WEEKDAYS[3])
    hours_4 = HoursField(label=WEEKDAYS[4])
    hours_5 = HoursField(label=WEEKDAYS[5])
    hours_6 = HoursField(label=WEEKDAYS[6])
    hours_7 = HoursField(label=WEEKDAYS[7])

    @property
    def days(self) -> list[BoundField]:
        return [self[f"hours_{weekday}"] for weekday in WEEKDAYS]

    @property
    def openings(self) -> list[tuple[int, int, int]]:
        """(ISO weekday, opens, closes), in minutes since midnight; of a valid form."""
        return [
            (weekday, opens, closes)
            for weekday in WEEKDAYS
            for opens, closes in self.cleaned_data[f"hours_{weekday}"]
        ]


class PracticeForm(OpeningHoursFormPart):
    """A place described by who works there; the commune is found by postal code or name.

    When several communes answer, `commune` is a second question on the same page.
    """

    field_order = (
        *("name", "kind", "address", "where", "commune", "phone", "finess"),
        *("does_home_visits", "is_wheelchair_accessible"),
    )

    name = forms.CharField(
        label=_("Nom du lieu"),
        help_text=_("Tel qu’on le connaît : Cabinet de la Lys, Pharmacie du Pont…"),
        max_length=120,
        validators=[validate_clean_text, validate_no_nir],
        error_messages={"required": _("Écrivez le nom du lieu.")},
    )
    kind = forms.ChoiceField(label=_("Type de lieu"), choices=Practice.Kind.choices)
    address = forms.CharField(
        label=_("Adresse"),
        help_text=_("Numéro et rue."),
        max_length=200,
        validators=[validate_clean_text, validate_no_nir],
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": _("Écrivez le numéro et la rue.")},
    )
    where = forms.CharField(
        label=_("Commune"),
        help_text=_("Un code postal ou un nom, par exemple 62840 ou Fleurbaix."),
        max_length=100,
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": _("Écrivez la commune ou son code postal.")},
    )
    commune = forms.ChoiceField(
        label=_("Laquelle de ces communes ?"),
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": SEVERAL},
    )
    phone = PhoneField(label=_("Téléphone du lieu"), required=False)
    finess = forms.CharField(
        label=_("Numéro FINESS"),
        help_text=_("Neuf caractères, si le lieu en a un."),
        required=False,
        max_length=20,
        widget=forms.TextInput({"autocomplete": "off", "class": "num w-10"}),
    )
    does_home_visits = forms.BooleanField(label=_("Visites à domicile"), required=False)
    is_wheelchair_accessible = forms.BooleanField(
        label=_("Accessible en fauteuil roulant"), required=False
    )
    languages = forms.ModelMultipleChoiceField(
        label=_("Langues parlées à l’accueil"),
        queryset=Language.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        typed = self.data.get(self.add_prefix("where"), "") if self.is_bound else ""
        found = search_communes(typed, COMMUNES_SHOWN) if typed.strip() else []
        self.communes = _named_so(found, typed) or found
        if len(self.communes) < 2:
            del self.fields["commune"]
        else:
            field: Any = self.fields["commune"]
            field.choices = [(one.pk, _with_code(one)) for one in self.communes]

    @property
    def asks_which(self) -> bool:
        return "commune" in self.fields

    def clean_finess(self) -> str:
        written = "".join(self.cleaned_data["finess"].split()).upper()
        if written:
            validate_finess(written)
        return written

    def clean_where(self) -> str:
        typed: str = self.cleaned_data["where"]
        if not self.communes:
            raise ValidationError(
                now_("Aucune commune ne s’appelle « %(typed)s » : essayez son code postal.")
                % {"typed": typed}
            )
        return typed

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if "where" in cleaned and "commune" not in self.errors:
            cleaned["commune"] = self._chosen(cleaned.get("commune"))
        return cleaned

    def _chosen(self, code: str | None) -> Commune | None:
        if len(self.communes) == 1:
            return self.communes[0]
        chosen = next((one for one in self.communes if one.pk == code), None)
        if chosen is None:
            self.add_error("commune", SEVERAL)
        return chosen

    @property
    def place(self) -> Place:
        """What a valid form says."""
        cleaned = self.cleaned_data
        names = ("name", "kind", "address", "commune", "phone", "finess")
        ticks = ("does_home_visits", "is_wheelchair_accessible")
        return Place(
            **{name: cleaned[name] for name in (*names, *ticks)},
            languages=tuple(cleaned["languages"]),
            hours=tuple(self.openings),
        )


def first_values(practice: Practice) -> dict[str, Any]:
    """The form's first values, from a practice with its hours and languages."""
    names = ("name", "kind", "address", "phone", "finess")
    ticks = ("does_home_visits", "is_wheelchair_accessible")
    openings: dict[int, list[Opening]] = {}
    for one in practice.hours.all():
        openings.setdefault(one.weekday, []).append((one.opens, one.closes))
    return {
        **{name: getattr(practice, name) for name in (*names, *ticks)},
        **{f"hours_{weekday}": openings.get(weekday, []) for weekday in WEEKDAYS},
        "where": _with_code(practice.commune),
        "languages": list(practice.languages.all()),
    }


def _named_so(communes: list[Commune], typed: str) -> list[Commune]:
    """Those whose whole name was typed, with or without a postal code."""
    letters = " ".join(word for word in fold(typed).split() if not word.isdigit())
    return [one for one in communes if one.search_name == letters]


def _with_code(commune: Commune) -> str:
    return f"{commune.postal_codes[0]} {commune.name}" if commune.postal_codes else commune.name
