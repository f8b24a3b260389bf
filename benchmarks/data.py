"""250,000 requests in five CPTSs, made by PostgreSQL itself in well under a minute.

The people are invented. Phone numbers and e-mails are taken from a few ready-made ciphertexts:
encrypting a million of them would be the slowest part of the filling and changes nothing read.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from django.db import connection
from django.utils import timezone

from cpts_portal.core.fields import encrypt
from cpts_portal.core.models import Commune
from cpts_portal.core.scoping import open_scope
from members.models import Cpts, CptsCommune, Membership, Role
from patients.models import Intake
from tests.factories import (
    CptsFactory,
    GpFactory,
    MembershipFactory,
    PracticeFactory,
    PracticeMemberFactory,
    RuleSetFactory,
)

SIZES = (60_000, 55_000, 50_000, 45_000, 40_000)
COORDINATORS = 3
DOCTORS = 60
COMMUNES = 40
CIPHERTEXTS = 200
SCRIPT = Path(__file__).with_name("fill.sql")


@dataclass(frozen=True)
class Filled:
    """Who looks at what: the largest CPTS, its coordinator and one of its doctors."""

    cpts: Cpts
    coordinator: Membership
    doctor: Membership


def fill(scale: float = 1.0) -> Filled:
    """Fill an empty, migrated database; `scale` below 1 makes a smaller one for a quick look."""
    everybody = [
        _community(number, int(size * scale)) for number, size in enumerate(SIZES, start=1)
    ]
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return everybody[0]


def _community(number: int, size: int) -> Filled:
    cpts = CptsFactory(name=f"CPTS de mesure {number}", slug=f"mesure-{number}")
    with open_scope(cpts=cpts):
        coordinators = [MembershipFactory(cpts=cpts) for _ in range(COORDINATORS)]
        _communes_of(cpts, number)
        doctors = [_doctor(cpts, rank) for rank in range(DOCTORS)]
        rule_set = RuleSetFactory(cpts=cpts)
    _requests(cpts, size, coordinators, doctors, rule_set.pk)
    return Filled(cpts, coordinators[0], doctors[0])


def _communes_of(cpts: Cpts, number: int) -> None:
    communes = Commune.objects.filter(department__in=["59", "62"], latitude__isnull=False)
    first = (number - 1) * COMMUNES
    chosen = communes.order_by("insee_code")[first : first + COMMUNES]
    CptsCommune.objects.bulk_create(CptsCommune(cpts=cpts, commune=commune) for commune in chosen)


def _doctor(cpts: Cpts, rank: int) -> Membership:
    communes = cpts.communes.order_by("insee_code")
    doctor: Membership = GpFactory(cpts=cpts, role=Role.PROFESSIONAL)
    practice = PracticeFactory(cpts=cpts, commune=communes[rank % COMMUNES])
    PracticeMemberFactory(cpts=cpts, membership=doctor, practice=practice)
    Intake.objects.create(
        cpts=cpts, membership=doctor, monthly_quota=2 + rank % 6, radius_km=10 + rank % 30
    )
    return doctor


def _requests(
    cpts: Cpts,
    size: int,
    coordinators: list[Membership],
    doctors: list[Membership],
    rule_set_id: int,
) -> None:
    """Run fill.sql for one CPTS; each statement reads its values by name."""
    values = {
        "cpts": cpts.pk,
        "size": size,
        "rule_set": rule_set_id,
        "now": timezone.now(),
        "phones": [encrypt(f"+3363998{n:04d}") for n in range(CIPHERTEXTS)],
        "emails": [encrypt(f"personne{n}@courriel.example") for n in range(CIPHERTEXTS)],
        "communes": list(cpts.communes.values_list("insee_code", flat=True)),
        "coordinators": [membership.pk for membership in coordinators],
        "doctors": [membership.pk for membership in doctors],
        "salt": os.urandom(8).hex(),
    }
    with connection.cursor() as cursor:
        for statement in SCRIPT.read_text().split(";\n"):
            if statement.strip():
                cursor.execute(statement, values)
