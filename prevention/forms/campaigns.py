"""What the coordination writes about a campaign, its pages, its pictures, its partners."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.forms import PortalForm
from cpts_portal.core.identifiers import validate_clean_text, validate_no_nir
from cpts_portal.core.models import Commune
from cpts_portal.core.pictures import Drawn, NotAPicture, redraw
from members.forms.groups import day_field
from members.models import Cpts, Mission
from prevention.actions.campaigns import CampaignWords, fingerprint
from prevention.models import LARGEST_PICTURE, Campaign, CampaignTemplate, Topic
from prevention.queries.campaigns import next_season

TEXT = [validate_clean_text, validate_no_nir]
MEBIBYTE = 1024 * 1024
HEAVIEST_PICTURE = 8 * MEBIBYTE
MOST_PEOPLE = 1_000_000


def seen_field() -> forms.CharField:
    """The fingerprint of what the page showed, in the page itself."""
    return forms.CharField(required=False, max_length=16, widget=forms.HiddenInput)


class CampaignForm(PortalForm):
    """A campaign at its beginning and later; `campaign` is the one being corrected."""

    title = forms.CharField(
        label=_("Titre"),
        max_length=120,
        validators=TEXT,
        error_messages={"required": _("Donnez un titre à la campagne.")},
    )
    topic = forms.ModelChoiceField(
        Topic.objects.none(),
        label=_("Thème"),
        empty_label=_("Choisissez"),
        error_messages={
            "required": _("Choisissez le thème."),
            "invalid_choice": _("Choisissez un thème de la liste."),
        },
    )
    starts_on = day_field(label=_("Du"))
    ends_on = day_field(label=_("Au"))
    audience_note = forms.CharField(
        label=_("Pour qui"),
        help_text=_("Par exemple : femmes de 50 à 74 ans."),
        max_length=200,
        required=False,
        validators=TEXT,
    )
    is_for_professionals = forms.BooleanField(
        label=_("Réservée aux professionnels"),
        help_text=_("Les membres la lisent, elle ne paraît pas sur les pages publiques."),
        required=False,
    )
    goal = forms.CharField(label=_("Objectif"), max_length=200, required=False, validators=TEXT)
    target_people = forms.IntegerField(
        label=_("Personnes à toucher"),
        help_text=_("Un nombre, comparé à la fin avec les personnes venues."),
        min_value=1,
        max_value=MOST_PEOPLE,
        required=False,
        widget=forms.NumberInput({"inputmode": "numeric", "class": "num w-5"}),
        error_messages=dict.fromkeys(
            ("invalid", "min_value", "max_value"), _("Écrivez un nombre de personnes, ou rien.")
        ),
    )
    mission = forms.ModelChoiceField(
        Mission.objects.none(),
        label=_("Mission"),
        help_text=_("Celle du contrat (ACI) dont la campagne relève."),
        required=False,
        empty_label=_("Aucune"),
    )
    communes = forms.MultipleChoiceField(
        label=_("Communes concernées"),
        help_text=_("Rien de coché : tout le territoire."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("Choisissez des communes de la CPTS.")},
    )
    budget_note = forms.CharField(
        label=_("Note de budget"),
        help_text=_("Pour la coordination seule."),
        max_length=1000,
        required=False,
        widget=forms.Textarea({"rows": 3}),
        validators=TEXT,
    )
    key = forms.UUIDField(required=False, widget=forms.HiddenInput)
    seen = seen_field()

    def __init__(
        self, *args: Any, cpts: Cpts, campaign: Campaign | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.campaign = campaign
        kept = campaign or Campaign()
        fields: dict[str, Any] = dict(self.fields)
        fields["topic"].queryset = Topic.objects.filter(Q(is_active=True) | Q(pk=kept.topic_id))
        fields["mission"].queryset = Mission.objects.filter(
            Q(is_active=True) | Q(pk=kept.mission_id)
        )
        covered = Commune.objects.filter(Q(coverage__cpts=cpts) | Q(pk__in=kept.communes))
        names = covered.order_by("search_name").values_list("pk", "name").distinct()
        fields["communes"].choices = list(names)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = cleaned.get("starts_on"), cleaned.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", gettext("La fin vient avant le début : corrigez l’une."))
        return cleaned

    @property
    def words(self) -> CampaignWords:
        """What a valid form says."""
        said = {
            name: value for name, value in self.cleaned_data.items() if name not in ("key", "seen")
        }
        return CampaignWords(**{**said, "communes": tuple(said["communes"])})

    @property
    def has_details(self) -> bool:
        """Whether the part that is rarely needed is shown open."""
        names = ("communes", "budget_note")
        return any(self[name].value() or self[name].errors for name in names)


def initial_of(campaign: Campaign) -> dict[str, Any]:
    """A campaign as its form shows it."""
    plain = ("title", "starts_on", "ends_on", "audience_note", "is_for_professionals", "goal")
    more = ("target_people", "communes", "budget_note")
    told = {name: getattr(campaign, name) for name in (*plain, *more)}
    links = {"topic": campaign.topic_id, "mission": campaign.mission_id}
    return {**told, **links, "seen": fingerprint(campaign)}


def first_values(template: CampaignTemplate | None, today: Any) -> dict[str, Any]:
    """What a new campaign's form begins with: the template's words, its next season."""
    first, last = next_season(template, today)
    values: dict[str, Any] = {"starts_on": first, "ends_on": last}
    if template is None:
        return values
    named = ("audience_note", "is_for_professionals", "goal")
    words = {name: getattr(template, name) for name in named}
    title = f"{template.title} {first.year}"
    return {**values, **words, "title": title[:120], "topic": template.topic_id}


class PageForm(PortalForm):
    title = forms.CharField(
        label=_("Titre"),
        max_length=120,
        validators=TEXT,
        error_messages={"required": _("Donnez un titre à la page.")},
    )
    body = forms.CharField(
        label=_("Texte"),
        help_text=_(
            "Une ligne vide entre deux paragraphes. Les adresses qui commencent par https://"
            " deviennent des liens."
        ),
        max_length=10_000,
        widget=forms.Textarea({"rows": 14}),
        validators=TEXT,
        error_messages={"required": _("Écrivez le texte de la page.")},
    )
    seen = seen_field()


def alt_field() -> forms.CharField:
    return forms.CharField(
        label=_("Ce que montre l’image"),
        help_text=_("Une phrase, lue à qui ne la voit pas."),
        max_length=200,
        validators=TEXT,
        error_messages={
            "required": _("Décrivez l’image en une phrase : elle est lue à qui ne la voit pas.")
        },
    )


class PictureForm(PortalForm):
    """A picture as it arrives; `drawn` is what is kept of a valid one."""

    alt = alt_field()
    file = forms.FileField(
        label=_("Image"),
        help_text=_("Une photo JPEG, PNG ou WebP, de 8 Mo au plus."),
        max_length=200,
        widget=forms.FileInput({"accept": "image/jpeg,image/png,image/webp,image/gif"}),
        error_messages={
            "required": _("Choisissez une image."),
            "empty": _("Ce fichier est vide."),
            "max_length": _("Le nom de ce fichier est trop long : raccourcissez-le."),
        },
    )

    def __init__(self, *args: Any, is_too_large: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_too_large:
            required = self.fields["file"].error_messages
            required["required"] = required["empty"] = gettext(
                "Cette image pèse plus de %(most)d Mo : réduisez-la avant de l’envoyer."
            ) % {"most": HEAVIEST_PICTURE // MEBIBYTE}

    def clean_file(self) -> Drawn:
        try:
            return redraw(self.cleaned_data["file"].read(), longest=LARGEST_PICTURE)
        except NotAPicture as error:
            raise ValidationError(str(error), code="not_a_picture") from None


class DescriptionForm(PortalForm):
    alt = alt_field()


class PartnerForm(PortalForm):
    name = forms.CharField(
        label=_("Partenaire"),
        help_text=_("Une commune, une association, la CPAM…"),
        max_length=120,
        validators=TEXT,
        error_messages={"required": _("Écrivez le nom du partenaire.")},
    )
    contribution = forms.CharField(
        label=_("Ce qu’il apporte"), max_length=200, required=False, validators=TEXT
    )
