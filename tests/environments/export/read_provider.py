"""Reads names of resources and arguments from a checkout of oracle/terraform-provider-oci; how
provider.json was made.

Use: python tests/environments/export/read_provider.py CHECKOUT >
tests/environments/export/provider.json
"""

import json
import re
import subprocess
import sys
from typing import Any

TYPES = [
    "artifacts_container_repository",
    "budget_alert_rule",
    "budget_budget",
    "certificates_management_certificate",
    "core_internet_gateway",
    "core_nat_gateway",
    "core_network_security_group",
    "core_network_security_group_security_rule",
    "core_route_table",
    "core_security_list",
    "core_service_gateway",
    "core_subnet",
    "core_vcn",
    "dns_rrset",
    "dns_zone",
    "identity_compartment",
    "identity_dynamic_group",
    "identity_group",
    "identity_policy",
    "identity_tag",
    "identity_tag_default",
    "identity_tag_namespace",
    "kms_key",
    "kms_vault",
    "load_balancer_backend_set",
    "load_balancer_listener",
    "load_balancer_load_balancer",
    "load_balancer_rule_set",
    "logging_log",
    "logging_log_group",
    "monitoring_alarm",
    "objectstorage_bucket",
    "objectstorage_object_lifecycle_policy",
    "ons_notification_topic",
    "ons_subscription",
    "psql_db_system",
    "queue_queue",
    "vault_secret",
]
LINE = re.compile(r"^(?P<indent>\s*)\* `(?P<name>[a-z0-9_]+)` - (?P<words>.*)")


def git(checkout: str, *words: str) -> str:
    return subprocess.run(
        ["git", "-C", checkout, *words], capture_output=True, text=True, check=True
    ).stdout


def arguments(page: str) -> dict[str, Any]:
    """Return the tree of arguments: name, whether it is required, and what is inside it."""
    body = page.partition("## Argument Reference")[2].partition("## Attributes Reference")[0]
    tree: dict[str, Any] = {}
    path: list[tuple[int, dict[str, Any]]] = [(-1, tree)]
    for line in body.splitlines():
        match = LINE.match(line)
        if not match or not match["words"].startswith(("(Required", "(Optional", "(Applicable")):
            continue
        depth = len(match["indent"].expandtabs(4))
        while path[-1][0] >= depth:
            path.pop()
        entry: dict[str, Any] = {"required": match["words"].startswith("(Required)"), "inside": {}}
        path[-1][1][match["name"]] = entry
        path.append((depth, entry["inside"]))
    return tree


def slim(tree: dict[str, Any]) -> dict[str, Any]:
    """Return `name` (or `name!` where it is required) with the same of what is inside."""
    return {
        name + "!" * entry["required"]: slim(entry["inside"])
        for name, entry in sorted(tree.items())
    }


def main(checkout: str) -> None:
    commit = git(checkout, "rev-parse", "HEAD").strip()
    read = {}
    for name in TYPES:
        page = git(checkout, "show", f"HEAD:website/docs/r/{name}.html.markdown")
        read[f"oci_{name}"] = slim(arguments(page))
    rule = read["oci_core_network_security_group_security_rule"]
    rule.update(
        rule.pop("security_rules")
    )  # the reference nests them, the provider's own example on that page does not
    defaults = dict(
        read["oci_core_security_list"]
    )  # examples/networking/vcn_default/vcn.tf; it has no page of its own
    del defaults["vcn_id!"], defaults["compartment_id!"]
    read["oci_core_default_security_list"] = {
        "manage_default_resource_id!": {},
        "compartment_id": {},
        **defaults,
    }
    del read["oci_load_balancer_load_balancer"][
        "name!"
    ]  # the name of a cipher suite, which its page indents wrongly
    source = {
        "repository": "oracle/terraform-provider-oci",
        "commit": commit,
        "pages": "website/docs/r",
    }
    print(json.dumps({"source": source, "types": read}, indent=1, sort_keys=True))


if __name__ == "__main__":
    main(sys.argv[1])
