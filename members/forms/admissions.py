"""What the board writes when it decides, and when the assembly has voted."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.forms import DayField, PortalForm, with_hint
from cpts_portal.core.identifiers import validate_clean_text, validate_no_nir
from cpts_portal.core.templatetags.portal import day_full
from members.forms.applications import kind_of
from members.models import Application, College, Membership

FURTHEST_START = timedelta(days=366)


class PastDayField(DayField):
    """A day that has come."""

    def validate(self, value: date | None) -> None:
        super().validate(value)
        if value is not None and value > timezone.localdate():
            raise self._refusal("late")


class ReasonField(forms.CharField):
    """Free words for the board's eyes."""

    widget = forms.Textarea({"rows": 3})
    default_validators = [validate_clean_text, validate_no_nir]


class AdmitForm(PortalForm):
    """`past` are members who have left and resemble her: she may be one of them."""

    decided_on = PastDayField(label=_("Décidée par le bureau le"))
    college = forms.ModelChoiceField(
        label=_("Collège"), queryset=College.objects.none(), empty_label=None
    )
    starts_on = DayField(label=_("Membre à partir du"))
    returning = forms.ModelChoiceField(
        label=_("Est-ce un retour ?"),
        queryset=Membership.objects.none(),
        required=False,
        empty_label=_("Non, c’est une nouvelle personne"),
        widget=forms.RadioSelect,
    )
    reason = ReasonField(
        label=_("Note du bureau"),
        help_text=_("Lue du bureau et de la coordination seuls."),
        required=False,
        max_length=1000,
    )

    def __init__(
        self, *args: Any, application: Application, past: list[Membership], **kwargs: Any
    ) -> None:
        today = timezone.localdate()
        first = {"decided_on": today, "starts_on": today, "college": application.college_id}
        kwargs.setdefault("initial", first)
        super().__init__(*args, **kwargs)
        college: Any = self.fields["college"]
        college.queryset = College.objects.all()
        college.choices = [
            (one.pk, one.name) for one in College.objects.all() if kind_of(one) == application.kind
        ]
        self._offer(past)

    def _offer(self, past: list[Membership]) -> None:
        if not past:
            del self.fields["returning"]
            return
        field: Any = self.fields["returning"]
        field.queryset = Membership.objects.filter(pk__in=[one.pk for one in past])
        choices = [("", field.empty_label)]
        field.choices = choices + [(one.pk, _returning_label(one)) for one in past]

    def clean_starts_on(self) -> date:
        day: date = self.cleaned_data["starts_on"]
        if day > timezone.localdate() + FURTHEST_START:
            raise ValidationError(now_("Cette date est à plus d’un an : vérifiez l’année."))
        return day


class RefuseForm(PortalForm):
    decided_on = PastDayField(label=_("Décidée par le bureau le"))
    reason = ReasonField(
        label=_("Motif"),
        help_text=_("Lu du bureau et de la coordination seuls ; il n’est dans aucun courriel."),
        max_length=1000,
        error_messages={"required": _("Écrivez le motif : le bureau doit pouvoir s’en souvenir.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"decided_on": timezone.localdate()})
        super().__init__(*args, **kwargs)


class RatifyForm(PortalForm):
    """Several admissions at once, as an assembly votes."""

    on = PastDayField(label=_("Assemblée du"))
    applications = forms.ModelMultipleChoiceField(
        label=_("Admissions ratifiées"),
        queryset=Application.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Cochez les admissions que l’assemblée a ratifiées.")},
    )

    def __init__(self, *args: Any, waiting: list[Application], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["applications"]
        field.queryset = Application.objects.filter(status=Application.Status.ADMITTED)
        field.choices = [(one.pk, _ratified_label(one)) for one in waiting]
        field.initial = [one.pk for one in waiting]


def _returning_label(past: Membership) -> Any:
    left = now_("partie ou parti le %(day)s") % {"day": day_full(past.ends_on)}
    return with_hint(str(past.user), f"{past.profession or past.organisation}, {left}")


def _ratified_label(application: Application) -> Any:
    decided = now_("admise le %(day)s") % {"day": day_full(application.decided_on)}
    return with_hint(application.full_name, decided)
