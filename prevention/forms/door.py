"""What is asked at the door: as little as will do, standing, in one hand."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.forms import PersonNameField, PhoneField, PortalForm
from cpts_portal.core.models import Commune
from prevention.actions.registrations import RegistrationWords
from prevention.models import AgeBand

COUNTED = (-1, 1, 10)
BANDS = [(value, capfirst(label)) for value, label in AgeBand.choices]


class WalkInForm(PortalForm):
    """Nothing is compulsory: whoever gives no name still takes a seat."""

    last_name = PersonNameField(
        label=_("Nom"),
        required=False,
        max_length=80,
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    first_name = PersonNameField(
        label=_("Prénom"),
        required=False,
        max_length=80,
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    phone = PhoneField(
        label=_("Téléphone"),
        help_text=_("Si la personne veut recevoir la suite, effacé après 60 jours."),
        required=False,
    )
    age_band = forms.ChoiceField(
        label=_("Âge"), required=False, choices=[("", _("Ne pas préciser")), *BANDS]
    )
    commune = forms.ModelChoiceField(
        Commune.objects.none(),
        label=_("Commune"),
        required=False,
        empty_label=_("Une autre, ou non précisée"),
        error_messages={"invalid_choice": _("Choisissez une commune de la liste.")},
    )
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, *args: Any, communes: list[Commune], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["commune"]
        field.queryset = Commune.objects.filter(pk__in=[one.pk for one in communes])
        self.fields["phone"].widget.attrs["autocomplete"] = "off"

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        is_named = cleaned.get("last_name")
        if not is_named and (cleaned.get("first_name") or cleaned.get("phone")):
            self.add_error("last_name", gettext("Écrivez aussi le nom, ou laissez tout vide."))
        return cleaned

    @property
    def words(self) -> RegistrationWords:
        """What a valid form says."""
        data = self.cleaned_data
        names = ("last_name", "first_name", "phone", "age_band", "commune")
        return RegistrationWords(**{name: data[name] for name in names})


class CountForm(PortalForm):
    """One tap on a counter; an empty commune is one that nobody told."""

    band = forms.ChoiceField(choices=AgeBand.choices)
    people = forms.TypedChoiceField(choices=[(one, str(one)) for one in COUNTED], coerce=int)
    commune = forms.ModelChoiceField(Commune.objects.all(), required=False)
