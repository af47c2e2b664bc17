"""Certificates: imported ones with their versions; associations are read off the load balancers
that use them.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace

from sandbox.oci import errors, rules
from sandbox.oci.call import Call
from sandbox.oci.engine import Engine
from sandbox.oci.service import CREATED, Body, Kind, Life, Service
from sandbox.oci.services import balancing, certificates_pem, scheduled_deletion, vault
from sandbox.oci.store import Record

CERTIFICATE = "certificates_management.Certificate"
_NAME = re.compile(r"^[\w.-]{1,255}$")
_USED_AT = ("listeners", "backendSets")


def imported(call: Call, record: Record) -> None:
    """Check what is imported and make it version 1."""
    config = call.body["certificateConfig"]
    if config["configType"] != "IMPORTED":
        raise errors.not_implemented("Only imported certificates are simulated.")
    if not _NAME.match(record.body["name"]):
        raise errors.invalid(
            "A certificate's name has letters, digits, hyphens, underscores, periods."
        )
    if call.body.get("certificateRules"):
        raise errors.invalid("An imported certificate has no renewal rule.")
    record.body["configType"] = "IMPORTED"
    record.hidden |= {"versions": [], "current": 0, "previous": 0, "pending": 0}
    _add_version(call, record, config)


def changed(call: Call, record: Record, changes: Body) -> None:
    """Import a new version, or make another one current."""
    config, number = (
        changes.pop("certificateConfig", None),
        changes.pop("currentVersionNumber", None),
    )
    if sum(value is not None for value in (config, number, changes.get("certificateRules"))) > 1:
        raise errors.invalid(
            "Configuration, current version number and rules cannot change in one call."
        )
    if changes.get("certificateRules"):
        raise errors.invalid("An imported certificate has no renewal rule.")
    if config and config["configType"] != "IMPORTED":
        raise errors.invalid("The configType of a certificate cannot change.")
    if config:
        _add_version(call, record, config)
    elif number is not None:
        version_of(record, number)
        vault.promote(record, number)
        record.body |= record.hidden["versions"][number - 1]["shown"]


def _add_version(call: Call, record: Record, config: Body) -> None:
    shown, told = certificates_pem.read(config, call.now)
    served = {
        "chain": f"{config['certificatePem']}\n{config['certChainPem']}",
        "key": config["privateKeyPem"],
    }
    name, versions = config.get("versionName"), record.hidden["versions"]
    if name and name in {version.get("versionName") for version in versions}:
        raise errors.invalid("versionName already exists")
    number = len(versions) + 1
    versions.append(
        {
            **told,
            "versionNumber": number,
            "timeCreated": call.engine.wire_now(),
            "versionName": name,
            **served,
            "shown": shown,
        }
    )
    if config.get("stage") == "PENDING":
        record.hidden["pending"] = number
    else:
        vault.promote(record, number)
        record.body |= shown


def version_of(record: Record, number: int) -> Body:
    """Return what is told of a version; what it is served with stays inside."""
    if not 1 <= number <= len(record.hidden["versions"]):
        raise errors.not_found(f"version {number} of the certificate")
    version = {
        name: value
        for name, value in record.hidden["versions"][number - 1].items()
        if name not in ("shown", "chain", "key") and value is not None
    }
    return {**version, "certificateId": record.id, "stages": vault.stages_of(record, number)}


def list_versions(call: Call) -> list[Body]:
    """The versions of a certificate, the newest first."""
    record = call.target("Certificate")
    found = [version_of(record, number) for number in range(len(record.hidden["versions"]), 0, -1)]
    return [
        item
        for item in found
        if call.query.get("versionNumber") in (None, str(item["versionNumber"]))
    ]


def get_version(call: Call) -> Body:
    """One version."""
    return version_of(call.target("Certificate"), _number(call))


def schedule_version_deletion(call: Call) -> None:
    """Delete a deprecated version at a date."""
    record, number = call.target("Certificate"), _number(call)
    version_of(record, number)
    if vault.stages_of(record, number) != ["DEPRECATED"]:
        raise errors.incorrect_state("Only a deprecated version can be deleted.")
    record.hidden["versions"][number - 1]["timeOfDeletion"] = (
        call.body.get("timeOfDeletion") or "9999-12-31T00:00:00Z"
    )
    call.save(record)


def cancel_version_deletion(call: Call) -> None:
    """Keep a version after all."""
    record, number = call.target("Certificate"), _number(call)
    version_of(record, number)
    record.hidden["versions"][number - 1].pop("timeOfDeletion", None)
    call.save(record)


def schedule_deletion(call: Call) -> None:
    """Delete a certificate in 1 to 30 days, unless a load balancer uses it."""
    record = call.target("Certificate")
    for item in associations(call.engine):
        if item["certificatesResourceId"] == record.id:
            raise errors.conflict(f"The certificate is in use by {item['associatedResourceId']}.")
    scheduled_deletion.schedule(call, record, shortest=1, allowed=("ACTIVE",))


def cancel_deletion(call: Call) -> None:
    """Keep a certificate after all."""
    scheduled_deletion.cancel(call, call.target("Certificate"))


def associations(engine: Engine) -> list[Body]:
    """Return which load balancer uses which certificate."""
    found = {}
    for balancer in engine.store.living("load_balancer.LoadBalancer"):
        for part in _USED_AT:
            for used in rules.values_at(
                [*balancer.body[part].values()], "sslConfiguration.certificateIds"
            ):
                found[used, balancer.id] = _association(used, balancer)
    return list(found.values())


def _association(certificate: str, balancer: Record) -> Body:
    mark = hashlib.sha256(f"{certificate}{balancer.id}".encode()).hexdigest()
    return {
        "id": f"ocid1.certificateassociation.oc1.iad.{mark}",
        "name": f"association-{mark[:8]}",
        "timeCreated": balancer.body["timeCreated"],
        "lifecycleState": "ACTIVE",
        "certificatesResourceId": certificate,
        "associatedResourceId": balancer.id,
        "compartmentId": balancer.body["compartmentId"],
        "associationType": "CERTIFICATE",
    }


def list_associations(call: Call) -> list[Body]:
    """The associations, by compartment, certificate or load balancer."""
    wanted = {name: call.query[name] for name in _ASKED if name in call.query}
    wanted |= {"id": call.query["associationId"]} if "associationId" in call.query else {}
    return [
        item
        for item in associations(call.engine)
        if all(item[name] == value for name, value in wanted.items())
    ]


def get_association(call: Call) -> Body:
    """One association."""
    found = [item for item in associations(call.engine) if item["id"] == call.path["associationId"]]
    if not found:
        raise errors.not_found("association")
    return found[0]


def _number(call: Call) -> int:
    text = call.path["certificateVersionNumber"]
    if not text.isdigit():
        raise errors.invalid("certificateVersionNumber must be a whole number.")
    return int(text)


def _present(engine: Engine, record: Record) -> Body:
    current = version_of(record, record.hidden["current"])
    return {"currentVersion": current, "currentVersionSummary": current}


def _bundle_made(call: Call, record: Record) -> None:
    certificates_pem.check_bundle(call.body["caBundlePem"])


def _bundle_changed(call: Call, record: Record, changes: Body) -> None:
    if changes.get("caBundlePem"):
        certificates_pem.check_bundle(changes.pop("caBundlePem"))


_ASKED = (
    "compartmentId",
    "certificatesResourceId",
    "associatedResourceId",
    "name",
    "associationType",
)

SERVICE = Service(
    name="certificates_management",
    clients=("CertificatesManagementClient",),
    kinds=(
        Kind(
            name="Certificate",
            word="certificate",
            life=replace(CREATED, changing="UPDATING", create=1.0, update=0.5),
            name_field="name",
            unique=("compartmentId", "name"),
            filters={"certificateId": lambda record, value: record.id == value},
            before_create=imported,
            before_update=changed,
            present=_present,
            on={"ACTIVE": balancing.certified},
        ),
        Kind(
            name="CaBundle",
            word="cabundle",
            life=Life(start="CREATING", ready="ACTIVE", ending="DELETING", gone="DELETED"),
            name_field="name",
            unique=("compartmentId", "name"),
            filters={"caBundleId": lambda record, value: record.id == value},
            before_create=_bundle_made,
            before_update=_bundle_changed,
        ),
    ),
    operations={
        "list_certificate_versions": list_versions,
        "get_certificate_version": get_version,
        "schedule_certificate_version_deletion": schedule_version_deletion,
        "cancel_certificate_version_deletion": cancel_version_deletion,
        "schedule_certificate_deletion": schedule_deletion,
        "cancel_certificate_deletion": cancel_deletion,
        "list_associations": list_associations,
        "get_association": get_association,
    },
)
