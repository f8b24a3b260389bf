"""The public form as a whole: the questions answered, the way for the code, the code."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.forms import PortalForm
from cpts_portal.core.identifiers import format_phone
from cpts_portal.core.models import Message
from patients.actions.drafts import KNOWN
from patients.actions.filing import Identity, Situation
from patients.forms.contact import (
    FIRST,
    STEPS,
    ContactForm,
    IdentityForm,
    PreferencesForm,
    ways_to,
)
from patients.forms.steps import (
    DATED,
    CommuneForm,
    DatesForm,
    FiledFor,
    NoGpForm,
    Recap,
    SituationForm,
    StepForm,
)
from patients.models import RequestDraft


class ChannelForm(PortalForm):
    """By which way to send the code."""

    channel = forms.ChoiceField(
        label=_("Comment recevoir votre code ?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choisissez comment recevoir le code.")},
    )

    def __init__(self, *args: Any, ways: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["channel"]
        field.choices = [(channel, _way_label(channel, to)) for channel, to in ways.items()]
        field.initial = next(iter(ways), None)
        if len(ways) == 1:
            field.widget = forms.HiddenInput()


class Filing:
    """A draft as bound forms, in the order of the questions."""

    def __init__(self, draft: RequestDraft | None) -> None:
        self.draft = draft
        is_open = draft is not None and draft.confirmed_at is None
        self.answers: dict[str, Any] = json.loads(draft.answers) if draft and is_open else {}

    @cached_property
    def forms(self) -> dict[str, StepForm]:
        """The questions asked so far that have an answer."""
        return {slug: self.form(slug) for slug in STEPS if slug in self.answers}

    @property
    def filed_for(self) -> str:
        return str(self.answers.get(FIRST, {}).get("filed_for_whom", [FiledFor.SELF])[-1])

    @property
    def dates_asked(self) -> list[str]:
        ticked = self.answers.get(SituationForm.slug, {}).get("situations", [])
        return [name for name in DATED if name in ticked]

    def form(self, slug: str, data: Any = None, **kwargs: Any) -> StepForm:
        """The question `slug`, bound to `data`, else to what was answered before."""
        if data is None and slug in self.answers:
            data = MultiValueDict(self.answers[slug])
        if slug == DatesForm.slug:
            kwargs["asked"] = self.dates_asked
        kwargs.setdefault("initial", self.answers.get(KNOWN, {}).get(slug))
        return STEPS[slug](data, filed_for=self.filed_for, **kwargs)

    def blank(self, slug: str, **kwargs: Any) -> StepForm:
        """The question `slug` as if it had no answer yet."""
        return STEPS[slug](filed_for=self.filed_for, **kwargs)

    def order(self) -> list[str]:
        """The questions this person is asked."""
        return [slug for slug in STEPS if slug != DatesForm.slug or self.dates_asked]

    def missing(self) -> str | None:
        """The first question without a good answer."""
        return next((slug for slug in self.order() if not self._is_answered(slug)), None)

    def reachable(self) -> list[str]:
        """The questions answered, and the first that is not."""
        order, missing = self.order(), self.missing()
        return order[: order.index(missing) + 1] if missing else order

    def _is_answered(self, slug: str) -> bool:
        return slug in self.forms and self.forms[slug].is_valid()

    def recap(self) -> list[tuple[str, Recap]]:
        """For each question answered, its place and its (question, answer) pairs."""
        return [
            (slug, self.forms[slug].recap()) for slug in self.order() if self._is_answered(slug)
        ]

    def _data(self, form: type[StepForm]) -> dict[str, Any]:
        return self.forms[form.slug].cleaned_data if self._is_answered(form.slug) else {}

    def identity(self, language: str) -> Identity:
        """Who files; call it once nothing is missing."""
        return Identity(**self._data(IdentityForm), **self._data(ContactForm), language=language)

    def situation(self) -> Situation:
        """What she files; call it once nothing is missing."""
        ticked = self._data(SituationForm)["situations"]
        place: Any = self.forms[CommuneForm.slug]
        dates = self._data(DatesForm) if self.dates_asked else {}
        facts: dict[str, Any] = {name: True for name in ticked if name not in DATED}
        facts |= {**dates, **self._data(NoGpForm), **self._data(PreferencesForm)}
        return Situation(commune=place.chosen, filed_for=self.filed_for, **facts)

    def ways(self) -> dict[str, str]:
        """Recipient by channel, the surest first."""
        data = self._data(ContactForm)
        return ways_to(data.get("phone", ""), data.get("email", ""))


def _way_label(channel: str, recipient: str) -> str:
    if channel == Message.Channel.SMS:
        return gettext("Par SMS au %(number)s") % {"number": format_phone(recipient)}
    return gettext("Par courriel à %(address)s") % {"address": recipient}
