"""Runs an environment's smoke test against its application, and keeps the result as evidence."""

import base64
from typing import Any

from environments.models import Environment
from portal.accounts.access import allow
from portal.accounts.models import User
from portal.audit.trail import record
from portal.audit.verbs import Outcome, Verb
from portal.cloud.door import Door
from portal.cloud.errors import CloudError, NotFoundOrForbidden
from portal.jobs.dispatch import submit
from portal.jobs.models import Job
from portal.lib.clock import now
from portal.lib.http import Client
from portal.lib.refusal import Refused
from releases.models import SmokeRun, SmokeTest, SmokeVersion
from releases.smoke.client import Credentials
from releases.smoke.run import FAILED, Result, Runner
from releases.smoke.run import Outcome as TestOutcome

KIND = "releases.smoke"


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
    return submit(KIND, environment=slug, actor=user.actor, spec=spec(environment, SmokeRun.Origin.BUTTON), dedupe=key(slug))


def spec(environment: Environment, origin: str) -> dict[str, Any]:
    """Return the order of a run by itself, outside of a deployment."""
    return {"origin": origin, "plan": {"place": {"region": environment.home_region}}}


def key(slug: str) -> str:
    """Return what keeps an environment's runs apart: two at once would spoil each other's exam."""
    return f"smoke:{slug}"


def run(environment: Environment, cloud: Door, *, job: Any, origin: str, deployment: int | None = None) -> SmokeRun:
    """Read the instructor's pair from Vault into memory, run the test, store what came out, say so in the audit trail."""
    began, version = now(), _version(environment)
    request_id = f"portal-smoke-{str(job.pk)[:8]}"
    outcome = _outcome(environment, cloud, version, job=job, origin=origin, request_id=request_id)
    kept = SmokeRun.objects.create(
        environment=environment,
        deployment_id=deployment,
        job=None if origin == SmokeRun.Origin.SCHEDULE else job,  # what schedules set off is deleted, this is not
        version=version,
        origin=origin,
        url=address(environment)[:300],
        request_id=request_id,
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
        detail={"words": kept.words, "deployment": deployment, "version": version.number, "origin": origin},
    )
    return kept


def address(environment: Environment) -> str:
    """Return where the application that is tested answers; nothing when there is no such place yet."""
    return str(environment.setting("smoke_url") or environment.api_url)


def credentials(environment: Environment, cloud: Door, *, job: Any) -> Credentials:
    """Return the instructor's pair, into memory alone."""
    names = [environment.setting("smoke_username"), environment.setting("smoke_password")]
    return Credentials(*(_secret(environment, cloud, name, job) for name in names))


def _version(environment: Environment) -> SmokeVersion:
    test = SmokeTest.objects.for_environment(environment)
    return test.versions.get(number=test.number)


def _outcome(
    environment: Environment, cloud: Door, version: SmokeVersion, *, job: Any, origin: str, request_id: str
) -> TestOutcome:
    """Run the test. By schedule, what keeps it from beginning is a failed run too: nobody else would hear of it."""
    try:
        pair = credentials(environment, cloud, job=job)
        return _test(environment, pair, version, request_id=request_id)
    except (Refused, CloudError) as error:
        if origin != SmokeRun.Origin.SCHEDULE:
            raise
        return _not_begun(str(error))


def _test(environment: Environment, pair: Credentials, version: SmokeVersion, *, request_id: str) -> TestOutcome:
    if pair.are_defaults:
        return _not_begun("the instructor's name and password are the application's built-in pair, which everybody knows")
    if not address(environment):
        raise Refused(f"{environment.slug} has no address yet.", next_step="Plan and apply it first.")
    client = Client(address(environment))
    return Runner(client, pair, request_id=request_id, seconds=environment.setting("smoke_seconds")).run(version.parsed())


def _not_begun(words: str) -> TestOutcome:
    return TestOutcome([Result("credentials", "", state=FAILED, words=words)])


def _secret(environment: Environment, cloud: Door, name: str, job: Any) -> str:
    """Return a secret's current value, into memory alone; that it was read is recorded first."""
    ocid = _ocid(environment, name)
    record(Verb.SECRET_READ, actor=job.as_actor, subject=f"secret:{name}", environment=environment.slug, job=job.pk)
    try:
        bundle = cloud.read("secrets", "get_secret_bundle", ocid).data
    except NotFoundOrForbidden as error:
        raise Refused(
            f"The portal may not read the secret {name} of {environment.slug}, or it is gone. (Request {error.request_id}.)",
            next_step="The portal reads no secret that a policy does not name to it. Let one say: Allow group <the portal's> to "
            f"read secret-bundles in compartment id <its compartment> where target.secret.id = '{ocid}'",
        ) from error
    return base64.b64decode(bundle["secretBundleContent"]["content"]).decode()


def _ocid(environment: Environment, name: str) -> str:
    if name.startswith("ocid1."):
        return name
    reference = environment.secrets.filter(name=name).first()
    if reference is None:
        raise Refused(f"{environment.slug} has no secret {name}.", next_step="Plan and apply the environment first.")
    return str(reference.secret_ocid)
