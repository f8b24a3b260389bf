"""The life in common: meetings, ads, ideas, newcomers, applications."""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime, time, timedelta
from itertools import islice
from random import Random

from django.utils import timezone

from cpts_portal.board.demo import people, territories, texts
from cpts_portal.board.demo.association import Association
from members.actions.invitations import INVITATION_LASTS
from members.models import (
    Ad,
    AgendaItem,
    Application,
    ApplicationPlace,
    Attendance,
    Delegation,
    Document,
    Group,
    InstallationAid,
    Invitation,
    Mandate,
    Meeting,
    Membership,
    Practice,
    Suggestion,
    Survey,
    SurveyAnswer,
    SurveyBallot,
    SurveyQuestion,
    Welcome,
    WelcomeStep,
    WelcomeTick,
)
from members.queries.invitations import token_hash

CANDIDATES = (
    ("medecin-generaliste", Application.Status.SUBMITTED, 2),
    ("infirmier", Application.Status.SUBMITTED, 5),
    ("sage-femme", Application.Status.SUBMITTED, 9),
    ("psychologue", Application.Status.REFUSED, 60),
    ("kinesitherapeute", Application.Status.WITHDRAWN, 40),
)


def load(association: Association, *, by: Membership) -> None:
    """Everything is written as it stands, without a message: the demonstration mails nobody."""
    chance = Random(f"{association.cpts.slug} life")  # noqa: S311 - not a secret
    _meet(association, chance, by=by)
    _advertise(association, chance)
    _suggest(association, by=by)
    _ask(association, chance, by=by)
    _welcome(association)
    _apply(association, chance, by=by)
    _invite(association, by=by)


def delegate(principals: list[Membership], secretary: Membership) -> None:
    """A secretary acts for these professionals until the end of next year's first half."""
    today = timezone.localdate()
    Delegation.objects.bulk_create(
        Delegation(
            cpts=principal.cpts,
            principal=principal,
            delegate=secretary,
            starts_on=today - timedelta(days=120),
            ends_on=today + timedelta(days=200),
            granted_by=principal,
        )
        for principal in principals
    )


# --- Meetings -------------------------------------------------------------------------------
def _meet(association: Association, chance: Random, *, by: Membership) -> None:
    """Each group met six weeks ago and meets again; the bureau once more, and everybody."""
    for number, group in enumerate(association.groups):
        team = [mandate.membership for mandate in Mandate.objects.filter(group=group)]
        past = _meeting(association, group.name, -45 + number, by=by, group=group)
        _hold(past, team, chance)
        _meeting(association, group.name, 6 + 3 * number, by=by, group=group)
    assembly = _meeting(association, "Assemblée générale", 38, by=by)
    able = [member for member in association.members if member.user.email]
    for member in chance.sample(able, k=9):
        Attendance.objects.create(
            cpts=association.cpts,
            meeting=assembly,
            membership=member,
            answer=chance.choice(Attendance.Answer.values),
            answered_at=timezone.now(),
        )


def _meeting(
    association: Association, title: str, days: int, *, by: Membership, group: Group | None = None
) -> Meeting:
    starts_at = _evening(days)
    meeting = Meeting.objects.create(
        cpts=association.cpts,
        group=group,
        mission=(group and group.mission) or association.missions[0],
        title=title,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=90),
        place="Maison de santé, salle de réunion",
        presence_key=uuid.uuid4().hex,
        created_by=by,
    )
    AgendaItem.objects.bulk_create(
        AgendaItem(cpts=association.cpts, meeting=meeting, position=position, title=item)
        for position, item in enumerate(texts.AGENDA, start=1)
    )
    return meeting


def _evening(days: int) -> datetime:
    """Half past seven in the evening, that many days from now, at the weekend on Monday."""
    day = timezone.localdate() + timedelta(days=days)
    if day.isoweekday() > 5:
        day += timedelta(days=8 - day.isoweekday())
    return datetime.combine(day, time(19, 30), timezone.get_current_timezone())


