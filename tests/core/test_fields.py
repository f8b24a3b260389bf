"""Encrypted columns: unreadable in the table, searched by their hash, rewritten with a new key."""

from __future__ import annotations

import re
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.core.management.base import SystemCheckError
from django.db import connection, models
from hypothesis import given
from hypothesis import strategies as st

from cpts_portal.core import audit
from cpts_portal.core.fields import (
    EncryptedTextField,
    Undecipherable,
    decrypt,
    encrypt,
    keyed_hash,
)
from cpts_portal.core.management.commands import rotate_keys
from cpts_portal.core.models import AuditEntry
from patients.models import Patient
from tests.factories import PatientFactory

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
texts = st.text(st.characters(exclude_categories=["Cs"]))


def stored(model: type[models.Model], column: str, pk: object) -> str:
    with connection.cursor() as cursor:
        statement = f"SELECT {column} FROM {model._meta.db_table} WHERE id = %s"  # noqa: S608
        cursor.execute(statement, [pk])
        return cursor.fetchone()[0]


@given(texts)
def test_what_is_encrypted_is_read_back(text):
    assert decrypt(encrypt(text)) == text


def test_the_table_holds_no_readable_text(cpts):
    patient = PatientFactory(cpts=cpts, phone="+33639980123")

    token = stored(Patient, "phone", patient.pk)

    assert "0123" not in token
    assert decrypt(token) == "+33639980123"
    assert Patient.objects.get().phone == "+33639980123"


def test_the_same_text_never_gives_the_same_token(cpts):
    assert encrypt("+33639980123") != encrypt("+33639980123")


def test_an_empty_text_stays_empty_and_can_be_asked_for(cpts):
    patient = PatientFactory(cpts=cpts, contact_name="")

    assert stored(Patient, "contact_name", patient.pk) == ""
    assert Patient.objects.filter(contact_name="").exists()
    assert not Patient.objects.exclude(contact_name="").exists()


def test_a_missing_text_can_be_asked_for(cpts):
    PatientFactory(cpts=cpts)

    assert not Patient.objects.filter(contact_name__isnull=True).exists()


@pytest.mark.parametrize(
    "search",
    [
        {"phone": "+33639980123"},
        {"phone__in": ["+33639980123"]},
        {"phone__startswith": "+33"},
        {"phone__gt": ""},
        {"phone__icontains": "99"},
    ],
)
def test_an_encrypted_column_cannot_be_searched(cpts, search):
    with pytest.raises(TypeError, match="keyed hash"):
        Patient.objects.filter(**search)


def test_its_keyed_hash_finds_it_again(cpts):
    patient = PatientFactory(cpts=cpts, phone="+33639980123")

    assert Patient.objects.get(phone_hash=keyed_hash("+33639980123")) == patient


def test_keyed_hash_is_stable_and_hangs_on_its_key(settings):
    settings.FIELD_HASH_KEY = "one"
    first = keyed_hash("+33639980123")
    again = keyed_hash("+33639980123")
    settings.FIELD_HASH_KEY = "another"

    assert first == again
    assert re.fullmatch("[0-9a-f]{64}", first)
    assert keyed_hash("+33639980123") != first
    assert keyed_hash("") == ""


def test_a_text_of_another_key_says_which_setting_is_wrong(settings):
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    token = encrypt("en toutes lettres")
    settings.FIELD_ENCRYPTION_KEYS = [NEW]

    with pytest.raises(Undecipherable, match="FIELD_ENCRYPTION_KEYS"):
        decrypt(token)


def test_a_key_that_is_none_says_what_one_looks_like(settings):
    settings.FIELD_ENCRYPTION_KEYS = ["motdepasse"]

    with pytest.raises(ImproperlyConfigured, match="32 octets en base64"):
        encrypt("texte")


def test_a_key_that_is_none_is_told_before_anything_runs(settings):
    settings.FIELD_ENCRYPTION_KEYS = ["trop-courte"]

    with pytest.raises(SystemCheckError, match="32 octets en base64"):
        call_command("check")


def test_rotation_writes_every_text_again_with_the_first_key(settings, coordinator, monkeypatch):
    monkeypatch.setattr(rotate_keys, "BATCH", 2)
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    patients = [PatientFactory(cpts=coordinator.cpts, contact_name="Line") for _ in range(5)]
    trace = audit.record(coordinator, "suspend", by=coordinator, reason="départ")
    output = StringIO()

    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    call_command("rotate_keys", stdout=output)

    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    assert "patients.Patient : 5 lignes." in output.getvalue()
    assert [p.contact_name for p in Patient.objects.order_by("pk")] == ["Line"] * 5
    assert Patient.objects.get(pk=patients[4].pk).phone == patients[4].phone
    assert AuditEntry.objects.get(pk=trace.pk).reason == "départ"


def test_rotation_writes_the_secrets_of_second_factors_again(settings, coordinator):
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    mine = {"user": coordinator.user}
    totp = Authenticator.objects.create(type="totp", data={"secret": encrypt("JBSWY3DP")}, **mine)
    codes = Authenticator.objects.create(
        type="recovery_codes",
        data={"seed": encrypt("graine"), "used_mask": 3, "migrated_codes": [encrypt("1234")]},
        **mine,
    )
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]

    call_command("rotate_keys", stdout=StringIO())

    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    totp.refresh_from_db()
    codes.refresh_from_db()
    assert decrypt(totp.data["secret"]) == "JBSWY3DP"
    assert decrypt(codes.data["seed"]) == "graine"
    assert [decrypt(code) for code in codes.data["migrated_codes"]] == ["1234"]
    assert codes.data["used_mask"] == 3


def test_rotation_stops_at_a_text_that_no_key_opens(settings, cpts):
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    PatientFactory(cpts=cpts)
    settings.FIELD_ENCRYPTION_KEYS = [NEW]

    with pytest.raises(CommandError, match=r"patients\.Patient : Aucune clé"):
        call_command("rotate_keys", stdout=StringIO())


def test_rotation_knows_every_encrypted_column():
    known = {
        (model._meta.label, name)
        for model in apps.get_models()
        for name in rotate_keys.encrypted_fields(model)
    }

    assert {("patients.Patient", "phone"), ("core.Message", "recipient")} <= known
    assert known == {
        (model._meta.label, field.name)
        for model in apps.get_models()
        for field in model._meta.local_fields
        if isinstance(field, EncryptedTextField)
    }
