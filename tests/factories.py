"""Rows for tests: invented people, fictional phone numbers, `.example` addresses."""

from __future__ import annotations

import uuid
from datetime import timedelta

import factory
from django.contrib.auth.hashers import make_password
from django.utils import timezone
from factory.django import DjangoModelFactory

from cpts_portal.core.fields import keyed_hash
from cpts_portal.core.models import Commune
from cpts_portal.core.territory import fold
from members.models import (
    Ad,
    AdMessage,
    Application,
    Attendance,
    College,
    Cpts,
    CptsCommune,
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
    Practice,
    PracticeMember,
    Profession,
    Role,
    RppsActivity,
    RppsDifference,
    Subscription,
    User,
    Welcome,
    WelcomeStep,
)
from patients.models import GPRequest, Intake, Patient, PriorityRuleSet, Referral


class CommuneFactory(DjangoModelFactory):
    class Meta:
        model = Commune
        django_get_or_create = ("insee_code",)

    insee_code = factory.Sequence(lambda n: f"{n:05d}")
    name = factory.Sequence(lambda n: f"Commune-sur-Lys {n}")
    search_name = factory.LazyAttribute(lambda o: o.name.lower().replace("-", " "))
    department = "62"
    postal_codes = factory.LazyFunction(lambda: ["62840"])
    population = 3000
    latitude = 50.65
    longitude = 2.84
    position = "exact"


class CptsFactory(DjangoModelFactory):
    class Meta:
        model = Cpts

    name = factory.Sequence(lambda n: f"CPTS {n}")
    slug = factory.Sequence(lambda n: f"cpts-{n}")
    help_phone = "+33353010001"
    help_hours = "du lundi au vendredi, de 9 h à 12 h"
    email = "contact@cpts.example"


class ProfessionFactory(DjangoModelFactory):
    class Meta:
        model = Profession
        django_get_or_create = ("code",)

    code = "medecin-generaliste"
    label = "Médecin généraliste"
    label_en = "General practitioner"
    can_be_treating_doctor = True


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"compte{n}")
    email = factory.LazyAttribute(lambda o: f"{o.username}@sante.example")
    first_name = "Maud"
    last_name = factory.Sequence(lambda n: f"Lorcy {n}")


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    cpts = factory.SubFactory(CptsFactory)
    user = factory.SubFactory(UserFactory)
    role = Role.COORDINATOR
    starts_on = factory.LazyFunction(lambda: timezone.localdate() - timedelta(days=30))
    ends_on = None
    end_reason = factory.LazyAttribute(lambda o: "left" if o.ends_on else "")


class GpFactory(MembershipFactory):
    role = Role.PROFESSIONAL
    profession = factory.SubFactory(ProfessionFactory)


class PracticeFactory(DjangoModelFactory):
    class Meta:
        model = Practice

    cpts = factory.SubFactory(CptsFactory)
    name = "Cabinet de la Lys"
    address = "2 place du Marché"
    commune = factory.SubFactory(CommuneFactory)


class PracticeMemberFactory(DjangoModelFactory):
    class Meta:
        model = PracticeMember

    membership = factory.SubFactory(GpFactory)
    cpts = factory.SelfAttribute("membership.cpts")
    practice = factory.SubFactory(PracticeFactory, cpts=factory.SelfAttribute("..cpts"))


class CptsCommuneFactory(DjangoModelFactory):
    class Meta:
        model = CptsCommune

    cpts = factory.SubFactory(CptsFactory)
    commune = factory.SubFactory(CommuneFactory)


class RuleSetFactory(DjangoModelFactory):
    class Meta:
        model = PriorityRuleSet
        django_get_or_create = ("cpts", "version")

    cpts = factory.SubFactory(CptsFactory)
    version = 1
    rules = factory.LazyFunction(list)


