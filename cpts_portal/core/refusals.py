"""The ways in which the portal says no; `str()` is a sentence for the person, in French."""


class Refused(Exception):
    """The state of things forbids it."""

    status = 409


class NotPermitted(Refused):
    """The person may not do it, whatever the state."""

    status = 403


class Throttled(Refused):
    """Too many in too short a time; `retry_after` is in seconds."""

    status = 429

    def __init__(self, sentence: str, *, retry_after: int) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after
