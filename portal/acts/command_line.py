"""The person at the command line: how audit rows name them, and how a command refuses."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import CommandError

from portal.audit.trail import audit
from portal.audit.verbs import Outcome, Verb
from portal.cloud.errors import CloudError
from portal.lib.act import Act
from portal.lib.refusal import Refused


def operator() -> str:
    """Return the actor of a command."""
    return f"command:{getpass.getuser()}"


@contextmanager
def report_refusals(command: str) -> Iterator[None]:
    """Turn refusals (exit 2) and trouble with OCI (exit 1) into one message; audit the refusals."""
    try:
        yield
    except Refused as error:
        act = error.act
        audit(
            Act(act.verb or Verb.REFUSED, act.subject or f"command:{command}", act.environment),
            actor=operator(),
            outcome=Outcome.REFUSED,
            detail={"reason": error.message, "command": command},
        )
        raise CommandError(str(error), returncode=2) from error
    except CloudError as error:
        raise CommandError(str(error), returncode=1) from error
