"""The questions asked of a candidate, one small form each."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.forms import PersonNameField, PhoneField, PortalForm, with_hint
from cpts_portal.core.identifiers import validate_clean_text, validate_no_nir, validate_rpps
from members.forms.practices import PracticeForm
from members.models import Application, College, Language, Profession, Skill
from members.rules.applications import (
    CONTACT,
    FIRST,
    PLEDGE,
    PROFESSION,
    SKILLS,
    Texts,
)

Kind = Application.Kind
TITLES = ("Dr", "Pr", "Mme", "M.")
SKILL_GROUPS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "chronic": (
        _("Maladies au long cours"),
        (
            *("addictologie", "allergologie", "asalee", "diabete", "douleur"),
            *("education-therapeutique", "oncologie", "sante-mentale", "tabacologie"),
        ),
    ),
    "ages": (
        _("Femmes, enfants, personnes âgées"),
        (
            *("gynecologie", "ivg", "kine-perineale", "pediatrie", "troubles-apprentissages"),
            *("geriatrie", "soins-palliatifs"),
        ),
    ),
    "gestures": (
        _("Gestes et examens"),
        (
            *("ecg", "echographie", "spirometrie", "petite-chirurgie", "plaies"),
            *("kine-respiratoire", "lombalgie", "medecine-du-sport"),
        ),
    ),
    "prevention": (
        _("Prévention et tests"),
        ("bilan-prevention", "vaccination", "trod-angine", "trod-cystite"),
    ),
}
"""By their codes; whatever a CPTS's portal adds to the list stands under « Autres »."""
OTHERS = "others"


