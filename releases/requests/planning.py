"""Makes the plan of a release from the environment, and says when it is stale."""

from collections.abc import Mapping
from dataclasses import replace

from environments import naming
from environments.models import Environment
from releases.deployment import migration, sequence, signing
from releases.deployment.images import Image
from releases.frontend import config as frontend
from releases.models import Deployment
from releases.requests.plan import (
    ContainerCheck,
    ImageName,
    InstanceShape,
    LiveRelease,
    Placement,
    PlannedBundle,
    PlannedStep,
    ReleasePlan,
    SecretVersion,
)

SHAPE = "CI.Standard.E4.Flex"
# The worker's image starts the API unless told otherwise.
WORKER_COMMAND = ["python", "-m", "app.workers.compute_worker"]


def make(
    environment: Environment,
    *,
    version: str,
    git_sha: str,
    images: Mapping[str, Image],
    alembic_head: str = "",
    bundle: PlannedBundle | None = None,
) -> ReleasePlan:
    """Return the plan for these parts of a release; without a head nothing is migrated."""
    chosen = {role: image.planned() for role, image in images.items()}
    return complete(environment, ReleasePlan(version, git_sha, chosen, alembic_head, bundle))


def complete(environment: Environment, plan: ReleasePlan) -> ReleasePlan:
    """Return the plan with all that the environment decides as it is now: place, secrets, steps."""
    fresh = replace(
        plan,
        environment=environment.slug,
        approvals_needed=environment.setting("approvals_needed"),
        approvers=environment.setting("approvers"),
        previous=_previous(environment),
        retire=[old.instances() for old in Deployment.objects.of(environment).idle()],
        place=placement(environment),
        variables=_variables(environment),
        secrets=_secrets(environment),
        worker_command=WORKER_COMMAND,
        migration=migration.plan(plan.alembic_head),
        frontend=frontend.frontend_config(environment) if plan.bundle else None,
        signing=signing.terms(environment),
    )
    steps = [PlannedStep(step.name, step.label) for step in sequence.deploy(fresh)]
    return replace(fresh, steps=steps)


def stale(environment: Environment, plan: ReleasePlan) -> list[str]:
    """Return which parts of a plan no longer match the environment; empty when it may run."""
    fresh = complete(environment, plan)
    gone = {old.deployment for old in fresh.retire} <= {old.deployment for old in plan.retire}
    if gone:  # instances that were removed meanwhile are no reason to ask people again
        fresh = replace(fresh, retire=plan.retire)
    now, then = fresh.as_json(), plan.as_json()
    changed = [name for name in sorted(now.keys() | then.keys()) if now.get(name) != then.get(name)]
    same_steps = [step.name for step in fresh.steps] == [step.name for step in plan.steps]
    if changed == ["steps"] and same_steps:  # other labels of the same steps are no change
        return []
    return [_NAMES.get(name, name) for name in changed]


def placement(environment: Environment) -> Placement:
    """Return where in OCI the instances run and who sends them traffic."""
    setting = environment.setting
    return Placement(
        region=environment.home_region,
        compartment=environment.ocid("compartment"),
        subnet=environment.ocid("subnet.private"),
        nsg=environment.ocid("nsg.app"),
        load_balancer=environment.ocid("load_balancer"),
        backend_set=naming.BACKEND_SET,
        port=setting("backend_port"),
        health_path=setting("health_path"),
        api_url=environment.api_url,
        instance_name=naming.thing(environment.prefix, environment.slug, ""),
        counts=_by_role(environment, "instances"),
        shape=InstanceShape(
            SHAPE, _by_role(environment, "ocpus"), _by_role(environment, "memory_gb")
        ),
        check=ContainerCheck(
            setting("check_interval_seconds"),
            setting("check_timeout_seconds"),
            setting("check_failures"),
            setting("check_delay_seconds"),
        ),
        tags={
            "project": environment.prefix,
            "env": environment.slug,
            "owner": environment.owner,
            "costCenter": environment.cost_center,
        },
    )


def _by_role(environment: Environment, what: str) -> dict[str, int]:
    return {role: environment.setting(f"{role}_{what}") for role in ("api", "worker")}


def _previous(environment: Environment) -> LiveRelease | None:
    live = Deployment.objects.of(environment).live().first()
    if live is None:
        return None
    release, found = live.release, live.instances()
    return LiveRelease(
        found.deployment,
        found.release,
        found.version,
        found.api,
        found.workers,
        images={
            "api": ImageName(release.api_tag, release.api_digest),
            "worker": ImageName(release.worker_tag, release.worker_digest),
        },
        git_sha=release.git_sha,
    )


def _variables(environment: Environment) -> dict[str, str]:
    """Return the plain variables; without APP_ENV=production the application lets anybody in."""
    origins = ",".join(frontend.allowed_origins(environment))
    plain = {"APP_ENV": "production", "CORS_ALLOWED_ORIGINS": origins}
    if environment.setting("compute_async"):
        backend = environment.setting("compute_queue_backend")
        plain |= {"COMPUTE_ASYNC_ENABLED": "true", "COMPUTE_QUEUE_BACKEND": backend}
    return plain


def _secrets(environment: Environment) -> list[SecretVersion]:
    """Return the secrets of containers: one that their policy does not name would stop them."""
    return [
        SecretVersion(row.name, row.secret_ocid, row.version_number)
        for row in environment.secrets.order_by("name")
        if naming.reaches_containers(row.name)
    ]


_NAMES = {
    "approvals_needed": "the number of approvals",
    "approvers": "who may approve",
    "previous": "the release that is live",
    "retire": "the instances to remove",
    "place": "the environment's resources or settings",
    "secrets": "the versions of the secrets",
    "variables": "the environment variables",
    "steps": "the steps",
    "frontend": "where the frontend is served, or which one is",
    "signing": "whose signature the images need",
    "migration": "how the database is migrated",
}
