"""What PostgreSQL systems may be made of: shapes, versions, networks, backup policies,
passwords.
"""

from __future__ import annotations

import re

from sandbox.oci import errors
from sandbox.oci.call import Call
from sandbox.oci.service import Body
from sandbox.oci.services import vault

VERSIONS = ("14", "15", "16")
FLEXIBLE = ("PostgreSQL.VM.Standard.E4.Flex", "PostgreSQL.VM.Standard.E5.Flex")
SIZES = ((2, 32), (4, 64), (8, 128), (16, 256), (32, 512))
FIXED = {
    f"{shape}.{ocpus}.{memory}GB": (ocpus, memory) for shape in FLEXIBLE for ocpus, memory in SIZES
}
PREFIX = "PostgreSQL."  # OCI takes a shape with it or without; it is shown without
#: a change of one is a change of all, as oracle/terraform-provider-oci sends them
SIZE = {"shape", "instanceOcpuCount", "instanceMemorySizeInGBs"}
MOST_OCPUS, PER_OCPU, MOST_INSTANCES, LONGEST_KEPT = 64, (1, 64), 8, 35
_CLOCK = re.compile(r"^([01]\d|2[0-3]):[0-5]\d$")
_WINDOW = re.compile(r"^(MON|TUE|WED|THU|FRI|SAT|SUN) ([01]\d|2[0-3]):[0-5]\d$")


def shapes() -> list[Body]:
    """Return the shapes that there are."""
    ocpus, per = (
        {"min": 2, "max": MOST_OCPUS},
        dict(zip(("minPerOcpuInGBs", "maxPerOcpuInGBs"), PER_OCPU, strict=True)),
    )
    memory = {"defaultPerOcpuInGBs": 16, "minInGBs": 16, "maxInGBs": 1024, **per}
    found = [
        {
            "isFlexible": True,
            "shape": name,
            "ocpuCount": 2,
            "memorySizeInGBs": 32,
            "shapeOcpuOptions": ocpus,
            "shapeMemoryOptions": memory,
        }
        for name in FLEXIBLE
    ]
    found += [
        {"isFlexible": False, "shape": name, "ocpuCount": size[0], "memorySizeInGBs": size[1]}
        for name, size in FIXED.items()
    ]
    return [{"id": shape["shape"], **shape} for shape in found]


def full_shape(name: str) -> str:
    """Return the name of a shape as list_shapes has it."""
    return PREFIX + name if PREFIX + name in (*FLEXIBLE, *FIXED) else name


def size(body: Body) -> Body:
    """Return OCPUs and memory that a body asks for; a fixed shape says them by its name."""
    shape, ocpus, memory = (
        body["shape"],
        body.get("instanceOcpuCount"),
        body.get("instanceMemorySizeInGBs"),
    )
    if shape in FIXED:
        if any(
            given not in (None, fixed)
            for given, fixed in zip((ocpus, memory), FIXED[shape], strict=True)
        ):
            raise errors.invalid(
                f"The shape {shape} has {FIXED[shape][0]} OCPUs and {FIXED[shape][1]} GB."
            )
        ocpus, memory = FIXED[shape]
    elif shape not in FLEXIBLE:
        raise errors.invalid(f"The shape {shape} does not exist; see list_shapes.")
    elif ocpus is None or memory is None:
        raise errors.missing(
            "A flexible shape needs instanceOcpuCount and instanceMemorySizeInGBs."
        )
    elif (
        not 2 <= ocpus <= MOST_OCPUS
        or not ocpus * PER_OCPU[0] <= memory <= ocpus * PER_OCPU[1]
        or not 16 <= memory <= 1024
    ):
        raise errors.invalid(f"{ocpus} OCPUs with {memory} GB are not in the range of {shape}.")
    return {"instanceOcpuCount": ocpus, "instanceMemorySizeInGBs": memory}


def storage(details: Body) -> None:
    """Storage is regional, or in one named availability domain."""
    if details["isRegionallyDurable"] == bool(details.get("availabilityDomain")):
        raise errors.invalid("Give availabilityDomain exactly when isRegionallyDurable is false.")


def subnet(call: Call, details: Body) -> None:
    """A database has no public address."""
    if not call.find("core.Subnet", details["subnetId"]).body["prohibitPublicIpOnVnic"]:
        raise errors.invalid("The subnet must be a private one.")


def policy(given: Body) -> Body:
    """Return a management policy with its defaults."""
    made: Body = {
        "maintenanceWindowStart": "SUN 05:00",
        "backupPolicy": {"kind": "NONE"},
        "pitrPolicy": {"kind": "NONE"},
    }
    made |= {name: value for name, value in given.items() if value is not None}
    backup: Body = dict(made["backupPolicy"])
    if not _WINDOW.match(str(made["maintenanceWindowStart"])):
        raise errors.invalid("maintenanceWindowStart looks like THU 15:00.")
    if backup["kind"] == "NONE":
        return made
    if not _CLOCK.match(backup["backupStart"]):
        raise errors.invalid("backupStart looks like 02:00.")
    if not 1 <= backup.setdefault("retentionDays", 7) <= LONGEST_KEPT:
        raise errors.invalid(f"retentionDays must lie between 1 and {LONGEST_KEPT}.")
    days = backup.get("daysOfTheMonth") or backup.get("daysOfTheWeek") or ["any"]
    if any(isinstance(day, int) and not 1 <= day <= 28 for day in days):
        raise errors.invalid("daysOfTheMonth must lie between 1 and 28.")
    return {**made, "backupPolicy": backup}


def password(call: Call, details: Body) -> None:
    """A password in a vault must be there, in the version that is named; the bare value is never
    kept or shown.
    """
    if details["passwordType"] == "PLAIN_TEXT":
        return
    secret, version = call.find("vault.Secret", details["secretId"]), details["secretVersion"]
    if secret.body["lifecycleState"] not in {"ACTIVE", "UPDATING"}:
        raise errors.invalid(f"The secret {secret.id} is {secret.body['lifecycleState']}.")
    if not version.isdigit():
        raise errors.invalid("secretVersion must be the number of a version.")
    vault.version_of(secret, int(version))