def _hold(meeting: Meeting, team: list[Membership], chance: Random) -> None:
    present = [member for member in team if chance.random() < 0.8] or team[:1]
    Attendance.objects.bulk_create(
        Attendance(
            cpts=meeting.cpts,
            meeting=meeting,
            membership=member,
            answer=Attendance.Answer.COMING,
            answered_at=meeting.starts_at - timedelta(days=3),
            present_at=meeting.starts_at,
            way=chance.choice(Attendance.Way.values),
            minutes=90,
            hourly_rate=meeting.hourly_rate,
        )
        for member in present
    )
    meeting.status = Meeting.Status.HELD
    meeting.minutes = texts.MINUTES
    meeting.minutes_published_at = meeting.ends_at + timedelta(days=2)
    meeting.save(update_fields=["status", "minutes", "minutes_published_at"])


# --- Ads, ideas, surveys ----------------------------------------------------------------------
def _advertise(association: Association, chance: Random) -> None:
    today = timezone.localdate()
    communes = list(association.cpts.communes.all())
    Ad.objects.bulk_create(
        Ad(
            cpts=association.cpts,
            author=association.members[2 + number],
            kind=kind,
            side=side,
            title=title,
            body=body,
            profession_id=profession,
            commune=chance.choice(communes),
            starts_on=today + timedelta(days=30 + number),
            published_on=today - timedelta(days=2 * number),
            expires_on=today + timedelta(days=60),
        )
        for number, (kind, side, title, body, profession) in enumerate(texts.ADS)
    )


def _suggest(association: Association, *, by: Membership) -> None:
    now = timezone.now()
    Suggestion.objects.bulk_create(
        Suggestion(
            cpts=association.cpts,
            author=association.members[4 + number] if number else None,
            body=idea,
            key=uuid.uuid4(),
            sent_at=now - timedelta(days=30 - number),
            answer=answer,
            answered_by=by if answer else None,
            answered_at=now - timedelta(days=20 - number) if answer else None,
            is_published=bool(answer),
        )
        for number, (idea, answer) in enumerate(texts.IDEAS)
    )


def _ask(association: Association, chance: Random, *, by: Membership) -> None:
    """A survey under way with a dozen answers, and last year's with its results."""
    now = timezone.now()
    running = Survey.objects.create(
        cpts=association.cpts,
        title="Nos réunions et le portail",
        intro="Quatre questions, deux minutes. Les réponses ne portent pas de nom.",
        status=Survey.Status.OPEN,
        opened_at=now - timedelta(days=4),
        closes_on=timezone.localdate() + timedelta(days=12),
        created_by=by,
    )
    ended = Survey.objects.create(
        cpts=association.cpts,
        title="Bilan de l’année",
        status=Survey.Status.PUBLISHED,
        opened_at=now - timedelta(days=300),
        closed_at=now - timedelta(days=280),
        closes_on=timezone.localdate() - timedelta(days=280),
        created_by=by,
        conclusion="Les réunions passent à une heure trente, et leur compte rendu à une page.",
    )
    _answer(running, association.members[10:22], chance)
    _answer(ended, association.members[:20], chance)


def _answer(survey: Survey, members: list[Membership], chance: Random) -> None:
    questions = SurveyQuestion.objects.bulk_create(
        SurveyQuestion(
            cpts=survey.cpts,
            survey=survey,
            position=position,
            text=text,
            kind=kind,
            options=list(options),
        )
        for position, (text, kind, options) in enumerate(texts.SURVEY, start=1)
    )
    SurveyBallot.objects.bulk_create(
        SurveyBallot(cpts=survey.cpts, survey=survey, membership=member) for member in members
    )
    answers = [_answer_to(question, chance) for _member in members for question in questions]
    SurveyAnswer.objects.bulk_create(answer for answer in answers if answer)


