"""Writing to the audit trail; there is no other way in."""

import re
from collections.abc import Mapping
from typing import Any, TypedDict, Unpack

from django.db import connection

from portal.audit.verbs import Outcome, Verb
from portal.lib import current
from portal.lib.act import Act
from portal.lib.canonical import canonical, digest
from portal.lib.redact import redact_words
from portal.lib.storable import storable

LONGEST_TEXT = 2000
LONGEST_DETAIL = 60_000
_ACTOR = re.compile(r"anonymous|(user|token|job|system|command):.+", re.DOTALL)
_NAMES = ("actor", "verb", "subject", "environment", "outcome", "job", "request_id", "detail")
_APPEND = f"SELECT public.audit_append({', '.join(f'%({name})s' for name in _NAMES)})"


class AuditFields(TypedDict, total=False):
    """What `audit` and `audit_row` take beside the act and the actor."""

    subject: str
    environment: str
    outcome: Outcome
    job: object
    request_id: str
    detail: Mapping[str, Any] | None


def audit(act: Act | Verb, *, actor: str, **fields: Unpack[AuditFields]) -> int:
    """Add one row to the trail in the current transaction and return its id.

    Fails closed: when the row cannot be written this raises, and the act with it. `detail` is
    canonical JSON (no floats) and is masked like a log line. A row written in a request names that
    request by itself.
    """
    with connection.cursor() as cursor:
        cursor.execute(_APPEND, audit_row(act, actor=actor, **fields))
        return int(cursor.fetchone()[0])


def audit_row(
    act: Act | Verb,
    *,
    actor: str,
    subject: str = "",
    environment: str = "",
    outcome: Outcome = Outcome.DONE,
    job: object = "",
    request_id: str = "",
    detail: Mapping[str, Any] | None = None,
) -> dict[str, str]:
    """Return what `audit_append` takes, by name, to add the row together with what it is about."""
    if not _ACTOR.fullmatch(actor):
        raise ValueError(
            "an actor is 'anonymous' or user:, token:, job:, system: or command: and a name, "
            f"not {actor!r}"
        )
    done = act if isinstance(act, Act) else Act(act, subject, environment)
    texts = {
        "actor": actor,
        "verb": Verb(done.verb),
        "subject": done.subject,
        "environment": done.environment,
        "outcome": Outcome(outcome),
        "job": str(job or ""),
        "request_id": request_id or current.request_id.get(),
    }
    return {**{name: clean(text) for name, text in texts.items()}, "detail": _detail(detail or {})}


def _detail(detail: Mapping[str, Any]) -> str:
    text = canonical(clean(redact_words(dict(detail)))).decode()
    if len(text) <= LONGEST_DETAIL:
        return text
    short = {"shortened": True, "characters": len(text), "start": text[:LONGEST_TEXT]}
    return canonical({**short, "digest": digest(text)}).decode()


def clean(value: object) -> Any:
    """Return the value with every text fit to store: no NUL, no lone surrogate, not too long."""
    return _shortened(storable(value))


def _shortened(value: object) -> Any:
    if isinstance(value, str):
        more = f"… ({len(value)} characters)"
        return value if len(value) <= LONGEST_TEXT else value[:LONGEST_TEXT] + more
    if isinstance(value, Mapping):
        return {_shortened(key): _shortened(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_shortened(item) for item in value]
    return value
