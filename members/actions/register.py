"""The public register: replaced whole, compared with members, its news approved or set aside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from itertools import islice
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import CharField
from django.utils import timezone
from django.utils.translation import gettext as _

from cpts_portal.core import audit, rpps_file
from cpts_portal.core.identifiers import parse_phone
from cpts_portal.core.refusals import NotPermitted, Refused
from cpts_portal.core.territory import fold
from members import rules
from members.actions.memberships import as_newcomer, correct
from members.actions.practices import Place, join_place, save_place, set_main
from members.models import (
    Cpts,
    Membership,
    Practice,
    Profession,
    RppsActivity,
    RppsDifference,
)
from members.queries import register as queries
from members.rules.import_cells import kind_of

BATCH = 2000
Field, Status = RppsDifference.Field, RppsDifference.Status


# --- The extraction -------------------------------------------------------------------------
@transaction.atomic
def replace_register(
    activities: Iterable[rpps_file.RppsActivity], *, extracted_on: date, communes: set[str]
) -> int:
    """Put these lines in the place of all others, at once for whoever reads; how many.

    Lines of a commune that is not of `communes`, the reference's, are left out. Raises
    ValidationError when the file breaks on the way, or holds no line: what was there stays.
    """
    RppsActivity.objects.all().delete()
    rows = (_row(one, extracted_on) for one in activities if one.commune_code in communes)
    count = sum(_stored(rows))
    if not count:
        raise ValidationError(_("Aucune ligne de vos communes dans ce fichier."), code="nothing")
    return count


def _stored(rows: Iterator[RppsActivity]) -> Iterator[int]:
    """Sizes of the batches as they are written: the file is never whole in memory."""
    while batch := list(islice(rows, BATCH)):
        RppsActivity.objects.bulk_create(batch)
        yield len(batch)


def _row(one: rpps_file.RppsActivity, extracted_on: date) -> RppsActivity:
    told = {
        "rpps": one.rpps,
        "title": {"Docteur": "Dr", "Professeur": "Pr"}.get(one.title, ""),
        "last_name": one.last_name,
        "first_name": one.first_name,
        "search_name": fold(f"{one.last_name} {one.first_name}"),
        "profession_code": one.profession_code,
        "profession_label": one.profession_label,
        "speciality": one.speciality_label,
        "practice_name": one.site_sign or one.site_name,
        "finess": one.finess,
        "address": one.street,
        "postal_code": one.postal_code,
        "phone": _phone(one.phone),
    }
    fitting = {name: value[: _longest(name)] for name, value in told.items()}
    return RppsActivity(**fitting, commune_id=one.commune_code, extracted_on=extracted_on)


def _longest(name: str) -> int | None:
    field = RppsActivity._meta.get_field(name)
    assert isinstance(field, CharField)
    return field.max_length


def _phone(typed: str) -> str:
    try:
        return parse_phone(typed) if typed else ""
    except ValidationError:
        return ""


# --- The comparison -------------------------------------------------------------------------
@transaction.atomic
def compare_with_register(cpts: Cpts) -> int:
    """Say, once, what the register says otherwise of the members of the open CPTS; how many new.

    What was set aside is not said again; what is true no longer is not to be examined any more.
    Nothing before the first extraction.
    """
    if queries.extracted_on() is None:
        return 0
    found = queries.differences()
    before = RppsDifference.objects.count()
    RppsDifference.objects.bulk_create(
        (
            RppsDifference(
                cpts=cpts, membership_id=pk, field=one.field, ours=one.ours, theirs=one.theirs
            )
            for pk, several in found.items()
            for one in several
        ),
        ignore_conflicts=True,
    )
    new = RppsDifference.objects.count() - before
    _drop_stale(found)
    return new


def _drop_stale(found: dict[int, list[queries.Difference]]) -> None:
    told = {(pk, one.field, one.theirs) for pk, several in found.items() for one in several}
    stale = [
        one.pk
        for one in RppsDifference.objects.filter(status=Status.OPEN)
        if (one.membership_id, one.field, one.theirs) not in told
    ]
    RppsDifference.objects.filter(pk__in=stale).delete()


# --- One tap each ---------------------------------------------------------------------------
@transaction.atomic
def dismiss(difference: RppsDifference, *, by: Membership) -> RppsDifference:
    """Keep what we say; it is not raised again. Raises NotPermitted, then Refused."""
    difference = _lock(difference, by)
    return _decide(difference, Status.DISMISSED, by)


@transaction.atomic
def approve(difference: RppsDifference, *, by: Membership) -> RppsDifference:
    """Write down what the register says.

    Raises NotPermitted, then Refused: decided already, the register says something else now, or
    nothing can be taken from it.
    """
    difference = _lock(difference, by)
    told = [
        one.theirs
        for one in queries.differences_of(difference.membership)
        if one.field == difference.field
    ]
    if difference.theirs not in told:
        raise Refused(_("Le registre ne dit plus cela : rechargez la page."))
    WRITERS[difference.field](difference, by)
    return _decide(difference, Status.APPROVED, by)


def _lock(difference: RppsDifference, by: Membership) -> RppsDifference:
    rows = RppsDifference.objects.select_for_update(of=("self",), no_key=True)
    locked: RppsDifference = rows.select_related(
        "membership__user", "membership__profession", "membership__cpts"
    ).get(pk=difference.pk)
    if not rules.is_coordinator(by, locked):
        raise NotPermitted(_("Seule la coordination reprend ce que dit le registre."))
    if locked.status != Status.OPEN:
        raise Refused(_("C’est déjà décidé : %(state)s.") % {"state": locked.get_status_display()})
    return locked


def _decide(difference: RppsDifference, status: str, by: Membership) -> RppsDifference:
    source, difference.status = difference.status, status
    difference.decided_by, difference.decided_at = by, timezone.now()
    difference.save(update_fields=["status", "decided_by", "decided_at"])
    audit.record(
        difference.membership,
        f"register_{status}",
        by=by,
        source=source,
        target=status,
        reason=difference.field,
    )
    return difference


def _write_name(difference: RppsDifference, by: Membership) -> None:
    news: dict[str, Any] = {difference.field: difference.theirs}
    correct(difference.membership, replace(as_newcomer(difference.membership), **news), by=by)


def _write_profession(difference: RppsDifference, _by: Membership) -> None:
    """Doctors and nurses have two trades under one code: the speciality tells which."""
    member = difference.membership
    activity = queries.known(member.rpps)[0]
    trades = list(Profession.objects.filter(rpps_code=activity.profession_code).order_by("code"))
    if not trades:
        raise Refused(_("Cette profession n’est pas connue ici : changez-la sur la fiche."))
    member.profession = _among(trades, activity)
    member.save(update_fields=["profession"])


def _among(trades: list[Profession], activity: RppsActivity) -> Profession:
    told = fold(f"{activity.speciality} {activity.profession_label}")
    if activity.profession_code == queries.DOCTOR:
        is_general = "generale" in told or "generaliste" in told or not activity.speciality
        wanted = "medecin-generaliste" if is_general else "medecin-specialiste"
    else:
        wanted = "infirmier-pratique-avancee" if "avancee" in told else "infirmier"
    return next((trade for trade in trades if trade.code == wanted), trades[0])


def _write_place(difference: RppsDifference, by: Membership) -> None:
    """Her main place now; those she had stay until somebody takes them off."""
    member = difference.membership
    activity = next(
        one
        for one in queries.known(member.rpps)
        if queries.activity_place_told(one)[:300] == difference.theirs
    )
    name = queries.place_name(activity)
    practice = _same_place(name, activity)
    if practice is None:
        place = Place(
            name=(name or queries.quiet(activity.address))[:120],
            address=queries.quiet(activity.address),
            commune=activity.commune,
            kind=kind_of(name),
            phone=activity.phone,
        )
        practice = save_place(member, place, by=by)
    else:
        join_place(member, practice, by=by)
    set_main(member, practice, by=by)


def _same_place(name: str, activity: RppsActivity) -> Practice | None:
    there = queries.street_key(activity.address)
    for practice in Practice.objects.filter(commune=activity.commune).order_by("pk"):
        if fold(practice.name) == fold(name) and queries.street_key(practice.address) == there:
            return practice
    return None


def _write_nothing(_difference: RppsDifference, _by: Membership) -> None:
    raise Refused(_("Il n’y a rien à reprendre : vérifiez le numéro RPPS, ou écartez."))


WRITERS: dict[str, Any] = {
    Field.LAST_NAME: _write_name,
    Field.FIRST_NAME: _write_name,
    Field.PROFESSION: _write_profession,
    Field.PRACTICE: _write_place,
    Field.ABSENT: _write_nothing,
}
