"""A table of members to import, and how it is applied."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.forms import PortalForm
from cpts_portal.core.sheets import Limits
from members.models import College


class ImportForm(PortalForm):
    """What is in the file is judged later, by whoever reads it; only its weight is asked here."""

    file = forms.FileField(
        label=_("Votre tableau"),
        help_text=_(
            "Excel (.xlsx) ou CSV, 5 Mo et 5 000 lignes au plus. La première ligne nomme les"
            " colonnes ; l’ordre est libre."
        ),
        widget=forms.FileInput({"accept": ".xlsx,.csv,.txt,text/csv"}),
        error_messages={
            "required": _("Choisissez un fichier."),
            "empty": _("Ce fichier est vide : vérifiez que vous déposez le bon."),
        },
    )

    def __init__(self, *args: Any, is_too_large: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].max_length = None  # type: ignore[attr-defined]
        if is_too_large:
            self.fields["file"].error_messages["required"] = now_(
                "Ce fichier dépasse %(size)d Mo : ôtez ce qui ne sert pas, ou faites-en plusieurs."
            ) % {"size": Limits().bytes // 1_000_000}


class ApplyForm(PortalForm):
    """For whom the file names no college, and whether people are written to now."""

    college = forms.ModelChoiceField(
        College.objects.none(),
        label=_("Collège de ceux qui n’en ont pas dans le fichier"),
        required=False,
        empty_label=_("Aucun : ne cotisent pas"),
    )
    invites = forms.BooleanField(
        label=_("Envoyer les invitations maintenant"),
        help_text=_("Sinon, d’un geste plus tard depuis la page Invitations."),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        college: Any = self.fields["college"]
        college.queryset = College.objects.all()


class ChoiceForm(PortalForm):
    """What becomes of one line, and the tab to come back to."""

    choice = forms.ChoiceField(choices=(("add", ""), ("skip", "")))
    vue = forms.SlugField(required=False, max_length=20)
    page = forms.IntegerField(required=False, min_value=1, max_value=9999)
