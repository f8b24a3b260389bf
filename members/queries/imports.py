"""What a file of members is compared with, and what its pages show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.models import Commune
from cpts_portal.core.territory import fold
from members.models import (
    College,
    CptsCommune,
    ImportBatch,
    ImportRow,
    Membership,
    Profession,
)
from members.queries.import_words import ALIASES, COLUMNS, PROBLEMS
from members.rules.import_cells import Known, KnownMember, commune_key, neutral

PAGE = 50
TABS = {
    "importer": ImportRow.Verdict.READY,
    "homonymes": ImportRow.Verdict.HOMONYM,
    "deja-membres": ImportRow.Verdict.DOUBLE,
    "a-corriger": ImportRow.Verdict.WRONG,
}
TAB_LABELS = {
    "importer": _("À importer"),
    "homonymes": _("Homonymes"),
    "deja-membres": _("Déjà membres"),
    "a-corriger": _("À corriger"),
}


# --- What lines are judged against ----------------------------------------------------------
def known_for(rows: Iterable[dict[str, str]]) -> Known:
    """The open CPTS's members, colleges and communes, and the professions; flat in queries."""
    by_name, by_code = _communes_named_in(rows)
    return Known(
        professions=_professions(),
        colleges={neutral(college.name): college for college in College.objects.all()},
        communes_by_name=by_name,
        communes_by_code=by_code,
        covered=frozenset(CptsCommune.objects.values_list("commune_id", flat=True)),
        members=_known_members(),
    )


def _professions() -> dict[str, Profession]:
    words: dict[str, Profession] = {}
    for profession in Profession.objects.all():
        for word in (profession.code, profession.label, *ALIASES.get(profession.code, ())):
            words.setdefault(neutral(word), profession)
    return words


def _communes_named_in(
    rows: Iterable[dict[str, str]],
) -> tuple[dict[str, list[Commune]], dict[str, list[Commune]]]:
    by_name, by_code = defaultdict(list), defaultdict(list)
    names, codes = set(), set()
    for cells in rows:
        names.add(commune_key(cells.get("commune", "")))
        codes.add("".join(cells.get("postal_code", "").split()).zfill(5))
    wanted = Q(search_name__in=names) | Q(postal_codes__overlap=list(codes))
    for commune in Commune.objects.filter(wanted):
        by_name[commune.search_name].append(commune)
        for code in commune.postal_codes:
            by_code[code].append(commune)
    return by_name, by_code


def _known_members() -> list[KnownMember]:
    today = timezone.localdate()
    fields = ("pk", "rpps", "email", "user__email", "user__last_name", "user__first_name")
    rows = Membership.objects.filter(erased_at=None).values_list(*fields, "ends_on")
    return [
        KnownMember(
            pk=pk,
            name=fold(f"{last_name} {first_name}"),
            rpps=rpps,
            emails=tuple(one.lower() for one in (email, account) if one),
            has_left=ends_on is not None and ends_on < today,
        )
        for pk, rpps, email, account, last_name, first_name, ends_on in rows
    ]


# --- The pages ------------------------------------------------------------------------------
@dataclass(frozen=True)
class Said:
    """What is wrong with one field of a line, in words."""

    field: str
    label: str
    text: str


@dataclass(frozen=True)
class Line:
    """A line as its page shows it."""

    row: ImportRow
    name: str
    facts: list[str]
    said: list[Said]


def batches() -> QuerySet[ImportBatch]:
    """The imports of the last weeks, with how many members each brought."""
    rows = Count("rows", distinct=True)
    added = Count("rows", filter=Q(rows__membership__isnull=False), distinct=True)
    return (
        ImportBatch.objects.defer("file")
        .select_related("created_by__user")
        .annotate(row_count=rows, added_count=added)
    )


def counts_of(batch: ImportBatch) -> dict[str, int]:
    """How many lines each tab has, and under "chosen" how many lines would be added."""
    rows = batch.rows.order_by()
    found = dict(rows.values_list("verdict").annotate(Count("pk")))
    chosen = rows.filter(choice=ImportRow.Choice.ADD, membership=None).count()
    return {**{tab: found.get(verdict, 0) for tab, verdict in TABS.items()}, "chosen": chosen}


def tabs_of(batch: ImportBatch, counts: dict[str, int]) -> list[tuple[str, str, int]]:
    """Address, label and count of each tab; once applied, what was to add is added."""
    labels = dict(TAB_LABELS)
    if batch.status == ImportBatch.Status.APPLIED:
        labels["importer"] = _("Importés")
    return [(name, str(label), counts[name]) for name, label in labels.items()]


def first_tab(counts: dict[str, int]) -> str:
    """The tab with something to do, the most pressing first."""
    order = ("homonymes", "a-corriger", "importer", "deja-membres")
    return next((tab for tab in order if counts[tab]), "importer")


def page_of(batch: ImportBatch, tab: str, page: str) -> Page[ImportRow]:
    """One page of a tab."""
    rows = batch.rows.filter(verdict=TABS[tab]).select_related("like__user", "membership__user")
    return Paginator(rows, PAGE).get_page(page)


def kept_of(batch: ImportBatch) -> list[Membership]:
    """Members of an undone import who have stayed."""
    kept = Membership.objects.filter(import_row__batch=batch).select_related("user")
    return list(kept.order_by("user__last_name", "user__first_name"))


def line_of(row: ImportRow) -> Line:
    cells: dict[str, str] = row.data["cells"]
    name = " ".join(cells[key] for key in ("title", "first_name", "last_name") if cells.get(key))
    named = {"title", "first_name", "last_name"}
    facts = [cells[key] for key in COLUMNS if cells.get(key) and key not in named]
    return Line(row, name, facts, [said(problem) for problem in row.problems])


def said(problem: dict[str, Any]) -> Said:
    """A problem in the reader's language."""
    name, code, line = problem["field"], problem["code"], problem.get("line", 0)
    if code == "namesake" and line:
        code = "namesake_line"
    sentence = PROBLEMS.get((name, code)) or PROBLEMS.get(("", code)) or now_("illisible")
    label = str(COLUMNS[name][0]) if name in COLUMNS else ""
    text = str(sentence)
    return Said(name, label, text % {"line": line} if line else text)


# --- The file to mend -----------------------------------------------------------------------
def results_of(batch: ImportBatch) -> tuple[list[str], list[list[str]]]:
    """Header and lines of the file as it was read, with what became of each line."""
    names = _names_in(batch)
    header = [*(str(COLUMNS[name][0]) for name in names), now_("Ligne"), now_("Résultat")]
    rows = [
        [*(row.data["cells"].get(name, "") for name in names), str(row.line), _result(row)]
        for row in batch.rows.all()
    ]
    return header, rows


def _names_in(batch: ImportBatch) -> Sequence[str]:
    first = batch.rows.values_list("data__cells", flat=True).first() or {}
    return [name for name in COLUMNS if name in first]


def _result(row: ImportRow) -> str:
    if row.membership_id is not None:
        return now_("importé")
    told = [f"{one.label} : {one.text}".removeprefix(" : ") for one in map(said, row.problems)]
    return "\u00a0; ".join([str(row.get_verdict_display()), *told])
