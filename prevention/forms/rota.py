"""What the desk types about a shift, and whom it puts down for it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.forms import PortalForm
from cpts_portal.core.icalendar import PARIS
from cpts_portal.core.identifiers import validate_clean_text, validate_no_nir
from members.forms.meetings import HourField
from members.models import Membership
from prevention.actions.rota import ShiftWords
from prevention.forms.sessions import number_field, set_moments
from prevention.models import Session, Shift
from prevention.queries.rota import members_for


class ShiftForm(PortalForm):
    """A shift on the day of its session, or after midnight when the session goes on until then."""

    task = forms.CharField(
        label=_("Tâche"),
        help_text=_("Par exemple : accueil, mesure de la tension, rangement."),
        max_length=120,
        validators=[validate_clean_text, validate_no_nir],
        error_messages={"required": _("Dites ce qu’il y a à faire.")},
    )
    starts = HourField(label=_("De"))
    ends = HourField(label=_("À"))
    wanted = number_field(
        1, 100, _("Écrivez un nombre de personnes, de 1 à 100."), label=_("Combien de personnes")
    )

    def __init__(self, *args: Any, session: Session, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.session = session

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "starts" in cleaned:
            set_moments(self, self._day(cleaned))
        return cleaned

    def _day(self, cleaned: dict[str, Any]) -> date:
        first = timezone.localdate(self.session.starts_at)
        ends = self.session.ends_at.astimezone(PARIS)
        is_after_midnight = ends.date() > first and cleaned["starts"] < ends.time()
        return first + timedelta(days=is_after_midnight)

    @property
    def words(self) -> ShiftWords:
        """What a valid form says."""
        names = ("task", "starts_at", "ends_at", "wanted")
        return ShiftWords(**{name: self.cleaned_data[name] for name in names})


def initial_of(shift: Shift | Session) -> dict[str, Any]:
    """A shift as its form shows it; a new one has the hours of its session."""
    starts, ends = timezone.localtime(shift.starts_at), timezone.localtime(shift.ends_at)
    known = {"task": shift.task, "wanted": shift.wanted} if isinstance(shift, Shift) else {}
    return {"wanted": 1, **known, "starts": starts.time(), "ends": ends.time()}


class VolunteerForm(PortalForm):
    member = forms.ModelChoiceField(
        Membership.objects.none(),
        label=_("Qui"),
        empty_label=_("Choisissez"),
        error_messages={
            "required": _("Choisissez une personne."),
            "invalid_choice": _("Cette personne tient déjà ce poste, ou a quitté la CPTS."),
        },
    )

    def __init__(self, *args: Any, shift: Shift, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        member: Any = self.fields["member"]
        member.queryset = members_for(shift)
