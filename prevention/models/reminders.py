"""What goes out, when, to whom; and who does not want it."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.models import Message
from cpts_portal.core.scoping import CptsOwned, SameCpts, ScopedManager
from members.models import Membership
from prevention.models.campaigns import Campaign
from prevention.models.recalls import RecallEntry, RecallList
from prevention.models.reference import Topic
from prevention.models.registrations import Registration
from prevention.models.sessions import Session, Volunteer
from prevention.models.triggers import UnsubscribedIsAbsolute


class PlanStatus(models.TextChoices):
    DRAFT = "draft", _("en préparation")
    ACTIVE = "active", _("actif")
    STOPPED = "stopped", _("arrêté")


class Audience(models.TextChoices):
    REGISTERED = "registered", _("personnes inscrites")
    ATTENDED = "attended", _("personnes venues")
    VOLUNTEERS = "volunteers", _("bénévoles")
    RECALLED = "recalled", _("personnes d’une liste de rappel")


class ReminderPlan(CptsOwned):
    """One reminder of a campaign, relative to each session's start, or to a recall list's day.

    In days with an hour of the day (`offset_days=-7, at=10 h`), or in minutes (`-120`: H-2);
    negative is before. An empty `sms` sends none; an empty `body` no e-mail. Wording that changes
    voids the second person's approval.
    """

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="plans")
    audience = models.CharField(
        _("à qui"), max_length=10, choices=Audience, default=Audience.REGISTERED
    )
    recall_list = models.ForeignKey(
        RecallList,
        models.CASCADE,
        null=True,
        blank=True,
        verbose_name=_("liste de rappel"),
        related_name="plans",
    )
    offset_days = models.SmallIntegerField(_("jours"), null=True, blank=True)
    at = models.TimeField(_("à"), null=True, blank=True)
    offset_minutes = models.IntegerField(_("minutes"), null=True, blank=True)
    subject = models.CharField(_("objet du courriel"), max_length=120, blank=True)
    body = models.TextField(_("texte du courriel"), max_length=5000, blank=True)
    sms = models.CharField(_("texte du SMS"), max_length=300, blank=True)
    status = models.CharField(
        _("statut"), max_length=7, choices=PlanStatus, default=PlanStatus.DRAFT
    )
    written_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", editable=False)
    written_at = models.DateTimeField(default=timezone.now, editable=False)
    activated_at = models.DateTimeField(_("actif depuis"), null=True, blank=True, editable=False)
    approved_by = models.ForeignKey(
        Membership, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    approved_at = models.DateTimeField(_("relu le"), null=True, blank=True, editable=False)

    class Meta(CptsOwned.Meta):
        verbose_name = _("plan de rappels")
        verbose_name_plural = _("plans de rappels")
        ordering = ["campaign", F("offset_days").asc(nulls_last=True), "offset_minutes", "pk"]
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="plan_campaign_same_cpts", field="campaign"),
            SameCpts(name="plan_recall_list_same_cpts", field="recall_list"),
            SameCpts(name="plan_author_same_cpts", field="written_by"),
            SameCpts(name="plan_approver_same_cpts", field="approved_by"),
            models.CheckConstraint(
                name="plan_in_days_or_in_minutes",
                condition=Q(
                    offset_days__isnull=False,
                    offset_days__range=(-400, 400),
                    at__isnull=False,
                    offset_minutes=None,
                )
                | Q(
                    offset_days=None,
                    at=None,
                    offset_minutes__isnull=False,
                    offset_minutes__range=(-2880, 2880),
                ),
            ),
            models.CheckConstraint(
                name="plan_of_recalls_has_its_list",
                condition=Q(audience="recalled", recall_list__isnull=False, offset_minutes=None)
                | Q(~Q(audience="recalled"), recall_list=None),
            ),
            models.CheckConstraint(
                name="plan_says_something",
                condition=Q(body__gt="", subject__gt="") | Q(sms__gt=""),
            ),
            models.CheckConstraint(
                name="plan_active_since",
                condition=Q(status="draft", activated_at=None)
                | Q(~Q(status="draft"), activated_at__isnull=False),
            ),
            models.CheckConstraint(
                name="plan_approved_whole_or_not_at_all",
                condition=Q(approved_by=None, approved_at=None)
                | Q(approved_by__isnull=False, approved_at__isnull=False),
            ),
            models.CheckConstraint(
                name="plan_approved_by_somebody_else",
                condition=Q(approved_by=None) | ~Q(approved_by=F("written_by")),
            ),
        ]

    def __str__(self) -> str:
        return self.subject or self.sms[:60]


class DeliveryStatus(models.TextChoices):
    PLANNED = "planned", _("prévu")
    POSTED = "posted", _("remis à l’envoi")
    DROPPED = "dropped", _("non envoyé")


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def due_at(self, now: datetime) -> DeliveryQuerySet:
        """The longest due first."""
        return self.filter(status=DeliveryStatus.PLANNED, due_at__lte=now).order_by("due_at", "pk")


DeliveryManager = ScopedManager.from_queryset(DeliveryQuerySet)


class Delivery(CptsOwned):
    """One reminder to one person: planned once, then posted or dropped with its reason.

    `useful_until` is when it would come too late. Channel, address and `sequence` (the session's)
    are those of the moment of posting; what became of the message is told by `message`, until it
    is erased.
    """

    class Reason(models.TextChoices):
        CANCELLED = "cancelled", _("inscription annulée")
        DONE = "done", _("déjà fait")
        UNSUBSCRIBED = "unsubscribed", _("désabonnement")
        TOO_LATE = "too_late", _("trop tard")
        STOPPED = "stopped", _("plan arrêté")
        SESSION = "session", _("séance annulée")
        UNREACHABLE = "unreachable", _("ni courriel ni SMS possible")

    plan = models.ForeignKey(ReminderPlan, models.CASCADE, related_name="deliveries")
    session = models.ForeignKey(Session, models.CASCADE, null=True, blank=True, related_name="+")
    registration = models.ForeignKey(
        Registration, models.CASCADE, null=True, blank=True, related_name="deliveries"
    )
    volunteer = models.ForeignKey(
        Volunteer, models.CASCADE, null=True, blank=True, related_name="deliveries"
    )
    recall_entry = models.ForeignKey(
        RecallEntry, models.CASCADE, null=True, blank=True, related_name="deliveries"
    )
    due_at = models.DateTimeField(_("prévu le"))
    useful_until = models.DateTimeField(_("utile jusqu’au"))
    status = models.CharField(
        _("statut"), max_length=7, choices=DeliveryStatus, default=DeliveryStatus.PLANNED
    )
    reason = models.CharField(_("raison"), max_length=12, choices=Reason, blank=True)
    channel = models.CharField(_("canal"), max_length=5, choices=Message.Channel, blank=True)
    recipient_hash = models.CharField(max_length=64, blank=True, editable=False)
    sequence = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    message = models.OneToOneField(
        Message, models.SET_NULL, null=True, blank=True, related_name="delivery"
    )
    settled_at = models.DateTimeField(_("réglé le"), null=True, blank=True)

    objects = DeliveryManager()  # type: ignore[misc]

    class Meta(CptsOwned.Meta):
        verbose_name = _("envoi")
        ordering = ["due_at", "pk"]
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="delivery_plan_same_cpts", field="plan"),
            SameCpts(name="delivery_session_same_cpts", field="session"),
            SameCpts(name="delivery_registration_same_cpts", field="registration"),
            SameCpts(name="delivery_volunteer_same_cpts", field="volunteer"),
            SameCpts(name="delivery_recall_same_cpts", field="recall_entry"),
            models.UniqueConstraint(
                name="delivery_once_per_registration", fields=["plan", "registration"]
            ),
            models.UniqueConstraint(
                name="delivery_once_per_volunteer", fields=["plan", "volunteer"]
            ),
            models.UniqueConstraint(
                name="delivery_once_per_recall", fields=["plan", "recall_entry"]
            ),
            models.CheckConstraint(
                name="delivery_to_one_person",
                condition=Q(
                    session__isnull=False,
                    registration__isnull=False,
                    volunteer=None,
                    recall_entry=None,
                )
                | Q(
                    session__isnull=False,
                    registration=None,
                    volunteer__isnull=False,
                    recall_entry=None,
                )
                | Q(session=None, registration=None, volunteer=None, recall_entry__isnull=False),
            ),
            models.CheckConstraint(
                name="delivery_useful_after_it_is_due",
                condition=Q(useful_until__gte=F("due_at")),
            ),
            models.CheckConstraint(
                name="delivery_settled_has_its_time",
                condition=Q(status="planned", settled_at=None)
                | Q(~Q(status="planned"), settled_at__isnull=False),
            ),
            models.CheckConstraint(
                name="delivery_dropped_says_why",
                condition=Q(status="dropped", reason__gt="") | Q(~Q(status="dropped"), reason=""),
            ),
            models.CheckConstraint(
                name="delivery_posted_somewhere",
                condition=~Q(status="posted") | Q(channel__gt="", recipient_hash__gt=""),
            ),
        ]
        indexes = [
            models.Index(
                name="delivery_due", fields=["due_at", "id"], condition=Q(status="planned")
            ),
            models.Index(name="delivery_of_session", fields=["session", "plan"]),
        ]
        triggers = [UnsubscribedIsAbsolute(name="delivery_never_to_the_unsubscribed")]

    def __str__(self) -> str:
        return f"envoi {self.pk}"


class OptOut(CptsOwned):
    """An address that wants nothing more on a channel, about a topic or about anything.

    The row is the proof: when, by which way, after which message.
    """

    class Way(models.TextChoices):
        ONE_CLICK = "one_click", _("bouton de la messagerie")
        PAGE = "page", _("page de désabonnement")
        DESK = "desk", _("coordination")

    recipient_hash = models.CharField(max_length=64, editable=False)
    channel = models.CharField(_("canal"), max_length=5, choices=Message.Channel)
    topic = models.ForeignKey(
        Topic, models.PROTECT, null=True, blank=True, verbose_name=_("thème"), related_name="+"
    )
    way = models.CharField(_("par"), max_length=9, choices=Way)
    refused_at = models.DateTimeField(_("refusé le"), default=timezone.now)
    lifted_at = models.DateTimeField(_("levé le"), null=True, blank=True)

    class Meta(CptsOwned.Meta):
        verbose_name = _("désabonnement")
        ordering = ["-refused_at"]
        constraints = [
            *CptsOwned.Meta.constraints,
            models.UniqueConstraint(
                name="opt_out_once",
                fields=["cpts", "recipient_hash", "channel", "topic"],
                condition=Q(lifted_at=None),
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="opt_out_lifted_after_it_was_made",
                condition=Q(lifted_at=None) | Q(lifted_at__gte=F("refused_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"désabonnement {self.pk}"
