"""The plan of a release: everything that will run, frozen, so that people agree to exactly that."""

from collections.abc import Mapping
from typing import Any

from environments import naming
from environments.models import Environment
from portal.lib.canonical import digest
from releases.deployment import migration, sequence, signing
from releases.deployment.images import Image
from releases.frontend import config as frontend
from releases.models import Deployment

SHAPE = "CI.Standard.E4.Flex"
WORKER_COMMAND = ["python", "-m", "app.workers.compute_worker"]  # the worker's image starts the API unless told otherwise
INHERITED = ("version", "git_sha", "images", "alembic_head", "bundle")


def make(
    environment: Environment,
    *,
    version: str,
    git_sha: str,
    images: Mapping[str, Image],
    alembic_head: str = "",
    bundle: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the plan for these parts of a release as the environment stands now; without a head nothing is migrated."""
    chosen = {role: image.as_json() for role, image in images.items()}
    parts = {"version": version, "git_sha": git_sha, "images": chosen, "alembic_head": alembic_head, "bundle": bundle}
    return complete(environment, parts)


def complete(environment: Environment, what: Mapping[str, Any]) -> dict[str, Any]:
    """Add to what shall run all that the environment decides: where, with which secrets, in place of what, by which steps."""
    plan = {
        **what,
        "environment": environment.slug,
        "approvals_needed": environment.setting("approvals_needed"),
        "approvers": environment.setting("approvers"),
        "previous": _previous(environment),
        "retire": [old.facts() for old in Deployment.objects.of(environment).idle()],
        "place": place(environment),
        "variables": _variables(environment),
        "secrets": _secrets(environment),
        "worker_command": WORKER_COMMAND,
        "migration": migration.order(what.get("alembic_head") or ""),
        "frontend": frontend.frontend_config(environment) if what.get("bundle") else None,
        "signing": signing.terms(environment),
    }
    plan["steps"] = [{"name": step.name, "label": step.label} for step in sequence.deploy(plan)]
    return plan


def stale(environment: Environment, plan: Mapping[str, Any]) -> list[str]:
    """Return which parts of a plan no longer match the environment; empty when it may run as it was approved."""
    fresh = complete(environment, {name: plan[name] for name in INHERITED if name in plan})
    if _numbers(fresh) <= _numbers(plan):  # instances that are gone meanwhile are no reason to ask people again
        fresh["retire"] = plan["retire"]
    if digest(fresh) == digest(plan):
        return []
    return [_NAMES.get(name, name) for name in sorted(fresh.keys() | plan.keys()) if fresh.get(name) != plan.get(name)]


def place(environment: Environment) -> dict[str, Any]:
    """Return where in OCI the instances stand and who sends them traffic."""
    return {
        "region": environment.home_region,
        "compartment": environment.ocid("compartment"),
        "subnet": environment.ocid("subnet.private"),
        "nsg": environment.ocid("nsg.app"),
        "load_balancer": environment.ocid("load_balancer"),
        "backend_set": naming.BACKEND_SET,
        "port": environment.setting("backend_port"),
        "health_path": environment.setting("health_path"),
        "api_url": environment.api_url,
        "instance_name": naming.thing(environment.prefix, environment.slug, ""),
        "counts": {"api": environment.setting("api_instances"), "worker": environment.setting("worker_instances")},
        "shape": {"name": SHAPE, "ocpus": _each(environment, "ocpus"), "memory_gb": _each(environment, "memory_gb")},
        "check": {name: environment.setting(f"check_{name}") for name in ("interval_seconds", "timeout_seconds", "failures")},
        "tags": {
            "project": environment.prefix,
            "env": environment.slug,
            "owner": environment.owner,
            "costCenter": environment.cost_center,
        },
    }


def _each(environment: Environment, what: str) -> dict[str, int]:
    """Return a size of both roles' instances."""
    return {role: environment.setting(f"{role}_{what}") for role in ("api", "worker")}


def _numbers(plan: Mapping[str, Any]) -> set[int]:
    """Return which deployments' instances a plan removes."""
    return {old["deployment"] for old in plan["retire"]}


def _previous(environment: Environment) -> dict[str, Any] | None:
    live = Deployment.objects.of(environment).live().first()
    if live is None:
        return None
    release = live.release
    images = {
        "api": {"tag": release.api_tag, "digest": release.api_digest},
        "worker": {"tag": release.worker_tag, "digest": release.worker_digest},
    }
    return {**live.facts(), "images": images, "git_sha": release.git_sha}


def _variables(environment: Environment) -> dict[str, str]:
    """Return the plain variables; without APP_ENV=production the application lets anybody in."""
    origins = frontend.allowed_origins(environment)
    plain = {"APP_ENV": "production", "CORS_ALLOWED_ORIGINS": ",".join(origins)}
    if environment.setting("compute_async"):
        plain |= {"COMPUTE_ASYNC_ENABLED": "true", "COMPUTE_QUEUE_BACKEND": environment.setting("compute_queue_backend")}
    return plain


def _secrets(environment: Environment) -> list[dict[str, Any]]:
    """Return the secrets by reference: the container fetches the values itself."""
    return [
        {"name": secret.name, "ocid": secret.secret_ocid, "version": secret.version_number}
        for secret in environment.secrets.order_by("name")
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