class PatientFactory(DjangoModelFactory):
    class Meta:
        model = Patient

    cpts = factory.SubFactory(CptsFactory)
    civility = "mme"
    first_name = "Odile"
    last_name = factory.Sequence(lambda n: f"Garnier {n}")
    search_name = factory.LazyAttribute(lambda o: f"{o.last_name} {o.first_name}".lower())
    birth_date = factory.LazyFunction(lambda: timezone.localdate() - timedelta(days=365 * 60))
    phone = factory.Sequence(lambda n: f"+336399800{n % 100:02d}")
    phone_hash = factory.LazyAttribute(lambda o: keyed_hash(o.phone))
    email = factory.Sequence(lambda n: f"patiente{n}@courriel.example")
    email_hash = factory.LazyAttribute(lambda o: keyed_hash(o.email))


class GPRequestFactory(DjangoModelFactory):
    class Meta:
        model = GPRequest

    cpts = factory.SubFactory(CptsFactory)
    patient = factory.SubFactory(PatientFactory, cpts=factory.SelfAttribute("..cpts"))
    rule_set = factory.SubFactory(RuleSetFactory, cpts=factory.SelfAttribute("..cpts"))
    commune = factory.SubFactory(CommuneFactory)
    reference = factory.Sequence(lambda n: f"2026-{n:04d}")
    age_band = GPRequest.AgeBand.UNDER_70
    no_gp_reason = GPRequest.NoGpReason.RETIRED
    priority = 5


class IntakeFactory(DjangoModelFactory):
    class Meta:
        model = Intake

    membership = factory.SubFactory(GpFactory)
    cpts = factory.SelfAttribute("membership.cpts")
    monthly_quota = 4
    radius_km = 30


class ReferralFactory(DjangoModelFactory):
    class Meta:
        model = Referral

    request = factory.SubFactory(GPRequestFactory, status="referred")
    cpts = factory.SelfAttribute("request.cpts")
    gp = factory.SubFactory(GpFactory, cpts=factory.SelfAttribute("..cpts"))
    proposed_by = factory.SubFactory(MembershipFactory, cpts=factory.SelfAttribute("..cpts"))
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(hours=72))


class CollegeFactory(DjangoModelFactory):
    class Meta:
        model = College

    cpts = factory.SubFactory(CptsFactory)
    name = factory.Sequence(lambda n: f"Membres actifs {n}")
    kind = College.Kind.MEMBERS


class DocumentFactory(DjangoModelFactory):
    """A published charter in words."""

    class Meta:
        model = Document

    cpts = factory.SubFactory(CptsFactory)
    kind = Document.Kind.CHARTER
    title = "Charte des membres"
    body = "Nous travaillons ensemble."
    published_at = factory.LazyFunction(timezone.now)


class ApplicationFactory(DjangoModelFactory):
    """A professional's application that waits for the board."""

    class Meta:
        model = Application
        skip_postgeneration_save = True

    cpts = factory.SubFactory(CptsFactory)
    college = factory.SubFactory(CollegeFactory, cpts=factory.SelfAttribute("..cpts"))
    status = Application.Status.SUBMITTED
    kind = Application.Kind.PROFESSIONAL
    first_name = "Élise"
    last_name = factory.Sequence(lambda n: f"Vermeersch {n}")
    email = factory.Sequence(lambda n: f"candidate{n}@sante.example")
    profession = factory.SubFactory(ProfessionFactory)
    key = factory.LazyFunction(uuid.uuid4)
    accepted_at = factory.LazyFunction(timezone.now)
    submitted_at = factory.LazyFunction(timezone.now)


class PlaceholderFactory(UserFactory):
    """The person of a member who has not followed her invitation yet."""

    username = factory.Sequence(lambda n: f"membre-{n:012x}")
    email = None
    password = factory.LazyFunction(lambda: make_password(None))


class InvitedFactory(MembershipFactory):
    """A member written down by the desk, who has no account of her own yet."""

    user = factory.SubFactory(PlaceholderFactory)
    email = factory.Sequence(lambda n: f"invitee{n}@sante.example")


