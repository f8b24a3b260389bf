"""The two ways in which the portal says no."""


class Refused(Exception):
    """The state of things forbids it (409): `str()` is a sentence for the person, in French."""


class NotPermitted(Refused):
    """The person may not do it (403), whatever the state."""
