"""What a treasurer types."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.forms import DayField, PortalForm
from cpts_portal.core.identifiers import validate_clean_text
from members.models import Subscription

M = Subscription.Means
MEANS = [(means.value, means.label) for means in M if means not in (M.FREE, M.WAIVED)]


class PaymentForm(PortalForm):
    paid_on = DayField(label=_("Payée le"))
    means = forms.ChoiceField(label=_("Moyen"), choices=MEANS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("paid_on", timezone.localdate())

    def clean_paid_on(self) -> date:
        paid_on: date = self.cleaned_data["paid_on"]
        if paid_on > timezone.localdate():
            raise ValidationError(_("Le jour du paiement ne peut pas être dans le futur."))
        return paid_on


class PaymentsForm(PaymentForm):
    """Several years paid the same day by the same means; those ticked and still due."""

    chosen = forms.ModelMultipleChoiceField(
        Subscription.objects.none(),
        label=_("Cotisations"),
        error_messages={
            "required": _("Cochez au moins une cotisation."),
            "invalid_choice": _("Une des cotisations cochées n’est plus là : relisez la liste."),
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["chosen"]
        chosen.queryset = Subscription.objects.select_related("membership__user")


class ReasonForm(PortalForm):
    reason = forms.CharField(
        label=_("Pourquoi"),
        max_length=200,
        validators=[validate_clean_text],
        error_messages={"required": _("Dites pourquoi : ce sera écrit dans l’historique.")},
    )
