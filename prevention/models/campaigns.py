"""A campaign: what it is about, for whom, with whom, and the pages that tell it."""

from __future__ import annotations

from uuid import uuid4

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.scoping import CptsOwned, SameCpts, ScopedManager
from members.models import Membership, Mission
from prevention.models.reference import Topic
from prevention.models.triggers import events_move

LARGEST_PICTURE = 1600
"""In pixels, the longer side; a picture is drawn anew when it arrives, and made smaller."""


class CampaignStatus(models.TextChoices):
    DRAFT = "draft", _("en préparation")
    PUBLISHED = "published", _("publiée")
    CLOSED = "closed", _("terminée")


class CampaignQuerySet(models.QuerySet["Campaign"]):
    def published(self) -> CampaignQuerySet:
        return self.filter(status=CampaignStatus.PUBLISHED)


CampaignManager = ScopedManager.from_queryset(CampaignQuerySet)


class Campaign(CptsOwned):
    topic = models.ForeignKey(Topic, models.PROTECT, verbose_name=_("thème"), related_name="+")
    title = models.CharField(_("titre"), max_length=120)
    audience_note = models.CharField(_("public"), max_length=200, blank=True)
    is_for_professionals = models.BooleanField(_("pour les professionnels"), default=False)
    starts_on = models.DateField(_("du"))
    ends_on = models.DateField(_("au"))
    goal = models.CharField(_("objectif"), max_length=200, blank=True)
    target_people = models.PositiveIntegerField(_("personnes à toucher"), null=True, blank=True)
    mission = models.ForeignKey(
        Mission, models.PROTECT, null=True, blank=True, verbose_name=_("mission"), related_name="+"
    )
    communes = ArrayField(
        models.CharField(max_length=5),
        default=list,
        blank=True,
        verbose_name=_("communes concernées"),
        help_text=_("codes INSEE ; vide : tout le territoire"),
    )
    budget_note = models.TextField(_("note de budget"), max_length=1000, blank=True)
    status = models.CharField(
        _("statut"), max_length=9, choices=CampaignStatus, default=CampaignStatus.DRAFT
    )
    previous = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="next", editable=False
    )
    created_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    published_at = models.DateTimeField(_("publiée le"), null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(_("terminée le"), null=True, blank=True, editable=False)
    key = models.UUIDField(default=uuid4, editable=False)

    objects = CampaignManager()  # type: ignore[misc]

    class Meta(CptsOwned.Meta):
        verbose_name = _("campagne")
        triggers = [
            events_move(
                "campaign",
                *("topic_id", "title", "audience_note", "is_for_professionals"),
                *("starts_on", "ends_on", "status"),
            )
        ]
        ordering = ["-starts_on", "title"]
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="campaign_mission_same_cpts", field="mission"),
            SameCpts(name="campaign_previous_same_cpts", field="previous"),
            SameCpts(name="campaign_author_same_cpts", field="created_by"),
            models.UniqueConstraint(name="campaign_form_once", fields=["cpts", "key"]),
            models.CheckConstraint(
                name="campaign_ends_after_it_starts", condition=Q(ends_on__gte=F("starts_on"))
            ),
            models.CheckConstraint(
                name="campaign_does_not_follow_itself",
                condition=Q(previous=None) | ~Q(previous=F("id")),
            ),
            models.CheckConstraint(
                name="campaign_published_has_its_time",
                condition=Q(status="draft", published_at=None)
                | Q(~Q(status="draft"), published_at__isnull=False),
            ),
            models.CheckConstraint(
                name="campaign_closed_has_its_time",
                condition=Q(status="closed", closed_at__isnull=False)
                | Q(~Q(status="closed"), closed_at=None),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class CampaignPage(CptsOwned):
    """Plain text: blank lines make paragraphs, addresses of sites become links."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="pages")
    position = models.PositiveSmallIntegerField(_("ordre"))
    title = models.CharField(_("titre"), max_length=120)
    body = models.TextField(_("texte"), max_length=10_000)

    class Meta(CptsOwned.Meta):
        verbose_name = _("page d’une campagne")
        verbose_name_plural = _("pages des campagnes")
        ordering = ["position", "pk"]
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="campaign_page_campaign_same_cpts", field="campaign"),
            models.UniqueConstraint(
                name="campaign_page_position_once",
                fields=["campaign", "position"],
                deferrable=models.Deferrable.DEFERRED,
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Picture(CptsOwned):
    """A picture drawn anew as WebP: nothing that hid in the file that arrived is left."""

    page = models.ForeignKey(CampaignPage, models.CASCADE, related_name="pictures")
    content = models.BinaryField(_("image"))
    alt = models.CharField(_("ce que montre l’image"), max_length=200)
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    position = models.PositiveSmallIntegerField(_("ordre"), default=0)

    class Meta(CptsOwned.Meta):
        verbose_name = _("image d’une campagne")
        verbose_name_plural = _("images des campagnes")
        ordering = ["position", "pk"]
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="picture_page_same_cpts", field="page"),
            models.CheckConstraint(name="picture_tells_what_it_shows", condition=~Q(alt="")),
            models.CheckConstraint(
                name="picture_within_its_frame",
                condition=Q(width__range=(1, LARGEST_PICTURE), height__range=(1, LARGEST_PICTURE)),
            ),
        ]

    def __str__(self) -> str:
        return self.alt


class CampaignPartner(CptsOwned):
    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="partners")
    name = models.CharField(_("partenaire"), max_length=120)
    contribution = models.CharField(_("apport"), max_length=200, blank=True)

    class Meta(CptsOwned.Meta):
        verbose_name = _("partenaire d’une campagne")
        verbose_name_plural = _("partenaires des campagnes")
        ordering = ["name"]
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="campaign_partner_campaign_same_cpts", field="campaign"),
            models.UniqueConstraint(
                name="campaign_partner_once",
                fields=["campaign", "name"],
                violation_error_message=_("Ce partenaire est déjà noté."),
            ),
        ]

    def __str__(self) -> str:
        return self.name
