"""One CPTS at a time: by the managers, then by PostgreSQL itself, for every table there is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pgtrigger
import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.state import ModelState, ProjectState
from django.db.migrations.writer import MigrationWriter
from django.utils import timezone

from cpts_portal.core.scoping import (
    CptsOwned,
    SameCpts,
    ScopedManager,
    ScopeError,
    open_scope,
    scopes_disabled,
)
from members.models import Membership, Practice, PracticeMember
from patients.models import (
    ContactAttempt,
    GPRequest,
    Intake,
    Note,
    Patient,
    PriorityRuleSet,
    PrivateLink,
    Referral,
)
from prevention.models import Delivery
from tests.factories import (
    CptsFactory,
    GPRequestFactory,
    IntakeFactory,
    MembershipFactory,
    PatientFactory,
    PracticeFactory,
    PracticeMemberFactory,
    ReferralFactory,
    RuleSetFactory,
)
from tests.members import rows
from tests.prevention import rows as prevention_rows
from tests.unscheduled_care import rows as care_rows

OWNED = [model for model in apps.get_models() if issubclass(model, CptsOwned)]
KEYS = [
    (model, field)
    for model in OWNED
    for field in model._meta.concrete_fields
    if field.is_relation and issubclass(field.related_model, CptsOwned)
]
ROWS = {
    ContactAttempt: lambda cpts: ContactAttempt.objects.create(
        cpts=cpts,
        request=GPRequestFactory(cpts=cpts),
        by=MembershipFactory(cpts=cpts),
        way="phone",
    ),
    GPRequest: lambda cpts: GPRequestFactory(cpts=cpts, assigned_to=MembershipFactory(cpts=cpts)),
    Intake: lambda cpts: IntakeFactory(membership__cpts=cpts),
    Note: lambda cpts: Note.objects.create(
        cpts=cpts,
        request=GPRequestFactory(cpts=cpts),
        author=MembershipFactory(cpts=cpts),
        body="a rappelé",
    ),
    Patient: lambda cpts: PatientFactory(cpts=cpts),
    Practice: lambda cpts: PracticeFactory(cpts=cpts),
    PracticeMember: lambda cpts: PracticeMemberFactory(membership__cpts=cpts),
    PriorityRuleSet: lambda cpts: RuleSetFactory(cpts=cpts),
    PrivateLink: lambda cpts: PrivateLink.objects.create(
        cpts=cpts,
        request=GPRequestFactory(cpts=cpts),
        token_hash=f"hash of {cpts.pk}",
        expires_at=timezone.now() + timedelta(days=1),
    ),
    Referral: lambda cpts: ReferralFactory(request__cpts=cpts),
    **rows.ROWS,
    **care_rows.ROWS,
    **prevention_rows.ROWS,
}
"""One row of each table that points, or is pointed at: a new table names its own here."""
KINDS = {(Delivery, key): make for key, make in prevention_rows.DELIVERIES.items()}
"""Where one row cannot set every key: the row that sets this one."""

each_owned = pytest.mark.parametrize("model", OWNED, ids=lambda model: model.__name__)
each_key = pytest.mark.parametrize(
    ("model", "field"), KEYS, ids=[f"{model.__name__}-{field.name}" for model, field in KEYS]
)
QUESTIONS = [
    list,
    lambda rows: rows.all(),
    lambda rows: rows.count(),
    lambda rows: rows.exists(),
    lambda rows: rows.exclude(pk=0),
    lambda rows: rows.in_bulk([1]),
    lambda rows: rows.select_related("user"),
    lambda rows: rows.values_list("pk"),
    lambda rows: rows.update(rpps=""),
    lambda rows: rows.current(),
    lambda rows: rows[0],
    bool,
    len,
]


def same_cpts_of(model: type[models.Model], field: models.Field) -> SameCpts | None:
    return next(
        (
            constraint
            for constraint in model._meta.constraints
            if isinstance(constraint, SameCpts) and constraint.field == field.name
        ),
        None,
    )


def foreign_keys(table: str) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conrelid = %s::regclass AND contype = 'f'",
            [table],
        )
        return dict(cursor.fetchall())


@pytest.fixture
def other_cpts(cpts: Any) -> Iterator[Any]:
    return CptsFactory(name="CPTS Grand Arras", slug="grand-arras")


@pytest.mark.parametrize("ask", QUESTIONS)
def test_rows_asked_outside_any_scope_raise(db, ask):
    rows = Membership.objects.get_queryset()

    with pytest.raises(ScopeError, match="no CPTS is open"):
        ask(rows)


def test_related_rows_asked_outside_any_scope_raise(db):
    with scopes_disabled():
        membership = MembershipFactory()

    with pytest.raises(ScopeError):
        membership.places.all()


def test_the_empty_queryset_needs_no_scope(db):
    assert list(Membership.objects.none()) == []


def test_a_scope_shows_its_own_rows_alone(cpts, other_cpts):
    here, there = PracticeFactory(cpts=cpts), PracticeFactory(cpts=other_cpts)

    assert list(Practice.objects.all()) == [here]
    with open_scope(cpts=other_cpts):
        assert list(Practice.objects.all()) == [there]
    assert not Practice.objects.filter(pk=there.pk).exists()


def test_related_rows_stay_within_the_scope(cpts, other_cpts):
    place = PracticeMemberFactory(membership__cpts=cpts)

    with open_scope(cpts=other_cpts):
        assert list(place.practice.places.all()) == []


@each_owned
def test_each_table_of_a_cpts_is_read_through_a_scope(model):
    assert isinstance(model._default_manager, ScopedManager)


@each_owned
def test_each_table_of_a_cpts_can_be_pointed_at_with_its_cpts(model, db):
    unique = [c for c in model._meta.constraints if isinstance(c, models.UniqueConstraint)]

    assert (model._meta.pk.name, "cpts") in [c.fields for c in unique]


@each_key
def test_each_key_between_such_tables_carries_the_cpts_along(model, field, db):
    constraint = same_cpts_of(model, field)

    assert constraint is not None
    definition = foreign_keys(model._meta.db_table)[constraint.name]
    assert definition == (
        f"FOREIGN KEY ({field.column}, cpts_id)"
        f" REFERENCES {field.related_model._meta.db_table}(id, cpts_id)"
        " DEFERRABLE INITIALLY DEFERRED"
    )


@each_key
def test_postgresql_refuses_each_key_across_two_cptss(cpts, other_cpts, model, field):
    with scopes_disabled():
        row = KINDS.get((model, field.name), ROWS[model])(cpts)
        stranger = ROWS[field.related_model](other_cpts)

    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        point(row, field, stranger)

    assert refused.value.__cause__.diag.constraint_name == same_cpts_of(model, field).name


def point(row: models.Model, field: models.Field, target: models.Model) -> None:
    """Round every manager, every check of Django's and every trigger."""
    with connection.cursor() as cursor:
        statement = f"UPDATE {row._meta.db_table} SET {field.column} = %s WHERE id = %s"  # noqa: S608
        with pgtrigger.ignore():
            cursor.execute(statement, [target.pk, row.pk])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_form_learns_of_it_before_postgresql(cpts, other_cpts):
    place = PracticeMemberFactory(membership__cpts=cpts)
    place.practice = PracticeFactory(cpts=other_cpts)

    with pytest.raises(ValidationError):
        place.validate_constraints()


