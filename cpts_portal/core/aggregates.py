"""What SQL adds up that Django has no word for."""

from __future__ import annotations

from django.db.models import Aggregate, DurationField


class Median(Aggregate):
    """PostgreSQL's continuous median of a duration; null over no rows."""

    template = "PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()
