"""What is typed at the desk of members."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.forms import DayField, PhoneField, PortalForm
from cpts_portal.core.identifiers import validate_clean_text, validate_rpps
from members.actions.memberships import NAME, Newcomer, as_newcomer
from members.forms.profiles import ContactFormPart
from members.models import College, Membership, Profession, Role
from members.queries.memberships import LABELS, SORTS, STANDINGS, Filters

REASONS = Membership.EndReason
NO_PROFESSION = _("Choisissez la profession de ce professionnel.")
RPPS_ONCE = next(
    one for one in Membership._meta.constraints if one.name == "membership_rpps_once_among_members"
)
TITLES = (("", _("Aucun")), ("M.", "M."), ("Mme", "Mme"), ("Dr", "Dr"), ("Pr", "Pr"))
DESK_REASONS = (
    (REASONS.LEFT, _("Départ, à sa demande")),
    (REASONS.LAPSED, _("Radiation : cotisation non renouvelée")),
    (REASONS.EXCLUDED, _("Exclusion")),
    (REASONS.DECEASED, _("Décès")),
    (REASONS.MISTAKE, _("Inscription par erreur")),
)


def filters_of(asked: QueryDict) -> tuple[Filters, int]:
    """The filters of an address, what is unknown left aside, and the number of the page."""
    names = {"standing": "situation", "college": "college", "profession": "profession"}
    told = {name: asked.get(names.get(name, name), "")[:30] for name in LABELS}
    if told["standing"] not in STANDINGS:
        told["standing"] = ""
    sort = asked.get("tri", "name")
    number = asked.get("page", "1")
    filters = Filters(
        q=asked.get("q", "").strip()[:100], sort=sort if sort in SORTS else "name", **told
    )
    is_number = number.isascii() and number.isdecimal() and len(number) < 6
    return filters, int(number) if is_number else 1


def query_of(filters: Filters, **changed: Any) -> str:
    """The address of these filters: « ?situation=grace&page=2 »."""
    told = QueryDict(mutable=True)
    names = {"standing": "situation", "sort": "tri"}
    for name, value in {**vars(filters), **changed}.items():
        if value and (name, value) not in {("sort", "name"), ("page", 1)}:
            told[names.get(name, name)] = str(value)
    return f"?{told.urlencode()}"


class _CollegeField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            College.objects.none(),
            label=_("Collège"),
            required=False,
            empty_label=_("Aucun : ne cotise pas"),
            **kwargs,
        )


class _WithColleges(PortalForm):
    """A form with the open CPTS's colleges, and the roles that its author may give."""

    def __init__(self, *args: Any, by: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by
        if "college" in self.fields:
            college: Any = self.fields["college"]
            college.queryset = College.objects.all()
        if "role" in self.fields:
            role: Any = self.fields["role"]
            role.choices = _roles_of(by, self.initial.get("role"))


def _roles_of(by: Membership, kept: Any) -> list[tuple[str, Any]]:
    """Only the coordination makes a coordinator."""
    return [
        (value, label)
        for value, label in Role.choices
        if value != Role.COORDINATOR or Role.COORDINATOR in (by.role, kept)
    ]


class _WhoFormPart(PortalForm):
    """Who a member is, and what her trade is."""

    title = forms.ChoiceField(label=_("Titre"), choices=TITLES, required=False)
    first_name = forms.CharField(label=_("Prénom"), max_length=60, validators=[validate_clean_text])
    last_name = forms.CharField(label=_("Nom"), max_length=60, validators=[validate_clean_text])
    profession = forms.ModelChoiceField(
        Profession.objects.none(),
        label=_("Profession"),
        required=False,
        empty_label=_("Aucune"),
        error_messages={"required": NO_PROFESSION},
    )
    rpps = forms.CharField(
        label=_("Numéro RPPS"),
        required=False,
        max_length=20,
        widget=forms.TextInput({"inputmode": "numeric", "class": "num w-10"}),
        help_text=_("11 chiffres ; laissez vide si vous ne l’avez pas."),
    )
    organisation = forms.CharField(
        label=_("Structure"), max_length=120, required=False, validators=[validate_clean_text]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        profession: Any = self.fields["profession"]
        profession.queryset = Profession.objects.all()

    def clean_rpps(self) -> str:
        rpps = "".join(self.cleaned_data["rpps"].split())
        if rpps:
            validate_rpps(rpps)
        return rpps

    @property
    def newcomer(self) -> Newcomer:
        """What a valid form says of the person."""
        names = set(Newcomer.__dataclass_fields__) & set(self.cleaned_data)
        return Newcomer(**{name: self.cleaned_data[name] for name in names})


class NewMemberForm(_WithColleges, _WhoFormPart):
    """A member written down by hand; whoever has an address is invited, unless unticked."""

    field_order = ("title", "first_name", "last_name", "email", "phone", "role", "profession")

    email = forms.EmailField(
        label=_("Courriel"),
        required=False,
        help_text=_("Pour l’inviter à ouvrir son compte et pour lui écrire."),
    )
    phone = PhoneField(label=_("Ligne directe"), required=False)
    mssante = forms.EmailField(label=_("Adresse MSSanté"), required=False)
    role = forms.ChoiceField(
        label=_("Rôle"),
        initial=Role.PROFESSIONAL,
        help_text=_("Il décide de ce que la personne voit et fait."),
    )
    college = _CollegeField()
    starts_on = DayField(label=_("Membre depuis le"))
    invite = forms.BooleanField(
        label=_("Envoyer l’invitation maintenant"), required=False, initial=True
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("starts_on", timezone.localdate())

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].lower()
        return email

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("role") == Role.PROFESSIONAL and not cleaned.get("profession"):
            self.add_error("profession", NO_PROFESSION)
        if cleaned.get("invite") and not cleaned.get("email") and "email" not in self.errors:
            self.add_error("email", _("Écrivez son courriel, ou décochez l’envoi de l’invitation."))
        return cleaned


class CorrectionForm(_WhoFormPart, ContactFormPart):
    """What the desk mends in a member's file: all but what the member alone agrees to."""

    field_order = (*NAME, "profession", "rpps", "organisation")

    def __init__(self, *args: Any, member: Membership, **kwargs: Any) -> None:
        known = as_newcomer(member)
        kwargs["initial"] = {one.name: getattr(known, one.name) for one in fields(known)}
        super().__init__(*args, **kwargs)
        self.member = member
        self.fields["profession"].required = member.role == Role.PROFESSIONAL

    def clean_rpps(self) -> str:
        rpps = super().clean_rpps()
        RPPS_ONCE.validate(
            Membership, Membership(cpts=self.member.cpts, pk=self.member.pk, rpps=rpps)
        )
        return rpps


class RoleForm(_WithColleges):
    role = forms.ChoiceField(label=_("Rôle"))
    profession = forms.ModelChoiceField(
        Profession.objects.none(),
        label=_("Profession"),
        required=False,
        empty_label=_("Aucune"),
        help_text=_("Un professionnel de santé en a une."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        profession: Any = self.fields["profession"]
        profession.queryset = Profession.objects.all()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("role") == Role.PROFESSIONAL and not cleaned.get("profession"):
            self.add_error("profession", NO_PROFESSION)
        return cleaned


class CollegeChangeForm(_WithColleges):
    college = _CollegeField(
        help_text=_("Une année pas encore payée prend la cotisation du nouveau collège.")
    )


class EndForm(_WithColleges):
    """The last day may not be to come; the note is for the governance."""

    reason = forms.ChoiceField(
        label=_("Motif"), choices=DESK_REASONS, widget=forms.RadioSelect, initial=REASONS.LEFT
    )
    on = DayField(
        label=_("Dernier jour"),
        help_text=_("Compris. Pour fermer l’accès tout de suite, écrivez hier."),
    )
    note = forms.CharField(
        label=_("Précision"),
        required=False,
        max_length=500,
        validators=[validate_clean_text],
        widget=forms.Textarea({"rows": 2}),
        help_text=_("Lue de la coordination et du bureau seuls."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("on", timezone.localdate())

    def clean_on(self) -> date:
        on: date = self.cleaned_data["on"]
        if on > timezone.localdate():
            raise ValidationError(_("Le dernier jour ne peut pas être dans le futur."))
        return on


class ReturnForm(_WithColleges):
    role = forms.ChoiceField(label=_("Rôle"))
    college = _CollegeField()
    starts_on = DayField(label=_("De nouveau membre à partir du"))
