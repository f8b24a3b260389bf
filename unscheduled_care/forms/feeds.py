from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.fetch import FetchError, checked
from cpts_portal.core.forms import PortalForm


class BusyFeedForm(PortalForm):
    """The address of one's own calendar, as Google, Outlook or a practice's software gives it."""

    url = forms.CharField(
        label=_("Adresse secrète de votre agenda"),
        help_text=_("Elle commence par https:// ou webcal:// et finit souvent par .ics."),
        max_length=1000,
    )

    def clean_url(self) -> Any:
        url: str = self.cleaned_data["url"].strip()
        if url.lower().startswith("webcal://"):
            url = f"https://{url[len('webcal://') :]}"
        try:
            checked(url)
        except FetchError:
            raise ValidationError(
                _("Cette adresse n’est pas celle d’un agenda : elle commence par https://.")
            ) from None
        return url