def test_a_null_key_crosses_nothing(cpts):
    request = GPRequestFactory(cpts=cpts, assigned_to=None)

    request.validate_constraints()
    assert request.assigned_to is None


def test_same_cpts_is_added_and_removed_by_migrations(db):
    name = "practice_member_practice_same_cpts"
    constraint = SameCpts(name=name, field="practice")
    table = PracticeMember._meta.db_table

    with connection.schema_editor() as editor:
        editor.remove_constraint(PracticeMember, constraint)
    assert name not in foreign_keys(table)

    with connection.schema_editor() as editor:
        editor.add_constraint(PracticeMember, constraint)
    assert name in foreign_keys(table)


def test_same_cpts_is_written_in_a_migration_as_it_was_declared():
    constraint = SameCpts(name="note_request_same_cpts", field="request")

    path, args, kwargs = constraint.deconstruct()

    assert path == "cpts_portal.core.scoping.SameCpts"
    assert SameCpts(*args, **kwargs) == constraint
    assert hash(SameCpts(*args, **kwargs)) == hash(constraint)
    text, imports = MigrationWriter.serialize(constraint)
    assert text == (
        "cpts_portal.core.scoping.SameCpts(field='request', name='note_request_same_cpts')"
    )
    assert imports == {"import cpts_portal.core.scoping"}


def test_a_changed_key_makes_a_migration():
    before, after = ProjectState.from_apps(apps), ProjectState.from_apps(apps)
    changed = after.models["members", "practicemember"] = ModelState.from_model(PracticeMember)
    changed.options["constraints"] = [
        constraint
        for constraint in changed.options["constraints"]
        if not isinstance(constraint, SameCpts)
    ]

    [migration] = MigrationAutodetector(before, after)._detect_changes()["members"]

    assert [type(operation).__name__ for operation in migration.operations] == [
        "RemoveConstraint",
        "RemoveConstraint",
    ]


def test_same_cpts_differs_by_its_name_and_its_field():
    constraint = SameCpts(name="a", field="request")

    assert constraint != SameCpts(name="b", field="request")
    assert constraint != SameCpts(name="a", field="author")
    assert constraint != "a"
