"""What is asked of whoever posts a need, and of whoever answers it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.forms import PersonNameField, PhoneField, PortalForm, with_hint
from cpts_portal.core.models import Commune
from cpts_portal.core.templatetags.portal import day
from cpts_portal.core.territory import fold, search_communes
from members.models import Membership, Profession, Role
from unscheduled_care.actions.needs import NeedWords
from unscheduled_care.forms.choices import capitalised
from unscheduled_care.models import Act, AgeBand, CareNeed, Kind, Mobility, Reason
from unscheduled_care.queries.needs import Doer

PARIS = ZoneInfo("Europe/Paris")
COMMUNES_SHOWN = 12
SEVERAL = _("Plusieurs communes répondent : choisissez la bonne.")
SHORTEST_NOTICE = timedelta(minutes=30)


class When(models.TextChoices):
    """By when somebody has to be seen."""

    TODAY = "today", _("aujourd’hui")
    TOMORROW = "tomorrow", _("demain au plus tard")
    TWO_DAYS = "two_days", _("sous 48 heures")


def wanted_until(when: str, now: datetime) -> datetime:
    """The last minute of the Paris day, or 48 hours from now."""
    if when == When.TWO_DAYS:
        return now + timedelta(hours=48)
    day_of = now.astimezone(PARIS).date() + timedelta(days=0 if when == When.TODAY else 1)
    return datetime.combine(day_of, time(23, 59), PARIS)


class CareForm(PortalForm):
    """Whom the care is for, as little as will do; the commune by its name or postal code.

    When several communes answer, `commune` is a second question on the same page.
    """

    reason = forms.ModelChoiceField(
        Reason.objects.filter(is_active=True),
        label=_("Motif"),
        empty_label=_("Choisir"),
        error_messages={"required": _("Choisissez le motif le plus proche.")},
    )
    act = forms.ModelChoiceField(
        Act.objects.filter(is_active=True),
        label=_("Acte précis"),
        required=False,
        empty_label=_("Aucun en particulier"),
    )
    where = forms.CharField(
        label=_("Commune de la personne"),
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
    age_band = forms.ChoiceField(
        label=_("Âge"),
        choices=capitalised(AgeBand.choices),
        widget=forms.RadioSelect,
        error_messages={"required": _("Dites sa tranche d’âge.")},
    )
    mobility = forms.ChoiceField(
        label=_("Peut-elle se déplacer ?"),
        choices=capitalised(Mobility.choices),
        initial=Mobility.ALONE,
        widget=forms.RadioSelect,
        error_messages={"required": _("Dites si la personne peut se déplacer.")},
    )
    when = forms.ChoiceField(
        label=_("Pour quand ?"),
        choices=capitalised(When.choices),
        initial=When.TWO_DAYS,
        widget=forms.RadioSelect,
        error_messages={"required": _("Dites pour quand.")},
    )
    first_name = PersonNameField(
        label=_("Prénom"),
        required=False,
        max_length=40,
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    phone = PhoneField(label=_("Téléphone où la joindre"), required=False)
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
    language = forms.ChoiceField(
        label=_("Langue des messages"), choices=settings.LANGUAGES, initial="fr", required=False
    )
    has_consented = forms.BooleanField(
        label=with_hint(
            _("La personne, ou son responsable, est d’accord"),
            _("Ces réponses vont au professionnel ; son contact est effacé après 60 jours."),
        ),
        error_messages={"required": _("Demandez-lui son accord, puis cochez la case.")},
    )
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        typed = self.data.get("where", "") if self.is_bound else ""
        found = search_communes(typed, COMMUNES_SHOWN) if typed.strip() else []
        self.communes = _named_so(found, typed) or found
        if len(self.communes) < 2:
            del self.fields["commune"]
        else:
            field: Any = self.fields["commune"]
            field.choices = [(one.pk, shown_commune(one)) for one in self.communes]

    @property
    def asks_which(self) -> bool:
        return "commune" in self.fields

    def clean_where(self) -> str:
        typed: str = self.cleaned_data["where"]
        if not self.communes:
            raise ValidationError(
                gettext("Aucune commune ne s’appelle « %(typed)s » : essayez son code postal.")
                % {"typed": typed}
            )
        return typed

    def clean_when(self) -> str:
        when: str = self.cleaned_data["when"]
        now = timezone.now()
        if wanted_until(when, now) - now < SHORTEST_NOTICE:
            raise ValidationError(gettext("Il est trop tard pour aujourd’hui : choisissez demain."))
        return when

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if "where" in cleaned and "commune" not in self.errors:
            cleaned["commune"] = self._chosen(cleaned.get("commune"))
        if not (
            cleaned.get("phone") or cleaned.get("email") or {"phone", "email"} & {*self.errors}
        ):
            self.add_error("phone", gettext("Écrivez un téléphone ou un courriel."))
        return cleaned

    def _chosen(self, code: str | None) -> Commune | None:
        if len(self.communes) == 1:
            return self.communes[0]
        chosen = next((one for one in self.communes if one.pk == code), None)
        if chosen is None:
            self.add_error("commune", SEVERAL)
        return chosen

    @property
    def until(self) -> datetime:
        """The moment that a valid form's `when` means."""
        return wanted_until(self.cleaned_data["when"], timezone.now())


