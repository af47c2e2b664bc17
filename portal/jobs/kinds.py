"""The table of job kinds, imported on first use."""

from django.conf import settings
from django.utils.module_loading import import_string

from portal.jobs.definition import JobKind
from portal.lib.refusal import Missing


def kind_named(name: str) -> JobKind:
    """Return the kind that JOB_KINDS in the settings has under this name."""
    try:
        path = settings.JOB_KINDS[name]
    except KeyError as error:
        raise Missing(
            f"There is no job kind '{name}'.", next_step="The table JOB_KINDS in portal/settings.py has them all."
        ) from error
    made: JobKind = import_string(path)()
    return made
