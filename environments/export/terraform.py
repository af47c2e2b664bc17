"""Writes resources as Terraform's JSON, with import blocks for those that exist. Pure: no
database, no cloud.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from environments.desired import TENANCY, Desired, Known, fact_of, lookup_in, refs
from environments.kinds import KINDS
from environments.kinds.terraform_form import Arguments

_REF = re.compile(r"\$\{([^}:]+)(?::([^}]+))?\}")
TAGS = ("freeform_tags", "defined_tags")
# Tags that OCI itself puts on whatever is created.
PUT_BY_OCI = ["Oracle-Tags.CreatedBy", "Oracle-Tags.CreatedOn"]
_OURS = ("var.", "data.", "oci_")  # expressions that a form wrote itself


@dataclass(frozen=True, slots=True)
class Block:
    """One resource of Terraform; `imported` is the id to import it by, empty while it does
    not exist.
    """

    type: str
    label: str
    arguments: Arguments
    imported: str = ""

    @property
    def address(self) -> str:
        """Return how Terraform calls it."""
        return f"{self.type}.{self.label}"


@dataclass(frozen=True, slots=True)
class TerraformWriter:
    """Writes the resources of one environment."""

    wanted: Mapping[str, Desired]
    known: Mapping[str, Known]
    namespace: str

    def blocks(self) -> dict[str, list[Block]]:
        """Return the blocks of each resource, by its key."""
        whole = {
            key: want for key, want in self.wanted.items() if not KINDS[want.kind].terraform.part_of
        }
        return {key: [self._block(want), *self._parts(want)] for key, want in whole.items()}

    def _block(self, want: Desired) -> Block:
        kind = KINDS[want.kind]
        form, arguments = kind.terraform, kind.terraform_arguments(want)
        for part in self.wanted.values():
            its = KINDS[part.kind].terraform
            if its.part_of and part.place[its.part_of] == f"${{{want.key}}}":
                inner = KINDS[part.kind].terraform_arguments(part)
                arguments.setdefault(its.type, []).append(inner)
        imported = self._import_id(form.imported, want)
        written = self._written(_tags_left_alone(arguments)) | self._order(want, arguments)
        return Block(form.type, label(want.key), written, imported)

    def _order(self, want: Desired, arguments: Arguments) -> Arguments:
        """Return what must be there before, as far as no reference says it.

        Defined tags name their keys by text, and a policy must hold before what it permits.
        """
        needs = set(want.needs)
        if "defined_tags" in arguments:
            needs |= {key for key, other in self.wanted.items() if other.kind == "tag"}
        needs -= {*refs(want.place), *refs(want.fields), want.key}
        addresses = [self._address(key) for key in sorted(needs & self.wanted.keys())]
        return {"depends_on": addresses} if addresses else {}

    def _address(self, key: str) -> str:
        return f"{KINDS[self.wanted[key].kind].terraform.type}.{label(key)}"

    def _parts(self, want: Desired) -> Iterable[Block]:
        """Return what is a resource of its own for Terraform: the rules of a security group."""
        whole = self.known.get(want.key)
        for part in KINDS[want.kind].terraform_parts(want, whole.facts if whole else {}):
            ids = {"whole": whole.ocid if whole else "", "part": part.id}
            imported = part.form.imported.format(**ids) if part.id else ""
            arguments = self._written(part.form.arguments(part.want))
            name = label(f"{want.key}_{part.title}".lower())
            yield Block(part.form.type, name, arguments, imported)

    def _import_id(self, template: str, want: Desired) -> str:
        """Return the id to import it by; empty while it, or what it lives in, does not exist."""
        found = self.known.get(want.key)
        if found is None or not found.ocid:
            return ""
        place = want.resolved(lookup_in(self.known, None)).place
        own = {"ocid": found.ocid, "name": want.name, "namespace": self.namespace}
        try:
            made = template.format(**{**place, **own})
        except KeyError:
            return ""
        return "" if "${" in made else made

    def _written(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: self._written(item) for name, item in value.items()}
        if isinstance(value, list):
            return [self._written(item) for item in value]
        return self._expression(value) if isinstance(value, str) else value

    def _expression(self, text: str) -> str:
        return _REF.sub(
            lambda match: self._reference(match[0], match[1], match[2] or ""),
            text.replace("%{", "%%{"),
        )

    def _reference(self, whole: str, key: str, fact: str) -> str:
        if key == TENANCY:
            return "${var.tenancy_ocid}"
        target = self.wanted.get(key)
        if target is None:
            return whole if key.startswith(_OURS) else f"${whole}"
        kind = KINDS[target.kind]
        address = f"{kind.terraform.type}.{label(key)}"
        if not fact:
            return f"${{{address}.{kind.terraform.id}}}"
        expression = kind.terraform_facts.get(fact)
        if expression is None:
            return str(fact_of(self.known.get(key), fact) or "")
        return expression.format(address=address) if "{address}" in expression else expression


def _tags_left_alone(arguments: Arguments) -> Arguments:
    """Let Terraform set tags when it creates something, and never take others off again.

    The portal keeps marks of its own there (the job, the password's version), and so do others.
    """
    tags = [name for name in TAGS if name in arguments]
    rules = arguments.get("lifecycle", {})
    ignored = {"ignore_changes": [*rules.get("ignore_changes", ()), *tags]}
    return {**arguments, "lifecycle": {**rules, **ignored}} if tags else arguments


def label(key: str) -> str:
    """Return a resource key as Terraform may call it."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", key)


def resources(blocks: Iterable[Block]) -> dict[str, Any]:
    """Return blocks as a document of Terraform's JSON syntax."""
    made: dict[str, Any] = {}
    for block in blocks:
        made.setdefault(block.type, {})[block.label] = block.arguments
    return {"resource": made}


def imports(blocks: Iterable[Block]) -> dict[str, Any]:
    """Return the import blocks of everything that exists."""
    return {
        "import": [
            {"to": block.address, "id": block.imported} for block in blocks if block.imported
        ]
    }


def surroundings(region: str, tenancy: str) -> dict[str, Arguments]:
    """Return the documents that every export has: provider, variables, and what is looked up."""
    provider = {"oci": {"source": "oracle/oci", "version": ">= 6.0.0"}}
    variables: Arguments = {
        "region": {"type": "string", "default": region},
        "tenancy_ocid": {"type": "string"} | ({"default": tenancy} if tenancy else {}),
        "webhook_endpoint": {
            "type": "string",
            "sensitive": True,
            "description": (
                "Where alarms are sent, with user and password:"
                " https://user:password@host/hooks/oci-notifications/"
            ),
        },
    }
    for name in ("certificate_pem", "certificate_chain_pem", "certificate_private_key_pem"):
        variables[name] = {
            "type": "string",
            "sensitive": True,
            "default": "",
            "description": "Only to import a certificate again.",
        }
    services = {
        "filter": [
            {
                "name": "name",
                "values": ["All .* Services In Oracle Services Network"],
                "regex": True,
            }
        ]
    }
    return {
        "provider.tf.json": {
            "terraform": {"required_version": ">= 1.5.0", "required_providers": provider},
            "provider": {
                "oci": {"region": "${var.region}", "ignore_defined_tags": PUT_BY_OCI},
            },
        },
        "variables.tf.json": {"variable": variables},
        "lookups.tf.json": {
            "data": {
                "oci_objectstorage_namespace": {"this": {"compartment_id": "${var.tenancy_ocid}"}},
                "oci_core_services": {"all": services},
            }
        },
    }
