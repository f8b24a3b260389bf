"""The coordinator's queue and the GP's list: the whole page, logged in, against a bare view.

The promise: the queue at most three times the bare view, and as many queries for 1 row as for 50.
The GP's list, promised nowhere, is watched at four times.
"""

from __future__ import annotations

import sys

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from benchmarks import data
from benchmarks.bare import against_bare, fetch
from benchmarks.measure import promise
from members.models import Membership

AT_MOST, WATCHED = 3.0, 4.0


def main() -> None:
    here = data.largest()
    kept = []
    for label, member, name, limit in (
        ("liste des demandes", here.coordinator, "patients:request_list", AT_MOST),
        ("orientations du médecin", here.doctor, "patients:referral_list", WATCHED),
    ):
        client, path = logged_in(member), reverse(name, args=[here.cpts.slug])
        found = against_bare(client, path, here.cpts.pk)
        note = f"   {found.ours_ms:.1f} ms contre {found.bare_ms:.1f} ms"
        kept += [promise(label, found.ratio, limit, note=note), same_queries(label, name)]
    if not all(kept):
        sys.exit("la liste ne tient pas ses promesses")


def logged_in(member: Membership) -> Client:
    client = Client()
    client.force_login(member.user)
    return client


def same_queries(label: str, name: str) -> bool:
    """As many queries for 1 row as for 50."""
    counts = []
    for size in data.SMALL:
        here = data.small(size)
        member = here.coordinator if name == "patients:request_list" else here.doctor
        client, path = logged_in(member), reverse(name, args=[here.cpts.slug])
        fetch(client, path)
        with CaptureQueriesContext(connection) as queries:
            fetch(client, path)
        counts.append(len(queries))
    note = f"   {counts[0]} pour 1 ligne, {counts[1]} pour 50"
    return promise(f"{label}, requêtes de plus à 50 lignes", counts[1] - counts[0], 0, "", note)
