"""A PostgreSQL database system: the product's data, so it is never made anew by itself."""

from typing import Any

from environments.desired import Desired, Found, refs
from environments.kinds.kind import Hand, Kind, Scope, seen
from environments.kinds.states import is_busy
from portal.lib.refusal import Refused

PROTECTION_TAG, PASSWORD_TAG = "portal-deletion", "portal-login"
PROTECTED = "protected"


class DbSystem(Kind):
    """Its first password is a secret that Vault made up; OCI reads it there, the portal never does.

    `login` is that secret with the version which the database has, kept as a tag: OCI shows neither.
    """

    name = "database system"
    group = "Data"
    needs = ("compartment",)
    anywhere = True  # the secret of its password may be gone
    in_place = frozenset(
        {"displayName", "description", "shape", "instanceOcpuCount", "instanceMemorySizeInGBs", "instanceCount"}
        | {"managementPolicy", "networkDetails", "login", "freeformTags", "definedTags"}
    )
    work_requests = "psql"
    seconds = 900
    patience = 7200
    instead = (
        "Put the setting back. To really change it, back the database up, take it down by hand, plan again, and restore: "
        "until then the product is down."
    )

    def read(self, scope: Scope, want: Desired, ocid: str = "") -> Found | None:
        """Read by OCID, else by tag or name in the compartment; with the place where clients find it."""
        make = _seen_for(want)
        found = scope.get("psql", "get_db_system", ocid, make=make) if ocid else None
        if not found and not refs(want.place["compartmentId"]):
            place = {"compartment_id": want.place["compartmentId"]}
            found = scope.search(want, "psql", "list_db_systems", make=make, get="get_db_system", **place)
        return _reachable(scope, found) if found and found.state in ("ACTIVE", "UPDATING") else found

    def create(self, hand: Hand, want: Desired) -> Found | None:
        """Order it; OCI answers with a work request of many minutes."""
        fields = {name: value for name, value in want.fields.items() if name not in ("login", "adminUsername")}
        fields["networkDetails"] = {"subnetId": want.place["subnetId"], **fields["networkDetails"]}
        fields["freeformTags"] = {**fields["freeformTags"], PASSWORD_TAG: want.fields["login"]}
        credentials = {"username": want.fields["adminUsername"], "passwordDetails": _password(want)}
        body = {"compartmentId": want.place["compartmentId"], **fields, "credentials": credentials}
        hand.change("psql", "create_db_system", body)
        return None

    def update(self, hand: Hand, want: Desired, found: Found, fields: dict[str, Any]) -> Found | None:
        """Change the password, or the number of instances, or the rest: each is a call of its own, and one at a time is taken."""
        if "login" in fields:
            return self._change_password(hand, want, found)
        if "instanceCount" in fields:
            items = _instances(hand, found, fields["instanceCount"])
            hand.change("psql", "patch_db_system", found.ocid, {"items": items}, target=found.ocid)
            return None
        hand.change("psql", "update_db_system", found.ocid, fields, target=found.ocid)
        return None

    def delete(self, hand: Hand, found: Found) -> None:
        """Delete it with its data, unless it is protected; its backups stay as long as the backup policy says."""
        why = self.kept(found)
        if why:
            raise Refused(why, next_step="Switch `db_deletion_protection` off in the settings, apply that, then try again.")
        hand.change("psql", "delete_db_system", found.ocid, target=found.ocid)

    def kept(self, found: Found) -> str:
        """Return that it is protected from deletion, where it is."""
        protected = (found.wire.get("freeformTags") or {}).get(PROTECTION_TAG) == PROTECTED
        return f"{found.name} is protected from deletion: it holds the product's data." if protected else ""

    def _change_password(self, hand: Hand, want: Desired, found: Found) -> Found | None:
        """Let OCI take the new version from Vault; the tag follows when that is done."""
        body = {"passwordDetails": _password(want)}
        hand.change("psql", "reset_master_user_password", found.ocid, body, target=found.ocid)
        if is_busy(str(hand.door.read("psql", "get_db_system", found.ocid).data["lifecycleState"])):
            return None  # comes here again when it is at rest; the ledger knows then that the reset was made
        tags = {**(found.wire.get("freeformTags") or {}), PASSWORD_TAG: want.fields["login"]}
        hand.change("psql", "update_db_system", found.ocid, {"freeformTags": tags}, target=found.ocid)
        return None


def _password(want: Desired) -> dict[str, str]:
    """Return where OCI finds the password; it wants the version as text (VaultSecretPasswordDetails)."""
    secret, _, version = str(want.fields["login"]).partition("@")
    return {"passwordType": "VAULT_SECRET", "secretId": secret, "secretVersion": version}


def _instances(hand: Hand, found: Found, count: int) -> list[dict[str, Any]]:
    """Return the patch that adds instances, or removes the newest of those that do not take the writes."""
    there = found.wire.get("instances") or []
    if count >= len(there):
        names = [f"{found.name}-{number + 1}" for number in range(len(there), count)]
        return [{"operation": "INSERT", "selection": "instances", "value": {"displayName": name}} for name in names]
    primary = hand.door.read("psql", "get_primary_db_instance", found.ocid).data["dbInstanceId"]
    spare = [instance["id"] for instance in there if instance["id"] != primary][count - len(there) :]
    return [{"operation": "REMOVE", "selection": f"instances[?id == '{instance}']"} for instance in spare]


def _reachable(scope: Scope, found: Found) -> Found:
    """Add the name and port that clients inside the network use."""
    endpoint = scope.door.read("psql", "get_connection_details", found.ocid).data["primaryDbEndpoint"]
    found.facts.update(host=endpoint["fqdn"], port=endpoint["port"], ipAddress=endpoint["ipAddress"])
    return found


def _seen_for(want: Desired) -> Any:
    """Return how a system is read; one without the tag has a password of its own, which is left alone."""

    def make(wire: dict[str, Any]) -> Found:
        login = (wire.get("freeformTags") or {}).get(PASSWORD_TAG, want.fields["login"])
        return seen({**wire, "login": login}, user=wire.get("adminUsername"), version=wire.get("dbVersion"))

    return make
