"""Filing a request: by the patient or for her, one transaction, one row."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cpts_portal.core import audit
from cpts_portal.core.fields import keyed_hash
from cpts_portal.core.models import Commune
from cpts_portal.core.refusals import Refused
from members.models import Cpts, Membership
from patients import notifications, rules
from patients.models import GPRequest, Patient, PriorityRuleSet
from patients.queries.filing import search_name_of, waiting_request


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Who it is and how to reach her: E.164 phones, lower-case e-mail, "" for none."""

    last_name: str
    first_name: str
    birth_date: date
    civility: str = ""
    phone: str = ""
    email: str = ""
    best_hours: str = Patient.BestHours.ANY
    contact_name: str = ""
    contact_phone: str = ""
    language: str = "fr"

    @property
    def search_name(self) -> str:
        return search_name_of(self.last_name, self.first_name)


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What decides the priority and the choice of a GP."""

    commune: Commune
    no_gp_reason: str
    filed_for: str = GPRequest.FiledFor.SELF
    has_ald: bool = False
    is_pregnant: bool = False
    is_disabled: bool = False
    has_c2s: bool = False
    needs_end_of_life_care: bool = False
    is_home_bound: bool = False
    is_under_psychiatric_care: bool = False
    left_hospital_on: date | None = None
    treatment_ends_on: date | None = None
    travel_km: int = 10
    spoken_languages: str = ""
    words: str = ""


@transaction.atomic
def file_request(
    *, cpts: Cpts, identity: Identity, situation: Situation, source: str, by: Membership | None
) -> GPRequest:
    """File for someone else, by phone or on paper; the patient is sent her private link.

    `by` is None when nobody of the CPTS files. Raises Refused, with the reference, when the same
    person already has a request in progress.
    """
    ask_not_waiting(cpts, identity)
    request, token = file_new(
        cpts=cpts, identity=identity, situation=situation, source=source, by=by
    )
    notifications.request_received(request, token)
    return request


def ask_not_waiting(cpts: Cpts, identity: Identity) -> None:
    """Hold the person until the caller commits; raises Refused if she waits already."""
    lock_person(cpts, identity)
    waiting = waiting_request(
        search_name=identity.search_name,
        birth_date=identity.birth_date,
        phone=identity.phone,
        email="" if identity.phone else identity.email,
    )
    if waiting is not None:
        raise Refused(
            _("Cette personne a déjà une demande en cours : %(reference)s.")
            % {"reference": waiting.reference}
        )


def identity_of(patient: Patient) -> Identity:
    """Who she is, as she was filed; raises Refused once that is erased."""
    if patient.birth_date is None:
        raise Refused(_("L’identité est effacée : cette demande ne change plus."))
    return Identity(
        last_name=patient.last_name,
        first_name=patient.first_name,
        birth_date=patient.birth_date,
        phone=patient.phone,
        email=patient.email,
    )


def file_new(
    *, cpts: Cpts, identity: Identity, situation: Situation, source: str, by: Membership | None
) -> tuple[GPRequest, str]:
    """Write patient, request, trace and private link; the link's token is returned, kept nowhere.

    In the caller's transaction, which holds `lock_person`.
    """
    patient = Patient.objects.create(cpts=cpts, **_identity_columns(identity))
    request = GPRequest(
        cpts=cpts,
        patient=patient,
        reference=next_reference(cpts),
        source=source,
        **vars(situation),
    )
    rank(request)
    request.save()
    audit.record(request, "file", by=by or audit.PatientOf(request.pk), target=request.status)
    return request, notifications.open_link(request)


def rank(request: GPRequest, rule_set: PriorityRuleSet | None = None) -> None:
    """Set class, reasons, age band and rule set from the facts as they stand today; unsaved."""
    today = timezone.localdate()
    age = request.patient.age_on(today)
    request.rule_set = rule_set or active_rule_set(request.cpts)
    request.priority, request.priority_reasons = rules.score(
        request, request.rule_set.rules, age, today
    )
    if age is not None:
        request.age_band = rules.age_band(age)


def active_rule_set(cpts: Cpts) -> PriorityRuleSet:
    found = PriorityRuleSet.objects.filter(is_active=True).first()
    return found or create_default_rule_set(cpts)


def create_default_rule_set(cpts: Cpts) -> PriorityRuleSet:
    """Version 1 of the CPTS's rules, once; the existing one if there is one."""
    rules.validate_rules(rules.DEFAULT_RULES)
    rule_set, _created = PriorityRuleSet.objects.get_or_create(
        cpts=cpts, version=1, defaults={"rules": rules.DEFAULT_RULES}
    )
    return rule_set


@transaction.atomic
def create_rule_set(cpts: Cpts, new_rules: rules.RuleSet) -> PriorityRuleSet:
    """The next version, in force at once; raises ValidationError for rules nobody could read."""
    rules.validate_rules(new_rules)
    versions = PriorityRuleSet.objects.select_for_update().order_by("-version")
    last = versions.first()
    versions.filter(is_active=True).update(is_active=False)
    return PriorityRuleSet.objects.create(
        cpts=cpts, version=last.version + 1 if last else 1, rules=new_rules
    )


def next_reference(cpts: Cpts) -> str:
    """ "2026-0418", without a gap: the counter's row is held until the caller commits."""
    year = timezone.localdate().year
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO patients_referencecounter (cpts_id, year, last) VALUES (%s, %s, 1)"
            " ON CONFLICT (cpts_id, year)"
            " DO UPDATE SET last = patients_referencecounter.last + 1 RETURNING last",
            [cpts.pk, year],
        )
        (number,) = cursor.fetchone()
    return f"{year}-{number:04d}"


def lock_person(cpts: Cpts, identity: Identity) -> None:
    """Let one transaction at a time file for this person in this CPTS."""
    person = f"{cpts.pk}/{identity.search_name}/{identity.birth_date.isoformat()}"
    key = int.from_bytes(hashlib.sha256(person.encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])


def _identity_columns(identity: Identity) -> dict[str, Any]:
    return {
        **vars(identity),
        "search_name": identity.search_name,
        "phone_hash": keyed_hash(identity.phone),
        "email_hash": keyed_hash(identity.email),
    }
