"""Why a message did not leave: worth another try, or not."""


class DeliveryFailure(Exception):
    """`code` is short and says nothing of the person: "smtp_451", "sms_timeout"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code[:60]


class TemporaryFailure(DeliveryFailure):
    """The next try may succeed: server away, mailbox full, our own settings wrong."""


class FinalFailure(DeliveryFailure):
    """This address will never take this message."""
