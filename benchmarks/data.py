"""250,000 requests in five CPTSs, made by PostgreSQL itself in well under a minute.

The people are invented. Phone numbers and e-mails are taken from a few ready-made ciphertexts:
encrypting a million of them would be the slowest part of the filling and changes nothing read.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from django.db import connection
from django.db.models import Count
from django.utils import timezone

from cpts_portal.core.fields import encrypt
from cpts_portal.core.models import Commune
from cpts_portal.core.scoping import open_scope, scopes_disabled
from members.models import Cpts, CptsCommune, Membership, Role
from patients.models import GPRequest, Intake, Status
from tests.factories import (
    CptsFactory,
    GpFactory,
    GPRequestFactory,
    IntakeFactory,
    MembershipFactory,
    PracticeFactory,
    PracticeMemberFactory,
    ReferralFactory,
    RuleSetFactory,
)

SMALL = (1, 50)
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


def fill(scale: float = 1.0) -> None:
    """Fill an empty database that has its communes; a smaller `scale` is for a quick look."""
    for number, size in enumerate(SIZES, start=1):
        _community(number, int(size * scale))
    for size in SMALL:
        _small_community(size)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def largest() -> Filled:
    return _filled("mesure-1")


def small(size: int) -> Filled:
    """The CPTS in which exactly `size` requests wait, all proposed to its one doctor."""
    return _filled(f"petite-{size}")


def describe() -> str:
    with scopes_disabled():
        counts = GPRequest.objects.values_list("cpts__slug").annotate(Count("pk"))
        sizes = sorted((count for _slug, count in counts), reverse=True)
    return f"{sum(sizes)} demandes, {sizes[0]} dans la plus grande CPTS"


def _filled(slug: str) -> Filled:
    cpts = Cpts.objects.get(slug=slug)
    with open_scope(cpts=cpts):
        members = Membership.objects.select_related("user", "cpts").order_by("pk")
        coordinator = members.filter(role=Role.COORDINATOR).first()
        doctor = members.filter(role=Role.PROFESSIONAL).first()
    assert coordinator is not None
    assert doctor is not None
    return Filled(cpts, coordinator, doctor)


def _small_community(size: int) -> None:
    cpts = CptsFactory(name=f"Petite CPTS {size}", slug=f"petite-{size}")
    commune = Commune.objects.get(pk="62491")
    if size > 1:  # the commune in which tests.patients.filing_path lives
        CptsCommune.objects.create(cpts=cpts, commune=commune)
    with open_scope(cpts=cpts):
        coordinator = MembershipFactory(cpts=cpts)
        doctor = GpFactory(cpts=cpts)
        PracticeMemberFactory(cpts=cpts, membership=doctor)
        IntakeFactory(cpts=cpts, membership=doctor, monthly_quota=200)
        for _ in range(size):
            GPRequestFactory(cpts=cpts, commune=commune, assigned_to=coordinator)
            referred = GPRequestFactory(cpts=cpts, commune=commune, status=Status.REFERRED)
            ReferralFactory(request=referred, gp=doctor, proposed_by=coordinator)


def _community(number: int, size: int) -> None:
    cpts = CptsFactory(name=f"CPTS de mesure {number}", slug=f"mesure-{number}")
    with open_scope(cpts=cpts):
        coordinators = [MembershipFactory(cpts=cpts) for _ in range(COORDINATORS)]
        _communes_of(cpts, number)
        doctors = [_doctor(cpts, rank) for rank in range(DOCTORS)]
        rule_set = RuleSetFactory(cpts=cpts)
    _requests(cpts, size, coordinators, doctors, rule_set.pk)


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
