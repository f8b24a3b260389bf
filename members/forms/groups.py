"""What is typed about groups, mandates and missions."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.forms import PortalForm, PortalModelForm
from cpts_portal.core.identifiers import validate_clean_text
from members.actions.groups import outside_membership
from members.models import Group, Mandate, Membership, Mission, Role

UNREAL = _("Cette date n’existe pas : choisissez-la dans le calendrier.")


def _is_of_our_time(day: date) -> None:
    """Beyond, a week more or less falls off the calendar."""
    if not 1900 <= day.year < 2200:
        raise ValidationError(UNREAL, code="invalid")


def day_field(**kwargs: Any) -> forms.DateField:
    """A day chosen in the browser's own calendar, or typed as 23/11/2026."""
    return forms.DateField(
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d", "%d/%m/%Y"],
        validators=[_is_of_our_time],
        error_messages={
            "invalid": UNREAL,
            "required": _("Choisissez une date."),
        },
        **kwargs,
    )


class _Owned(PortalModelForm):
    """A form whose row's promises are judged whole, those that ask its CPTS or group too."""

    GIVEN: frozenset[str] = frozenset({"cpts"})

    def _get_validation_exclusions(self) -> set[str]:
        exclusions: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return exclusions - self.GIVEN


class GroupForm(_Owned):
    GIVEN = frozenset({"cpts", "closed_on"})

    mission = forms.ModelChoiceField(
        Mission.objects.none(),
        label=_("Mission"),
        required=False,
        empty_label=_("Aucune en particulier"),
    )

    class Meta:
        model = Group
        fields = ("kind", "name", "mission", "purpose")
        widgets = {"purpose": forms.Textarea({"rows": 3})}
        error_messages = {"name": {"required": _("Donnez un nom à ce groupe.")}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mission: Any = self.fields["mission"]
        mission.queryset = Mission.objects.filter(is_active=True)
        self.fields["name"].validators.append(validate_clean_text)
        self.fields["purpose"].validators.append(validate_clean_text)


class MandateForm(_Owned):
    GIVEN = frozenset({"cpts", "group"})

    membership = forms.ModelChoiceField(
        Membership.objects.none(),
        label=_("Personne"),
        empty_label=_("Choisissez"),
        error_messages={"required": _("Choisissez une personne.")},
    )
    starts_on = day_field(label=_("Du"))
    ends_on = day_field(
        label=_("Au"), required=False, help_text=_("Laissez vide si la fin n’est pas fixée.")
    )

    class Meta:
        model = Mandate
        fields = ("membership", "function", "starts_on", "ends_on")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        member: Any = self.fields["membership"]
        member.queryset = (
            Membership.objects.current()
            .exclude(role=Role.FUNDER)
            .select_related("user")
            .order_by("user__last_name", "user__first_name")
        )
        if not self.is_bound:
            self.initial.setdefault("starts_on", timezone.localdate())

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        starts_on, ends_on = cleaned.get("starts_on"), cleaned.get("ends_on")
        if starts_on and ends_on and ends_on < starts_on:
            self.add_error("ends_on", _("La fin est avant le début."))
        elif starts_on and "ends_on" in cleaned and cleaned.get("membership"):
            sentence = outside_membership(cleaned["membership"], starts_on, ends_on)
            if sentence:
                is_early = starts_on < cleaned["membership"].starts_on
                self.add_error("starts_on" if is_early else "ends_on", sentence)
        return cleaned


class MandateEndForm(PortalForm):
    on = day_field(label=_("Dernier jour du mandat"))

    def __init__(self, *args: Any, mandate: Mandate, **kwargs: Any) -> None:
        self.mandate = mandate
        kwargs.setdefault("initial", {"on": timezone.localdate()})
        super().__init__(*args, **kwargs)

    def clean_on(self) -> date:
        on: date = self.cleaned_data["on"]
        if on < self.mandate.starts_on:
            raise ValidationError(_("Un mandat ne peut pas finir avant d’avoir commencé."))
        if self.mandate.ends_on is not None and on > self.mandate.ends_on:
            raise ValidationError(_("Ce mandat finit déjà plus tôt."))
        return on


class MissionForm(PortalModelForm):
    class Meta:
        model = Mission
        fields = ("label", "hourly_rate", "is_optional", "is_active")
        widgets = {
            "hourly_rate": forms.TextInput({"inputmode": "decimal", "class": "num w-5"}),
        }
        help_texts = {
            "hourly_rate": _("0 : les heures sont comptées, rien n’est versé."),
            "is_active": _("Une mission terminée n’est plus proposée ; ses heures restent."),
        }
        error_messages = {
            "label": {"required": _("Donnez un nom à cette mission.")},
            "hourly_rate": {
                "required": _("Écrivez un montant, 0 compris."),
                "invalid": _("Écrivez un montant en euros, par exemple 25,50."),
            },
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rate: Any = self.fields["hourly_rate"]
        rate.localize = rate.widget.is_localized = True
        rate.min_value = 0
        self.fields["label"].validators.append(validate_clean_text)

    def clean_hourly_rate(self) -> Any:
        rate = self.cleaned_data["hourly_rate"]
        if rate < 0:
            raise ValidationError(_("Le montant ne peut pas être négatif."))
        return rate
