"""Runs an environment's smoke test against its application, and keeps the result as evidence."""

import base64
from typing import Any

from environments.models import Environment
from portal.accounts.access import allow
from portal.accounts.models import User
from portal.audit.trail import audit
from portal.audit.verbs import Outcome, Verb
from portal.cloud.client import CloudClient
from portal.cloud.errors import CloudError, NotFoundOrForbidden
from portal.jobs.dispatch import submit
from portal.jobs.models import Job
from portal.lib.act import Act
from portal.lib.clock import now
from portal.lib.http import Client
from portal.lib.refusal import Refused
from releases.models import SmokeRun, SmokeTest, SmokeVersion
from releases.smoke.client import Credentials
from releases.smoke.run import FAILED, SmokeOutcome, SmokeRunner, StepResult

KIND = "releases.smoke"


def start(environment: Environment, user: User) -> Job:
    """Start a run on the button; one at a time, and not beside a deployment."""
    slug, act = environment.slug, environment.act(Verb.SMOKE_TEST)
    allow(SmokeTest.can_run(user), user, f"run the smoke test of {slug}", act)
    changing = Job.objects.active(slug).filter(kind__in=("releases.deploy", "releases.rollback"))
    if moving := changing.first():
        raise Refused(
            f"'{moving.title}' is running and includes the smoke test.",
            next_step="Open its result when it is over.",
            act=act,
        )
    spec = job_spec(environment, SmokeRun.Origin.BUTTON)
    key = dedupe_key(slug)
    return submit(KIND, environment=slug, actor=user.actor, spec=spec, dedupe=key)


def job_spec(environment: Environment, origin: str) -> dict[str, Any]:
    """Return the spec of a run by itself, outside of a deployment."""
    return {"origin": origin, "plan": {"place": {"region": environment.home_region}}}


def dedupe_key(slug: str) -> str:
    """Return what keeps an environment's runs apart: two at once would spoil each other's exam."""
    return f"smoke:{slug}"


def run_test(
    environment: Environment,
    cloud: CloudClient,
    *,
    job: Job,
    origin: str,
    deployment: int | None = None,
) -> SmokeRun:
    """Read the credentials from Vault into memory, run the test, keep and audit the result."""
    began, test = now(), SmokeTest.objects.for_environment(environment)
    version = test.versions.get(number=test.number)
    request_id = f"portal-smoke-{str(job.pk)[:8]}"
    outcome = _outcome(environment, cloud, version, job=job, origin=origin, request_id=request_id)
    kept = SmokeRun.objects.create(
        environment=environment,
        deployment_id=deployment,
        # Jobs of schedules are deleted, their runs are not.
        job=None if origin == SmokeRun.Origin.SCHEDULE else job,
        version=version,
        origin=origin,
        url=address(environment)[:300],
        request_id=request_id,
        passed=outcome.passed,
        words=outcome.words[:500],
        results=outcome.as_json(),
        started_at=began,
    )
    audit(
        kept.act(Verb.SMOKE_TEST),
        actor=job.as_actor,
        outcome=Outcome.DONE if kept.passed else Outcome.FAILED,
        job=job.pk,
        detail={
            "words": kept.words,
            "deployment": deployment,
            "version": version.number,
            "origin": origin,
        },
    )
    return kept


def address(environment: Environment) -> str:
    """Return where the application that is tested answers; empty while there is no such place."""
    return str(environment.setting("smoke_url") or environment.api_url)


def credentials(environment: Environment, cloud: CloudClient, *, job: Job) -> Credentials:
    """Return the instructor's credentials, in memory only."""
    names = [environment.setting("smoke_username"), environment.setting("smoke_password")]
    return Credentials(*(_read_secret(environment, cloud, name, job) for name in names))


def _outcome(
    environment: Environment,
    cloud: CloudClient,
    version: SmokeVersion,
    *,
    job: Job,
    origin: str,
    request_id: str,
) -> SmokeOutcome:
    """Run the test. By schedule, a test that cannot begin is a failed run: else it stays unseen."""
    try:
        pair = credentials(environment, cloud, job=job)
        return _send_requests(environment, pair, version, request_id=request_id)
    except (Refused, CloudError) as error:
        if origin != SmokeRun.Origin.SCHEDULE:
            raise
        return _not_begun(str(error))


def _send_requests(
    environment: Environment, pair: Credentials, version: SmokeVersion, *, request_id: str
) -> SmokeOutcome:
    if pair.are_defaults:
        words = "the instructor's name and password are the application's publicly known defaults"
        return _not_begun(words)
    if not address(environment):
        words = f"{environment.slug} has no address yet."
        raise Refused(words, next_step="Plan and apply it first.")
    seconds = environment.setting("smoke_seconds")
    client = Client(address(environment))
    runner = SmokeRunner(client, pair, request_id=request_id, seconds=seconds)
    return runner.run(version.parsed())


def _not_begun(words: str) -> SmokeOutcome:
    return SmokeOutcome([StepResult("credentials", "", state=FAILED, words=words)])


def _read_secret(environment: Environment, cloud: CloudClient, name: str, job: Job) -> str:
    """Return a secret's current value, in memory only; that it is read is audited first."""
    ocid = _ocid(environment, name)
    act = Act(Verb.SECRET_READ, f"secret:{name}", environment.slug)
    audit(act, actor=job.as_actor, job=job.pk)
    try:
        bundle = cloud.read("secrets", "get_secret_bundle", ocid).data
    except NotFoundOrForbidden as error:
        raise Refused(
            f"The portal may not read the secret {name} of {environment.slug}, or it is gone. "
            f"(Request {error.request_id}.)",
            next_step=(
                f"The portal reads only secrets that its policy names: look whether {ocid} exists,"
                " and compare the policy with what `manage.py portal_policy` prints."
            ),
        ) from error
    return base64.b64decode(bundle["secretBundleContent"]["content"]).decode()


def _ocid(environment: Environment, name: str) -> str:
    if name.startswith("ocid1."):
        return name
    reference = environment.secrets.filter(name=name).first()
    if reference is None:
        words = f"{environment.slug} has no secret {name}."
        raise Refused(words, next_step="Plan and apply the environment first.")
    return str(reference.secret_ocid)
