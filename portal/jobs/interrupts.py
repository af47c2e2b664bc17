"""What ends the run of a step from outside.

Interrupts are no `Exception`s, so that no step swallows one by accident.
"""


class Interrupted(BaseException):
    """The engine ends this run of the step before its next call."""


class Fenced(Interrupted):
    """The lease is lost: this worker may write nothing about the job any more."""


class Cancelled(Interrupted):
    """The job is being cancelled: no new call."""


class Draining(Interrupted):
    """This worker stops; another one goes on with the step."""


class AskOperator(Exception):
    """Raised by the engine where only an operator can say how the job goes on."""

    def __init__(self, message: str, next_step: str) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step


class NotSettled(Exception):
    """Raised by the engine while OCI does not show yet whether a call happened; tried again."""
