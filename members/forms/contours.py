"""A GeoJSON of the territory's communes."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django import forms
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.contours import LARGEST_FILE, Contours, read_contours
from cpts_portal.core.forms import PortalForm


class ContourForm(PortalForm):
    """Reads the file against the communes that the CPTS covers; `contours` is what was found."""

    file = forms.FileField(
        label=_("Fichier GeoJSON"),
        help_text=_(
            "5 Mo au plus, en degrés (WGS 84), un contour par commune avec son code INSEE."
        ),
        widget=forms.FileInput({"accept": ".geojson,.json,application/geo+json"}),
        error_messages={
            "required": _("Choisissez un fichier."),
            "empty": _("Ce fichier est vide : vérifiez que vous déposez le bon."),
        },
    )

    def __init__(
        self, *args: Any, wanted: Collection[str], is_too_large: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.wanted, self.contours = wanted, Contours({}, [], 0)
        if is_too_large:
            self.fields["file"].error_messages["required"] = now_(
                "Ce fichier dépasse %(size)d Mo : ne gardez que vos communes, ou exportez des"
                " contours simplifiés."
            ) % {"size": LARGEST_FILE // 1_000_000}

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        self.contours = read_contours(file.read(), wanted=self.wanted)
        return file
