"""What is typed about a meeting: hours in Paris, the nights of clock change included."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.forms import PortalForm
from cpts_portal.core.icalendar import PARIS
from cpts_portal.core.identifiers import validate_clean_text, validate_no_nir
from members.forms.groups import day_field
from members.models import Attendance, Group, Meeting, Membership, Mission
from members.models.governance import LONGEST_MEETING
from members.queries import meetings as queries

HOUR = re.compile(r"([0-9]{1,2})\s*(?:[:hH]\s*([0-9]{2})?)?\s*")
MOST_ITEMS = 30
MINUTES_AT_MOST = 20_000
CORRECTION_AT_MOST = 2_000
AHEAD, BEHIND = timedelta(days=2 * 366), timedelta(days=366)


class HourField(forms.Field):
    """An hour of the day as people write it: « 20:30 », « 20 h 30 », « 20h »."""

    default_error_messages = {
        "required": _("Écrivez une heure, par exemple 20:30."),
        "invalid": _("Écrivez une heure, par exemple 20:30."),
    }

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TimeInput({"type": "time", "class": "num w-5"}, format="%H:%M")
        super().__init__(widget=widget, **kwargs)

    def to_python(self, value: Any) -> time | None:
        if isinstance(value, time) or value in self.empty_values:
            return value or None
        found = HOUR.fullmatch(" ".join(str(value).split()))
        try:
            if found:
                return time(int(found[1]), int(found[2] or 0))
        except ValueError:
            pass
        raise ValidationError(self.error_messages["invalid"], code="invalid")


def paris_moment(day: date, hour: time) -> datetime:
    """In UTC; the first of the two, in the night that repeats an hour.

    Raises ValidationError for an hour that the spring night leaves out.
    """
    at = datetime.combine(day, hour, PARIS).astimezone(UTC)
    if at.astimezone(PARIS).time() != hour:
        raise ValidationError(
            _now("Cette heure n’existe pas : cette nuit-là, il est 3 h aussitôt après 2 h."),
            code="left_out",
        )
    return at


class MeetingForm(PortalForm):
    """For a meeting already called, the group stays: its people have been told."""

    title = forms.CharField(
        label=_("Titre"),
        max_length=120,
        validators=[validate_clean_text],
        error_messages={"required": _("Donnez un titre à cette réunion.")},
    )
    group = forms.ModelChoiceField(
        Group.objects.none(),
        label=_("Qui est convié"),
        required=False,
        empty_label=_("Tous les membres (assemblée)"),
    )
    mission = forms.ModelChoiceField(
        Mission.objects.none(),
        label=_("Mission"),
        required=False,
        help_text=_("Celle à laquelle les heures comptent. Sans réponse : celle du groupe."),
        empty_label=_("Celle du groupe, ou aucune"),
    )
    day = day_field(label=_("Jour"))
    starts = HourField(label=_("Début"))
    ends = HourField(label=_("Fin"))
    place = forms.CharField(
        label=_("Lieu"), max_length=200, required=False, validators=[validate_clean_text]
    )
    video_url = forms.URLField(
        label=_("Lien de visioconférence"),
        max_length=200,
        required=False,
        assume_scheme="https",
        validators=[URLValidator(schemes=["https", "http"])],
        error_messages={"invalid": _("Ce lien n’en est pas un : il commence par https://")},
    )
    agenda = forms.CharField(
        label=_("Ordre du jour"),
        max_length=6000,
        required=False,
        widget=forms.Textarea({"rows": 6}),
        help_text=_("Un point par ligne."),
        validators=[validate_clean_text, validate_no_nir],
    )

    def __init__(self, *args: Any, meeting: Meeting | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        group: Any = self.fields["group"]
        mission: Any = self.fields["mission"]
        group.queryset = Group.objects.filter(closed_on=None)
        kept = Q(pk=meeting.mission_id) if meeting is not None else Q()
        mission.queryset = Mission.objects.filter(Q(is_active=True) | kept)
        if meeting is not None:
            del self.fields["group"]

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        today = timezone.localdate()
        if not today - BEHIND <= day <= today + AHEAD:
            raise ValidationError(_("Vérifiez l’année : cette date est bien loin."))
        return day

    def clean_agenda(self) -> list[str]:
        lines = [" ".join(line.split()) for line in self.cleaned_data["agenda"].splitlines()]
        items = [re.sub(r"^(?:[-–•*]|\d{1,2}[.)])\s+", "", line) for line in lines if line]
        if len(items) > MOST_ITEMS:
            raise ValidationError(_("L’ordre du jour a au plus 30 points."))
        if any(len(item) > 200 for item in items):
            raise ValidationError(_("Un point de l’ordre du jour a au plus 200 caractères."))
        return items

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not cleaned.get("place") and "video_url" not in self.errors:
            if cleaned.get("video_url"):
                cleaned["place"] = _now("En visioconférence")
            else:
                self.add_error("place", _("Dites où l’on se retrouve, ou donnez un lien."))
        if {"day", "starts", "ends"} <= cleaned.keys():
            self._set_moments(cleaned)
        return cleaned

    def _set_moments(self, cleaned: dict[str, Any]) -> None:
        """Past midnight when the ending is not later than the beginning."""
        day, starts, ends = cleaned["day"], cleaned["starts"], cleaned["ends"]
        if starts == ends:
            self.add_error("ends", _("La fin est à la même heure que le début."))
            return
        moments = (
            ("starts", "starts_at", day, starts),
            ("ends", "ends_at", day if ends > starts else day + timedelta(days=1), ends),
        )
        for field, name, on, hour in moments:
            try:
                cleaned[name] = paris_moment(on, hour)
            except ValidationError as error:
                self.add_error(field, error)
        if not {"starts", "ends"} & self.errors.keys():
            length = cleaned["ends_at"] - cleaned["starts_at"]
            if length > LONGEST_MEETING:
                self.add_error("ends", _("Une réunion dure au plus 24 heures."))

    @property
    def told(self) -> dict[str, Any]:
        """What the actions take."""
        names = ("title", "group", "mission", "starts_at", "ends_at", "place", "video_url")
        given = {name: self.cleaned_data[name] for name in names if name in self.cleaned_data}
        return {**given, "agenda": self.cleaned_data["agenda"]}


def initial_of(meeting: Meeting, *, is_copy: bool = False) -> dict[str, Any]:
    """A meeting as its form shows it; a copy waits for its day."""
    starts, ends = timezone.localtime(meeting.starts_at), timezone.localtime(meeting.ends_at)
    return {
        "title": meeting.title,
        "group": meeting.group_id,
        "mission": meeting.mission_id,
        "day": None if is_copy else starts.date(),
        "starts": starts.time(),
        "ends": ends.time(),
        "place": meeting.place,
        "video_url": meeting.video_url,
        "agenda": "\n".join(item.title for item in meeting.agenda.all()),
    }


class AnswerForm(PortalForm):
    answer = forms.ChoiceField(choices=Attendance.Answer.choices)


class MinutesForm(PortalForm):
    text = forms.CharField(
        label=_("Compte rendu"),
        max_length=MINUTES_AT_MOST,
        required=False,
        widget=forms.Textarea({"rows": 18}),
        help_text=_("Présents et excusés sont déjà sur la page : écrivez ce qui a été décidé."),
        validators=[validate_clean_text, validate_no_nir],
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput, max_length=60_000)


class CorrectionForm(PortalForm):
    text = forms.CharField(
        label=_("Correction"),
        max_length=CORRECTION_AT_MOST,
        widget=forms.Textarea({"rows": 6}),
        help_text=_("Elle s’ajoute, avec sa date, sous le texte publié, qui ne change pas."),
        validators=[validate_clean_text, validate_no_nir],
        error_messages={"required": _("Écrivez la correction.")},
    )


class CountForm(PortalForm):
    """Hours and minutes that count for one person."""

    minutes = forms.IntegerField(
        label=_("Minutes comptées"),
        min_value=0,
        max_value=1440,
        widget=forms.NumberInput({"inputmode": "numeric", "class": "num"}),
        error_messages={
            "required": _("Écrivez un nombre de minutes."),
            "invalid": _("Écrivez un nombre entier de minutes, par exemple 90."),
            "min_value": _("Le plus petit nombre possible est 0."),
            "max_value": _("Au plus 1440 minutes, un jour entier."),
        },
    )


class BesideForm(PortalForm):
    """Somebody who came without being called."""

    member = forms.ModelChoiceField(
        Membership.objects.none(),
        label=_("Quelqu’un d’autre est là"),
        empty_label=_("Choisissez"),
        error_messages={"required": _("Choisissez une personne.")},
    )

    def __init__(self, *args: Any, meeting: Meeting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        member: Any = self.fields["member"]
        everybody = queries.called_to(Meeting(cpts_id=meeting.cpts_id, starts_at=meeting.starts_at))
        member.queryset = everybody.exclude(pk__in=queries.called_to(meeting).values("pk"))
