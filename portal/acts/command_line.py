"""The person at the command line: how audit rows name them, and how they are told no."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import CommandError

from portal.audit.trail import record
from portal.audit.verbs import Outcome, Verb
from portal.cloud.errors import CloudError
from portal.lib.refusal import Refused


def operator() -> str:
    """Return the actor of a command."""
    return f"command:{getpass.getuser()}"


@contextmanager
def told(command: str) -> Iterator[None]:
    """Turn refusals (exit 2) and trouble with OCI (exit 1) into one message; a refusal is in the audit trail as well."""
    try:
        yield
    except Refused as error:
        record(
            Verb(error.act.verb or Verb.REFUSED),
            actor=operator(),
            subject=error.act.subject or f"command:{command}",
            environment=error.act.environment,
            outcome=Outcome.REFUSED,
            detail={"reason": error.message, "command": command},
        )
        raise CommandError(str(error), returncode=2) from error
    except CloudError as error:
        raise CommandError(str(error), returncode=1) from error
