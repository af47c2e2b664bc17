"""Runs an environment's smoke test against its application, and keeps the result as evidence."""

import base64
from typing import Any

from environments.models import Environment
from portal.accounts.access import allow
from portal.accounts.models import User
from portal.audit.trail import record
from portal.audit.verbs import Outcome, Verb
from portal.cloud.door import Door
from portal.jobs.dispatch import submit
from portal.jobs.models import Job
from portal.lib.clock import now
from portal.lib.refusal import Refused
from releases.models import SmokeRun, SmokeTest
from releases.smoke.client import Client, Credentials
from releases.smoke.run import FAILED, Result, Runner
from releases.smoke.run import Outcome as TestOutcome

KIND = "releases.smoke"
USERNAME, PASSWORD = "INSTRUCTOR_USERNAME", "INSTRUCTOR_PASSWORD"


def order(environment: Environment, user: User) -> Job:
    """Start a run on the button; one at a time, and not beside a deployment, which runs the test itself."""
    slug = environment.slug
    allow(SmokeTest.can_run(user), user, f"run the smoke test of {slug}", verb=Verb.SMOKE_TEST, environment=slug)
    moving = Job.objects.active(slug).filter(kind__in=("releases.deploy", "releases.rollback")).first()
    if moving:
        raise Refused(
            f"'{moving.title}' is under way and runs the smoke test itself.",
            next_step="Look at its result when it is over.",
            verb=Verb.SMOKE_TEST,
            environment=slug,
        )
    spec = {"plan": {"place": {"region": environment.home_region}}}
    return submit(KIND, environment=slug, actor=user.actor, spec=spec, dedupe=f"smoke:{slug}")


def run(environment: Environment, cloud: Door, *, job: Any, deployment: int | None = None) -> SmokeRun:
    """Read the instructor's pair from Vault into memory, run the test, store what came out, say so in the audit trail."""
    began = now()
    outcome = _test(environment, credentials(environment, cloud, job=job), tag=str(job.pk)[:8])
    kept = SmokeRun.objects.create(
        environment=environment,
        deployment_id=deployment,
        job=job,
        passed=outcome.passed,
        words=outcome.words[:500],
        results=outcome.as_json(),
        started_at=began,
    )
    record(
        Verb.SMOKE_TEST,
        actor=job.as_actor,
        subject=f"smoke_run:{kept.pk}",
        environment=environment.slug,
        outcome=Outcome.DONE if kept.passed else Outcome.FAILED,
        job=job.pk,
        detail={"words": kept.words, "deployment": deployment},
    )
    return kept


def credentials(environment: Environment, cloud: Door, *, job: Any) -> Credentials:
    """Return the instructor's pair, into memory alone."""
    return Credentials(*(_secret(environment, cloud, name, job) for name in (USERNAME, PASSWORD)))


def _test(environment: Environment, credentials: Credentials, *, tag: str) -> TestOutcome:
    if credentials.are_defaults:
        words = "INSTRUCTOR_USERNAME and INSTRUCTOR_PASSWORD are the application's built-in pair, which everybody knows"
        return TestOutcome([Result("credentials", "", state=FAILED, words=words)])
    if not environment.api_url:
        raise Refused(f"{environment.slug} has no address yet.", next_step="Plan and apply it first.")
    steps = SmokeTest.objects.for_environment(environment).parsed()
    return Runner(Client(environment.api_url), credentials, tag=tag).run(steps)


def _secret(environment: Environment, cloud: Door, name: str, job: Any) -> str:
    """Return a secret's current value, into memory alone; that it was read is recorded first."""
    reference = environment.secrets.filter(name=name).first()
    if reference is None:
        raise Refused(f"{environment.slug} has no secret {name}.", next_step="Plan and apply the environment first.")
    record(Verb.SECRET_READ, actor=job.as_actor, subject=f"secret:{name}", environment=environment.slug, job=job.pk)
    bundle = cloud.read("secrets", "get_secret_bundle", reference.secret_ocid).data
    return base64.b64decode(bundle["secretBundleContent"]["content"]).decode()
