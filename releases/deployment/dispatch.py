"""Starting the deployment of an approved release."""

from django.db import transaction

from portal.accounts.access import allow
from portal.accounts.models import User
from portal.audit.trail import audit
from portal.audit.verbs import Verb
from portal.jobs.dispatch import submit
from portal.jobs.models import Job
from portal.lib.canonical import digest
from portal.lib.refusal import Refused
from releases.approvals import blockers
from releases.models import Deployment, Release


def deploy(release: Release, user: User) -> Job:
    """Start the job that deploys the release; the caller holds the lock on its row."""
    act = release.act(Verb.RELEASE_DEPLOY)
    allow(release.can_deploy(user), user, f"deploy release {release.pk}", act)
    check_may_run(release, Release.State.APPROVED)
    blockers.refuse_blocked(release, Verb.RELEASE_DEPLOY)
    slug = release.environment.slug
    with transaction.atomic():
        live = Deployment.objects.of(release.environment).live().first()
        deployment = Deployment.objects.create(
            environment=release.environment, release=release, previous=live
        )
        job = submit(
            "releases.deploy",
            environment=slug,
            actor=user.actor,
            title=f"Deploy {release.version} to {slug}",
            spec={
                "release": release.pk,
                "deployment": deployment.pk,
                "digest": release.digest,
                "plan": release.plan,
            },
        )
        Deployment.objects.filter(pk=deployment.pk).update(job=job)
        release.mark_deploying(job)
        detail = {"version": release.version, "plan": release.digest}
        audit(act, actor=user.actor, job=job.pk, detail=detail)
    return job


def try_deploy(release: Release, user: User) -> Job | None:
    """Start the deployment; None when another job has the environment."""
    try:
        with transaction.atomic():
            return deploy(release, user)
    except Refused:
        busy = Job.objects.holding(release.environment.slug).exists()
        if not busy:
            raise
        release.refresh_from_db()
        return None


def check_may_run(release: Release, state: str) -> None:
    """Refuse unless the release is in that state, its plan unchanged, still approved."""
    if release.state != state:
        why = f"it is {release.get_state_display()}"
        raise _refused(release, why, "Only an approved release is deployed.")
    if digest(release.plan) != release.digest:
        why = "its plan does not match its digest"
        raise _refused(release, why, "Request it again, and find out who changed the database.")
    count = release.tally()
    if not count.enough and not release.is_break_glass:
        why = f"it has {count.words}"
        raise _refused(release, why, "Another person who may approve has to approve it.")


def _refused(release: Release, why: str, next_step: str) -> Refused:
    return Refused(
        f"Release {release.pk} ({release}) cannot be deployed: {why}.",
        next_step=next_step,
        act=release.act(Verb.RELEASE_DEPLOY),
    )
