"""Refusals: what the portal will not do, why, and the next step."""

from portal.lib.act import Act


class Refused(Exception):
    """An act that the portal does not carry out.

    `message` says what and where, `next_step` what to do; neither ever holds a secret. `act` names
    it for the audit row that page, API or command writes when it shows the refusal. `status` is
    the HTTP status shown: 409 by default.
    """

    status = 409

    def __init__(self, message: str, *, next_step: str = "", act: Act | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step
        self.act = act or Act("")

    def __str__(self) -> str:
        return f"{self.message} {self.next_step}".strip()


class Forbidden(Refused):
    """The person may not do this, whatever the state of things."""

    status = 403


class Invalid(Refused):
    """The input cannot be used: the message names the field, the value and the rule."""

    status = 400


class Missing(Refused):
    """The named thing does not exist, or no longer does."""

    status = 404
