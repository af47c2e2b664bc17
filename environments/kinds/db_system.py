"""A PostgreSQL database system: the product's data, so it is never recreated by itself."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from environments.desired import Actual, Desired, Difference, refs
from environments.kinds.kind import NAMED, Reader, Wire, Writer
from environments.kinds.removals import security_groups
from environments.kinds.standard import StandardKind
from environments.kinds.states import is_busy
from environments.kinds.terraform_form import Arguments, Form
from environments.kinds.update_cost import BRIEF, LOSS, OUTAGE, UpdateCost
from environments.kinds.watched import all_unset
from portal.lib.refusal import Refused

PROTECTION_TAG, PASSWORD_TAG = "portal-deletion", "portal-login"
PROTECTED = "protected"
SHAPE_PREFIX = "PostgreSQL."  # OCI may show a shape without it: both names mean the same
_SIZE_SUFFIX = re.compile(r"\.\d+\.\d+GB\Z")  # or with OCPUs and memory, which are fields too
RESTARTS = UpdateCost(
    BRIEF, "Each instance restarts: connections drop for a minute or more, once for each instance."
)
NEW_LOGIN = UpdateCost(
    OUTAGE,
    "It resets the password of the product's database user. Containers that run now keep the old "
    "one, so the product has no database until DATABASE_URL has the new one and a release with it "
    "is approved and deployed. Have both ready first.",
)
SIZE = ("shape", "instanceOcpuCount", "instanceMemorySizeInGBs")  # OCI changes them together


class DbSystemKind(StandardKind):
    """Its first password is a secret that Vault generated; OCI reads it there, the portal never
    does.

    `login` is that secret with the version which the database has, kept as a tag: OCI shows
    neither.
    """

    name, group = "database system", "Data"
    holds_data = True
    loss = "All data of the product is lost with it, but for backups that OCI keeps."
    state_hints = {
        "INACTIVE": "It is stopped, so nothing can connect to it. Start it in the OCI console.",
        "NEEDS_ATTENTION": (
            "It exists with its data, and OCI asks for a person. Read the message on its page in "
            "the OCI console, make a backup, and follow Oracle's advice or ask Oracle support."
        ),
    }
    no_change_in = frozenset({"INACTIVE"})
    service, noun, work_requests = "psql", "db_system", "psql"
    needs = ("compartment",)
    tenancy_wide = True  # the secret of its password may be gone
    in_place = NAMED | {
        *("description", "shape", "instanceOcpuCount", "instanceMemorySizeInGBs", "instanceCount"),
        *("managementPolicy", "networkDetails", "login"),
    }
    removals = {"networkDetails": security_groups}
    watched = all_unset("replicationConfig", "kerberosAuthDetails", "odspInsightDetails")
    update_costs = {**dict.fromkeys(SIZE, RESTARTS), "login": NEW_LOGIN}
    costs_when_lowered = {
        "instanceCount": UpdateCost(BRIEF, "Connections to the instances that go are dropped."),
    }
    list_is_partial = True
    usual_seconds = 900
    timeout = 7200
    cannot_change_hint = (
        "Restore the setting. OCI makes only a new system with another value, from a backup of "
        "this one; the portal has no plan for that, and this one keeps its data."
    )
    price = "db_system"
    not_exported = (
        "rows of the database: restore a backup (a new DB system made from it), "
        "then compare the Alembic revision"
    )
    portal_rights = (
        "manage postgres-db-systems in compartment id P",
        "read postgres-configurations in compartment id P",
        "read postgres-work-requests in compartment id P",
        # the service takes the password with the caller's right; the portal never asks for it
        "read secret-bundles in compartment id P where target.secret.name = 'DATABASE_PASSWORD'",
    )
    terraform = Form(
        "oci_psql_db_system",
        left_out=frozenset({"login", "adminUsername", "subnetId"}),
        kept=True,
        # The provider reads a shape back with the size at its end: oci_psql_db_system's Read
        ignored=("credentials", "shape"),
    )

    def from_wire(self, wire: Wire, want: Desired | None = None) -> Actual:
        """Take the password's version from its tag; one without is of the system's own, left
        alone.
        """
        left_alone = want.fields["login"] if want else ""
        login = (wire.get("freeformTags") or {}).get(PASSWORD_TAG, left_alone)
        user, version = wire.get("adminUsername"), wire.get("dbVersion")
        shown = {**wire, "login": login}
        if wire.get("shape"):
            shown["shape"] = _whole_shape(str(wire["shape"]))
        return Actual.from_wire(shown, user=user, version=version)

    def read(self, reader: Reader, want: Desired, ocid: str = "") -> Actual | None:
        """Read it, with the name and port that clients inside the network use as facts."""
        unknown_place = not ocid and refs(want.place["compartmentId"])
        found = None if unknown_place else super().read(reader, want, ocid)
        if found and found.state in ("ACTIVE", "UPDATING", "INACTIVE"):
            details = reader.client.read("psql", "get_connection_details", found.ocid).data
            end = details["primaryDbEndpoint"]
            found.facts.update(host=end["fqdn"], port=end["port"], ipAddress=end["ipAddress"])
        return found

    def body_of_creation(self, want: Desired) -> dict[str, Any]:
        """Order it with the password by reference; its creation takes many minutes."""
        own = ("login", "adminUsername")
        fields = {name: value for name, value in want.fields.items() if name not in own}
        fields["networkDetails"] = {"subnetId": want.place["subnetId"], **fields["networkDetails"]}
        fields["freeformTags"] = {**fields["freeformTags"], PASSWORD_TAG: want.fields["login"]}
        credentials = {
            "username": want.fields["adminUsername"],
            "passwordDetails": _password(want),
        }
        place = {"compartmentId": want.place["compartmentId"]}
        return {**place, **fields, "credentials": credentials}

    def update(
        self, writer: Writer, want: Desired, actual: Actual, fields: dict[str, Any]
    ) -> Actual | None:
        """Change the password, the number of instances or the rest: a call each, one at a time."""
        if "login" in fields:
            self._change_password(writer, want, actual)
        elif "instanceCount" in fields:
            items = _patch_of_instances(writer, actual, fields["instanceCount"])
            body = {"items": items}
            writer.change("psql", "patch_db_system", actual.ocid, body, target=actual.ocid)
        else:
            if fields.keys() & set(SIZE):
                fields = fields | {name: want.fields[name] for name in SIZE}
            writer.change("psql", "update_db_system", actual.ocid, fields, target=actual.ocid)
        return None

    def costs_of_update(
        self, actual: Actual, differing: Sequence[Difference]
    ) -> Iterator[UpdateCost]:
        """Add backups that are kept for a shorter time."""
        yield from super().costs_of_update(actual, differing)
        for one in differing:
            if one.field == "managementPolicy":
                yield from _costs_of_policy(one.want, one.have or {})

    def delete(self, writer: Writer, actual: Actual) -> None:
        """Delete it with its data, unless protected; its backups stay as the backup policy says."""
        why = self.deletion_blocker(actual)
        if why:
            way = "Switch `db_deletion_protection` off in the settings, apply that, then try again."
            raise Refused(why, next_step=way)
        super().delete(writer, actual)

    def deletion_blocker(self, actual: Actual) -> str:
        """Return that it is protected from deletion, where it is."""
        protected = (actual.wire.get("freeformTags") or {}).get(PROTECTION_TAG) == PROTECTED
        why = f"{actual.name} is protected from deletion: it holds the product's data."
        return why if protected else ""

    def terraform_arguments(self, want: Desired) -> Arguments:
        """Take the password from its secret, as the portal does: by reference."""
        made = super().terraform_arguments(want)
        secret, _, version = want.place["login"].rpartition("@")
        password = {"secret_id": secret, "secret_version": version}
        credentials = {
            "username": want.fields["adminUsername"],
            "password_details": {"password_type": "VAULT_SECRET", **password},
        }
        network = {"subnet_id": want.place["subnetId"], **made["network_details"]}
        return {**made, "credentials": credentials, "network_details": network}

    def _change_password(self, writer: Writer, want: Desired, actual: Actual) -> None:
        """Let OCI take the new version from Vault; the tag follows when that is done."""
        body, ocid = {"passwordDetails": _password(want)}, actual.ocid
        writer.change("psql", "reset_master_user_password", ocid, body, target=ocid)
        if is_busy(str(writer.client.read("psql", "get_db_system", ocid).data["lifecycleState"])):
            return  # comes here again when it is at rest; the ledger knows that the reset was made
        tags = {**(actual.wire.get("freeformTags") or {}), PASSWORD_TAG: want.fields["login"]}
        writer.change("psql", "update_db_system", ocid, {"freeformTags": tags}, target=ocid)


def _whole_shape(shape: str) -> str:
    """Return a shape as the settings name it, however OCI shows it."""
    return SHAPE_PREFIX + _SIZE_SUFFIX.sub("", shape.removeprefix(SHAPE_PREFIX))


def _costs_of_policy(want: Mapping[str, Any], have: Mapping[str, Any]) -> Iterator[UpdateCost]:
    """Yield what is lost with a shorter retention, or without point-in-time recovery."""
    days, before = (
        int((policy.get("backupPolicy") or {}).get("retentionDays") or 0) for policy in (want, have)
    )
    if days < before:
        words = f"Automatic backups older than {days} days are deleted for good (now {before})."
        yield UpdateCost(LOSS, words)
    kinds = [(policy.get("pitrPolicy") or {}).get("kind") for policy in (want, have)]
    if kinds == ["NONE", "STANDARD"]:
        words = "Point-in-time recovery ends: no moment before now can be restored by it."
        yield UpdateCost(LOSS, words)


def _password(want: Desired) -> dict[str, str]:
    """Return where OCI finds the password; it wants the version as text
    (VaultSecretPasswordDetails).
    """
    secret, _, version = str(want.fields["login"]).partition("@")
    return {"passwordType": "VAULT_SECRET", "secretId": secret, "secretVersion": version}


def _patch_of_instances(writer: Writer, actual: Actual, count: int) -> list[dict[str, Any]]:
    """Return the patch that adds instances, or removes the newest that do not take the writes."""
    there = actual.wire.get("instances") or []
    if count >= len(there):
        new = [
            {"displayName": f"{actual.name}-{number + 1}"} for number in range(len(there), count)
        ]
        return [{"operation": "INSERT", "selection": "instances", "value": one} for one in new]
    primary = writer.client.read("psql", "get_primary_db_instance", actual.ocid).data[
        "dbInstanceId"
    ]
    replicas = [instance["id"] for instance in there if instance["id"] != primary]
    spare = replicas[count - len(there) :]
    return [{"operation": "REMOVE", "selection": f"instances[?id == '{one}']"} for one in spare]
