"""How forms are drawn and what every form of ours promises."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.validators import MaxLengthValidator, RegexValidator
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.identifiers import format_phone, parse_phone, validate_clean_text

TEXT_AT_MOST = 2000
"""Characters accepted in a text whose form sets no shorter limit."""

OLDEST_BIRTH_YEAR = 1900
NAME_MARKS = frozenset(" -'’ʼ.·‐‑")


class PortalBoundField(BoundField):
    """Gives text-like inputs the look's class; libraries' placeholders, which repeat labels, go."""

    def build_widget_attrs(
        self, attrs: dict[str, Any], widget: forms.Widget | None = None
    ) -> dict[str, Any]:
        widget = widget or self.field.widget
        attrs = super().build_widget_attrs(attrs, widget)
        if _is_boxed(widget):
            attrs["class"] = f"input {widget.attrs.get('class', '')}".strip()
            if not isinstance(self.form, _Promises):
                attrs["placeholder"] = False
        return attrs


def _is_boxed(widget: forms.Widget) -> bool:
    """A widget drawn as a box one writes in: neither ticks, nor hidden, nor made of parts."""
    apart = (forms.CheckboxInput, forms.RadioSelect, forms.CheckboxSelectMultiple)
    return not (widget.is_hidden or isinstance(widget, (*apart, forms.MultiWidget)))


class PortalRenderer(TemplatesSetting):
    """Django's form templates, looked up in templates/ first."""

    form_template_name = "components/form.html"
    field_template_name = "components/field.html"
    bound_field_class = PortalBoundField


def error_entries(form: forms.BaseForm) -> list[tuple[str, str]]:
    """(id of the first input, message) for each error, in field order; id "" for the whole form."""
    entries = [("", str(message)) for message in form.errors.get(NON_FIELD_ERRORS, [])]
    for field in form:
        target = field.id_for_label or f"{field.auto_id}_0"
        entries += [("" if field.is_hidden else target, str(message)) for message in field.errors]
    return entries


def _hinted(label: str, hint: str) -> SafeString:
    return format_html("{} <small>{}</small>", label, hint)


with_hint: Any = lazy(_hinted, str)
"""A choice's label with a line of help under it: `(value, with_hint(_("…"), _("…")))`."""


