"""Writes resources as Terraform's JSON, with import blocks for those that exist. Pure: no database, no cloud."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from environments.desired import TENANCY, Desired
from environments.export.terraform_form import Arguments, Block, label
from environments.export.terraform_forms import FACTS, FORMS, RULE

_REF = re.compile(r"\$\{([^}:]+)(?::([^}]+))?\}")
_OURS = ("var.", "data.", "oci_")  # expressions that a form wrote itself


@dataclass(frozen=True, slots=True)
class Known:
    """What the portal knows of a resource that exists."""

    ocid: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes the resources of one environment."""

    wanted: Mapping[str, Desired]
    known: Mapping[str, Known]
    namespace: str

    def blocks(self) -> dict[str, list[Block]]:
        """Return the blocks of each resource, by its key."""
        whole = {key: want for key, want in self.wanted.items() if not FORMS[want.kind].part_of}
        return {key: [self._block(want), *self._rules(want)] for key, want in whole.items()}

    def _block(self, want: Desired) -> Block:
        form = FORMS[want.kind]
        arguments = form.arguments(want)
        for part, its in ((part, FORMS[part.kind]) for part in self.wanted.values()):
            if its.part_of and part.place[its.part_of] == f"${{{want.key}}}":
                arguments.setdefault(its.type, []).append(its.arguments(part))
        return Block(form.type, label(want.key), self._written(arguments), self._import_id(form.imported, want))

    def _rules(self, want: Desired) -> Iterable[Block]:
        """Return the rules of a security group: resources of their own for Terraform."""
        group = self.known.get(want.key)
        ids = group.facts.get("rules") or {} if group else {}
        for rule in want.fields.get("rules") or () if want.kind == "nsg" else ():
            title = f"{rule['direction']} {rule['description']}"
            arguments = RULE.arguments(Desired(want.key, "", "", {"networkSecurityGroupId": f"${{{want.key}}}"}, rule))
            taken = RULE.imported.format(group=group.ocid, ocid=ids[title]) if group and title in ids else ""
            yield Block(RULE.type, label(f"{want.key}_{title}".lower()), self._written(arguments), taken)

    def _import_id(self, template: str, want: Desired) -> str:
        """Return the id under which Terraform takes it over; nothing while it, or what it stands in, does not exist."""
        found = self.known.get(want.key)
        if found is None or not found.ocid:
            return ""
        place = want.resolved(self._value).place
        try:
            made = template.format(**{**place, "ocid": found.ocid, "name": want.name, "namespace": self.namespace})
        except KeyError:
            return ""
        return "" if "${" in made else made

    def _value(self, key: str, fact: str) -> Any:
        found = self.known.get(key)
        return None if found is None else found.facts.get(fact) if fact else found.ocid or None

    def _written(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: self._written(item) for name, item in value.items()}
        if isinstance(value, list):
            return [self._written(item) for item in value]
        return self._expression(value) if isinstance(value, str) else value

    def _expression(self, text: str) -> str:
        return _REF.sub(lambda match: self._reference(match[0], match[1], match[2] or ""), text.replace("%{", "%%{"))

    def _reference(self, whole: str, key: str, fact: str) -> str:
        if key == TENANCY:
            return "${var.tenancy_ocid}"
        target = self.wanted.get(key)
        if target is None:
            return whole if key.startswith(_OURS) else f"${whole}"
        form = FORMS[target.kind]
        address = f"{form.type}.{label(key)}"
        if not fact:
            return f"${{{address}.{form.id}}}"
        known = FACTS.get((target.kind, fact))
        return known.format(address=address) if known and "{address}" in known else known or str(self._value(key, fact) or "")


def resources(blocks: Iterable[Block]) -> dict[str, Any]:
    """Return blocks as a document of Terraform's JSON syntax."""
    made: dict[str, Any] = {}
    for block in blocks:
        made.setdefault(block.type, {})[block.label] = block.arguments
    return {"resource": made}


def imports(blocks: Iterable[Block]) -> dict[str, Any]:
    """Return the import blocks of everything that exists."""
    return {"import": [{"to": block.address, "id": block.imported} for block in blocks if block.imported]}


def surroundings(region: str, tenancy: str) -> dict[str, Arguments]:
    """Return the documents that every export has: provider, variables, and what is looked up."""
    provider = {"oci": {"source": "oracle/oci", "version": ">= 6.0.0"}}
    variables: Arguments = {
        "region": {"type": "string", "default": region},
        "tenancy_ocid": {"type": "string"} | ({"default": tenancy} if tenancy else {}),
        "webhook_endpoint": {
            "type": "string",
            "sensitive": True,
            "description": "Where alarms are sent, with user and password: https://user:password@host/hooks/oci-notifications/",
        },
    }
    for name in ("certificate_pem", "certificate_chain_pem", "certificate_private_key_pem"):
        variables[name] = {
            "type": "string",
            "sensitive": True,
            "default": "",
            "description": "Only to import a certificate anew.",
        }
    services = {"filter": [{"name": "name", "values": ["All .* Services In Oracle Services Network"], "regex": True}]}
    return {
        "provider.tf.json": {
            "terraform": {"required_version": ">= 1.5.0", "required_providers": provider},
            "provider": {"oci": {"region": "${var.region}"}},
        },
        "variables.tf.json": {"variable": variables},
        "lookups.tf.json": {
            "data": {
                "oci_objectstorage_namespace": {"this": {"compartment_id": "${var.tenancy_ocid}"}},
                "oci_core_services": {"all": services},
            }
        },
    }
