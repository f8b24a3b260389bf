"""The coordination's queue: tabs, filters and search.

A page costs the same number of queries for 1 row and for 50.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Q, QuerySet, TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy, pgettext_lazy

from cpts_portal.core.fields import keyed_hash
from cpts_portal.core.identifiers import parse_phone
from cpts_portal.core.models import Commune
from cpts_portal.core.territory import fold
from members.models import Cpts, Membership, Role
from patients.models import (
    TO_HANDLE,
    GPRequest,
    Patient,
    Status,
)
from patients.queries.referrals import month_start
from patients.queries.rows import PAGE_SIZE, Page, page_from

COUNT_CAP = 999
"""Beyond, a tab says « 999+ »: nobody needs to know more, and counting on would cost a scan."""
LATE_CAP = 500


class Tab(TextChoices):
    TO_HANDLE = "a-traiter", gettext_lazy("À traiter")
    TO_CALL = "a-rappeler", gettext_lazy("À rappeler")
    ANSWER_DUE = "reponse-attendue", gettext_lazy("Réponse attendue")
    ACCEPTED = "acceptees", gettext_lazy("Acceptées")
    FOUND = "trouves", gettext_lazy("Trouvé ce mois-ci")
    ALL = "toutes", pgettext_lazy("demandes", "Toutes")


class Situation(TextChoices):
    """What a row may be filtered by; each value is the column that holds it."""

    ALD = "has_ald", gettext_lazy("ALD")
    PREGNANT = "is_pregnant", gettext_lazy("grossesse")
    DISABLED = "is_disabled", gettext_lazy("handicap")
    C2S = "has_c2s", gettext_lazy("C2S ou AME")
    END_OF_LIFE = "needs_end_of_life_care", gettext_lazy("soins palliatifs")
    HOME_BOUND = "is_home_bound", gettext_lazy("ne peut pas se déplacer")
    PSYCHIATRIC = "is_under_psychiatric_care", gettext_lazy("suivi psychiatrique")


class Followed(TextChoices):
    BY_ME = "moi", gettext_lazy("par moi")
    BY_NOBODY = "personne", gettext_lazy("par personne")


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What narrows a tab; empty values narrow nothing."""

    priority: int | None = None
    commune: str = ""
    followed: str = ""
    situation: str = ""

    def __bool__(self) -> bool:
        return bool(self.priority or self.commune or self.followed or self.situation)

    def narrow(self, requests: QuerySet[GPRequest], member: Membership) -> QuerySet[GPRequest]:
        if self.priority:
            requests = requests.filter(rank=self.priority)
        if self.commune:
            requests = requests.filter(commune_id=self.commune)
        if self.followed:
            assignee = member.pk if self.followed == Followed.BY_ME else None
            requests = requests.filter(assigned_to=assignee)
        if self.situation:
            requests = requests.filter(**{self.situation: True})
        return requests


# --- Tabs ---------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Glance:
    """The queue before any row is read: how many in each tab, and whose GP let the delay pass.

    A late request is back in the queue whether or not a worker has written it down.
    """

    counts: dict[str, int]
    late: list[int]

    def count(self, tab: str) -> str:
        """As the tab shows it; "" for the tab that is not counted."""
        found = self.counts.get(tab)
        if found is None:
            return ""
        return f"{COUNT_CAP}+" if found > COUNT_CAP else str(found)


GLANCE = f"""
SELECT
  ARRAY(SELECT request_id FROM patients_referral
        WHERE cpts_id = %(cpts)s AND status IN ('proposed', 'reserved')
          AND expires_at <= %(now)s ORDER BY expires_at LIMIT {LATE_CAP}),
  (SELECT count(*) FROM (SELECT FROM patients_gprequest
        WHERE cpts_id = %(cpts)s AND status IN ('received', 'to_complete', 'qualified')
        LIMIT {COUNT_CAP + 1}) AS waiting),
  (SELECT count(*) FROM (SELECT FROM patients_gprequest
        WHERE cpts_id = %(cpts)s AND call_back_on <= %(today)s
        LIMIT {COUNT_CAP + 1}) AS to_call),
  (SELECT count(*) FROM (SELECT FROM patients_gprequest
        WHERE cpts_id = %(cpts)s AND status = 'referred'
        LIMIT {COUNT_CAP + 1 + LATE_CAP}) AS referred),
  (SELECT count(*) FROM (SELECT FROM patients_gprequest
        WHERE cpts_id = %(cpts)s AND status IN ('accepted', 'first_visit_set')
        LIMIT {COUNT_CAP + 1}) AS accepted),
  (SELECT count(*) FROM (SELECT FROM patients_gprequest
        WHERE cpts_id = %(cpts)s AND status IN ('declared', 'found_alone')
          AND closed_at >= %(month)s
        LIMIT {COUNT_CAP + 1}) AS found)
"""  # noqa: S608 - constants only
"""Written out because the inbox asks it at every page: through the ORM, putting the same question
into words costs more than answering it. `requests_in` must say the same; a test holds them
together."""


