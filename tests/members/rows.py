"""One whole row of each table of the association: every key set, so that each can be tried."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import models
from django.utils import timezone

from members.models import (
    Ad,
    AdMessage,
    AgendaItem,
    Application,
    ApplicationPlace,
    Attendance,
    College,
    Contour,
    Cpts,
    Delegation,
    Document,
    FactorReset,
    Group,
    ImportBatch,
    ImportRow,
    InstallationAid,
    Invitation,
    Mandate,
    Meeting,
    Membership,
    Mission,
    OpeningHours,
    ReceiptCounter,
    RppsDifference,
    Subscription,
    Suggestion,
    Survey,
    SurveyAnswer,
    SurveyBallot,
    SurveyQuestion,
    Welcome,
    WelcomeStep,
    WelcomeTick,
)
from tests.factories import CommuneFactory, GpFactory, MembershipFactory, PracticeFactory

NOW = datetime(2026, 6, 1, 10, tzinfo=timezone.get_fixed_timezone(120))
TODAY = date(2026, 6, 1)


def member(cpts: Cpts, **fields: Any) -> Membership:
    return MembershipFactory(cpts=cpts, starts_on=date(2026, 1, 1), **fields)


def college(cpts: Cpts) -> College:
    return College.objects.create(cpts=cpts, name=f"Membres {uuid.uuid4().hex[:8]}")


def mission(cpts: Cpts) -> Mission:
    return Mission.objects.create(
        cpts=cpts, code=f"m-{uuid.uuid4().hex[:8]}", label="Accès aux soins"
    )


def group(cpts: Cpts) -> Group:
    name = f"Groupe {uuid.uuid4().hex[:8]}"
    return Group.objects.create(cpts=cpts, name=name, mission=mission(cpts))


def meeting(cpts: Cpts) -> Meeting:
    return Meeting.objects.create(
        cpts=cpts,
        group=group(cpts),
        mission=mission(cpts),
        title="Réunion de juin",
        starts_at=NOW,
        ends_at=NOW + timedelta(hours=2),
        place="Laventie",
        presence_key=uuid.uuid4().hex,
        created_by=member(cpts),
    )


def document(cpts: Cpts) -> Document:
    return Document.objects.create(
        cpts=cpts, kind="other", title="Guide", body="Texte", created_by=member(cpts)
    )


def application(cpts: Cpts) -> Application:
    return Application.objects.create(
        cpts=cpts,
        status="admitted",
        kind="partner",
        college=college(cpts),
        first_name="Élise",
        last_name="Vermeersch",
        email=f"{uuid.uuid4().hex}@sante.example",
        charter=document(cpts),
        statutes=document(cpts),
        accepted_at=NOW,
        key=uuid.uuid4(),
        token_hash=uuid.uuid4().hex,
        submitted_at=NOW,
        decided_on=TODAY,
        decided_by=member(cpts),
        closed_at=NOW,
        ratified_on=TODAY,
        membership=member(cpts),
    )


def ad(cpts: Cpts) -> Ad:
    return Ad.objects.create(
        cpts=cpts,
        author=GpFactory(cpts=cpts),
        kind="replacement",
        title="Remplacement",
        body="Deux semaines",
        published_on=TODAY,
        expires_on=TODAY + timedelta(days=30),
    )


def survey(cpts: Cpts) -> Survey:
    return Survey.objects.create(cpts=cpts, title="Bilan", created_by=member(cpts))


def question(cpts: Cpts) -> SurveyQuestion:
    return SurveyQuestion.objects.create(
        cpts=cpts, survey=survey(cpts), position=1, text="Quand ?", options=["midi", "soir"]
    )


def batch(cpts: Cpts) -> ImportBatch:
    return ImportBatch.objects.create(cpts=cpts, file_name="membres.csv", created_by=member(cpts))


def welcome(cpts: Cpts) -> Welcome:
    return Welcome.objects.create(cpts=cpts, membership=member(cpts), mentor=member(cpts))


def step(cpts: Cpts) -> WelcomeStep:
    return WelcomeStep.objects.create(cpts=cpts, label="Compléter son profil")


ROWS: dict[type[models.Model], Callable[[Cpts], Any]] = {
    Ad: ad,
    AdMessage: lambda cpts: AdMessage.objects.create(
        cpts=cpts,
        ad=ad(cpts),
        correspondent=member(cpts),
        author=member(cpts),
        body="Bonjour",
        key=uuid.uuid4(),
    ),
    AgendaItem: lambda cpts: AgendaItem.objects.create(
        cpts=cpts, meeting=meeting(cpts), position=1, title="Bilan"
    ),
    Application: application,
    ApplicationPlace: lambda cpts: ApplicationPlace.objects.create(
        cpts=cpts, application=application(cpts), practice=PracticeFactory(cpts=cpts)
    ),
    Attendance: lambda cpts: Attendance.objects.create(
        cpts=cpts,
        meeting=meeting(cpts),
        membership=member(cpts),
        present_at=NOW,
        way="list",
        minutes=90,
        hourly_rate=25,
    ),
    College: college,
    Contour: lambda cpts: Contour.objects.create(cpts=cpts, commune=CommuneFactory(), rings=[]),
    Delegation: lambda cpts: Delegation.objects.create(
        cpts=cpts,
        principal=member(cpts),
        delegate=member(cpts),
        starts_on=TODAY,
        ends_on=TODAY + timedelta(days=90),
        granted_by=member(cpts),
        revoked_at=NOW,
        revoked_by=member(cpts),
    ),
    Document: document,
    FactorReset: lambda cpts: FactorReset.objects.create(
        cpts=cpts,
        membership=member(cpts),
        reason="lost",
        proof="in_person",
        opened_by=member(cpts),
        opened_at=NOW,
        expires_at=NOW + timedelta(days=1),
        confirmed_by=member(cpts),
        confirmed_at=NOW,
    ),
    Group: group,
    ImportBatch: batch,
    ImportRow: lambda cpts: ImportRow.objects.create(
        cpts=cpts,
        batch=batch(cpts),
        line=2,
        verdict="homonym",
        like=member(cpts),
        membership=member(cpts),
    ),
    InstallationAid: lambda cpts: InstallationAid.objects.create(
        cpts=cpts, title="CESP", giver="ARS", body="Allocation"
    ),
    Invitation: lambda cpts: Invitation.objects.create(
        cpts=cpts,
        membership=member(cpts),
        email="elise@sante.example",
        token_hash=uuid.uuid4().hex,
        created_by=member(cpts),
        created_at=NOW,
        expires_at=NOW + timedelta(days=7),
    ),
    Mandate: lambda cpts: Mandate.objects.create(
        cpts=cpts,
        group=group(cpts),
        membership=member(cpts),
        function="president",
        starts_on=TODAY,
    ),
    Meeting: meeting,
    Membership: lambda cpts: member(cpts, college=college(cpts)),
    Mission: mission,
    OpeningHours: lambda cpts: OpeningHours.objects.create(
        cpts=cpts, practice=PracticeFactory(cpts=cpts), weekday=1, opens=540, closes=720
    ),
    ReceiptCounter: lambda cpts: ReceiptCounter.objects.create(cpts=cpts, year=2026),
    RppsDifference: lambda cpts: RppsDifference.objects.create(
        cpts=cpts,
        membership=member(cpts),
        field="last_name",
        ours="Lorcy",
        theirs="Lorcy-Petit",
        status="approved",
        decided_by=member(cpts),
        decided_at=NOW,
    ),
    Subscription: lambda cpts: Subscription.objects.create(
        cpts=cpts,
        membership=member(cpts),
        college=college(cpts),
        starts_on=date(2026, 1, 1),
        ends_on=date(2026, 12, 31),
        fee=20,
        paid_on=TODAY,
        means="cheque",
        recorded_by=member(cpts),
        recorded_at=NOW,
        receipt_number="2026-0001",
    ),
    Suggestion: lambda cpts: Suggestion.objects.create(
        cpts=cpts,
        author=member(cpts),
        body="Un café",
        key=uuid.uuid4(),
        answer="Oui",
        answered_by=member(cpts),
        answered_at=NOW,
    ),
    Survey: survey,
    SurveyAnswer: lambda cpts: SurveyAnswer.objects.create(
        cpts=cpts, question=question(cpts), choices=[1]
    ),
    SurveyBallot: lambda cpts: SurveyBallot.objects.create(
        cpts=cpts, survey=survey(cpts), membership=member(cpts)
    ),
    SurveyQuestion: question,
    Welcome: welcome,
    WelcomeStep: step,
    WelcomeTick: lambda cpts: WelcomeTick.objects.create(
        cpts=cpts, welcome=welcome(cpts), step=step(cpts)
    ),
}
