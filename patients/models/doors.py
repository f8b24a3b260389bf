"""How the patient comes in without an account: a draft, then a private link."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.fields import EncryptedTextField
from cpts_portal.core.scoping import CptsOwned, SameCpts
from members.models import Cpts
from patients.models.requests import GPRequest


class PrivateLink(CptsOwned):
    """The patient's key to her own request: 128 random bits, kept hashed, expiring, revocable."""

    request = models.ForeignKey(GPRequest, models.CASCADE, related_name="private_links")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta(CptsOwned.Meta):
        verbose_name = _("lien privé")
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="private_link_request_same_cpts", field="request"),
            models.CheckConstraint(
                name="private_link_expires_later", condition=Q(expires_at__gt=F("created_at"))
            ),
        ]

    def __str__(self) -> str:
        return f"lien {self.pk}"

    def is_valid_at(self, now: Any) -> bool:
        return self.revoked_at is None and now < self.expires_at


class RequestDraft(models.Model):
    """A public form being filled in, before any CPTS owns it; erased after 7 days unconfirmed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    cpts = models.ForeignKey(Cpts, models.CASCADE, null=True, blank=True, related_name="+")
    answers = EncryptedTextField(_("réponses"), default="{}")
    language = models.CharField(max_length=2, default="fr")
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    code_hash = models.CharField(max_length=64, blank=True)
    code_expires_at = models.DateTimeField(null=True, blank=True)
    code_attempts = models.PositiveSmallIntegerField(default=0)
    codes_sent = models.PositiveSmallIntegerField(default=0)
    request = models.OneToOneField(
        GPRequest, models.CASCADE, null=True, blank=True, related_name="draft"
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("brouillon de demande")
        constraints = [
            models.CheckConstraint(
                name="draft_confirmed_became_a_request",
                condition=Q(request=None, confirmed_at=None)
                | Q(request__isnull=False, confirmed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="draft_code_expires",
                condition=Q(code_hash="") | Q(code_expires_at__isnull=False),
            ),
        ]
        indexes = [models.Index(name="draft_by_age", fields=["updated_at"])]

    def __str__(self) -> str:
        return f"brouillon {self.pk}"
