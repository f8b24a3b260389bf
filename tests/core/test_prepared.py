"""A question that PostgreSQL plans once a connection."""

from __future__ import annotations

import pytest
from django.db import DataError, connection, transaction
from django.test.utils import CaptureQueriesContext

from cpts_portal.core import prepared

pytestmark = pytest.mark.django_db
ADD = "SELECT %s::int + %s::int"


def planned() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        return [statement for (statement,) in cursor.fetchall()]


def test_one_answers_each_time_with_its_own_values():
    assert [prepared.one(ADD, [number, 1]) for number in range(4)] == [(1,), (2,), (3,), (4,)]


def test_one_is_planned_once_it_has_been_asked_again():
    for number in range(5):
        prepared.one("SELECT %s::int AS planned_once", [number])

    assert [one for one in planned() if "planned_once" in one] == ["SELECT $1::int AS planned_once"]


def test_one_without_a_row_is_none():
    assert prepared.one("SELECT 1 WHERE %s::int = 2", [3]) is None


def test_one_fails_as_any_query_of_django_does():
    with pytest.raises(DataError), transaction.atomic():
        prepared.one("SELECT 1 / %s::int", [0])


def test_one_is_read_with_its_values_by_whoever_listens():
    with CaptureQueriesContext(connection) as asked:
        assert prepared.one(ADD, [1, 2]) == (3,)

    assert [one["sql"] for one in asked] == ["SELECT 1::int + 2::int"]
