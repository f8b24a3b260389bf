"""When a survey takes answers, and when its figures may be read."""

from __future__ import annotations

from datetime import date

from members.models import Survey

FEWEST_BALLOTS = 5


def is_open_survey(survey: Survey, today: date) -> bool:
    """Open and not past its last day, worker or not."""
    return (
        survey.status == Survey.Status.OPEN
        and survey.closes_on is not None
        and survey.closes_on >= today
    )


def may_show_results(ballots: int) -> bool:
    """With fewer than five answers, figures would tell who said what."""
    return ballots >= FEWEST_BALLOTS
