"""What a coordinator writes about a request."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.forms import PortalForm
from cpts_portal.core.identifiers import validate_clean_text, validate_no_nir
from members.models import Membership
from patients.models import ContactAttempt

NOTE_AT_MOST = 2000
REASON_AT_MOST = 300
ONE_YEAR = timedelta(days=366)


def _text(limit: int, rows: int, **kwargs: Any) -> forms.CharField:
    """Free text kept on a request: no NIR, no control character."""
    return forms.CharField(
        max_length=limit,
        widget=forms.Textarea({"rows": rows}),
        validators=[validate_clean_text, validate_no_nir],
        **kwargs,
    )


class ComingDayField(forms.DateField):
    """A day from today to a year ahead, Paris time."""

    default_error_messages = {
        "past": _("Choisissez une date à partir d’aujourd’hui."),
        "far": _("Choisissez une date dans l’année qui vient."),
        "invalid": _("Cette date n’existe pas : choisissez-la dans le calendrier."),
        "required": _("Choisissez une date."),
    }

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
        super().__init__(input_formats=["%Y-%m-%d", "%d/%m/%Y"], **kwargs)

    def validate(self, value: date | None) -> None:
        super().validate(value)
        today = timezone.localdate()
        if value is not None and value < today:
            raise ValidationError(self.error_messages["past"], code="past")
        if value is not None and value > today + ONE_YEAR:
            raise ValidationError(self.error_messages["far"], code="far")


class QuestionForm(PortalForm):
    question = _text(
        REASON_AT_MOST,
        2,
        required=False,
        label=_("Votre question"),
        help_text=_("Elle la lit sur sa page. Rien de médical ni d’identifiant."),
    )


class OnceForm(PortalForm):
    """Bears a hidden key, so that the form sent twice, by a double click or Back, writes once."""

    form_key = forms.CharField(
        max_length=36, widget=forms.HiddenInput, initial=uuid4, required=False
    )

    def clean_form_key(self) -> UUID | None:
        typed = self.cleaned_data["form_key"]
        try:
            return UUID(typed) if typed else None
        except ValueError:
            raise ValidationError(_("Rechargez la page, puis recommencez.")) from None

    def renew_key(self) -> None:
        """What was typed stays, as a form of its own: sent again, it is new."""
        self.data = {**self.data, self.add_prefix("form_key"): str(uuid4())}


class NoteForm(OnceForm):
    body = _text(
        NOTE_AT_MOST,
        3,
        label=_("Votre note"),
        help_text=_("Ni numéro de sécurité sociale, ni détail médical inutile."),
        error_messages={"required": _("Écrivez la note avant de l’ajouter.")},
    )


class AttemptForm(OnceForm):
    way = forms.ChoiceField(label=_("Moyen"), choices=ContactAttempt.Way.choices)
    has_answered = forms.TypedChoiceField(
        label=_("La personne a-t-elle répondu ?"),
        choices=[("oui", _("Oui")), ("non", _("Non"))],
        coerce=lambda value: value == "oui",
        widget=forms.RadioSelect,
        error_messages={"required": _("Dites si la personne a répondu.")},
    )


class CallBackForm(PortalForm):
    on = ComingDayField(label=_("À rappeler le"))


class FirstVisitForm(PortalForm):
    on = ComingDayField(label=_("Premier rendez-vous le"))


class PriorityForm(PortalForm):
    """Empty means the computed class again; any other needs its reason."""

    priority = forms.TypedChoiceField(
        label=_("Priorité"),
        choices=[("", _("Celle du calcul")), *((n, f"P{n}") for n in range(1, 6))],
        coerce=int,
        empty_value=None,
        required=False,
    )
    reason = _text(REASON_AT_MOST, 2, label=_("Pourquoi"), required=False)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("priority") and not cleaned.get("reason") and not self.has_error("reason"):
            self.add_error("reason", _("Dites pourquoi la priorité est corrigée."))
        return cleaned


class AssignForm(PortalForm):
    """To a coordinator of the CPTS, or to nobody."""

    to = forms.ModelChoiceField(
        label=_("Suivie par"),
        queryset=Membership.objects.none(),
        required=False,
        empty_label=_("personne"),
        error_messages={"invalid_choice": _("Cette personne n’est pas à la coordination.")},
    )

    def __init__(self, *args: Any, coordinators: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = coordinators  # type: ignore[attr-defined]


class EndForm(PortalForm):
    """One of the ends open now; `is_sure` is the second look before a file is closed."""

    ending = forms.ChoiceField(
        label=_("Motif"),
        error_messages={
            "required": _("Choisissez un motif."),
            "invalid_choice": _("Ce motif n’est pas possible maintenant."),
        },
    )
    reason = _text(REASON_AT_MOST, 2, label=_("Précision"), required=False)
    is_sure = forms.BooleanField(
        label=_("Clore la demande"),
        error_messages={"required": _("Cochez la case pour confirmer la clôture.")},
    )

    def __init__(self, *args: Any, endings: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ending"].choices = [("", _("Choisir…")), *endings]  # type: ignore[attr-defined]


class ReferForm(PortalForm):
    gp = forms.ModelChoiceField(
        queryset=Membership.objects.none(),
        error_messages={
            "required": _("Choisissez un médecin."),
            "invalid_choice": _("Ce médecin n’est pas dans cette CPTS."),
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        gps = Membership.objects.current().treating_doctors()
        self.fields["gp"].queryset = gps  # type: ignore[attr-defined]
