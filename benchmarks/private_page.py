"""The patient's private page by its link, against a bare view: at most three times its time."""

from __future__ import annotations

import sys

from django.db import transaction
from django.test import Client
from django.urls import reverse

from benchmarks import data
from benchmarks.bare import against_bare
from benchmarks.inbox import AT_MOST
from benchmarks.measure import promise
from cpts_portal.core.scoping import open_scope
from patients.models import GPRequest, Status
from patients.notifications import open_link


def main() -> None:
    here = data.largest()
    kept = []
    for status in (Status.QUALIFIED, Status.ACCEPTED):
        with open_scope(cpts=here.cpts), transaction.atomic():
            found = GPRequest.objects.filter(status=status).first()
            assert found is not None
            path = reverse("patients:private_show", args=[open_link(found)])
        times = against_bare(Client(), path, here.cpts.pk)
        note = f"   {times.ours_ms:.1f} ms contre {times.bare_ms:.1f} ms"
        kept.append(promise(f"page privée, {status.label}", times.ratio, AT_MOST, note=note))
    if not all(kept):
        sys.exit("la page privée ne tient pas sa promesse")