class _Promises:
    """French messages that say what to do, a limit on every text, and a list of the errors."""

    fields: dict[str, forms.Field]
    use_required_attribute = False
    """Our own sentences answer an empty field, not the browser's; optional fields say so."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, forms.CharField) and not isinstance(field, forms.UUIDField):
                _limit(field)

    @property
    def error_summary(self) -> list[tuple[str, str]]:
        return error_entries(self)  # type: ignore[arg-type]


def _limit(field: forms.CharField) -> None:
    if field.max_length is None:
        field.max_length = TEXT_AT_MOST
        field.validators = [*field.validators, MaxLengthValidator(TEXT_AT_MOST)]
    field.error_messages.setdefault(
        "max_length",
        _(
            "C’est trop long : %(limit_value)d caractères au plus, "
            "vous en avez écrit %(show_value)d."
        ),
    )
    field.error_messages.setdefault(
        "null_characters_not_allowed", _("Ce texte contient un caractère illisible : effacez-le.")
    )


class PortalForm(_Promises, forms.Form):
    """A form of the portal; what was typed is always shown again."""


class PortalModelForm(_Promises, forms.ModelForm):  # type: ignore[type-arg]
    """A form of the portal over one row."""


# --- Fields of our own ----------------------------------------------------------------------
class DayWidget(forms.MultiWidget):
    """Day, month and year in three numeric boxes: quicker and surer than a calendar."""

    template_name = "components/day.html"
    use_fieldset = True

    def __init__(self, attrs: dict[str, Any] | None = None, *, autocomplete: str = "") -> None:
        parts: dict[str, forms.Widget | type[forms.Widget]] = {}
        for name, length in (("day", 2), ("month", 2), ("year", 4)):
            given: dict[str, Any] = {
                "inputmode": "numeric",
                "maxlength": length,
                "class": "input num",
            }
            if autocomplete:
                given["autocomplete"] = f"{autocomplete}-{name}"
            parts[name] = forms.TextInput(given)
        super().__init__(parts, attrs)

    def decompress(self, value: Any) -> list[Any]:
        if isinstance(value, str) and value:
            value = date.fromisoformat(value)
        return [value.day, value.month, value.year] if value else ["", "", ""]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        labels = (_("Jour"), _("Mois"), _("Année"))
        for part, label in zip(context["widget"]["subwidgets"], labels, strict=True):
            part["label"] = label
        return context


class DayField(forms.Field):
    """A day of the calendar typed in three boxes; « 3 » and « 03 » are the same day."""

    widget: Any = DayWidget
    default_error_messages: ClassVar[dict[str, Any]] = {
        "required": _("Écrivez le jour, le mois et l’année."),
        "incomplete": _("Il manque le jour, le mois ou l’année."),
        "digits": _("Écrivez le jour, le mois et l’année en chiffres, par exemple 27 3 1948."),
        "year": _("Écrivez l’année avec ses 4 chiffres, par exemple 1948."),
        "unreal": _("Cette date n’existe pas dans le calendrier."),
        "early": _("Cette date est trop ancienne."),
        "late": _("Cette date est dans le futur."),
    }

    def to_python(self, value: Any) -> date | None:
        """The day; raises ValidationError with a sentence that says which part to mend."""
        if value is None or isinstance(value, date):
            return value
        parts = [str(part or "").strip() for part in value]
        if not any(parts):
            return None
        if not all(parts):
            raise self._refusal("incomplete")
        if not all(part.isdecimal() and len(part) <= 4 for part in parts):
            raise self._refusal("digits")
        if len(parts[2]) != 4:
            raise self._refusal("year")
        try:
            return date(int(parts[2]), int(parts[1]), int(parts[0]))
        except ValueError:
            raise self._refusal("unreal") from None

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(initial) != self.to_python(data))
        except (ValidationError, TypeError):
            return True

    def _refusal(self, code: str) -> ValidationError:
        return ValidationError(self.error_messages[code], code=code)


class BirthDayField(DayField):
    """A day of birth: past, and of a living person."""

    widget = DayWidget(autocomplete="bday")

    def validate(self, value: date | None) -> None:
        super().validate(value)
        if value is None:
            return
        if value > timezone.localdate():
            raise self._refusal("late")
        if value.year < OLDEST_BIRTH_YEAR:
            raise self._refusal("early")


def validate_person_name(name: str) -> None:
    """Letters of any script, their marks, and what joins names; raises ValidationError."""
    validate_clean_text(name)
    if not all(c in NAME_MARKS or unicodedata.category(c)[0] in "LM" for c in name):
        raise ValidationError(
            gettext("Écrivez ce nom avec des lettres, des tirets et des apostrophes."), code="name"
        )


class PersonNameField(forms.CharField):
    """A person's name as she writes it: « D’Hœdt-Œuvrard » stays so."""

    default_validators = [validate_person_name]

    def to_python(self, value: Any) -> str:
        return " ".join(unicodedata.normalize("NFC", super().to_python(value) or "").split())


class PhoneField(forms.CharField):
    """A phone number as people write it, kept as E.164; raises on anything that cannot ring."""

    widget = forms.TextInput(
        {"type": "tel", "inputmode": "tel", "autocomplete": "tel", "class": "num w-10"}
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=30, **kwargs)

    def clean(self, value: Any) -> str:
        typed = super().clean(value)
        return parse_phone(typed) if typed else ""

    def prepare_value(self, value: Any) -> Any:
        return format_phone(value) if isinstance(value, str) and value.startswith("+33") else value


class PostalCodeField(forms.CharField):
    """A French postal code: 5 digits, spaces forgiven."""

    widget = forms.TextInput(
        {"inputmode": "numeric", "autocomplete": "postal-code", "class": "num w-5"}
    )
    default_validators = [
        RegexValidator(
            r"^[0-9]{5}\Z", _("Un code postal a 5 chiffres, par exemple 62840."), code="postal_code"
        )
    ]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=20, **kwargs)

    def to_python(self, value: Any) -> str:
        return "".join((super().to_python(value) or "").split())


# --- The code that proves an address --------------------------------------------------------
class CodeForm(PortalForm):
    """Six digits received by e-mail or SMS, spaces forgiven."""

    code = forms.CharField(
        label=_("Votre code"),
        help_text=_("6 chiffres"),
        max_length=20,
        widget=forms.TextInput(
            {"inputmode": "numeric", "autocomplete": "one-time-code", "class": "num w-5"}
        ),
        error_messages={"required": _("Écrivez le code à 6 chiffres que vous avez reçu.")},
    )

    def clean_code(self) -> str:
        code = "".join(str(self.cleaned_data["code"]).split())
        if not (len(code) == 6 and code.isascii() and code.isdigit()):
            raise ValidationError(_("Le code a 6 chiffres, sans lettre."))
        return code


def attempts_left(count: int) -> str:
    return ngettext(
        "Ce code n’est pas le bon. Il vous reste %(count)d essai.",
        "Ce code n’est pas le bon. Il vous reste %(count)d essais.",
        count,
    ) % {"count": count}
