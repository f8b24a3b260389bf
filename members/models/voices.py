"""What members say: a suggestion box, short surveys with published answers."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cpts_portal.core.fields import EncryptedTextField
from cpts_portal.core.scoping import CptsOwned, SameCpts
from members.models.memberships import Membership


class Suggestion(CptsOwned):
    """An idea left in the box, signed or not; the answer is for everybody once published.

    `key` comes from the form: the same click twice is one idea.
    """

    author = models.ForeignKey(
        Membership, models.SET_NULL, null=True, blank=True, related_name="suggestions"
    )
    body = EncryptedTextField(_("idée"))
    key = models.UUIDField(editable=False)
    sent_at = models.DateTimeField(_("déposée le"), default=timezone.now)
    answer = models.TextField(_("réponse"), max_length=1500, blank=True)
    answered_by = models.ForeignKey(
        Membership, models.PROTECT, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(_("répondue le"), null=True, blank=True)
    is_published = models.BooleanField(_("publiée avec sa réponse"), default=False)

    class Meta(CptsOwned.Meta):
        verbose_name = _("suggestion")
        ordering = ["-sent_at"]
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="suggestion_author_same_cpts", field="author"),
            SameCpts(name="suggestion_answerer_same_cpts", field="answered_by"),
            models.UniqueConstraint(name="suggestion_once_per_form", fields=["cpts", "key"]),
            models.CheckConstraint(
                name="suggestion_answered_whole_or_not_at_all",
                condition=Q(answer="", answered_by=None, answered_at=None)
                | Q(answer__gt="", answered_by__isnull=False, answered_at__isnull=False),
            ),
            models.CheckConstraint(
                name="suggestion_published_with_its_answer",
                condition=Q(is_published=False) | Q(answer__gt=""),
            ),
        ]

    def __str__(self) -> str:
        return f"suggestion {self.pk}"


class Survey(CptsOwned):
    """A few questions to all members; answers are not tied to who gave them."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("en préparation")
        OPEN = "open", _("ouvert")
        CLOSED = "closed", _("clos")
        PUBLISHED = "published", _("résultats publiés")

    title = models.CharField(_("titre"), max_length=120)
    intro = models.TextField(_("introduction"), max_length=1000, blank=True)
    status = models.CharField(_("statut"), max_length=9, choices=Status, default=Status.DRAFT)
    closes_on = models.DateField(_("répondre avant le"), null=True, blank=True)
    opened_at = models.DateTimeField(_("ouvert le"), null=True, blank=True)
    closed_at = models.DateTimeField(_("clos le"), null=True, blank=True)
    created_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    conclusion = models.TextField(_("ce que nous en faisons"), max_length=1500, blank=True)

    class Meta(CptsOwned.Meta):
        verbose_name = _("questionnaire")
        ordering = ["-pk"]
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="survey_author_same_cpts", field="created_by"),
            models.CheckConstraint(
                name="survey_open_has_its_times",
                condition=Q(status="draft", opened_at=None)
                | Q(~Q(status="draft"), opened_at__isnull=False, closes_on__isnull=False),
            ),
            models.CheckConstraint(
                name="survey_closed_has_its_time",
                condition=Q(status__in=["draft", "open"], closed_at=None)
                | Q(status__in=["closed", "published"], closed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class SurveyQuestion(CptsOwned):
    """`options` are the answers to choose from; none for a scale (1 to 5) or for words."""

    class Kind(models.TextChoices):
        ONE = "one", _("une réponse")
        MANY = "many", _("plusieurs réponses")
        SCALE = "scale", _("une note de 1 à 5")
        WORDS = "words", _("quelques mots")

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="questions")
    position = models.PositiveSmallIntegerField(_("ordre"))
    text = models.CharField(_("question"), max_length=200)
    kind = models.CharField(_("type"), max_length=5, choices=Kind, default=Kind.ONE)
    options = ArrayField(
        models.CharField(max_length=120), verbose_name=_("réponses"), default=list, blank=True
    )

    class Meta(CptsOwned.Meta):
        verbose_name = _("question")
        ordering = ["position"]
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="survey_question_survey_same_cpts", field="survey"),
            models.UniqueConstraint(
                name="survey_question_position_once",
                fields=["survey", "position"],
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(
                name="survey_question_choices_where_one_chooses",
                condition=Q(kind__in=["one", "many"], options__len__gte=2)
                | Q(kind__in=["scale", "words"], options=[]),
            ),
        ]

    def __str__(self) -> str:
        return self.text


class SurveyBallot(CptsOwned):
    """Who has answered, and nothing of what."""

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="ballots")
    membership = models.ForeignKey(Membership, models.CASCADE, related_name="+")

    class Meta(CptsOwned.Meta):
        verbose_name = _("participation")
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="survey_ballot_survey_same_cpts", field="survey"),
            SameCpts(name="survey_ballot_membership_same_cpts", field="membership"),
            models.UniqueConstraint(
                name="survey_ballot_once_per_member", fields=["survey", "membership"]
            ),
        ]

    def __str__(self) -> str:
        return f"participation {self.pk}"


class SurveyAnswer(CptsOwned):
    """What somebody answered: no name, no time, and a key that tells no order."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    question = models.ForeignKey(SurveyQuestion, models.CASCADE, related_name="answers")
    choices = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    words = EncryptedTextField(blank=True)

    class Meta(CptsOwned.Meta):
        verbose_name = _("réponse")
        constraints = [
            *CptsOwned.Meta.constraints,
            SameCpts(name="survey_answer_question_same_cpts", field="question"),
            models.CheckConstraint(
                name="survey_answer_says_something", condition=~Q(choices=[]) | ~Q(words="")
            ),
        ]

    def __str__(self) -> str:
        return f"réponse {self.pk}"
