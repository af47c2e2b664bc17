"""What a person reads first in an export: what it is, the order of rebuilding, what is not in
it.
"""

from collections.abc import Mapping, Sequence

from environments.desired import Desired
from environments.export.terraform import Block
from environments.kinds import KINDS
from environments.models import Environment


def text(
    environment: Environment, wanted: Mapping[str, Desired], made: Mapping[str, list[Block]]
) -> str:
    """Return README.md; it holds no date, so that the same state gives the same bytes."""
    existing = sum(bool(block.imported) for blocks in made.values() for block in blocks)
    return _TEXT.format(
        name=environment.name,
        slug=environment.slug,
        prefix=environment.prefix,
        region=environment.home_region,
        resources=len(wanted),
        blocks=sum(map(len, made.values())),
        existing=existing,
        order="\n".join(_order(wanted)),
        elsewhere="\n".join(f"- {words}." for words in _not_exported(wanted)),
    )


def runbooks(listed: Sequence[tuple[str, str, str]]) -> str:
    """Return the list of runbooks."""
    return "\n".join(
        ["# Runbooks", "", *[f"- [{title}](runbooks/{slug}.md)" for slug, title, _ in listed], ""]
    )


def _not_exported(wanted: Mapping[str, Desired]) -> list[str]:
    kinds = {want.kind for want in wanted.values()}
    return [kind.not_exported for key, kind in KINDS.items() if key in kinds and kind.not_exported]


def _order(wanted: Mapping[str, Desired]) -> list[str]:
    """Return what can be made side by side, step by step."""
    done: set[str] = set()
    lines: list[str] = []
    while len(done) < len(wanted):
        ready = [
            key
            for key, want in wanted.items()
            if key not in done and not (want.all_needs() & wanted.keys()) - done
        ]
        if not ready:
            raise ValueError(f"these need each other: {', '.join(wanted.keys() - done)}")
        named = ", ".join(f"`{key}` ({KINDS[wanted[key].kind].name})" for key in ready)
        lines.append(f"{len(lines) + 1}. {named}")
        done.update(ready)
    return lines


_TEXT = """# {name} ({slug}) of {prefix}, as Terraform

Written by the portal from its database: {resources} resources of OCI in region {region},
{blocks} blocks, {existing} of them with an import block. Two exports of the
same state are the same bytes. It contains no secret.

| file | what |
|---|---|
| `*.tf.json` | every managed resource, by section; `imports.tf.json` imports those that exist |
| `policies.txt` | the policies as text, to read or to paste into the console |
| `alarms.json` | the alarms with their queries |
| `runbooks.md`, `runbooks/` | what to do in each kind of incident |
| `settings.json` | the settings from which the portal creates all this |

## Import what exists

```
export TF_VAR_webhook_endpoint='https://user:password@portal.example.com/hooks/oci-notifications/'
terraform init
terraform plan
```

The plan shows {existing} to import, 0 to add, 0 to change, 0 to destroy, as long as the portal's
own plan is empty. Read any other before `terraform apply`: from then on Terraform owns these
resources, and the portal's drift page shows every change that it makes.

## Rebuild from nothing

Remove `imports.tf.json` first: the OCIDs in it are those of the environment that is gone. Then
`terraform apply`. By hand, or when something is left over, the order is this; what stands in one
line can be made side by side:

{order}

Names that a deletion has scheduled (vault, key, secrets) stay taken until it is over: cancel the
deletion, or choose another prefix. A compartment's name is free again as soon as it is deleted.

## Not in here

{elsewhere}
- container instances: a release makes them; request it again, or see `docs/releases.md` of the
  portal.
"""