def glance(cpts: Cpts, now: datetime) -> Glance:
    """The tabs' counts and the late requests of the CPTS, in one query."""
    asked: dict[str, Any] = {
        "cpts": cpts.pk,
        "now": now,
        "today": timezone.localdate(now),
        "month": month_start(now),
    }
    with connection.cursor() as cursor:
        cursor.execute(GLANCE, asked)
        late, waiting, to_call, referred, accepted, found = cursor.fetchone()
    counts = {
        Tab.TO_HANDLE: waiting + len(late),
        Tab.TO_CALL: to_call,
        Tab.ANSWER_DUE: referred - len(late),
        Tab.ACCEPTED: accepted,
        Tab.FOUND: found,
    }
    return Glance({tab.value: count for tab, count in counts.items()}, late)


def requests_in(tab: str, late: list[int], now: datetime) -> QuerySet[GPRequest]:
    """The tab's requests, in its order."""
    requests: QuerySet[GPRequest] = GPRequest.objects.all()
    by_rank = ("rank", "first_requested_at", "pk")
    if tab == Tab.TO_HANDLE:
        waiting = Q(status__in=TO_HANDLE)
        return requests.filter(waiting | Q(pk__in=late) if late else waiting).order_by(*by_rank)
    if tab == Tab.TO_CALL:
        due = requests.filter(call_back_on__lte=timezone.localdate(now))
        return due.order_by("call_back_on", *by_rank)
    if tab == Tab.ANSWER_DUE:
        referred = requests.filter(status=Status.REFERRED).order_by(*by_rank)
        return referred.exclude(pk__in=late) if late else referred
    if tab == Tab.ACCEPTED:
        accepted = (Status.ACCEPTED, Status.FIRST_VISIT_SET)
        return requests.filter(status__in=accepted).order_by("status", *by_rank)
    if tab == Tab.FOUND:
        found = (Status.DECLARED, Status.FOUND_ALONE)
        return requests.filter(status__in=found, closed_at__gte=month_start(now)).order_by(
            "-closed_at", "pk"
        )
    return requests.order_by("-first_requested_at", "-pk")


@dataclass(frozen=True)
class TabLink:
    value: str
    label: str
    count: str
    is_current: bool


def tab_links(current: str, seen: Glance) -> list[TabLink]:
    return [
        TabLink(tab.value, str(tab.label), seen.count(tab.value), tab == current) for tab in Tab
    ]


def page_of(
    tab: str, filters: Filters, number: int, *, late: list[int], now: datetime, by: Membership
) -> Page:
    """Page `number` (from 1) of a tab: 50 rows, and whether more follow."""
    first = (number - 1) * PAGE_SIZE
    found = filters.narrow(requests_in(tab, late, now), by)
    return page_from(found[first : first + PAGE_SIZE + 1], by.cpts, late, number)


# --- Search -------------------------------------------------------------------------------------
REFERENCE = re.compile(r"^\s*(\d{4})\s*-\s*(\d{1,7})\s*$")
NAMES_AT_MOST = 500


def search(text: str, *, late: list[int], by: Membership) -> Page:
    """The 50 best ranked requests for a reference, a phone, or the words of a name or commune."""
    found: QuerySet[GPRequest] = GPRequest.objects.filter(_matching(text))
    return page_from(
        found.order_by("rank", "first_requested_at", "pk")[: PAGE_SIZE + 1], by.cpts, late
    )


def _matching(text: str) -> Q:
    reference = REFERENCE.match(text)
    if reference:
        return Q(reference=f"{reference[1]}-{int(reference[2]):04d}")
    phone = _phone(text)
    if phone:
        return Q(patient__phone_hash=keyed_hash(phone))
    words = fold(text).split()
    if not words:
        return Q(pk__in=[])
    named = Patient.objects.all()
    for word in words:
        named = named.filter(search_name__contains=word)
    placed = Commune.objects.filter(search_name__startswith=" ".join(words))
    return Q(patient_id__in=list(named.values_list("pk", flat=True)[:NAMES_AT_MOST])) | Q(
        commune_id__in=list(placed.values_list("pk", flat=True)[:NAMES_AT_MOST])
    )


def _phone(text: str) -> str:
    try:
        return parse_phone(text)
    except ValidationError:
        return ""


def communes_served(cpts: Cpts) -> list[tuple[str, str]]:
    """(INSEE code, name) of the CPTS's communes, for the filter."""
    return list(
        Commune.objects.filter(coverage__cpts=cpts).order_by("name").values_list("pk", "name")
    )


def coordinators() -> list[Membership]:
    """Who may follow a request, by name."""
    return list(
        Membership.objects.current()
        .filter(role=Role.COORDINATOR)
        .select_related("user")
        .order_by("user__last_name", "user__first_name")
    )
