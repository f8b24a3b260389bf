"""Naming a delegate, until a day."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.forms import DayField, PortalForm
from members import rules
from members.models import Membership
from members.queries import delegations as queries


class MemberChoiceField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A member by name, with what she does."""

    def label_from_instance(self, member: Membership) -> str:
        return f"{member.user} — {member.profession or member.get_role_display()}"


class DelegationForm(PortalForm):
    """`by` names her own delegate; a coordinator also says for whom."""

    principal = MemberChoiceField(
        Membership.objects.none(), label=_("Pour qui"), empty_label=_("Choisir un professionnel")
    )
    delegate = MemberChoiceField(
        Membership.objects.none(),
        label=_("Qui agit"),
        help_text=_("Une secrétaire ou un confrère de la CPTS."),
        empty_label=_("Choisir une personne"),
    )
    ends_on = DayField(
        label=_("Jusqu’au"), help_text=_("Un an au plus ; vous pouvez la retirer avant.")
    )

    def __init__(self, *args: Any, by: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by
        is_desk = rules.is_coordinator(by, by)
        people: Any = self.fields["delegate"]
        people.queryset = queries.possible_delegates(None if is_desk else by)
        if is_desk:
            principals: Any = self.fields["principal"]
            principals.queryset = queries.possible_principals()
        else:
            del self.fields["principal"]

    def clean_ends_on(self) -> date:
        ends_on: date = self.cleaned_data["ends_on"]
        today = timezone.localdate()
        if ends_on < today:
            raise ValidationError(_("Ce jour est passé."), code="past")
        if ends_on > today + rules.LONGEST_DELEGATION:
            raise ValidationError(_("Un an au plus : choisissez un jour plus proche."), code="far")
        return ends_on

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        principal, delegate = cleaned.get("principal", self.by), cleaned.get("delegate")
        if delegate is not None and principal == delegate:
            self.add_error("delegate", _("On ne se délègue rien à soi-même."))
        return cleaned
