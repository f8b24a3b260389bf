"""Opening a reset: for whom, why, and how it was made sure that it is her."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.forms import PortalForm
from members.forms.delegations import MemberChoiceField
from members.models import FactorReset, Membership
from members.queries import factor_resets as queries


class FactorResetForm(PortalForm):
    member = MemberChoiceField(
        Membership.objects.none(), label=_("Pour qui"), empty_label=_("Choisir un membre")
    )
    reason = forms.ChoiceField(
        label=_("Ce qui s’est passé"), choices=FactorReset.Reason, widget=forms.RadioSelect
    )
    proof = forms.ChoiceField(
        label=_("Comment vous avez vérifié son identité"),
        help_text=_("Un appel reçu ne suffit pas : rappelez sur la ligne que vous connaissiez."),
        choices=FactorReset.Proof,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, by: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people: Any = self.fields["member"]
        people.queryset = queries.members_with_account(besides=by)
