"""The table of job kinds, imported on first use."""

import logging
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from portal.jobs.definition import JobKind
from portal.lib.refusal import Missing

log = logging.getLogger(__name__)


def find_kind(name: str) -> JobKind | None:
    """Return a kind by its present or former name; None when this process lacks it."""
    present = name if name in settings.JOB_KINDS else settings.JOB_KIND_ALIASES.get(name, name)
    path = settings.JOB_KINDS.get(present)
    kind = _imported(path) if path else None
    return kind() if kind else None


def load_kind(name: str) -> JobKind:
    """Return a kind as `find_kind` does; raise Missing when this process lacks it."""
    kind = find_kind(name)
    if kind is None:
        raise Missing(
            f"There is no job kind '{name}'.",
            next_step="JOB_KINDS and JOB_KIND_ALIASES in portal/settings.py have them all.",
        )
    return kind


def runnable_kinds() -> dict[str, int]:
    """Return the code version of every kind that this process has, by present and former names."""
    names = [*settings.JOB_KINDS, *settings.JOB_KIND_ALIASES]
    return {name: kind.code_version for name in names if (kind := find_kind(name))}


@cache
def _imported(path: str) -> type[JobKind] | None:
    """Import a kind; one that fails to import is treated as missing, so that it stops no other."""
    try:
        found: type[JobKind] = import_string(path)
    except Exception:
        log.exception("the job kind %s cannot be imported", path)
        return None
    return found
