"""What an ad says, and a word in a talk."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.forms import DayField, PortalForm
from cpts_portal.core.identifiers import validate_clean_text, validate_no_nir
from cpts_portal.core.models import Commune
from cpts_portal.core.territory import fold
from members import rules
from members.actions.ads import Wording
from members.models import LONGEST_AD, Ad, Cpts, Membership, Profession

CHECKED = [validate_clean_text, validate_no_nir]
WRITTEN = ("kind", "side", "title", "body", "profession", "commune")
DAYS = ("starts_on", "ends_on", "expires_on")


class AdForm(PortalForm):
    """`principals` are those for whom a delegate may publish; without any, nothing is asked."""

    author = forms.TypedChoiceField(
        label=_("Au nom de"),
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": _("Dites au nom de qui vous publiez.")},
    )
    side = forms.ChoiceField(
        label=_("Vous proposez, ou vous recherchez ?"),
        choices=[(Ad.Side.OFFER, _("Je propose")), (Ad.Side.WANTED, _("Je recherche"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Dites si vous proposez ou si vous recherchez.")},
    )
    kind = forms.ChoiceField(
        label=_("De quoi s’agit-il ?"),
        choices=[(value, str(label).capitalize()) for value, label in Ad.Kind.choices],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choisissez de quoi il s’agit.")},
    )
    title = forms.CharField(
        label=_("Titre"),
        help_text=_("Par exemple « Remplacement en mars à Laventie »."),
        max_length=100,
        validators=CHECKED,
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": _("Donnez un titre à l’annonce.")},
    )
    body = forms.CharField(
        label=_("Annonce"),
        help_text=_("Les réponses arrivent sur le portail : votre adresse n’y paraît pas."),
        max_length=1500,
        validators=CHECKED,
        widget=forms.Textarea({"rows": 6}),
        error_messages={"required": _("Écrivez l’annonce en quelques phrases.")},
    )
    profession = forms.ModelChoiceField(
        Profession.objects.all(),
        label=_("Profession concernée"),
        required=False,
        empty_label=_("Toutes"),
    )
    commune = forms.ModelChoiceField(
        Commune.objects.none(), label=_("Commune"), required=False, empty_label=_("Sans précision")
    )
    starts_on = DayField(label=_("À partir du"), required=False)
    ends_on = DayField(label=_("Jusqu’au"), required=False)
    expires_on = DayField(
        label=_("Visible jusqu’au"), help_text=_("Six mois au plus ; un rappel part avant.")
    )

    def __init__(
        self,
        *args: Any,
        cpts: Cpts,
        authors: Mapping[int, Membership],
        ad: Ad | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.published_on = ad.published_on if ad else timezone.localdate()
        if ad is not None or len(authors) == 1:
            del self.fields["author"]
        else:
            author: Any = self.fields["author"]
            author.choices = [(key, str(member)) for key, member in authors.items()]
        communes: Any = self.fields["commune"]
        communes.queryset = cpts.communes.order_by("name")
        professions: Any = self.fields["profession"]
        blank, *known = professions.choices
        professions.choices = [blank, *sorted(known, key=lambda choice: fold(choice[1]))]

    def clean_expires_on(self) -> date:
        last_day: date = self.cleaned_data["expires_on"]
        longest = self.published_on + LONGEST_AD
        if last_day < timezone.localdate():
            raise ValidationError(gettext("Ce jour est passé."), code="past")
        if last_day > longest:
            raise ValidationError(
                gettext("Six mois au plus : le %(day)s au plus tard.")
                % {"day": date_format(longest, "j F Y")},
                code="far",
            )
        return last_day

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        starts_on, ends_on = data.get("starts_on"), data.get("ends_on")
        if ends_on and not starts_on and "starts_on" not in self.errors:
            self.add_error("starts_on", gettext("Dites aussi à partir de quel jour."))
        elif ends_on and starts_on and ends_on < starts_on:
            self.add_error("ends_on", gettext("La fin ne peut pas précéder le début."))
        return data

    @property
    def wording(self) -> Wording:
        """What a valid form says."""
        return Wording(**{name: self.cleaned_data[name] for name in (*WRITTEN, *DAYS)})


def first_values(ad: Ad) -> dict[str, Any]:
    """The form's first values, from an ad; an ad that is over is proposed its longest life."""
    values = {name: getattr(ad, name) for name in (*WRITTEN, *DAYS)}
    longer = rules.prolonged_until(ad, timezone.localdate())
    if longer and ad.expires_on < timezone.localdate():
        values["expires_on"] = longer
    return values


def blank_values() -> dict[str, Any]:
    return {"expires_on": timezone.localdate() + rules.AD_SHOWN}


class AdMessageForm(PortalForm):
    body = forms.CharField(
        label=_("Votre message"),
        help_text=_("Lu de cette personne seule. Pas d’information sur un patient."),
        max_length=2000,
        validators=CHECKED,
        widget=forms.Textarea({"rows": 4}),
        error_messages={"required": _("Écrivez votre message.")},
    )
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
