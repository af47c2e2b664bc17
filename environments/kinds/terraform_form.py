"""How one kind of resource is written for Terraform. Pure: no database, no cloud."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from environments.desired import Desired

Arguments = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Form:
    """How the wire names of a kind become Terraform's, and under which id it is imported.

    `imported` is a template over `ocid`, `name`, `namespace` and the names in the resource's place.
    """

    type: str
    renamed: Mapping[str, str] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()
    name: str = ""  # the argument that takes the resource's name, where its fields do not hold it
    fixed: Mapping[str, Any] = field(
        default_factory=dict
    )  # arguments that are the same for each of the kind
    imported: str = "{ocid}"
    id: str = "id"  # the attribute that stands for it where others refer to it
    kept: bool = False  # holds what cannot be made again: Terraform must not destroy it
    ignored: tuple[str, ...] = ()  # arguments that Terraform must not bring back
    # the reference in its place to the resource in whose block Terraform writes it, under `type`
    part_of: str = ""

    def arguments(self, want: Desired) -> Arguments:
        """Return the resource's arguments, references still as the blueprint writes them."""
        wire = {
            name: value
            for name, value in {**want.place, **want.fields}.items()
            if name not in self.left_out
        }
        made = {self._argument(name): self._value(name, value) for name, value in wire.items()}
        made |= dict(self.fixed) | ({self.name: want.name} if self.name else {})
        return made | self._lifecycle()

    def _argument(self, name: str) -> str:
        return self.renamed.get(name) or snake(name)

    def _value(self, name: str, value: Any) -> Any:
        if name == "definedTags":
            return {
                f"{space}.{key}": text
                for space, tags in value.items()
                for key, text in tags.items()
            }
        if name == "freeformTags" or not isinstance(value, (Mapping, list)):
            return value
        return self._inside(value)

    def _inside(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {self._argument(name): self._inside(item) for name, item in value.items()}
        return [self._inside(item) for item in value] if isinstance(value, list) else value

    def _lifecycle(self) -> Arguments:
        rules: Arguments = {"prevent_destroy": True} if self.kept else {}
        rules |= {"ignore_changes": list(self.ignored)} if self.ignored else {}
        return {"lifecycle": rules} if rules else {}


@dataclass(frozen=True, slots=True)
class TerraformPart:
    """A part of a resource that Terraform takes for a resource of its own.

    `id` is OCI's for the part, empty while it does not exist; `form.imported` is a template over
    `whole`, the OCID of the whole, and `part`.
    """

    title: str
    form: Form
    want: Desired
    id: str = ""


def snake(name: str) -> str:
    """Return a wire name as Terraform writes it: `instanceMemorySizeInGBs` is
    `instance_memory_size_in_gbs`.
    """
    name = name.replace("GBs", "Gbs").replace("IDs", "Ids")
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()
