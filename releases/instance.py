"""The container instance that carries one image of a release, as OCI wants it described."""

from collections.abc import Mapping
from typing import Any

from releases import images

GRACE_SECONDS = 30
HEALTH = {"intervalInSeconds": 5, "timeoutInSeconds": 3, "failureThreshold": 3, "successThreshold": 1, "initialDelayInSeconds": 2}


def name(plan: Mapping[str, Any], role: str, number: int, job: str) -> str:
    """Return a name that tells what runs there, and that a second try of the same job makes again."""
    return f"{plan['place']['instance_name']}{role}-{plan['version']}-{job[:8]}-{number}"


def tags(plan: Mapping[str, Any], role: str, number: int, job: str) -> dict[str, str]:
    """Return the tags by which the instance is found again when the answer to its creation was lost."""
    marks = {"portal-job": job, "portal-step": f"start_{role}_{number}", "portal-release": plan["version"]}
    return {**plan["place"]["tags"], **marks}


def details(plan: Mapping[str, Any], role: str, number: int, *, job: str, domain: str, namespace: str) -> dict[str, Any]:
    """Return the body of the call that creates the instance."""
    place, shape = plan["place"], plan["place"]["shape"]
    address = images.url(plan["images"][role], region=place["region"], namespace=namespace)
    return {
        "displayName": name(plan, role, number, job),
        "compartmentId": place["compartment"],
        "availabilityDomain": domain,
        "shape": shape["name"],
        "shapeConfig": {"ocpus": shape["ocpus"][role], "memoryInGBs": shape["memory_gb"][role]},
        "containers": [_container(plan, role, address)],
        "vnics": [{"subnetId": place["subnet"], "nsgIds": [place["nsg"]], "isPublicIpAssigned": False}],
        "containerRestartPolicy": "ALWAYS",
        "gracefulShutdownTimeoutInSeconds": GRACE_SECONDS,
        "freeformTags": tags(plan, role, number, job),
    }


def _container(plan: Mapping[str, Any], role: str, address: str) -> dict[str, Any]:
    container: dict[str, Any] = {"displayName": role, "imageUrl": address, "environmentVariables": environment_variables(plan)}
    if role == "worker":
        return {**container, "command": plan["worker_command"]}
    check = {"healthCheckType": "HTTP", "name": "health", "path": plan["place"]["health_path"], "port": plan["place"]["port"]}
    return {**container, "healthChecks": [{**check, **HEALTH}]}


def environment_variables(plan: Mapping[str, Any]) -> dict[str, str]:
    """Return the container's variables: plain ones, and for each secret its OCID, never its value."""
    return {**plan["variables"], **{f"{secret['name']}_SECRET_OCID": secret["ocid"] for secret in plan["secrets"]}}
