"""The public list of sessions, 10,000 of them to come, against a bare view of as many rows.

The promises: the whole page at most three times the bare one, narrowed or not, on its first page
and far down; and a feed that has not changed a fifth of one that is written anew.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from django.db import connection
from django.test import Client
from django.urls import reverse

from benchmarks.bare import bare_client, fetch
from benchmarks.measure import promise, side_by_side
from cpts_portal.core.models import Commune
from cpts_portal.core.scoping import open_scope
from members.models import Cpts, CptsCommune, Membership
from prevention.models import Session, Topic
from prevention.queries.events import PAGE
from tests.factories import CptsFactory, MembershipFactory
from tests.prevention.makers import CampaignFactory

SESSIONS, COMMUNES, TOPICS = 10_000, 40, 5
PAGE_AT_MOST, UNCHANGED_AT_MOST, ROUNDS = 3.0, 0.2, 15
FILL = """
INSERT INTO prevention_session (
    cpts_id, campaign_id, title, starts_at, ends_at, place_name, address, commune_id,
    is_accessible, access_note, is_for_professionals, capacity, taken, last_number, sex, communes,
    status, sequence, created_by_id, created_at, cancel_reason, key)
SELECT %(cpts)s, (%(campaigns)s::bigint[])[1 + n %% %(topics)s], '', at, at + interval '2 hours',
       'Salle des fêtes', '3 place de la Mairie', (%(communes)s::text[])[1 + n %% %(places)s],
       n %% 2 = 0, '', false, 20, n %% 21, n %% 21, '', '{}', 'planned', 0, %(author)s, now(), '',
       gen_random_uuid()
FROM generate_series(1, %(size)s) AS n,
     LATERAL (SELECT now() + n * interval '50 minutes' AS at) AS moments
"""


def main() -> None:
    cpts = filled()
    here = reverse("prevention:event_list", args=[cpts.slug])
    bare, client = bare_client(), Client()
    bare_path = reverse("bare_events", urlconf="benchmarks.bare", args=[cpts.pk, PAGE])
    commune = cpts.communes.order_by("pk").values_list("pk", flat=True)[0]
    kept = []
    for label, path in (
        ("séances publiques", here),
        ("séances publiques d’une commune", f"{here}?commune={commune}"),
        ("séances publiques, page 300", f"{here}?page=300"),
        ("liste intégrée", reverse("prevention:event_embed", args=[cpts.slug]) + "?nombre=30"),
    ):
        found = side_by_side(ask(client, path), ask(bare, bare_path))
        note = f"   {found.ours_ms:.1f} ms contre {found.bare_ms:.1f} ms"
        kept.append(promise(label, found.ratio, PAGE_AT_MOST, note=note))
    for name in ("event_calendar", "event_atom", "event_rss"):
        feed = reverse(f"prevention:{name}", args=[cpts.slug])
        found = side_by_side(unchanged(client, feed), ask(client, feed), ROUNDS)
        note = f"   {found.ours_ms:.1f} ms contre {found.bare_ms:.1f} ms"
        kept.append(promise(f"{name} inchangé (304)", found.ratio, UNCHANGED_AT_MOST, note=note))
    if not all(kept):
        sys.exit("les pages publiques ne tiennent pas leurs promesses")


def ask(client: Client, path: str) -> Callable[[], None]:
    return lambda: fetch(client, path)


def unchanged(client: Client, path: str) -> Callable[[], None]:
    """What a calendar that has read it already asks again and again."""
    etag = client.get(path)["ETag"]

    def again() -> None:
        response = client.get(path, headers={"If-None-Match": etag})
        assert response.status_code == 304, response.status_code

    return again


def filled() -> Cpts:
    cpts: Cpts = CptsFactory(name="CPTS des séances", slug="seances")
    covered = Commune.objects.filter(department="62", coverage=None).order_by("-population")
    chosen = list(covered[:COMMUNES])
    CptsCommune.objects.bulk_create(CptsCommune(cpts=cpts, commune=one) for one in chosen)
    with open_scope(cpts=cpts):
        author: Membership = MembershipFactory(cpts=cpts)
        topics = Topic.objects.order_by("pk")[:TOPICS]
        campaigns = [CampaignFactory(cpts=cpts, topic=one, created_by=author) for one in topics]
        values = {
            "cpts": cpts.pk,
            "author": author.pk,
            "campaigns": [one.pk for one in campaigns],
            "topics": len(campaigns),
            "communes": [one.pk for one in chosen],
            "places": COMMUNES,
            "size": SESSIONS,
        }
        with connection.cursor() as cursor:
            cursor.execute(FILL, values)
            cursor.execute("ANALYZE prevention_session")
        assert Session.objects.count() == SESSIONS
    return cpts
