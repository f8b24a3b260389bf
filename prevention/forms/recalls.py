"""What is asked of whoever opens a recall list, and of whoever puts somebody on it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.forms import PersonNameField, PhoneField, PortalForm, with_hint
from cpts_portal.core.identifiers import validate_clean_text
from cpts_portal.core.models import Commune
from members.forms.groups import day_field
from prevention.actions.recalls import ListWords, RecalledWords
from prevention.models import AgeBand, Campaign, CampaignStatus, RecallList
from prevention.queries.recalls import Doer
from prevention.rules.recalls import is_old_enough

OLDEST_AGREEMENT = 3 * 365
"""Days: an agreement older than that is asked again."""


class RecallListForm(PortalForm):
    campaign = forms.ModelChoiceField(
        Campaign.objects.none(),
        label=_("Campagne"),
        empty_label=_("Choisir"),
        error_messages={"required": _("Choisissez une campagne.")},
    )
    title = forms.CharField(
        label=_("Intitulé"),
        help_text=_("Par exemple « Grippe 2026 ». Il est montré à la personne rappelée."),
        max_length=120,
        validators=[validate_clean_text],
        error_messages={"required": _("Donnez un nom à cette liste.")},
    )
    rule = forms.CharField(
        label=_("Pour qui ?"),
        help_text=_("La règle en une phrase : qui peut y être inscrit."),
        max_length=300,
        validators=[validate_clean_text],
        widget=forms.Textarea({"rows": 2}),
        error_messages={"required": _("Dites pour qui est cette liste.")},
    )
    min_age = forms.IntegerField(
        label=_("À partir de quel âge ?"),
        required=False,
        min_value=1,
        max_value=120,
        widget=forms.NumberInput({"class": "num w-5", "inputmode": "numeric"}),
        error_messages={"invalid": _("Écrivez un âge en chiffres, par exemple 65.")},
    )
    starts_on = day_field(
        label=_("Rappels à partir du"),
        help_text=_("Les rappels comptent leurs jours depuis cette date."),
        initial=timezone.localdate,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["campaign"]
        open_ones = Campaign.objects.exclude(status=CampaignStatus.CLOSED)
        field.queryset = open_ones.filter(is_for_professionals=True)

    @property
    def words(self) -> ListWords:
        """What a valid form says."""
        return ListWords(**self.cleaned_data)


class RecalledForm(PortalForm):
    """`doers` are those in whose name one may add; with one only, nothing is asked."""

    pour = forms.TypedChoiceField(
        label=_("Au nom de"),
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Dites au nom de qui vous ajoutez cette personne."),
            "invalid_choice": _("Vous n’agissez pas, ou plus, pour cette personne."),
        },
    )
    last_name = PersonNameField(
        label=_("Nom"),
        max_length=80,
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": _("Écrivez son nom.")},
    )
    first_name = PersonNameField(
        label=_("Prénom"),
        max_length=80,
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": _("Écrivez son prénom.")},
    )
    age_band = forms.ChoiceField(
        label=_("Âge"),
        choices=[
            ("", _("Choisir")),
            *((value, capfirst(label)) for value, label in AgeBand.choices),
        ],
        error_messages={"required": _("Choisissez une tranche d’âge.")},
    )
    phone = PhoneField(
        label=_("Téléphone"),
        help_text=_("Un mobile reçoit les rappels par SMS, par exemple 06 39 98 12 34"),
        required=False,
    )
    email = forms.EmailField(
        label=_("Courriel"),
        required=False,
        max_length=254,
        widget=forms.EmailInput({"autocomplete": "off"}),
        error_messages={
            "invalid": _(
                "Cette adresse de courriel n’est pas complète : par exemple nom@courriel.fr."
            )
        },
    )
    commune = forms.ModelChoiceField(
        Commune.objects.none(),
        label=_("Commune"),
        required=False,
        empty_label=_("Une autre, ou non précisée"),
    )
    language = forms.ChoiceField(
        label=_("Langue des messages"), choices=settings.LANGUAGES, initial="fr", required=False
    )
    agreed_on = day_field(label=_("Accord donné le"), initial=timezone.localdate)
    has_agreed = forms.BooleanField(
        label=with_hint(
            _("La personne est d’accord pour être rappelée"),
            _("Elle peut arrêter à tout moment ; son contact est effacé 60 jours après."),
        ),
        error_messages={"required": _("Demandez-lui son accord, puis cochez la case.")},
    )
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(
        self, *args: Any, recall_list: RecallList, doers: Sequence[Doer], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.recall_list = recall_list
        self.doers = {one.pk: one for one in doers}
        fields: dict[str, Any] = self.fields
        fields["commune"].queryset = Commune.objects.filter(
            coverage__cpts=recall_list.cpts_id
        ).order_by("name")
        fields["phone"].widget.attrs["autocomplete"] = "off"
        fields["pour"].choices = [(one.pk, str(getattr(one, "principal", one))) for one in doers]
        if len(doers) == 1:
            del fields["pour"]

    @property
    def by(self) -> Doer:
        """In whose name, once valid."""
        if "pour" in self.fields:
            return self.doers[self.cleaned_data["pour"]]
        return next(iter(self.doers.values()))

    def clean_age_band(self) -> str:
        band: str = self.cleaned_data["age_band"]
        if not is_old_enough(self.recall_list, band):
            raise ValidationError(
                gettext("Cette liste est à partir de %(age)d ans.")
                % {"age": self.recall_list.min_age or 0}
            )
        return band

    def clean_agreed_on(self) -> date:
        agreed_on: date = self.cleaned_data["agreed_on"]
        today = timezone.localdate()
        if agreed_on > today:
            raise ValidationError(gettext("Cette date est dans le futur."))
        if (today - agreed_on).days > OLDEST_AGREEMENT:
            raise ValidationError(gettext("Cet accord est trop ancien : redemandez-le."))
        return agreed_on

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not (
            cleaned.get("phone") or cleaned.get("email") or {"phone", "email"} & {*self.errors}
        ):
            self.add_error("phone", gettext("Écrivez un téléphone ou un courriel."))
        return cleaned

    @property
    def words(self) -> RecalledWords:
        """What a valid form says."""
        left_out = ("pour", "key", "language")
        said = {name: self.cleaned_data[name] for name in self.fields if name not in left_out}
        return RecalledWords(language=self.cleaned_data["language"] or "fr", **said)
