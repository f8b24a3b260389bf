"""The association's documents: read by every member, written at the desk."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cpts_portal.core.http import PortalRequest
from members import rules
from members.access import governance_required
from members.actions import documents as actions
from members.forms.documents import DocumentForm
from members.models import Document
from members.queries import documents as queries
from members.rules.documents import VERSIONED, is_still_open, is_versioned
from members.views.layout import base_for


def pdf_response(document: Document) -> HttpResponse:
    """The file as a download, never shown in the page's own origin; 404 for a text alone."""
    content = queries.content_of(document)
    if not content:
        raise Http404
    response = HttpResponse(content, content_type="application/pdf")
    name = slugify(document.title) or "document"
    response["Content-Disposition"] = f'attachment; filename="{name}-v{document.version}.pdf"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _is_desk(request: PortalRequest) -> bool:
    return rules.governs(request.membership, request.membership)


def _find(request: PortalRequest, document: int) -> Document:
    """A draft exists for the desk alone."""
    return get_object_or_404(queries.readable(by_desk=_is_desk(request)), pk=document)


@require_GET
def document_list(request: PortalRequest, cpts: str) -> HttpResponse:
    is_desk = _is_desk(request)
    context = {
        "base": base_for(request),
        "shelves": queries.library(),
        "is_desk": is_desk,
        "drafts": queries.drafts() if is_desk else [],
    }
    return render(request, "members/document_list.html", context)


@require_GET
def document_detail(request: PortalRequest, cpts: str, document: int) -> HttpResponse:
    found = _find(request, document)
    context = {
        "base": base_for(request),
        "document": found,
        "versions": queries.versions_of(found),
        "is_desk": _is_desk(request),
        "is_versioned": is_versioned(found),
        "is_still_open": is_still_open(found),
    }
    return render(request, "members/document_detail.html", context)


@require_GET
def document_file(request: PortalRequest, cpts: str, document: int) -> HttpResponse:
    return pdf_response(_find(request, document))


@require_http_methods(["GET", "HEAD", "POST"])
@governance_required
def document_new(request: PortalRequest, cpts: str) -> HttpResponse:
    """`?type=` begins from the version in force, so that one corrects rather than types again."""
    kind = request.GET.get("type", "")
    form = DocumentForm(*_sent(request), initial=_first_values(kind))
    if form.is_valid():
        document = actions.write(request.cpts, by=request.membership, **form.cleaned_data)
        return _done(request, document)
    return _show_form(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
@governance_required
def document_edit(request: PortalRequest, cpts: str, document: int) -> HttpResponse:
    found = _find(request, document)
    form = DocumentForm(*_sent(request), document=found)
    if form.is_valid():
        return _done(request, actions.edit(found, by=request.membership, **form.cleaned_data))
    return _show_form(request, form)


@require_POST
@governance_required
def document_publish(request: PortalRequest, cpts: str, document: int) -> HttpResponse:
    return _done(request, actions.publish(_find(request, document), by=request.membership))


@require_POST
@governance_required
def document_discard(request: PortalRequest, cpts: str, document: int) -> HttpResponse:
    actions.discard(_find(request, document), by=request.membership)
    messages.success(request, _("Document supprimé."))
    return redirect("members:document_list", cpts=request.cpts.slug)


def _sent(request: PortalRequest) -> tuple[Any, Any]:
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)


def _first_values(kind: str) -> dict[str, str]:
    if kind not in Document.Kind.values:
        return {}
    known = queries.current(Document.Kind(kind)) if kind in VERSIONED else None
    label = str(Document.Kind(kind).label).capitalize()
    return {
        "kind": kind,
        "title": known.title if known else label,
        "body": known.body if known else "",
    }


def _done(request: PortalRequest, document: Document) -> HttpResponse:
    """To the document; a draft sent with « publier » is published on the way."""
    if request.POST.get("then") == "publish" and document.published_at is None:
        document = actions.publish(document, by=request.membership)
    said = _("Publié.") if document.published_at else _("Enregistré, pas encore publié.")
    messages.success(request, said)
    return redirect("members:document_detail", request.cpts.slug, document.pk)


def _show_form(request: PortalRequest, form: DocumentForm) -> HttpResponse:
    context = {"base": base_for(request), "form": form, "document": form.document}
    status = 422 if form.errors else 200
    return render(request, "members/document_form.html", context, status=status)
