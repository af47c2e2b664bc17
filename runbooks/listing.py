"""Every runbook as it reads now, for whoever takes them elsewhere."""

from runbooks.models.runbook import current
from runbooks.triage import TYPES


def listed() -> list[tuple[str, str, str]]:
    """Return type, title and text (Markdown) of each runbook."""
    return [(kind.slug, kind.title, current(kind.slug).text) for kind in TYPES.values()]