def _answer_to(question: SurveyQuestion, chance: Random) -> SurveyAnswer | None:
    Kind = SurveyQuestion.Kind  # noqa: N806 - a class under a short name
    if question.kind == Kind.WORDS and chance.random() < 0.7:
        return None
    answer = SurveyAnswer(cpts=question.cpts, question=question)
    if question.kind == Kind.WORDS:
        answer.words = chance.choice(texts.WORDS)
    elif question.kind == Kind.SCALE:
        answer.choices = [chance.choice((2, 3, 4, 4, 5, 5))]
    else:
        wanted = 1 if question.kind == Kind.ONE else 2
        answer.choices = sorted(chance.sample(range(len(question.options)), k=wanted))
    return answer


# --- Newcomers and applicants -------------------------------------------------------------------
def _welcome(association: Association) -> None:
    """The two who came last are on their path; the older one has done half of it."""
    today = timezone.localdate()
    newcomers = sorted(association.members, key=lambda member: member.starts_on)[-2:]
    mentors = association.members[1:3]
    steps = list(WelcomeStep.objects.all())
    for newcomer, mentor, done in zip(newcomers, mentors, (len(steps) // 2, 1), strict=True):
        welcome = Welcome.objects.create(
            cpts=association.cpts,
            membership=newcomer,
            mentor=mentor if mentor.pk != newcomer.pk else association.members[0],
            started_on=max(newcomer.starts_on, today - timedelta(days=40)),
        )
        WelcomeTick.objects.bulk_create(
            WelcomeTick(cpts=association.cpts, welcome=welcome, step=step) for step in steps[:done]
        )
    InstallationAid.objects.bulk_create(
        InstallationAid(
            cpts=association.cpts,
            title=title,
            giver=giver,
            body=body,
            checked_on=today - timedelta(days=50),
            position=position,
        )
        for position, (title, giver, body) in enumerate(texts.AIDS)
    )


def _apply(association: Association, chance: Random, *, by: Membership) -> None:
    cpts, now = association.cpts, timezone.now()
    candidates = islice(people.invent(Random(f"{cpts.slug} candidates")), len(CANDIDATES))  # noqa: S311
    numbers = people.rpps_numbers(500_000 + territories.rank(cpts.slug) * 100)
    lines = people.mobiles()
    charter = Document.objects.filter(kind=Document.Kind.CHARTER).order_by("-version").first()
    statutes = Document.objects.get(kind=Document.Kind.STATUTES)
    practices = list(Practice.objects.filter(kind=Practice.Kind.MSP)) or list(
        Practice.objects.all()[:10]
    )
    for person, (profession, status, days) in zip(candidates, CANDIDATES, strict=True):
        at = now - timedelta(days=days)
        is_decided = status == Application.Status.REFUSED
        application = Application.objects.create(
            cpts=cpts,
            status=status,
            kind=Application.Kind.PROFESSIONAL,
            title="Dr" if profession.startswith("medecin") else "",
            first_name=person.first_name,
            last_name=person.last_name,
            email=f"{person.username}@candidature.example",
            phone=next(lines),
            profession_id=profession,
            rpps=next(numbers),
            charter=charter,
            statutes=statutes,
            accepted_at=at,
            key=uuid.uuid4(),
            submitted_at=at,
            created_at=at,
            updated_at=at,
            decided_on=timezone.localdate() - timedelta(days=days - 10) if is_decided else None,
            decided_by=by if is_decided else None,
            decision_reason="Exerce hors du territoire." if is_decided else "",
            closed_at=None if status == Application.Status.SUBMITTED else at + timedelta(days=10),
        )
        ApplicationPlace.objects.create(
            cpts=cpts, application=application, practice=chance.choice(practices)
        )


def _invite(association: Association, *, by: Membership) -> None:
    """Of those who have no account yet, the first was invited two days ago, the others never."""
    waiting = [member for member in association.members if not member.user.email]
    at = timezone.now() - timedelta(days=2)
    for member in waiting[:1]:
        Invitation.objects.create(
            cpts=association.cpts,
            membership=member,
            email=member.contact_email,
            token_hash=token_hash(secrets.token_urlsafe(16)),
            created_by=by,
            created_at=at,
            expires_at=at + INVITATION_LASTS,
        )
