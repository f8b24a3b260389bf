"""One CPTS at a time: business rows are read inside a scope, and no row points across two CPTSs."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement, Table
from django_scopes import scope, scopes_disabled
from django_scopes.exceptions import ScopeError
from django_scopes.state import get_scope

__all__ = ["CptsOwned", "SameCpts", "ScopeError", "ScopedManager", "open_scope", "scopes_disabled"]

open_scope = scope
"""`with open_scope(cpts=…)`: the one place through which a CPTS's rows become readable."""


_M = TypeVar("_M", bound=models.Model)


class ClosedQuerySet(models.QuerySet[_M]):
    """Rows outside any scope: whatever one asks of them raises ScopeError.

    Creating stays open, since it reads nothing and PostgreSQL judges the new row; so does the
    empty queryset, which forms declare before there is a scope.
    """

    OPEN = frozenset({"create", "db", "model", "none", "using"})

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("_") or name in ClosedQuerySet.OPEN:
            return super().__getattribute__(name)
        raise _closed(super().__getattribute__("model"))

    def none(self) -> Any:
        return models.QuerySet(self.model).none()

    def __iter__(self) -> Any:
        raise _closed(self.model)

    def __len__(self) -> int:
        raise _closed(self.model)

    def __bool__(self) -> bool:
        raise _closed(self.model)

    def __getitem__(self, key: Any) -> Any:
        raise _closed(self.model)


def _closed(model: type[models.Model]) -> ScopeError:
    return ScopeError(f"{model.__name__}: no CPTS is open here, see core.scoping.open_scope.")


class ScopedManager(models.Manager[_M]):
    """Rows of the open CPTS only; any reading outside an open scope raises ScopeError.

    Give it a queryset's words with `ScopedManager.from_queryset(…)`.
    """

    def get_queryset(self) -> models.QuerySet[_M]:
        scope_now = get_scope()
        if not scope_now.get("_enabled", True):
            return super().get_queryset()
        if "cpts" not in scope_now:
            return ClosedQuerySet(self.model, using=self._db)
        return super().get_queryset().filter(cpts=scope_now["cpts"])

    def all(self) -> models.QuerySet[_M]:
        """As Django's own: rows that were prefetched are not read again."""
        found = self.get_queryset()
        return found.all() if isinstance(found, ClosedQuerySet) else found


class CptsOwned(models.Model):
    """A row of one CPTS; `UNIQUE (id, cpts_id)` lets children point at it with `SameCpts`."""

    cpts = models.ForeignKey(settings.CPTS_MODEL, models.PROTECT, related_name="+")

    objects = ScopedManager()

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_id_within_cpts", fields=["id", "cpts"]
            )
        ]


class SameCpts(models.BaseConstraint):
    """Composite foreign key `(field_id, cpts_id)`: PostgreSQL itself refuses a row of another CPTS.

    A null `field` passes, as in any foreign key. The target model must be `CptsOwned`.
    """

    def __init__(self, *, name: str, field: str) -> None:
        super().__init__(name=name)
        self.field = field

    def _addition(self, model: type[models.Model], editor: BaseDatabaseSchemaEditor) -> Statement:
        return Statement(
            "ALTER TABLE %(table)s ADD %(definition)s",
            table=Table(model._meta.db_table, editor.quote_name),
            definition=self._definition(model, editor),
        )

    def _definition(self, model: type[models.Model], editor: BaseDatabaseSchemaEditor) -> str:
        field = cast("models.ForeignKey[Any, Any]", model._meta.get_field(self.field))
        target = field.remote_field.model._meta
        quote = editor.quote_name
        return (
            f"CONSTRAINT {quote(self.name)} FOREIGN KEY ({quote(field.column)}, {quote('cpts_id')})"
            f" REFERENCES {quote(target.db_table)} "
            f"({quote(str(target.pk.column))}, {quote('cpts_id')})"
            " DEFERRABLE INITIALLY DEFERRED"
        )

    def constraint_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> str:
        """Nothing inline: the key is added once the migration has made the parent's UNIQUE."""
        assert model is not None
        assert schema_editor is not None
        schema_editor.deferred_sql.append(self._addition(model, schema_editor))
        return ""

    def create_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> Any:
        return self.constraint_sql(model, schema_editor)

    def remove_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> Any:
        assert model is not None
        assert schema_editor is not None
        return Statement(
            "ALTER TABLE %(table)s DROP CONSTRAINT %(name)s",
            table=Table(model._meta.db_table, schema_editor.quote_name),
            name=schema_editor.quote_name(self.name),
        )

    def validate(
        self,
        model: type[models.Model],
        instance: models.Model,
        exclude: Any = None,
        using: str = "default",
    ) -> None:
        related = getattr(instance, self.field, None)
        if related is not None and related.cpts_id != cast("Any", instance).cpts_id:
            raise ValidationError(self.get_violation_error_message())

    def deconstruct(self) -> tuple[str, tuple[()], dict[str, Any]]:
        path, _, kwargs = super().deconstruct()
        return path, (), {**kwargs, "field": self.field}

    def __eq__(self, other: object) -> bool:
        if isinstance(other, SameCpts):
            return (self.name, self.field) == (other.name, other.field)
        return super().__eq__(other)

    def __hash__(self) -> int:
        return hash((self.name, self.field))
