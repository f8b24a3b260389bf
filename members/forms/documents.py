"""A document being written: words, a PDF, or both."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.forms import PortalForm
from cpts_portal.core.identifiers import validate_clean_text
from members.actions.documents import Pdf
from members.models import LARGEST_FILE, Document

LONGEST_TEXT = 60_000
"""Characters; the longest statutes met have 45,000."""
MAGIC = b"%PDF-"
MEBIBYTE = 1024 * 1024


class DocumentForm(PortalForm):
    """`document` is the one being corrected, whose file stays unless another is sent."""

    kind = forms.ChoiceField(label=_("Type"), choices=Document.Kind.choices)
    title = forms.CharField(
        label=_("Titre"),
        max_length=120,
        validators=[validate_clean_text],
        error_messages={"required": _("Écrivez le titre du document.")},
    )
    body = forms.CharField(
        label=_("Texte"),
        help_text=_("Une ligne vide entre deux paragraphes."),
        required=False,
        max_length=LONGEST_TEXT,
        validators=[validate_clean_text],
        widget=forms.Textarea({"rows": 16}),
    )
    pdf = forms.FileField(
        label=_("Fichier PDF"),
        help_text=_("5 Mo au plus. Le texte écrit se lit mieux sur un téléphone."),
        required=False,
        max_length=120,
        widget=forms.FileInput({"accept": "application/pdf,.pdf"}),
        error_messages={
            "empty": _("Ce fichier est vide."),
            "max_length": _("Le nom de ce fichier est trop long : raccourcissez-le."),
        },
    )

    def __init__(self, *args: Any, document: Document | None = None, **kwargs: Any) -> None:
        if document is not None:
            kwargs.setdefault(
                "initial",
                {"kind": document.kind, "title": document.title, "body": document.body},
            )
        super().__init__(*args, **kwargs)
        self.document = document
        if document is not None:
            del self.fields["kind"]

    def clean_pdf(self) -> Pdf | None:
        sent = self.cleaned_data["pdf"]
        if not sent:
            return None
        if sent.size > LARGEST_FILE:
            raise ValidationError(
                now_("Ce fichier pèse plus de %(most)d Mo : allégez-le.")
                % {"most": LARGEST_FILE // MEBIBYTE},
                code="too_large",
            )
        content = sent.read()
        if not content.startswith(MAGIC):
            raise ValidationError(now_("Ce fichier n’est pas un PDF."), code="not_pdf")
        return Pdf(name=PurePath(sent.name).name, content=content)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        has_file = cleaned.get("pdf") or (self.document is not None and self.document.file_name)
        if not (cleaned.get("body") or has_file or self.errors):
            self.add_error("body", _("Écrivez le texte, ou joignez un PDF."))
        return cleaned
