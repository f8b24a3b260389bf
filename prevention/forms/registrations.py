"""What is asked of whoever comes to a session: a name, one way to be reached, a few boxes."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from cpts_portal.core import outbox
from cpts_portal.core.forms import PersonNameField, PortalForm
from cpts_portal.core.identifiers import can_get_sms, format_phone, parse_phone
from cpts_portal.core.models import Commune, Message
from prevention.actions.registrations import RegistrationWords
from prevention.models import AgeBand, Registration, Session, Sex

NOT_SAID = ("", _("Ne pas préciser"))


def _capitalised(choices: Any) -> list[tuple[Any, Any]]:
    return [(value, capfirst(label)) for value, label in choices]


class ReachField(forms.CharField):
    """One line for a phone or an e-mail: kept as E.164, or in lower case."""

    widget = forms.TextInput({"autocapitalize": "none", "spellcheck": "false"})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=254, **kwargs)

    def clean(self, value: Any) -> str:
        typed = super().clean(value)
        if "@" not in typed:
            return parse_phone(typed) if typed else ""
        if len(typed.split()) > 1 or not typed.isprintable():
            raise ValidationError(
                gettext("Écrivez une seule adresse de courriel, sur une ligne, sans espace."),
                code="line",
            )
        EmailValidator(
            gettext("Cette adresse de courriel n’est pas complète : par exemple nom@courriel.fr.")
        )(typed)
        return str(typed).lower()


class PersonForm(PortalForm):
    """`session` tells which communes are proposed; the same `key` is the same registration."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    first_name = PersonNameField(
        label=_("Prénom"),
        max_length=80,
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": _("Écrivez le prénom.")},
    )
    last_name = PersonNameField(
        label=_("Nom"),
        max_length=80,
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": _("Écrivez le nom.")},
    )
    reach = ReachField(
        label=_("Téléphone ou courriel"),
        error_messages={"required": _("Écrivez un téléphone ou un courriel.")},
    )
    age_band = forms.ChoiceField(
        label=_("Âge de la personne qui vient"),
        required=False,
        choices=[NOT_SAID, *_capitalised(AgeBand.choices)],
    )
    commune = forms.ModelChoiceField(
        label=_("Sa commune"),
        required=False,
        queryset=Commune.objects.none(),
        empty_label=_("Ailleurs, ou ne pas préciser"),
        error_messages={"invalid_choice": _("Choisissez une commune de la liste.")},
    )
    heard_by = forms.ChoiceField(
        label=_("Comment avez-vous connu cette séance ?"),
        required=False,
        choices=[NOT_SAID, *_capitalised(Registration.HeardBy.choices)],
    )

    def __init__(self, *args: Any, session: Session, language: str = "fr", **kwargs: Any) -> None:
        kwargs["initial"] = {"key": uuid4(), **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        self.session, self.language = session, language
        commune: Any = self.fields["commune"]
        commune.queryset = Commune.objects.filter(coverage__cpts=session.cpts_id).order_by("name")

    @property
    def words(self) -> RegistrationWords:
        """What was answered, once valid."""
        data = self.cleaned_data
        names = ("first_name", "last_name", "age_band", "commune", "heard_by")
        way = "email" if "@" in data["reach"] else "phone"
        return RegistrationWords(
            **{name: data[name] for name in names},
            **{way: data["reach"]},
            is_for_relative=bool(data.get("for_whom") == "relative"),
            language=self.language,
        )


class DeskForm(PersonForm):
    """By telephone: a landline will do, she is then told by voice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reach"].help_text = _(
            "Un portable ou un courriel pour la prévenir ; à défaut un fixe, vous l’appellerez."
        )
        self.fields["heard_by"].label = _("Comment a-t-elle connu cette séance ?")


class RegistrationForm(PersonForm):
    """Online: what the session requires is asked by boxes, and nothing of it is kept."""

    for_whom = forms.ChoiceField(
        label=_("Pour qui est cette inscription ?"),
        choices=[("self", _("Pour moi")), ("relative", _("Pour un proche"))],
        widget=forms.RadioSelect,
        initial="self",
        error_messages={"required": _("Dites pour qui est cette inscription.")},
    )
    conditions = forms.MultipleChoiceField(
        label=_("Cette séance est réservée : cochez pour confirmer"),
        help_text=_("Nous ne gardons pas cette réponse."),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reach"].label, self.fields["reach"].help_text = _reach_words()
        boxes: Any = self.fields["conditions"]
        boxes.choices = conditions_of(self.session)
        boxes.error_messages["required"] = _not_for_her()
        if not boxes.choices:
            del self.fields["conditions"]

    def clean_conditions(self) -> list[str]:
        ticked: list[str] = self.cleaned_data["conditions"]
        if len(ticked) < len(conditions_of(self.session)):
            raise ValidationError(_not_for_her(), code="conditions")
        return ticked

    def clean_reach(self) -> str:
        reach: str = self.cleaned_data["reach"]
        if "@" not in reach and not (can_get_sms(reach) and outbox.can_send(Message.Channel.SMS)):
            raise ValidationError(
                gettext(
                    "Nous ne pouvons pas envoyer de code à ce numéro : écrivez un courriel ou un"
                    " téléphone portable, ou appelez-nous."
                ),
                code="no_code",
            )
        return reach


def _reach_words() -> tuple[str, str]:
    if outbox.can_send(Message.Channel.SMS):
        example = format_phone("+33639981234")
        return gettext("Votre téléphone portable ou votre courriel"), gettext(
            "Nous y envoyons un code. Par exemple %(phone)s, ou nom@courriel.fr"
        ) % {"phone": example}
    return gettext("Votre courriel"), gettext(
        "Nous y envoyons un code. Par exemple nom@courriel.fr"
    )


def _not_for_her() -> str:
    return gettext(
        "Cette séance est réservée à certaines personnes : cochez chaque case si c’est le cas,"
        " ou appelez-nous si vous hésitez."
    )


# --- What a session requires --------------------------------------------------------------------
def conditions_of(session: Session) -> list[tuple[str, str]]:
    """Name and sentence of each box, for the session's own conditions; often there is none."""
    told = [("age", _ages(session)), ("sex", _sex(session)), ("commune", _communes(session))]
    return [(name, sentence) for name, sentence in told if sentence]


def _ages(session: Session) -> str:
    low, high = session.min_age, session.max_age
    if low and high:
        return gettext("La personne qui vient a entre %(low)d et %(high)d ans") % {
            "low": low,
            "high": high,
        }
    if low:
        return gettext("La personne qui vient a %(low)d ans ou plus") % {"low": low}
    if high:
        return gettext("La personne qui vient a %(high)d ans au plus") % {"high": high}
    return ""


def _sex(session: Session) -> str:
    if session.sex == Sex.FEMALE:
        return gettext("La personne qui vient est une femme")
    return gettext("La personne qui vient est un homme") if session.sex else ""


def _communes(session: Session) -> str:
    if not session.communes:
        return ""
    names = list(
        Commune.objects.filter(pk__in=session.communes)
        .order_by("name")
        .values_list("name", flat=True)
    )
    return ngettext(
        "Elle habite la commune de la séance : %(names)s",
        "Elle habite l’une de ces communes : %(names)s",
        len(names),
    ) % {"names": ", ".join(names)}


class KeyForm(PortalForm):
    """One tap: the form's own key, so that two taps are one."""

    key = forms.UUIDField()
