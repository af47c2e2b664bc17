"""Secret retrieval: the contents of secrets, for who runs with them."""

from __future__ import annotations

from sandbox.oci import errors
from sandbox.oci.call import Call
from sandbox.oci.service import Body, Service
from sandbox.oci.services import vault
from sandbox.oci.store import Record

SECRET = "vault.Secret"


def get_secret_bundle(call: Call) -> Body:
    """The content of one version: the current one unless asked."""
    return _bundle(call, call.find(SECRET, call.path["secretId"]))


def get_secret_bundle_by_name(call: Call) -> Body:
    """The same, by vault and name."""
    found = call.records(SECRET, vaultId=call.query["vaultId"], secretName=call.query["secretName"])
    if not found:
        raise errors.not_found("secret")
    return _bundle(call, found[0])


def list_secret_bundle_versions(call: Call) -> list[Body]:
    """What versions there are."""
    secret = _readable(call.find(SECRET, call.path["secretId"]))
    return [_told(secret, number) for number in range(len(secret.hidden["versions"]), 0, -1)]


def _bundle(call: Call, secret: Record) -> Body:
    number = _wanted(call, _readable(secret))
    content = {"contentType": "BASE64", "content": vault.open_version(call, secret, number)}
    return {
        **_told(secret, number),
        "metadata": secret.body.get("metadata") or {},
        "secretBundleContent": content,
    }


def _wanted(call: Call, secret: Record) -> int:
    query, numbers = call.query, range(1, len(secret.hidden["versions"]) + 1)
    if "versionNumber" in query:
        found = [number for number in numbers if str(number) == query["versionNumber"]]
    elif "secretVersionName" in query:
        found = [
            number
            for number in numbers
            if secret.hidden["versions"][number - 1].get("name") == query["secretVersionName"]
        ]
    else:
        found = [
            number
            for number in numbers
            if query.get("stage", "CURRENT") in vault.stages_of(secret, number)
        ]
    if not found or vault.version_of(secret, found[-1]).get("timeOfDeletion"):
        raise errors.not_found("secret version")
    return found[-1]


def _readable(secret: Record) -> Record:
    if secret.body["lifecycleState"] not in {"ACTIVE", "UPDATING"}:
        raise errors.not_found("secret")
    return secret


def _told(secret: Record, number: int) -> Body:
    version = vault.version_of(secret, number)
    return {**version, "versionName": version.get("name")}


SERVICE = Service(
    name="secrets",
    clients=("SecretsClient",),
    operations={
        "get_secret_bundle": get_secret_bundle,
        "get_secret_bundle_by_name": get_secret_bundle_by_name,
        "list_secret_bundle_versions": list_secret_bundle_versions,
    },
)
