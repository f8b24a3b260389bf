"""Campaigns behind, running and ahead: sessions, who came, who waits, what goes out."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import cycle
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pgtrigger
from django.utils import timezone

from cpts_portal.board.demo import campaigns, people
from cpts_portal.board.demo.campaigns import Story, Told
from cpts_portal.board.demo.staff import Staff
from cpts_portal.core.fields import keyed_hash
from cpts_portal.core.models import Commune
from cpts_portal.core.territory import fold
from members.models import Membership, Mission
from prevention.actions.deliveries import reconcile
from prevention.models import (
    AgeBand,
    Campaign,
    CampaignPage,
    CampaignPartner,
    CampaignStatus,
    Feedback,
    HeadCount,
    Kit,
    KitItem,
    Material,
    MaterialOrder,
    OrderLine,
    PlanStatus,
    RecallContact,
    RecallEntry,
    RecallList,
    RecallStatus,
    Registration,
    RegistrationContact,
    RegistrationStatus,
    ReminderPlan,
    Session,
    SessionStatus,
    Shift,
    Volunteer,
)
from prevention.queries.recalls import token_of as recall_token
from prevention.queries.registrations import token_of

PARIS = ZoneInfo("Europe/Paris")
SHOWS = [RegistrationStatus.ATTENDED, RegistrationStatus.ABSENT, RegistrationStatus.CANCELLED]
HEARD = list(Registration.HeardBy.values)
ADULTS = [AgeBand.UNDER_50, AgeBand.UNDER_65, AgeBand.UNDER_65, AgeBand.UNDER_75, AgeBand.OVER]
REMINDER = (
    "Votre séance approche",
    (
        "Bonjour,\n\nRendez-vous le {date} à {heure} : {lieu}, {adresse}, {commune}.\n\n"
        "Si vous ne pouvez plus venir, laissez votre place en un clic : {lien}"
    ),
    "Rendez-vous le {date} à {heure}, {lieu}. Pour annuler : {lien}",
)
OPINION = (
    "Votre avis en trois questions",
    (
        "Bonjour,\n\nVous êtes venu le {date}. Dites-nous ce que vous en avez pensé, en une minute"
        " : {lien}"
    ),
    "Merci d’être venu. Votre avis en trois questions : {lien}",
)
MATERIALS = (
    ("Affiche « Octobre rose » A3", "pièce", 40, 10),
    ("Dépliant « Mon dos »", "lot de 50", 25, 5),
    ("Masques chirurgicaux", "boîte de 50", 120, 30),
    ("Tensiomètre de prêt", "pièce", 6, 2),
    ("Tests de l’angine", "boîte de 20", 3, 5),
)


def load(team: Staff) -> int:
    """The campaigns of a CPTS, as its coordination or its first member has written them."""
    teller = _Teller(team)
    told = campaigns.STORIES.get(team.cpts.slug, ())
    with pgtrigger.ignore("prevention.Registration:registration_takes_a_seat"):
        for story in told:
            teller.tell(story)
    if team.coordinators:
        _materials(team)
    reconcile(plans=teller.plans)
    return len(told)


class _Teller:
    """Writes one story after the other, with the same people each time."""

    def __init__(self, team: Staff) -> None:
        self.team = team
        self.author: Membership = (team.coordinators or team.members)[0]
        self.chance = Random(f"{team.cpts.slug} prevention")  # noqa: S311 - the same each time
        self.people = people.invent(self.chance)
        self.communes = list(team.cpts.communes.order_by("-population"))
        self.volunteers = cycle([one for one in team.members if one.user.email])
        self.mission = Mission.objects.filter(cpts=team.cpts, code="prevention").first()
        self.known: dict[str, Campaign] = {}
        self.plans: list[int] = []
        self.number = 0

    def tell(self, story: Story) -> None:
        campaign = self._campaign(story)
        self.known[story.title] = campaign
        CampaignPage.objects.create(
            cpts=campaign.cpts,
            campaign=campaign,
            position=0,
            title=story.page[0],
            body=story.page[1],
        )
        CampaignPartner.objects.bulk_create(
            CampaignPartner(cpts=campaign.cpts, campaign=campaign, name=name, contribution=gives)
            for name, gives in story.partners
        )
        for told in story.sessions:
            self._session(campaign, story, told)
        if story.recalled:
            self._recalls(campaign, story)
        self._plans(campaign, story)

    def _campaign(self, story: Story) -> Campaign:
        starts_on, ends_on = (_today() + timedelta(days=day) for day in story.days)
        begun = datetime.combine(starts_on - timedelta(days=20), time(10), PARIS)
        over = datetime.combine(ends_on, time(18), PARIS)
        status = CampaignStatus.CLOSED if over < timezone.now() else CampaignStatus.PUBLISHED
        if story.is_draft:
            status = CampaignStatus.DRAFT
        return Campaign.objects.create(
            cpts=self.team.cpts,
            topic_id=story.topic,
            title=story.title,
            audience_note=story.audience,
            is_for_professionals=story.is_for_professionals,
            starts_on=starts_on,
            ends_on=ends_on,
            goal=story.goal,
            target_people=story.target,
            mission=self.mission,
            budget_note=story.budget,
            status=status,
            previous=self.known.get(story.follows),
            created_by=self.author,
            created_at=begun,
            published_at=None if story.is_draft else begun,
            closed_at=over if status == CampaignStatus.CLOSED else None,
        )

    # --- Sessions -------------------------------------------------------------------------------
    def _session(self, campaign: Campaign, story: Story, told: Told) -> None:
        starts_at = datetime.combine(_today() + timedelta(days=told.day), time(told.hour), PARIS)
        ends_at = starts_at + timedelta(minutes=told.minutes)
        is_past = told.day < 0
        session = Session.objects.create(
            cpts=campaign.cpts,
            campaign=campaign,
            title=told.title,
            starts_at=starts_at,
            ends_at=ends_at,
            place_name=told.place,
            address=told.address,
            commune=self.communes[told.commune],
            is_accessible=told.is_accessible,
            is_for_professionals=told.is_for_professionals,
            capacity=told.capacity,
            min_age=story.ages[0],
            max_age=story.ages[1],
            last_number=told.people + told.waiting,
            status=SessionStatus.HELD if is_past else SessionStatus.PLANNED,
            held_at=ends_at + timedelta(hours=2) if is_past else None,
            created_by=self.author,
            created_at=campaign.created_at,
        )
        self._rota(session, told)
        self._registrations(session, told)
        self._count(session, told)

    def _rota(self, session: Session, told: Told) -> None:
        for task in told.shifts:
            shift = Shift.objects.create(
                cpts=session.cpts,
                session=session,
                task=task,
                starts_at=session.starts_at - timedelta(minutes=30),
                ends_at=session.ends_at,
                wanted=2,
            )
            Volunteer.objects.bulk_create(
                Volunteer(cpts=session.cpts, shift=shift, membership=next(self.volunteers))
                for _ in range(2 if told.day < 0 else 1)
            )

    def _registrations(self, session: Session, told: Told) -> None:
        rows = [
            self._registration(session, told, number)
            for number in range(1, told.people + told.waiting + 1)
        ]
        Registration.objects.bulk_create(rows)
        if told.is_for_professionals:
            return
        RegistrationContact.objects.bulk_create(self._contact(row) for row in rows)
        came = [row for row in rows if row.has_answered]
        Feedback.objects.bulk_create(self._opinion(session) for _ in came)

    def _registration(self, session: Session, told: Told, number: int) -> Registration:
        status = RegistrationStatus.CONFIRMED
        if number > told.people:
            status = RegistrationStatus.WAITING
        elif told.day < 0:
            status = self.chance.choices(SHOWS, [85, 10, 5])[0]
        at = self._arrived(session, number, told.people + told.waiting)
        is_noted = status in (RegistrationStatus.ATTENDED, RegistrationStatus.ABSENT)
        came = status == RegistrationStatus.ATTENDED
        return Registration(
            cpts_id=session.cpts_id,
            session=session,
            number=number,
            status=status,
            door=self._door(told),
            heard_by="" if told.is_for_professionals else self.chance.choice(HEARD),
            is_for_relative=self.chance.random() < 0.15,
            age_band=self.chance.choice(ADULTS),
            commune=self.chance.choices(self.communes, _weights(self.communes))[0],
            membership=next(self.volunteers) if told.is_for_professionals else None,
            person_hash=keyed_hash(f"{session.pk} {number}"),
            registered_at=at,
            seated_at=None if status == RegistrationStatus.WAITING else at,
            ended_at=session.starts_at if status == RegistrationStatus.CANCELLED else None,
            noted_at=session.starts_at if is_noted else None,
            has_answered=came and self.chance.random() < 0.4,
        )

    def _arrived(self, session: Session, number: int, all_of_them: int) -> datetime:
        """Spread from the publication to the session, or to now."""
        last = min(session.starts_at, timezone.now())
        return session.created_at + (last - session.created_at) * (number / (all_of_them + 1))

    def _door(self, told: Told) -> str:
        if told.is_for_professionals:
            return Registration.Door.MEMBER
        doors = [Registration.Door.ONLINE, Registration.Door.DESK]
        return self.chance.choices(doors, [80, 20])[0]

    def _contact(self, registration: Registration) -> RegistrationContact:
        return RegistrationContact(
            cpts_id=registration.cpts_id,
            registration=registration,
            link_hash=keyed_hash(token_of(registration)),
            **self._somebody(),
        )

    def _somebody(self) -> dict[str, Any]:
        person = next(self.people)
        self.number += 1
        phone = f"+3363998{(5000 + self.number) % 10_000:04d}"
        address = f"{fold(person.first_name)}.{fold(person.last_name)}".replace(" ", "-")
        return {
            "first_name": person.first_name,
            "last_name": person.last_name,
            "phone": phone,
            "phone_hash": keyed_hash(phone),
            "email": f"{address}@courriel.example" if self.number % 3 else "",
        }

    def _opinion(self, session: Session) -> Feedback:
        welcome, useful, again = (self.chance.choice((3, 4, 4, 5, 5, 5)) for _ in range(3))
        return Feedback(
            cpts_id=session.cpts_id,
            session=session,
            welcome=welcome,
            usefulness=useful,
            would_recommend=again,
        )

    def _count(self, session: Session, told: Told) -> None:
        """People counted without a name, in two communes and three bands."""
        left = told.counted
        for commune in (session.commune, self.communes[0]):
            for band in (AgeBand.UNDER_50, AgeBand.UNDER_65, AgeBand.UNDER_75):
                people_there, left = min(left, 11), max(0, left - 11)
                if people_there:
                    HeadCount.objects.get_or_create(
                        cpts=session.cpts,
                        session=session,
                        age_band=band,
                        commune=commune,
                        defaults={"people": people_there},
                    )

    # --- Plans and recalls ----------------------------------------------------------------------
    def _plans(self, campaign: Campaign, story: Story) -> None:
        is_live = campaign.status == CampaignStatus.PUBLISHED
        told = [(days, "registered", REMINDER) for days in story.plans] if story.sessions else []
        told += [(1, "attended", OPINION)] if story.sessions else []
        rows = [
            ReminderPlan(
                cpts=campaign.cpts,
                campaign=campaign,
                audience=audience,
                offset_days=days,
                at=time(10),
                subject=words[0],
                body=words[1],
                sms=words[2],
                status=PlanStatus.ACTIVE if is_live else PlanStatus.DRAFT,
                written_by=self.author,
                activated_at=timezone.now() if is_live else None,
            )
            for days, audience, words in told
        ]
        self.plans += [row.pk for row in ReminderPlan.objects.bulk_create(rows)]

    def _recalls(self, campaign: Campaign, story: Story) -> None:
        found = RecallList.objects.create(
            cpts=campaign.cpts,
            campaign=campaign,
            title="Vaccination contre la grippe",
            rule="Personnes de 65 ans et plus qui ont donné leur accord",
            min_age=65,
            starts_on=_today() - timedelta(days=14),
            created_by=self.author,
        )
        entries = RecallEntry.objects.bulk_create(
            self._recalled(found, position) for position in range(story.recalled)
        )
        RecallContact.objects.bulk_create(
            RecallContact(
                cpts_id=entry.cpts_id,
                entry=entry,
                link_hash=keyed_hash(recall_token(entry)),
                **self._somebody(),
            )
            for entry in entries
        )

    def _recalled(self, found: RecallList, position: int) -> RecallEntry:
        """Two in five are done, one in eight refused; the doctor of the demo put most of them."""
        status = RecallStatus.PENDING
        if position % 5 in (1, 3):
            status = RecallStatus.DONE
        elif position % 8 == 4:
            status = RecallStatus.REFUSED
        is_settled = status != RecallStatus.PENDING
        return RecallEntry(
            cpts_id=found.cpts_id,
            recall_list=found,
            status=status,
            age_band=AgeBand.UNDER_75 if position % 2 else AgeBand.OVER,
            commune=self.chance.choice(self.communes),
            has_agreed=True,
            agreed_on=found.starts_on,
            person_hash=keyed_hash(f"{found.pk} {position}"),
            added_by=self.team.gps[0 if position % 3 else 1],
            settled_at=timezone.now() - timedelta(days=position % 9) if is_settled else None,
        )


def _materials(team: Staff) -> None:
    """A store with something running out, a kit, an order that waits."""
    rows = Material.objects.bulk_create(
        Material(cpts=team.cpts, name=name, unit=unit, stock=stock, low_stock=low)
        for name, unit, stock, low in MATERIALS
    )
    kit = Kit.objects.create(
        cpts=team.cpts, name="Kit infirmière libérale", professions=["infirmier"]
    )
    KitItem.objects.bulk_create(
        KitItem(cpts=team.cpts, kit=kit, material=material, quantity=2) for material in rows[1:3]
    )
    order = MaterialOrder.objects.create(cpts=team.cpts, asked_by=team.gps[0])
    OrderLine.objects.create(cpts=team.cpts, order=order, material=rows[2], quantity=4)


def _weights(communes: list[Commune]) -> list[int]:
    return [commune.population for commune in communes]


def _today() -> date:
    return timezone.localdate()
