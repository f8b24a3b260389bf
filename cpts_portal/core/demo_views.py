"""What the demonstration alone shows: every message that left, as its reader would see it."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cpts_portal.core import demo
from cpts_portal.core.models import Message

NEWEST = 100


@require_safe
@login_not_required
def demo_messages(request: HttpRequest) -> HttpResponse:
    """The newest hundred rows of the ledger; a 404 anywhere but in a demo on this machine."""
    if not demo.is_open(request):
        raise Http404
    ledger = Message.objects.select_related("cpts").order_by("-created_at")[:NEWEST]
    return render(request, "core/demo_messages.html", {"ledger": ledger})
