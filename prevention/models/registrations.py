"""A place in a session, or a rank in its line."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.contacts import Contact, erased_constraint
from cpts_portal.core.fields import EncryptedTextField
from cpts_portal.core.models import Commune
from cpts_portal.core.scoping import CptsOwned, SameCpts, ScopedManager
from members.models import Membership
from prevention.models.reference import AgeBand, Sex
from prevention.models.sessions import Session
from prevention.models.triggers import KeepsItsRank, OfferedInOrder, SeatsAreCounted, TakesASeat


class RegistrationStatus(models.TextChoices):
    CONFIRMED = "confirmed", _("inscrite")
    WAITING = "waiting", _("en attente")
    OFFERED = "offered", _("place proposée")
    LATE = "late", _("délai passé")
    CANCELLED = "cancelled", _("annulée")
    ATTENDED = "attended", _("venue")
    ABSENT = "absent", _("absente")


SEATED = (
    RegistrationStatus.CONFIRMED,
    RegistrationStatus.OFFERED,
    RegistrationStatus.ATTENDED,
)
"""Those who keep a seat; somebody noted absent leaves hers to whoever stands at the door."""
LIVE = (*SEATED, RegistrationStatus.WAITING, RegistrationStatus.ABSENT)
"""Those whom a second registration finds."""


class RegistrationQuerySet(models.QuerySet["Registration"]):
    def live(self) -> RegistrationQuerySet:
        return self.filter(status__in=LIVE)

    def in_line(self) -> RegistrationQuerySet:
        """Waiting, in the order of arrival."""
        return self.filter(status=RegistrationStatus.WAITING).order_by("number")

    def overdue_at(self, now: datetime | Now) -> RegistrationQuerySet:
        """Offered a seat, and the deadline has passed: judged when read, worker or not."""
        return self.filter(status=RegistrationStatus.OFFERED, offer_until__lte=now)


RegistrationManager = ScopedManager.from_queryset(RegistrationQuerySet)


class Registration(CptsOwned):
    """`number` counts arrivals in the session, without gap: the order of the line is proved by it.

    Of a resident the name is apart (`RegistrationContact`); of a member, her membership.
    """

    class Door(models.TextChoices):
        ONLINE = "online", _("en ligne")
        DESK = "desk", _("coordination")
        MEMBER = "member", _("professionnel")
        WALK_IN = "walk_in", _("à l’entrée")

    class HeardBy(models.TextChoices):
        POSTER = "poster", _("une affiche")
        TOWN_HALL = "town_hall", _("la mairie")
        PROFESSIONAL = "professional", _("un professionnel de santé")
        PRESS = "press", _("la presse ou la radio")
        INTERNET = "internet", _("Internet")
        FRIEND = "friend", _("un proche")
        OTHER = "other", _("autrement")

    session = models.ForeignKey(Session, models.PROTECT, related_name="registrations")
    number = models.PositiveIntegerField(_("rang d’arrivée"))
    status = models.CharField(
        _("statut"), max_length=9, choices=RegistrationStatus, default=RegistrationStatus.WAITING
    )
    door = models.CharField(_("par"), max_length=7, choices=Door, default=Door.ONLINE)
    heard_by = models.CharField(_("connue par"), max_length=12, choices=HeardBy, blank=True)
    is_for_relative = models.BooleanField(_("pour un proche"), default=False)
    age_band = models.CharField(_("âge"), max_length=5, choices=AgeBand, blank=True)
    sex = models.CharField(_("sexe"), max_length=6, choices=Sex, blank=True)
    commune = models.ForeignKey(
        Commune, models.PROTECT, null=True, blank=True, verbose_name=_("commune"), related_name="+"
    )
    membership = models.ForeignKey(
        Membership, models.PROTECT, null=True, blank=True, related_name="registrations"
    )
    person_hash = models.CharField(max_length=64, blank=True, editable=False)
    key = models.UUIDField(default=uuid4, editable=False)
    registered_at = models.DateTimeField(_("inscrite le"), db_default=Now())
    seated_at = models.DateTimeField(_("place obtenue le"), null=True, blank=True)
    offer_until = models.DateTimeField(_("à répondre avant"), null=True, blank=True)
    ended_at = models.DateTimeField(_("terminée le"), null=True, blank=True)
    noted_at = models.DateTimeField(_("pointée le"), null=True, blank=True)
    has_answered = models.BooleanField(_("a donné son avis"), default=False)

    objects = RegistrationManager()  # type: ignore[misc]

    class Meta(CptsOwned.Meta):
        verbose_name = _("inscription")
        ordering = ["session", "number"]
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="registration_session_same_cpts", field="session"),
            SameCpts(name="registration_member_same_cpts", field="membership"),
            models.UniqueConstraint(name="registration_form_once", fields=["cpts", "key"]),
            models.UniqueConstraint(name="registration_rank_once", fields=["session", "number"]),
            models.UniqueConstraint(
                name="registration_once_per_person",
                fields=["session", "person_hash"],
                condition=Q(status__in=LIVE) & ~Q(person_hash=""),
            ),
            models.UniqueConstraint(
                name="registration_once_per_member",
                fields=["session", "membership"],
                condition=Q(status__in=LIVE),
            ),
            models.CheckConstraint(
                name="registration_offered_until",
                condition=Q(status="offered", offer_until__isnull=False)
                | Q(~Q(status="offered"), offer_until=None),
            ),
            models.CheckConstraint(
                name="registration_ended_has_its_time",
                condition=Q(status__in=["cancelled", "late"], ended_at__isnull=False)
                | Q(~Q(status__in=["cancelled", "late"]), ended_at=None),
            ),
            models.CheckConstraint(
                name="registration_noted_has_its_time",
                condition=Q(status__in=["attended", "absent"], noted_at__isnull=False)
                | Q(~Q(status__in=["attended", "absent"]), noted_at=None),
            ),
            models.CheckConstraint(
                name="registration_opinion_of_who_came",
                condition=Q(has_answered=False) | Q(status="attended"),
            ),
        ]
        indexes = [
            models.Index(
                name="registration_in_line",
                fields=["session", "number"],
                condition=Q(status="waiting"),
            ),
            models.Index(
                name="registration_overdue",
                fields=["offer_until"],
                condition=Q(status="offered"),
            ),
        ]
        triggers = [
            KeepsItsRank(name="registration_keeps_its_rank"),
            TakesASeat(name="registration_takes_a_seat"),
            OfferedInOrder(name="registration_offered_in_order"),
            SeatsAreCounted(name="registration_seats_are_counted"),
        ]

    def __str__(self) -> str:
        return f"inscription {self.pk}"


class RegistrationContact(Contact):
    registration = models.OneToOneField(Registration, models.CASCADE, related_name="contact")
    last_name = EncryptedTextField(_("nom"), blank=True)

    class Meta(Contact.Meta):
        verbose_name = _("contact d’une inscription")
        verbose_name_plural = _("contacts des inscriptions")
        constraints = [
            *Contact.Meta.constraints,
            SameCpts(name="registration_contact_same_cpts", field="registration"),
            erased_constraint("registration_contact", last_name=""),
            models.CheckConstraint(
                name="registration_contact_known_until_erased",
                condition=Q(erased_at__isnull=False)
                | ~Q(phone="")
                | ~Q(email="")
                | ~Q(last_name=""),
            ),
        ]


class RegistrationDraft(CptsOwned):
    """A form waiting for its code; erased after 7 days unconfirmed."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    session = models.ForeignKey(Session, models.CASCADE, related_name="+")
    answers = EncryptedTextField(_("réponses"), default="{}")
    language = models.CharField(max_length=2, default="fr")
    created_at = models.DateTimeField(db_default=Now())
    code_hash = models.CharField(max_length=64, blank=True)
    code_expires_at = models.DateTimeField(null=True, blank=True)
    code_attempts = models.PositiveSmallIntegerField(default=0)
    codes_sent = models.PositiveSmallIntegerField(default=0)
    registration = models.ForeignKey(
        Registration, models.CASCADE, null=True, blank=True, related_name="drafts"
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta(CptsOwned.Meta):
        verbose_name = _("brouillon d’inscription")
        verbose_name_plural = _("brouillons d’inscription")
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="registration_draft_session_same_cpts", field="session"),
            SameCpts(name="registration_draft_result_same_cpts", field="registration"),
            models.CheckConstraint(
                name="registration_draft_confirmed_became_one",
                condition=Q(registration=None, confirmed_at=None)
                | Q(registration__isnull=False, confirmed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="registration_draft_code_expires",
                condition=Q(code_hash="") | Q(code_expires_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"brouillon {self.pk}"


class HeadCount(CptsOwned):
    """People counted at the door without a name."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="head_counts")
    age_band = models.CharField(_("âge"), max_length=5, choices=AgeBand)
    commune = models.ForeignKey(
        Commune, models.PROTECT, null=True, blank=True, verbose_name=_("commune"), related_name="+"
    )
    people = models.PositiveSmallIntegerField(_("personnes"), default=0)

    class Meta(CptsOwned.Meta):
        verbose_name = _("compteur anonyme")
        verbose_name_plural = _("compteurs anonymes")
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="head_count_session_same_cpts", field="session"),
            models.UniqueConstraint(
                name="head_count_once",
                fields=["session", "age_band", "commune"],
                nulls_distinct=False,
            ),
            models.CheckConstraint(name="head_count_of_a_crowd", condition=Q(people__lte=5000)),
        ]

    def __str__(self) -> str:
        return f"{self.age_band} : {self.people}"


class Feedback(CptsOwned):
    """Three answers from 1 to 5; nothing tells whose they are."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="feedbacks")
    welcome = models.PositiveSmallIntegerField(_("accueil"))
    usefulness = models.PositiveSmallIntegerField(_("utilité"))
    would_recommend = models.PositiveSmallIntegerField(_("recommandation"))

    class Meta(CptsOwned.Meta):
        verbose_name = _("avis")
        verbose_name_plural = _("avis")
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="feedback_session_same_cpts", field="session"),
            models.CheckConstraint(
                name="feedback_from_1_to_5",
                condition=Q(
                    welcome__range=(1, 5), usefulness__range=(1, 5), would_recommend__range=(1, 5)
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"avis {self.pk}"
