"""Reads which arguments the real provider has, from its own schema; how provider.json was made.

Use, in a folder with the provider installed (terraform init):
terraform providers schema -json | python tests/environments/export/read_provider.py >
tests/environments/export/provider.json
"""

import json
import sys
from typing import Any

from environments.kinds import KINDS
from environments.kinds.network_security_group import RULE

VERSION = "8.28.0"
PROVIDER = "registry.terraform.io/oracle/oci"


def slim(block: dict[str, Any]) -> dict[str, Any]:
    """Return `name` (or `name!` where it is required) with the same of what is inside.

    What the provider only tells (computed alone) is no argument.
    """
    tree: dict[str, Any] = {
        name + "!" * bool(attribute.get("required")): {}
        for name, attribute in block.get("attributes", {}).items()
        if attribute.get("required") or attribute.get("optional")
    }
    for name, inner in block.get("block_types", {}).items():
        if name != "timeouts":
            tree[name + "!" * bool(inner.get("min_items"))] = slim(inner["block"])
    return dict(sorted(tree.items()))


def main() -> None:
    schemas = json.load(sys.stdin)["provider_schemas"][PROVIDER]["resource_schemas"]
    forms = [kind.terraform for kind in KINDS.values() if not kind.terraform.part_of]
    types = sorted({RULE.type, *(form.type for form in forms)})
    read = {name: slim(schemas[name]["block"]) for name in types}
    source = {"provider": PROVIDER, "version": VERSION}
    print(json.dumps({"source": source, "types": read}, indent=1, sort_keys=True))


if __name__ == "__main__":
    main()
