"""The container instance that carries one image of a release, as OCI wants it described."""

from typing import Any

from releases.deployment import images
from releases.requests.plan import Placement, ReleasePlan

GRACE_SECONDS = 30


def name(plan: ReleasePlan, role: str, number: int, job: str) -> str:
    """Return a name that a second try of the same job makes again."""
    return f"{plan.place.instance_name}{role}-{plan.version}-{job[:8]}-{number}"


def tags(plan: ReleasePlan, step: str, job: str) -> dict[str, str]:
    """Return the tags that find the instance when the answer to its creation was lost."""
    marks = {"portal-job": job, "portal-step": step, "portal-release": plan.version}
    return {**plan.place.tags, **marks}


def details(
    plan: ReleasePlan, role: str, number: int, *, job: str, domain: str, namespace: str
) -> dict[str, Any]:
    """Return the body of the call that creates an instance that serves."""
    described = {
        "displayName": name(plan, role, number, job),
        "containers": [_serving_container(plan, role, namespace)],
        "containerRestartPolicy": "ALWAYS",
        "freeformTags": tags(plan, f"start_{role}_{number}", job),
    }
    return {**_placement(plan, role, domain), **described}


def migration(plan: ReleasePlan, *, job: str, domain: str, namespace: str) -> dict[str, Any]:
    """Return the body of the call that creates the one-off instance: it runs its program once."""
    arguments = list(plan.migration.command) if plan.migration else []
    container = {
        **_container(plan, "api", namespace),
        "displayName": "migrate",
        "arguments": arguments,
    }
    described = {
        "displayName": name(plan, "migrate", 1, job),
        "containers": [container],
        "containerRestartPolicy": "NEVER",
        "freeformTags": tags(plan, "migrate", job),
    }
    return {**_placement(plan, "api", domain), **described}


def _placement(plan: ReleasePlan, role: str, domain: str) -> dict[str, Any]:
    place, shape = plan.place, plan.place.shape
    return {
        "compartmentId": place.compartment,
        "availabilityDomain": domain,
        "shape": shape.name,
        "shapeConfig": {"ocpus": shape.ocpus[role], "memoryInGBs": shape.memory_gb[role]},
        "vnics": [{"subnetId": place.subnet, "nsgIds": [place.nsg], "isPublicIpAssigned": False}],
        "gracefulShutdownTimeoutInSeconds": GRACE_SECONDS,
    }


def _container(plan: ReleasePlan, role: str, namespace: str) -> dict[str, Any]:
    """Return what all containers have.

    A role's program goes into `arguments`, never into `command`: that would displace the image's
    entry point, which reads the secrets (docs/conceptlens-image.md).
    """
    address = images.url(plan.images[role], region=plan.place.region, namespace=namespace)
    return {
        "displayName": role,
        "imageUrl": address,
        "environmentVariables": environment_variables(plan),
    }


def _serving_container(plan: ReleasePlan, role: str, namespace: str) -> dict[str, Any]:
    container = _container(plan, role, namespace)
    if role == "worker":
        return {**container, "arguments": list(plan.worker_command)}
    return {**container, "healthChecks": [_health_check(plan.place)]}


def _health_check(place: Placement) -> dict[str, Any]:
    """Return the container's health check: OCI looks at the status alone, never at the body."""
    return {
        "healthCheckType": "HTTP",
        "name": "health",
        "path": place.health_path,
        "port": place.port,
        "initialDelayInSeconds": place.check.delay_seconds,
        "intervalInSeconds": place.check.interval_seconds,
        "timeoutInSeconds": place.check.timeout_seconds,
        "failureThreshold": place.check.failures,
        "successThreshold": 1,
        # OCI's default is KILL: a database that hangs would end all containers at once. The load
        # balancer's own check takes the traffic away.
        "failureAction": "NONE",
    }


def environment_variables(plan: ReleasePlan) -> dict[str, str]:
    """Return the container's variables; of each secret the OCID, never the value."""
    return {**plan.variables, **{f"{one.name}_SECRET_OCID": one.ocid for one in plan.secrets}}
