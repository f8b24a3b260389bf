"""What the coordination does about a request: notes, attempts to reach."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.fields import EncryptedTextField
from cpts_portal.core.scoping import CptsOwned, SameCpts
from members.models import Membership
from patients.models.requests import GPRequest


class Note(CptsOwned):
    """A coordinator's working note on a request; erased with the identity.

    `form_key` names the form it was typed in, so that a form sent twice writes once.
    """

    request = models.ForeignKey(GPRequest, models.CASCADE, related_name="notes")
    author = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    body = EncryptedTextField(_("note"))
    form_key = models.UUIDField(null=True, blank=True, editable=False)
    at = models.DateTimeField(default=timezone.now)

    class Meta(CptsOwned.Meta):
        verbose_name = _("note")
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="note_request_same_cpts", field="request"),
            SameCpts(name="note_author_same_cpts", field="author"),
            models.UniqueConstraint(name="note_once_per_form", fields=["request", "form_key"]),
        ]
        indexes = [models.Index(name="note_of_request", fields=["request", "at"])]

    def __str__(self) -> str:
        return f"note {self.pk}"


class ContactAttempt(CptsOwned):
    """One try at reaching the patient; three over 30 days by two ways make her unreachable."""

    class Way(models.TextChoices):
        PHONE = "phone", _("téléphone")
        SMS = "sms", _("SMS")
        EMAIL = "email", _("courriel")
        LETTER = "letter", _("courrier")

    request = models.ForeignKey(GPRequest, models.CASCADE, related_name="attempts")
    by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    way = models.CharField(_("moyen"), max_length=6, choices=Way)
    has_answered = models.BooleanField(_("a répondu"), default=False)
    form_key = models.UUIDField(null=True, blank=True, editable=False)
    at = models.DateTimeField(default=timezone.now)

    class Meta(CptsOwned.Meta):
        verbose_name = _("tentative de contact")
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="attempt_request_same_cpts", field="request"),
            SameCpts(name="attempt_author_same_cpts", field="by"),
            models.UniqueConstraint(name="attempt_once_per_form", fields=["request", "form_key"]),
        ]
        indexes = [models.Index(name="attempt_of_request", fields=["request", "at"])]

    def __str__(self) -> str:
        return f"tentative {self.pk}"
