"""Starting the deployment of an approved release."""

from typing import Any

from django.db import transaction

from portal.accounts.access import allow
from portal.accounts.models import User
from portal.audit.trail import record
from portal.audit.verbs import Verb
from portal.jobs.dispatch import submit
from portal.jobs.models import Job
from portal.lib.canonical import digest
from portal.lib.refusal import Refused
from releases.approvals import blockers
from releases.models import Deployment, Release


def deploy(release: Release, user: User) -> Job:
    """Start the job that carries the release out; the caller holds the lock on its row."""
    about = {"subject": release.subject, "environment": release.environment.slug}
    allow(release.can_deploy(user), user, f"deploy release {release.pk}", verb=Verb.RELEASE_DEPLOY, **about)
    check_may_run(release, Release.State.APPROVED)
    blockers.refuse_blocked(release, Verb.RELEASE_DEPLOY)
    with transaction.atomic():
        deployment = Deployment.objects.create(environment=release.environment, release=release, previous=_live(release))
        job = submit(
            "releases.deploy",
            environment=release.environment.slug,
            actor=user.actor,
            title=f"Deploy {release.version} to {release.environment.slug}",
            spec={"release": release.pk, "deployment": deployment.pk, "digest": release.digest, "plan": release.plan},
        )
        Deployment.objects.filter(pk=deployment.pk).update(job=job)
        release.mark_deploying(job)
        record(
            Verb.RELEASE_DEPLOY,
            actor=user.actor,
            subject=release.subject,
            environment=release.environment.slug,
            job=job.pk,
            detail={"version": release.version, "plan": release.digest},
        )
    return job


def try_deploy(release: Release, user: User) -> Job | None:
    """Start the deployment; None when another job has the environment, and the release stays approved."""
    try:
        with transaction.atomic():
            return deploy(release, user)
    except Refused:
        busy = Job.objects.active(release.environment.slug).filter(mutating=True).exists()
        if not busy:
            raise
        release.refresh_from_db()
        return None


def check_may_run(release: Release, state: str) -> None:
    """Refuse unless the release is in that state, its plan unchanged, with enough approvals by people who still may approve."""
    if release.state != state:
        raise _refused(release, f"it is {release.get_state_display()}", "Only an approved release is deployed.")
    if digest(release.plan) != release.digest:
        raise _refused(
            release, "its plan is not what its digest says", "Request it again, and find out who changed the database."
        )
    count = release.tally()
    if not count.enough and not release.is_break_glass:
        raise _refused(release, f"it has {count.words}", "Somebody who may approve has to agree to it.")


def check_starter(release: Release, actor: str) -> None:
    """Refuse when the person who started the deployment may not deploy any more."""
    word, _, name = actor.partition(":")
    if word == "user" and not release.can_deploy(User.objects.filter(username=name).first()):
        raise _refused(release, f"{name}, who started it, may no longer deploy", "Cancel the job: the traffic goes back.")


def _refused(release: Release, why: str, next_step: str) -> Refused:
    about: dict[str, Any] = {"subject": release.subject, "environment": release.environment.slug, "verb": Verb.RELEASE_DEPLOY}
    return Refused(f"Release {release.pk} ({release}) cannot run: {why}.", next_step=next_step, **about)


def _live(release: Release) -> Deployment | None:
    return Deployment.objects.of(release.environment).live().first()
