"""A file of members: uploaded, read, looked at, applied once, undone if it was a mistake."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cpts_portal.core import audit, sheets, wake
from cpts_portal.core.refusals import NotPermitted, Refused
from members import lifecycle, rules
from members.actions import invitations
from members.actions.enrolments import BATCH, Enrolment, Workplace, join_all, place_all
from members.actions.memberships import Newcomer
from members.models import (
    College,
    Cpts,
    ImportBatch,
    ImportRow,
    Membership,
    Practice,
    User,
)
from members.queries import imports as queries
from members.queries import untouched
from members.queries.import_words import COLUMNS, wordings
from members.rules.import_cells import Told
from members.rules.imports import Judged, first_year, is_recent, judge

LIMITS = sheets.Limits()
ESSENTIAL = ("last_name", "first_name")
SOMEBODY = ("profession", "organisation")
"""One of these columns at least: who a line is."""
HEADER_AT_MOST = 80
NEVER_ADDED = frozenset({ImportRow.Verdict.WRONG, ImportRow.Verdict.DOUBLE})
Choice = ImportRow.Choice


# --- Upload and reading ---------------------------------------------------------------------
@transaction.atomic
def upload(content: bytes, *, name: str, by: Membership) -> ImportBatch:
    """Keep the file until a worker has read it; without a broker it is read at once."""
    if not rules.is_coordinator(by, by):
        raise NotPermitted(_("Seule la coordination importe des membres."))
    batch = ImportBatch.objects.create(
        cpts=by.cpts, file=content, file_name=_short(name), created_by=by
    )
    audit.record(batch, "upload", by=by, target=batch.status)
    transaction.on_commit(lambda: _wake(batch))
    return batch


def _short(name: str) -> str:
    """The end of a long name, which tells its kind."""
    return name if len(name) <= 120 else f"…{name[-119:]}"


def _wake(batch: ImportBatch) -> None:
    if not wake.now("members.read_import", batch.cpts_id, batch.pk):
        read(batch, by=audit.SYSTEM)


@transaction.atomic
def read(batch: ImportBatch, *, by: Any) -> ImportBatch | None:
    """Judge every line of a file that waits, and drop the file; None if somebody else reads it.

    What cannot be read is a state of the batch with its sentence, not an error.
    """
    waiting = ImportBatch.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
    found: ImportBatch | None = waiting.filter(
        pk=batch.pk, status=ImportBatch.Status.UPLOADED
    ).first()
    if found is None:
        return None
    try:
        rows, too_wide = _lines_of(found)
    except ValidationError as refusal:
        return _fail(found, refusal.messages[0], by=by)
    source = lifecycle.READ.apply(found, by=by)
    known = queries.known_for(cells for _line, cells in rows)
    judged = judge(rows, known, today=timezone.localdate(), too_wide=too_wide)
    ImportRow.objects.bulk_create((_row(found, one) for one in judged), batch_size=BATCH)
    found.file = None
    found.save(update_fields=["status", "file", "ignored_columns"])
    audit.record(found, "read", by=by, source=source, target=found.status, reason=str(len(judged)))
    return found


@transaction.atomic
def give_up(batch: ImportBatch, sentence: str, *, by: Any) -> None:
    """Say of a file that still waits that it cannot be read."""
    waiting = ImportBatch.objects.select_for_update(of=("self",), no_key=True)
    found = waiting.filter(pk=batch.pk, status=ImportBatch.Status.UPLOADED).first()
    if found is not None:
        _fail(found, sentence, by=by)


def _fail(batch: ImportBatch, sentence: str, *, by: Any) -> ImportBatch:
    source = lifecycle.FAIL.apply(batch, by=by)
    batch.file, batch.error, batch.closed_at = None, sentence[:300], timezone.now()
    batch.save(update_fields=["status", "file", "error", "closed_at"])
    audit.record(batch, "fail", by=by, source=source, target=batch.status)
    return batch


def _lines_of(batch: ImportBatch) -> tuple[list[tuple[int, dict[str, str]]], list[int]]:
    """The known cells of each line, and the lines that are too wide; raises ValidationError."""
    sheet = sheets.read(bytes(batch.file or b""), LIMITS)
    mapping = sheets.match_headers(sheet.headers, wordings())
    _ask_columns(mapping)
    again = [
        header
        for at, header in enumerate(sheet.headers)
        if header and header not in mapping.unknown and at not in mapping.columns.values()
    ]
    batch.ignored_columns = [header[:HEADER_AT_MOST] for header in [*mapping.unknown, *again]]
    return [(line, mapping.cells(row)) for line, row in sheet.numbered()], sheet.too_wide


def _ask_columns(mapping: sheets.Mapping) -> None:
    missing = [name for name in ESSENTIAL if name in mapping.missing]
    if set(SOMEBODY) <= set(mapping.missing):
        missing.append("profession")
    if missing:
        labels = ", ".join(_("« %(words)s »") % {"words": COLUMNS[name][0]} for name in missing)
        raise ValidationError(
            _(
                "Il manque à ce fichier : %(columns)s. Sa première ligne nomme les colonnes,"
                " comme dans le fichier modèle."
            )
            % {"columns": labels}
        )


def _row(batch: ImportBatch, one: Judged) -> ImportRow:
    row = ImportRow(cpts_id=batch.cpts_id, batch=batch, line=one.line, data={"cells": one.cells})
    _note(row, one)
    row.choice = Choice.ADD if one.verdict == ImportRow.Verdict.READY else Choice.SKIP
    return row


def _note(row: ImportRow, one: Judged) -> None:
    row.verdict, row.like_id = one.verdict, one.like
    row.problems = [problem.as_json() for problem in one.problems]


# --- Looking at it --------------------------------------------------------------------------
@transaction.atomic
def choose(row: ImportRow, choice: str, *, by: Membership) -> ImportRow:
    """Add a homonym, or leave it aside; raises Refused for any other line."""
    batch = _lock(row.batch)
    _ask_readable(batch, by)
    row = batch.rows.select_for_update().get(pk=row.pk)
    if row.verdict in NEVER_ADDED:
        raise Refused(_("Cette ligne ne peut pas être importée telle quelle."))
    row.choice = Choice(choice)
    row.save(update_fields=["choice"])
    audit.record(batch, "choose", by=by, target=row.choice, reason=str(row.line))
    return row


def _ask_readable(batch: ImportBatch, by: Any) -> None:
    if not rules.is_coordinator(by, batch):
        raise NotPermitted(_("Seule la coordination importe des membres."))
    if batch.status != ImportBatch.Status.READ:
        raise Refused(
            _("Cela n’est plus possible : la situation est maintenant « %(state)s ».")
            % {"state": batch.get_status_display()}
        )


def _lock(batch: ImportBatch) -> ImportBatch:
    rows = ImportBatch.objects.select_for_update(of=("self",), no_key=True)
    locked: ImportBatch = rows.select_related("cpts").defer("file").get(pk=batch.pk)
    return locked


@transaction.atomic
def discard(batch: ImportBatch, *, by: Any) -> ImportBatch:
    """Import nothing of it; its lines go at once."""
    batch = _lock(batch)
    source = lifecycle.DISCARD.apply(batch, by=by)
    batch.closed_at = timezone.now()
    batch.save(update_fields=["status", "closed_at"])
    batch.rows.all().delete()
    audit.record(batch, "discard", by=by, source=source, target=batch.status)
    return batch


# --- Applying -------------------------------------------------------------------------------
@transaction.atomic
def apply(
    batch: ImportBatch, *, by: Membership, college: College | None = None, invites: bool = False
) -> tuple[int, int]:
    """Make members of the chosen lines, once, all or none of them.

    `college` is for lines that name none. Lines are judged again: whoever was admitted since is
    left aside. Returns how many joined and how many were left aside so.
    Raises NotPermitted, then Refused: applied already, nothing to import.
    """
    Cpts.objects.select_for_update(no_key=True).get(pk=batch.cpts_id)
    batch = _lock(batch)
    source = lifecycle.APPLY.apply(batch, by=by)
    chosen, left = _judge_again(batch)
    if not chosen and not left:
        raise Refused(_("Il n’y a rien à importer dans ce fichier."))
    members = join_all(batch.cpts, _enrolments(chosen, college), by=by)
    _place(batch.cpts, chosen, members, by=by)
    for (row, _told), member in zip(chosen, members, strict=True):
        row.membership = member
    rows = [row for row, _told in chosen]
    ImportRow.objects.bulk_update(rows, ["membership", "data"], batch_size=250)
    batch.applied_at = batch.closed_at = timezone.now()
    batch.save(update_fields=["status", "applied_at", "closed_at"])
    audit.record(batch, "apply", by=by, source=source, target=batch.status, reason=str(len(rows)))
    if invites:
        _invite_later(batch, by)
    return len(rows), left


def _judge_again(batch: ImportBatch) -> tuple[list[tuple[ImportRow, Told]], int]:
    """The lines to add, with what they say, and how many are left aside since the reading."""
    rows = list(batch.rows.select_for_update())
    told = [(row.line, row.data["cells"]) for row in rows]
    known = queries.known_for(cells for _line, cells in told)
    chosen, left = [], []
    for row, one in zip(rows, judge(told, known, today=timezone.localdate()), strict=True):
        if row.choice != Choice.ADD:
            continue
        is_news = one.verdict != row.verdict and one.verdict != ImportRow.Verdict.READY
        if is_news:
            _note(row, one)
            row.choice = Choice.SKIP
            left.append(row)
        else:
            chosen.append((row, one.told))
    fields = ["verdict", "like", "problems", "choice"]
    ImportRow.objects.bulk_update(left, fields, batch_size=250)
    return chosen, len(left)


def _enrolments(
    chosen: Sequence[tuple[ImportRow, Told]], college: College | None
) -> list[Enrolment]:
    today = timezone.localdate()
    return [_enrolment(told, told.college or college, today) for _row, told in chosen]


def _enrolment(told: Told, college: College | None, today: date) -> Enrolment:
    starts_on = told.starts_on or today
    newcomer = Newcomer(
        title=told.title,
        first_name=told.first_name,
        last_name=told.last_name,
        email=told.email,
        phone=told.phone,
        mssante=told.mssante,
        profession=told.profession,
        rpps=told.rpps,
        organisation=told.organisation,
    )
    year_from = first_year(college, starts_on, today) if college else starts_on
    return Enrolment(newcomer, told.role, college, starts_on, year_from)


def _place(
    cpts: Cpts,
    chosen: Sequence[tuple[ImportRow, Told]],
    members: Sequence[Membership],
    *,
    by: Membership,
) -> None:
    """Workplaces; the line that made one remembers it, for the day it is undone."""
    places = [
        Workplace(at, told.place.name, told.place.kind, told.place.address, told.place.commune)
        for at, (_row, told) in enumerate(chosen)
        if told.place
    ]
    for at, practice in place_all(cpts, members, places, by=by).items():
        chosen[at][0].data["practice"] = practice.pk


# --- Invitations ----------------------------------------------------------------------------
def _invite_later(batch: ImportBatch, by: Membership) -> None:
    transaction.on_commit(lambda: _wake_invitations(batch, by))


def _wake_invitations(batch: ImportBatch, by: Membership) -> None:
    """A worker writes the invitations; without a broker, whoever imports waits for them."""
    if not wake.now("members.invite_imported", batch.cpts_id, batch.pk, by.pk):
        invite_imported(batch, by=by)


def invite_imported(batch: ImportBatch, *, by: Membership) -> int:
    """Invite the members of an import who have an address and no invitation yet; how many."""
    members = Membership.objects.filter(import_row__batch=batch, invitations=None).exclude(email="")
    return sum(_invite(member, by=by) for member in members.order_by("pk"))


def _invite(member: Membership, *, by: Membership) -> bool:
    """False for who has left or has her account since."""
    try:
        invitations.invite(member, email=member.email, by=by)
    except Refused:
        return False
    return True


# --- Undoing --------------------------------------------------------------------------------
@transaction.atomic
def undo(batch: ImportBatch, *, by: Membership) -> tuple[int, int]:
    """Remove the members of an import whom nobody has touched since; how many went, and stay.

    Raises NotPermitted, then Refused: undone already, or more than 30 days ago.
    """
    Cpts.objects.select_for_update(no_key=True).get(pk=batch.cpts_id)
    batch = _lock(batch)
    source = lifecycle.UNDO.apply(batch, by=by)
    if not is_recent(batch, timezone.now()):
        raise Refused(_("Cet import a plus de 30 jours : il ne s’annule plus."))
    members = list(
        Membership.objects.filter(import_row__batch=batch).select_for_update(of=("self",))
    )
    kept = untouched.touched(members)
    gone = [member for member in members if member.pk not in kept]
    _remove(batch, gone)
    batch.closed_at = timezone.now()
    batch.save(update_fields=["status", "closed_at"])
    reason = f"{len(gone)} / {len(members)}"
    audit.record(batch, "undo", by=by, source=source, target=batch.status, reason=reason)
    return len(gone), len(kept)


def _remove(batch: ImportBatch, members: Sequence[Membership]) -> None:
    """Members with their placeholders, then the places that this import alone has made."""
    made = [
        data["practice"] for data in batch.rows.values_list("data", flat=True) if "practice" in data
    ]
    Membership.objects.filter(pk__in=[member.pk for member in members]).delete()
    User.objects.filter(pk__in=[member.user_id for member in members], memberships=None).delete()
    Practice.objects.filter(pk__in=untouched.empty_practices(made)).delete()