class InvitationFactory(DjangoModelFactory):
    class Meta:
        model = Invitation

    membership = factory.SubFactory(InvitedFactory)
    cpts = factory.SelfAttribute("membership.cpts")
    email = factory.LazyAttribute(lambda o: o.membership.email)
    token_hash = factory.Sequence(lambda n: f"{n:064x}")
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=7))


class DelegationFactory(DjangoModelFactory):
    class Meta:
        model = Delegation

    principal = factory.SubFactory(GpFactory)
    cpts = factory.SelfAttribute("principal.cpts")
    delegate = factory.SubFactory(
        MembershipFactory, cpts=factory.SelfAttribute("..cpts"), role=Role.SECRETARY
    )
    ends_on = factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=180))
    granted_by = factory.SelfAttribute("principal")


class FactorResetFactory(DjangoModelFactory):
    class Meta:
        model = FactorReset

    membership = factory.SubFactory(GpFactory)
    cpts = factory.SelfAttribute("membership.cpts")
    reason = FactorReset.Reason.LOST
    proof = FactorReset.Proof.CALLED_BACK
    opened_by = factory.SubFactory(MembershipFactory, cpts=factory.SelfAttribute("..cpts"))
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(hours=24))


class MissionFactory(DjangoModelFactory):
    class Meta:
        model = Mission

    cpts = factory.SubFactory(CptsFactory)
    code = factory.Sequence(lambda n: f"mission-{n}")
    label = factory.Sequence(lambda n: f"Parcours {n}")
    hourly_rate = 30


class GroupFactory(DjangoModelFactory):
    class Meta:
        model = Group

    cpts = factory.SubFactory(CptsFactory)
    kind = Group.Kind.WORKING
    name = factory.Sequence(lambda n: f"Groupe {n}")


class MandateFactory(DjangoModelFactory):
    class Meta:
        model = Mandate

    membership = factory.SubFactory(GpFactory)
    cpts = factory.SelfAttribute("membership.cpts")
    group = factory.SubFactory(GroupFactory, cpts=factory.SelfAttribute("..cpts"))
    starts_on = factory.SelfAttribute("membership.starts_on")


class MeetingFactory(DjangoModelFactory):
    """An assembly of two hours, a week from now."""

    class Meta:
        model = Meeting

    cpts = factory.SubFactory(CptsFactory)
    title = "Assemblée générale"
    starts_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=7))
    ends_at = factory.LazyAttribute(lambda o: o.starts_at + timedelta(hours=2))
    place = "Salle des fêtes, Laventie"
    presence_key = factory.LazyFunction(lambda: uuid.uuid4().hex)
    created_by = factory.SubFactory(MembershipFactory, cpts=factory.SelfAttribute("..cpts"))


class AttendanceFactory(DjangoModelFactory):
    """Somebody who was there, ticked on the list."""

    class Meta:
        model = Attendance

    meeting = factory.SubFactory(MeetingFactory)
    cpts = factory.SelfAttribute("meeting.cpts")
    membership = factory.SubFactory(GpFactory, cpts=factory.SelfAttribute("..cpts"))
    present_at = factory.SelfAttribute("meeting.starts_at")
    way = Attendance.Way.LIST
    minutes = factory.SelfAttribute("meeting.length")
    hourly_rate = factory.SelfAttribute("meeting.hourly_rate")


class SubscriptionFactory(DjangoModelFactory):
    """A year due from the first day of this month; `is_paid` was noted with its receipt."""

    class Meta:
        model = Subscription

    class Params:
        is_paid = factory.Trait(
            paid_on=factory.LazyFunction(timezone.localdate),
            means=Subscription.Means.TRANSFER,
            recorded_at=factory.LazyFunction(timezone.now),
            receipt_number=factory.Sequence(lambda n: f"2026-{5000 + n}"),  # real ones begin at 1
        )

    cpts = factory.SubFactory(CptsFactory)
    membership = factory.SubFactory(MembershipFactory, cpts=factory.SelfAttribute("..cpts"))
    college = factory.SubFactory(CollegeFactory, cpts=factory.SelfAttribute("..cpts"))
    starts_on = factory.LazyFunction(lambda: timezone.localdate().replace(day=1))
    ends_on = factory.LazyAttribute(lambda o: o.starts_on + timedelta(days=364))
    fee = 20


