"""The starter of a job, asked again before each of its calls."""

from collections.abc import Callable

from portal.accounts.actor import Actor, may_still
from portal.accounts.models import User
from portal.jobs.models import Job
from portal.lib.act import Act
from portal.lib.refusal import Forbidden


def check_starter(job: Job, predicate: Callable[[User | None], bool], act: Act, words: str) -> None:
    """Refuse when the person who started the job, or owns the token that did, may no longer do it.

    `words` complete "dan, who started it, may no longer ...". The way back is always open.
    """
    if job.undoing or may_still(job.actor, predicate):
        return
    raise Forbidden(
        f"{Actor.parse(job.actor).account}, who started it, may no longer {words}.",
        next_step="Cancel the job: what it did is undone.",
        act=act,
    )