class StepForm(PortalForm):
    """One page of the form; `answers` is what the application keeps of it."""

    slug: ClassVar[str]
    heading: ClassVar[Any]
    lead: ClassVar[Any] = ""
    why: ClassVar[Any] = ""

    def __init__(self, *args: Any, application: Application | None = None, **kwargs: Any) -> None:
        self.application = application
        if application is not None:
            kwargs.setdefault("initial", self.first_values(application))
        super().__init__(*args, **kwargs)

    def first_values(self, application: Application) -> dict[str, Any]:
        return {name: getattr(application, name, None) for name in self.base_fields}

    def answers(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class PersonForm(StepForm):
    slug, heading = FIRST, _("Qui êtes-vous ?")
    lead = _("Votre nom tel que vous l’employez au travail.")

    college = forms.ModelChoiceField(
        label=_("Vous demandez à rejoindre la CPTS comme"),
        queryset=College.objects.none(),
        empty_label=None,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choisissez à quel titre vous rejoignez la CPTS."),
            "invalid_choice": _("Ce choix n’est plus ouvert : prenez-en un autre."),
        },
    )
    title = forms.ChoiceField(
        label=_("Titre"),
        required=False,
        choices=[("", _("aucun")), *((title, title) for title in TITLES)],
    )
    last_name = PersonNameField(
        label=_("Nom"),
        max_length=60,
        widget=forms.TextInput({"autocomplete": "family-name"}),
        error_messages={"required": _("Écrivez votre nom.")},
    )
    first_name = PersonNameField(
        label=_("Prénom"),
        max_length=60,
        widget=forms.TextInput({"autocomplete": "given-name"}),
        error_messages={"required": _("Écrivez votre prénom.")},
    )

    def __init__(self, *args: Any, colleges: list[College], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["college"]
        field.queryset = College.objects.filter(pk__in=[college.pk for college in colleges])
        field.choices = [(college.pk, _college_label(college, colleges)) for college in colleges]
        if len(colleges) == 1:
            field.initial = self.initial["college"] = colleges[0]

    def answers(self) -> dict[str, Any]:
        kind = kind_of(self.cleaned_data["college"])
        forgotten = {"rpps": "", "skills": []} if kind == Kind.PARTNER else {"organisation": ""}
        return {**self.cleaned_data, "kind": kind, **forgotten}


class ProfessionForm(StepForm):
    slug, heading = PROFESSION, _("Votre profession")
    why = _(
        "Le numéro RPPS, public, prouve que vous exercez et évite les doublons. Il est sur votre"
        " carte professionnelle et sur annuaire.sante.fr."
    )

    profession = forms.ModelChoiceField(
        label=_("Profession"),
        queryset=Profession.objects.all(),
        empty_label=_("Choisissez"),
        error_messages={"required": _("Choisissez votre profession.")},
    )
    rpps = forms.CharField(
        label=_("Numéro RPPS"),
        help_text=_("11 chiffres ; aides-soignants et assistants n’en ont pas."),
        required=False,
        max_length=20,
        widget=forms.TextInput(
            {"inputmode": "numeric", "autocomplete": "off", "class": "num w-10"}
        ),
    )

    def clean_rpps(self) -> str:
        rpps = "".join(self.cleaned_data["rpps"].split())
        if rpps:
            validate_rpps(rpps)
        return rpps

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        profession = cleaned.get("profession")
        if profession and profession.has_rpps and not cleaned.get("rpps", "?"):
            self.add_error("rpps", _("Écrivez votre numéro RPPS : votre profession en a un."))
        return cleaned


class OrganisationForm(StepForm):
    slug, heading = PROFESSION, _("Votre structure")
    lead = _("L’établissement, le service ou l’association que vous représentez.")

    organisation = forms.CharField(
        label=_("Nom de la structure"),
        max_length=120,
        validators=[validate_clean_text, validate_no_nir],
        widget=forms.TextInput({"autocomplete": "organization"}),
        error_messages={"required": _("Écrivez le nom de votre structure.")},
    )


class ContactForm(StepForm):
    slug, heading = CONTACT, _("Comment vous joindre ?")
    lead = _("La CPTS vous écrit à ce courriel ; un code y est envoyé à la fin.")

    email = forms.EmailField(
        label=_("Courriel professionnel"),
        max_length=254,
        widget=forms.EmailInput({"autocomplete": "email"}),
        error_messages={
            "required": _("Écrivez votre courriel."),
            "invalid": _("Ce courriel n’est pas complet : par exemple nom@cabinet.fr."),
        },
    )
    phone = PhoneField(
        label=_("Ligne directe"),
        help_text=_("Un numéro pour vos collègues, pas pour les patients."),
        required=False,
    )
    mssante = forms.EmailField(
        label=_("Adresse MSSanté"),
        help_text=_("Votre messagerie sécurisée de santé, si vous en avez une."),
        required=False,
        max_length=254,
        widget=forms.EmailInput({"autocomplete": "off"}),
        error_messages={"invalid": _("Cette adresse MSSanté n’est pas complète.")},
    )

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()

    def clean_mssante(self) -> str:
        return str(self.cleaned_data["mssante"]).lower()


class SkillsForm(StepForm):
    """Coded skills, by group so that a long list stays readable."""

    slug, heading = SKILLS, _("Ce que vous savez faire")
    lead = _("Vos collègues vous trouveront mieux. Rien à dire ? Continuez sans rien cocher.")

    languages = forms.ModelMultipleChoiceField(
        label=_("Langues parlées avec les patients"),
        queryset=Language.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    other_skills = forms.CharField(
        label=_("Autres compétences"),
        help_text=_("En quelques mots : diplômes, formations, intérêts."),
        required=False,
        max_length=200,
        validators=[validate_clean_text, validate_no_nir],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.groups = _grouped(list(Skill.objects.all()))
        held = set(self.initial.pop("skills", ()))
        for name, label, skills in self.groups:
            self.fields[f"skills_{name}"] = forms.MultipleChoiceField(
                label=label,
                required=False,
                widget=forms.CheckboxSelectMultiple,
                choices=[(skill.pk, str(skill)) for skill in skills],
                initial=[skill.pk for skill in skills if skill.pk in held],
            )
        groups = [f"skills_{name}" for name, _label, _skills in self.groups]
        self.order_fields([*groups, "other_skills", "languages"])

    def first_values(self, application: Application) -> dict[str, Any]:
        return {
            "skills": application.skills.values_list("pk", flat=True),
            "languages": list(application.languages.all()),
            "other_skills": application.other_skills,
        }

    def answers(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        codes = {
            code for name, _label, _skills in self.groups for code in cleaned[f"skills_{name}"]
        }
        chosen = [skill for _name, _label, skills in self.groups for skill in skills]
        return {
            "skills": [skill for skill in chosen if skill.pk in codes],
            "languages": list(cleaned["languages"]),
            "other_skills": cleaned["other_skills"],
        }


class PledgeForm(StepForm):
    """She accepts what was on the page: `shown` names the versions that she read."""

    slug, heading = PLEDGE, _("Nos règles communes")
    OVERTAKEN = _(
        "Le texte a changé entre-temps : voici la version en vigueur. Lisez-la, puis acceptez-la."
    )

    accepts = forms.BooleanField(
        label=_("J’ai lu ces textes et je m’engage à les respecter"),
        error_messages={"required": _("Cochez la case pour continuer.")},
    )
    words = forms.CharField(
        label=_("Un mot pour la CPTS"),
        help_text=_("Ce qui vous donne envie de venir, ou une question."),
        required=False,
        max_length=1000,
        validators=[validate_clean_text, validate_no_nir],
        widget=forms.Textarea({"rows": 3}),
    )
    shown = forms.CharField(max_length=60, widget=forms.HiddenInput)

    def __init__(self, *args: Any, texts: Texts, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.texts = texts
        self.initial["shown"] = texts.mark
        if not texts.published:
            self.fields["accepts"].label = _("Je m’engage à respecter les règles de la CPTS")

    def first_values(self, application: Application) -> dict[str, Any]:
        return {"words": application.words}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("shown") != self.texts.mark:
            self.add_error("accepts", self.OVERTAKEN)
            self._show_anew()
        return cleaned

    def _show_anew(self) -> None:
        """The text in force, not accepted yet, beside the words already typed."""
        words = self.data.get("words", "")
        self.data = {"words": words, "shown": self.texts.mark}

    def answers(self) -> dict[str, Any]:
        return {"words": self.cleaned_data["words"]}


class WhereForm(PortalForm):
    """In which commune a place is, or from where one looks for one's CPTS."""

    ou = forms.CharField(
        label=_("Commune ou code postal"),
        help_text=_("Par exemple 62840 ou Fleurbaix."),
        max_length=100,
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": _("Écrivez la commune ou son code postal.")},
    )


class ApplicationPlaceForm(PracticeForm):
    """A place in her words; its languages wait until she is a member."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["languages"]

    def answers(self) -> dict[str, Any]:
        names = ("name", "kind", "address", "commune", "phone", "finess")
        ticks = ("does_home_visits", "is_wheelchair_accessible")
        told = {name: self.cleaned_data[name] for name in (*names, *ticks)}
        return {**told, "hours": [list(opening) for opening in self.openings]}


def kind_of(college: College) -> str:
    is_partners = college.kind == College.Kind.PARTNERS
    return Kind.PARTNER if is_partners else Kind.PROFESSIONAL


def step_form(
    step: str,
    data: Any,
    *,
    application: Application | None,
    colleges: list[College],
    texts: Texts,
) -> StepForm:
    """The form of a question; that of places is a page of its own."""
    if step == FIRST:
        return PersonForm(data, application=application, colleges=colleges)
    if step == PLEDGE:
        return PledgeForm(data, application=application, texts=texts)
    if step == PROFESSION and application and application.kind == Kind.PARTNER:
        return OrganisationForm(data, application=application)
    others = {PROFESSION: ProfessionForm, CONTACT: ContactForm, SKILLS: SkillsForm}
    return others[step](data, application=application)


def _college_label(college: College, colleges: list[College]) -> Any:
    """The plain word where one college answers to it, else the college's own name."""
    alike = [one for one in colleges if kind_of(one) == kind_of(college)]
    is_partner = kind_of(college) == Kind.PARTNER
    word = _("Partenaire") if is_partner else _("Professionnel de santé")
    hint = (
        _("Établissement, service, association, collectivité")
        if is_partner
        else _("En libéral ou salarié, remplaçants compris")
    )
    return with_hint(word, hint) if len(alike) == 1 else with_hint(college.name, word)


def _grouped(skills: list[Skill]) -> list[tuple[str, Any, list[Skill]]]:
    """(name, label, skills) of each group that has some, the leftovers last."""
    known = {code for _label, codes in SKILL_GROUPS.values() for code in codes}
    groups: list[tuple[str, Any, list[Skill]]] = [
        (name, label, [skill for skill in skills if skill.pk in codes])
        for name, (label, codes) in SKILL_GROUPS.items()
    ]
    groups.append((OTHERS, now_("Autres"), [skill for skill in skills if skill.pk not in known]))
    return [group for group in groups if group[2]]
