"""The table of job kinds, imported on first use."""

import logging
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from portal.jobs.definition import JobKind
from portal.lib.refusal import Missing

log = logging.getLogger(__name__)


def find_kind(name: str) -> JobKind | None:
    """Return the kind that a job was stored under, also when it was renamed since; None when this process lacks it."""
    path = settings.JOB_KINDS.get(name) or settings.JOB_KINDS.get(settings.JOB_KIND_ALIASES.get(name))
    kind = _imported(path) if path else None
    return kind() if kind else None


def kind_named(name: str) -> JobKind:
    """Return the kind of this name, as `find_kind` does; raise Missing when this process lacks it."""
    kind = find_kind(name)
    if kind is None:
        raise Missing(
            f"There is no job kind '{name}'.",
            next_step="The tables JOB_KINDS and JOB_KIND_ALIASES in portal/settings.py have them all.",
        )
    return kind


def runnable_kinds() -> dict[str, int]:
    """Return the code version of every kind that this process can run, by each name that a stored job may have."""
    names = [*settings.JOB_KINDS, *settings.JOB_KIND_ALIASES]
    return {name: kind.code_version for name in names if (kind := find_kind(name))}


@cache
def _imported(path: str) -> type[JobKind] | None:
    """Import a kind. One that cannot be imported stops no other: its jobs wait for a worker that has it."""
    try:
        found: type[JobKind] = import_string(path)
    except Exception:
        log.exception("the job kind %s cannot be imported", path)
        return None
    return found
