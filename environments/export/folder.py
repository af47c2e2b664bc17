"""An environment's configuration as a folder of files: enough to rebuild it without the portal."""

import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from django.conf import settings

from environments.desired import Desired, Known, lookup_in
from environments.export import readme
from environments.export.terraform import (
    Block,
    TerraformWriter,
    imports,
    resources,
    surroundings,
)
from environments.kinds import KINDS
from environments.models import Environment
from environments.reconcile.planning import wanted_of
from portal.lib.tables import functions

MANIFEST = "MANIFEST.json"
EPOCH = (
    1980,
    1,
    1,
    0,
    0,
    0,
)  # the oldest time that a zip can hold: the same export is the same bytes


def export_files(environment: Environment) -> dict[str, bytes]:
    """Return the files by name, from the database alone.

    The same state gives the same bytes. No secret's value is known here, so none can be in it.
    """
    found = {row.key: row for row in environment.resources.exclude(ocid="")}
    names = {key: row.name for key, row in found.items()}
    wanted = {want.key: _as_named(want, names) for want in wanted_of(environment)}
    rows = {key: Known(row.ocid, row.facts) for key, row in found.items()}
    made = TerraformWriter(wanted, rows, _namespace(rows)).blocks()
    runbooks = [
        runbook for source in functions("EXPORT_RUNBOOKS") for runbook in source()
    ]  # type, title, text
    texts = {
        **{
            name: _json(document)
            for name, document in _terraform(environment, wanted, made).items()
        },
        "settings.json": _json(_settings(environment)),
        "policies.txt": _policies(wanted.values(), rows),
        "alarms.json": _json(
            [_alarm(want, rows) for want in wanted.values() if want.kind == "alarm"]
        ),
        "runbooks.md": readme.runbooks(runbooks),
        **{f"runbooks/{slug}.md": text for slug, _, text in runbooks},
        "README.md": readme.text(environment, wanted, made),
    }
    texts[MANIFEST] = _json(sorted(texts))
    return {name: text.encode() for name, text in sorted(texts.items())}


def zipped(contents: Mapping[str, bytes]) -> bytes:
    """Return the files as one zip, byte for byte the same for the same files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in contents.items():
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, content)
    return out.getvalue()


def _terraform(
    environment: Environment, wanted: Mapping[str, Desired], made: Mapping[str, list[Block]]
) -> dict[str, dict[str, Any]]:
    groups: dict[str, list[Block]] = {}
    for key, blocks in made.items():
        groups.setdefault(KINDS[wanted[key].kind].group.lower(), []).extend(blocks)
    every = [block for blocks in made.values() for block in blocks]
    return {
        **surroundings(environment.home_region, settings.OCI["tenancy"]),
        **{f"{group}.tf.json": resources(blocks) for group, blocks in groups.items()},
        "imports.tf.json": imports(every),
    }


def _as_named(want: Desired, names: Mapping[str, str]) -> Desired:
    """Give what was adopted under another name, which OCI cannot change, the name that it has."""
    name = names.get(want.key, "") if KINDS[want.kind].any_name else ""
    return replace(want, name=name) if name else want


def _settings(environment: Environment) -> dict[str, Any]:
    names = (
        "slug",
        "name",
        "position",
        "prefix",
        "home_region",
        "dr_region",
        "owner",
        "cost_center",
        "protected",
        "settings",
    )
    return {name: getattr(environment, name) for name in names}


def _policies(wanted: Iterable[Desired], rows: Mapping[str, Known]) -> str:
    """Return each policy with its statements, OCIDs filled in where they are known."""
    policies = [_resolved(want, rows) for want in wanted if want.kind == "policy"]
    return "\n".join(
        "\n".join([f"# {policy.name}", *policy.fields["statements"], ""]) for policy in policies
    )


def _alarm(want: Desired, rows: Mapping[str, Known]) -> dict[str, Any]:
    return {"name": want.name, **_resolved(want, rows).fields}


def _resolved(want: Desired, rows: Mapping[str, Known]) -> Desired:
    return want.resolved(lookup_in(rows, None))


def _namespace(rows: Mapping[str, Known]) -> str:
    """Return the Object Storage namespace as the buckets tell it; nothing before there is one."""
    return next(
        (str(row.facts["namespace"]) for row in rows.values() if row.facts.get("namespace")), ""
    )


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