def _named_so(communes: list[Commune], typed: str) -> list[Commune]:
    """Those whose whole name was typed, with or without a postal code."""
    letters = " ".join(word for word in fold(typed).split() if not word.isdigit())
    return [one for one in communes if one.search_name == letters]


def shown_commune(commune: Commune) -> str:
    return f"{commune.postal_codes[0]} {commune.name}" if commune.postal_codes else commune.name


def profession_choices() -> list[tuple[str, str]]:
    """Professions that somebody of the open CPTS exercises, in the reader's order."""
    clinicians = Membership.objects.current().filter(role__in=(Role.PROFESSIONAL, Role.BOARD))
    found = Profession.objects.filter(pk__in=clinicians.values("profession"))
    return sorted(((one.pk, str(one)) for one in found), key=lambda choice: fold(choice[1]))


class NeedForm(CareForm):
    """`askers` are those in whose name it may be posted; with one only, nothing is asked."""

    asker = forms.TypedChoiceField(
        label=_("Au nom de"),
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": _("Dites au nom de qui vous publiez.")},
    )
    professions = forms.MultipleChoiceField(
        label=_("Qui peut répondre ?"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Cochez au moins une profession.")},
    )
    kind = forms.ChoiceField(
        label=_("Où ?"),
        choices=capitalised(Kind.choices),
        initial=Kind.PRACTICE,
        widget=forms.RadioSelect,
        error_messages={"required": _("Dites où la personne peut être vue.")},
    )
    usual = forms.ModelChoiceField(
        Membership.objects.none(),
        label=_("Son professionnel habituel"),
        help_text=_("S’il est membre : il est interrogé le premier."),
        required=False,
        empty_label=_("Aucun, ou pas membre"),
    )

    def __init__(self, *args: Any, askers: Mapping[int, Membership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        if len(askers) == 1:
            del fields["asker"]
        else:
            fields["asker"].choices = [(key, str(member)) for key, member in askers.items()]
            fields["asker"].initial = next(iter(askers))
        fields["professions"].choices = profession_choices()
        fields["usual"].queryset = (
            Membership.objects.current()
            .filter(role__in=(Role.PROFESSIONAL, Role.BOARD), profession__isnull=False)
            .select_related("user", "profession")
            .order_by("user__last_name", "user__first_name")
        )
        fields["usual"].label_from_instance = lambda one: f"{one} ({one.profession})"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        usual, asked = cleaned.get("usual"), cleaned.get("professions")
        if usual and asked and usual.profession_id not in asked:
            self.add_error(
                "professions",
                gettext("Cochez aussi la profession de son professionnel habituel : %(name)s.")
                % {"name": usual.profession},
            )
        return cleaned

    @property
    def words(self) -> NeedWords:
        """What a valid form says."""
        names = (
            *("reason", "act", "usual", "kind", "commune", "age_band", "mobility"),
            *("has_consented", "first_name", "phone", "email"),
        )
        return NeedWords(
            language=self.cleaned_data["language"] or "fr",
            **{name: self.cleaned_data[name] for name in names},
            professions=tuple(self.cleaned_data["professions"]),
            wanted_until=self.until,
        )


class TakeForm(PortalForm):
    """An hour, if it is known already: the day is today unless said otherwise."""

    pour = forms.TypedChoiceField(
        label=_("Au nom de"), coerce=int, required=False, widget=forms.RadioSelect
    )
    on = forms.TypedChoiceField(label=_("Jour"), coerce=int, required=False)
    at = forms.TimeField(
        label=_("Heure"),
        required=False,
        input_formats=["%H:%M", "%H:%M:%S", "%Hh%M", "%H h %M", "%Hh"],
        widget=forms.TimeInput({"type": "time", "class": "num"}, format="%H:%M"),
        error_messages={"invalid": _("Écrivez l’heure ainsi : 14:30.")},
    )

    def __init__(self, *args: Any, doers: Sequence[Doer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        today = timezone.localdate()
        fields["on"].choices = [(days, _day_named(days, today)) for days in range(4)]
        fields["pour"].choices = [(by.pk, str(getattr(by, "principal", by))) for by in doers]
        if len(doers) == 1:
            fields["pour"].widget = forms.HiddenInput()
            fields["pour"].initial = doers[0].pk

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        clock = cleaned.get("at")
        cleaned["visit_at"] = None
        if clock is not None:
            on = timezone.localdate() + timedelta(days=cleaned.get("on") or 0)
            visit_at = datetime.combine(on, clock, PARIS)
            if visit_at <= timezone.now():
                self.add_error("at", gettext("Cette heure est passée."))
            cleaned["visit_at"] = visit_at
        return cleaned


def _day_named(days: int, today: Any) -> str:
    if days == 0:
        return gettext("Aujourd’hui")
    return gettext("Demain") if days == 1 else capfirst(day(today + timedelta(days=days)))


class WithdrawNeedForm(PortalForm):
    reason = forms.ChoiceField(
        label=_("Pourquoi ?"),
        choices=[
            (value, capfirst(label))
            for value, label in CareNeed.EndReason.choices
            if value != CareNeed.EndReason.LATE
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choisissez une raison.")},
    )
