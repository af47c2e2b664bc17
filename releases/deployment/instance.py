"""The container instance that carries one image of a release, as OCI wants it described."""

from collections.abc import Mapping
from typing import Any

from releases.deployment import images

GRACE_SECONDS = 30
FIRST_CHECK_SECONDS = 2


def name(plan: Mapping[str, Any], role: str, number: int, job: str) -> str:
    """Return a name that tells what runs there, and that a second try of the same job makes again."""
    return f"{plan['place']['instance_name']}{role}-{plan['version']}-{job[:8]}-{number}"


def tags(plan: Mapping[str, Any], step: str, job: str) -> dict[str, str]:
    """Return the tags by which the instance is found again when the answer to its creation was lost."""
    marks = {"portal-job": job, "portal-step": step, "portal-release": plan["version"]}
    return {**plan["place"]["tags"], **marks}


def details(plan: Mapping[str, Any], role: str, number: int, *, job: str, domain: str, namespace: str) -> dict[str, Any]:
    """Return the body of the call that creates an instance that serves."""
    described = {
        "displayName": name(plan, role, number, job),
        "containers": [_container(plan, role, namespace)],
        "containerRestartPolicy": "ALWAYS",
        "freeformTags": tags(plan, f"start_{role}_{number}", job),
    }
    return {**_stands(plan, role, domain), **described}


def migration(plan: Mapping[str, Any], *, job: str, domain: str, namespace: str) -> dict[str, Any]:
    """Return the body of the call that creates the one-off instance: it runs its command once, whatever comes of it."""
    container = {**_bare(plan, "api", namespace), "displayName": "migrate", "command": plan["migration"]["command"]}
    described = {
        "displayName": name(plan, "migrate", 1, job),
        "containers": [container],
        "containerRestartPolicy": "NEVER",
        "freeformTags": tags(plan, "migrate", job),
    }
    return {**_stands(plan, "api", domain), **described}


def _stands(plan: Mapping[str, Any], role: str, domain: str) -> dict[str, Any]:
    """Return where an instance stands, and how large it is."""
    place, shape = plan["place"], plan["place"]["shape"]
    return {
        "compartmentId": place["compartment"],
        "availabilityDomain": domain,
        "shape": shape["name"],
        "shapeConfig": {"ocpus": shape["ocpus"][role], "memoryInGBs": shape["memory_gb"][role]},
        "vnics": [{"subnetId": place["subnet"], "nsgIds": [place["nsg"]], "isPublicIpAssigned": False}],
        "gracefulShutdownTimeoutInSeconds": GRACE_SECONDS,
    }


def _bare(plan: Mapping[str, Any], role: str, namespace: str) -> dict[str, Any]:
    address = images.url(plan["images"][role], region=plan["place"]["region"], namespace=namespace)
    return {"displayName": role, "imageUrl": address, "environmentVariables": environment_variables(plan)}


def _container(plan: Mapping[str, Any], role: str, namespace: str) -> dict[str, Any]:
    container = _bare(plan, role, namespace)
    if role == "worker":
        return {**container, "command": plan["worker_command"]}
    return {**container, "healthChecks": [_check(plan["place"])]}


def _check(place: Mapping[str, Any]) -> dict[str, Any]:
    """Return the container's health check: OCI looks at the status alone, never at the body."""
    return {
        "healthCheckType": "HTTP",
        "name": "health",
        "path": place["health_path"],
        "port": place["port"],
        "initialDelayInSeconds": FIRST_CHECK_SECONDS,
        "intervalInSeconds": place["check"]["interval_seconds"],
        "timeoutInSeconds": place["check"]["timeout_seconds"],
        "failureThreshold": place["check"]["failures"],
        "successThreshold": 1,
    }


def environment_variables(plan: Mapping[str, Any]) -> dict[str, str]:
    """Return the container's variables: plain ones, and for each secret its OCID, never its value."""
    return {**plan["variables"], **{f"{secret['name']}_SECRET_OCID": secret["ocid"] for secret in plan["secrets"]}}