class AdFactory(DjangoModelFactory):
    """A replacement offered today, on the board for a month."""

    class Meta:
        model = Ad

    author = factory.SubFactory(GpFactory)
    cpts = factory.SelfAttribute("author.cpts")
    kind = Ad.Kind.REPLACEMENT
    title = factory.Sequence(lambda n: f"Remplacement {n} à Laventie")
    body = "Deux semaines au cabinet, logement possible."
    expires_on = factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=30))


class AdMessageFactory(DjangoModelFactory):
    """A colleague's first word to the author."""

    class Meta:
        model = AdMessage

    ad = factory.SubFactory(AdFactory)
    cpts = factory.SelfAttribute("ad.cpts")
    correspondent = factory.SubFactory(GpFactory, cpts=factory.SelfAttribute("..cpts"))
    author = factory.SelfAttribute("correspondent")
    body = "Bonjour, je suis disponible."
    key = factory.LazyFunction(uuid.uuid4)


class WelcomeStepFactory(DjangoModelFactory):
    class Meta:
        model = WelcomeStep

    cpts = factory.SubFactory(CptsFactory)
    label = factory.Sequence(lambda n: f"Étape {n}")


class WelcomeFactory(DjangoModelFactory):
    """The path of a GP who came today."""

    class Meta:
        model = Welcome

    membership = factory.SubFactory(GpFactory)
    cpts = factory.SelfAttribute("membership.cpts")


class InstallationAidFactory(DjangoModelFactory):
    class Meta:
        model = InstallationAid

    cpts = factory.SubFactory(CptsFactory)
    title = factory.Sequence(lambda n: f"Aide {n}")
    giver = "Agence régionale de santé"
    body = "Pour qui s’installe en zone tendue."


class ImportBatchFactory(DjangoModelFactory):
    """A file that was read; `created_by` has to be of its CPTS."""

    class Meta:
        model = ImportBatch

    cpts = factory.SubFactory(CptsFactory)
    created_by = factory.SubFactory(MembershipFactory, cpts=factory.SelfAttribute("..cpts"))
    file_name = "membres.csv"
    status = ImportBatch.Status.READ


class ImportRowFactory(DjangoModelFactory):
    class Meta:
        model = ImportRow

    batch = factory.SubFactory(ImportBatchFactory)
    cpts = factory.SelfAttribute("batch.cpts")
    line = factory.Sequence(lambda n: n + 2)
    data = factory.LazyFunction(
        lambda: {"cells": {"last_name": "Inventé", "first_name": "Zoë", "profession": "MG"}}
    )
    verdict = ImportRow.Verdict.READY


class RppsActivityFactory(DjangoModelFactory):
    """A general practitioner's line, at the fictional surgery of the Lys."""

    class Meta:
        model = RppsActivity

    rpps = "10000100015"
    last_name = "INVENTÉ"
    first_name = "ZOË"
    search_name = factory.LazyAttribute(lambda o: fold(f"{o.last_name} {o.first_name}"))
    profession_code = "10"
    profession_label = "Médecin"
    speciality = "Médecine générale"
    practice_name = "CABINET DE LA LYS"
    address = "2 Place DU MARCHE"
    postal_code = "62840"
    commune = factory.SubFactory(CommuneFactory)
    extracted_on = factory.LazyFunction(timezone.localdate)


class RppsDifferenceFactory(DjangoModelFactory):
    class Meta:
        model = RppsDifference

    membership = factory.SubFactory(GpFactory)
    cpts = factory.SelfAttribute("membership.cpts")
    field = RppsDifference.Field.LAST_NAME
    ours = "Inventé"
    theirs = "Inventé-Lorcy"
