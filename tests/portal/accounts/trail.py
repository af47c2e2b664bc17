"""What the audit trail says, for tests that check it."""

import json

from portal.audit.models import Event


def trail(verb: str) -> list[dict]:
    """Return the rows of one verb, oldest first."""
    return [json.loads(event.body) for event in Event.objects.filter(verb=verb).order_by("id")]


def everything() -> str:
    """Return all rows as one text, to look for what must not be in it."""
    return "\n".join(Event.objects.values_list("body", flat=True))
