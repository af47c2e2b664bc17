"""Tags on resources: free-form ones are counted, defined ones must exist, tag defaults are
applied.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.oci import errors, freshness
from sandbox.oci.clock import wire
from sandbox.oci.service import Body
from sandbox.oci.store import Record

if TYPE_CHECKING:
    from sandbox.oci.call import Call

FREEFORM, DEFINED, LONGEST = 10, 64, 256


def check(call: Call, body: Body) -> None:
    """Refuse tags that OCI would refuse."""
    freeform = body.get("freeformTags") or {}
    defined = body.get("definedTags") or {}
    if len(freeform) > FREEFORM or sum(map(len, defined.values())) > DEFINED:
        raise errors.invalid(
            f"A resource has at most {FREEFORM} free-form and {DEFINED} defined tags."
        )
    for name, value in freeform.items():
        if not name or len(name) > 100 or len(str(value)) > LONGEST:
            raise errors.invalid(f"The free-form tag {name} is too long.")
    namespaces = (
        {record.body["name"].lower(): record for record in _active(call, "identity.TagNamespace")}
        if defined
        else {}
    )
    for namespace, values in defined.items():
        for name, value in values.items():
            _check_value(_definition(call, namespaces, namespace, name), name, value)
            values[name] = _filled(call, value) if isinstance(value, str) else value


def apply_defaults(call: Call, body: Body) -> None:
    """Add the tags that the compartment and its parents give to what is created in them."""
    defined = body.get("definedTags") or {}
    given = {
        namespace.lower(): {name.lower() for name in values}
        for namespace, values in defined.items()
    }
    for default in _defaults(call, str(body.get("compartmentId", ""))):
        namespace, name = default.hidden["namespace"], default.body["tagDefinitionName"]
        if name.lower() in given.get(namespace.lower(), set()) or _is_retired(call, default):
            continue
        if default.body["isRequired"]:
            raise errors.invalid(f"The tag {namespace}.{name} is required in this compartment.")
        body.setdefault("definedTags", {}).setdefault(namespace, {})[name] = _filled(
            call, default.body["value"]
        )


def _defaults(call: Call, compartment: str) -> list[Record]:
    chain = []
    while compartment:
        chain.append(compartment)
        record = call.engine.store.get("identity.Compartment", compartment)
        compartment = str(record.body.get("compartmentId") or "") if record else ""
    return [
        record
        for record in call.engine.store.living("identity.TagDefault")
        if record.body["compartmentId"] in chain
    ]


def _is_retired(call: Call, default: Record) -> bool:
    found = call.engine.store.get(
        "identity.Tag",
        f"{default.body['tagNamespaceId']}/{default.body['tagDefinitionName']}".lower(),
    )
    return found is None or found.gone or bool(found.body["isRetired"])


def _filled(call: Call, text: str) -> str:
    return text.replace("${iam.principal.name}", call.caller.principal).replace(
        "${oci.datetime}", wire(call.now)
    )


def _active(call: Call, key: str) -> list[Record]:
    return [
        record
        for record in call.engine.store.living(key)
        if record.body["lifecycleState"] == "ACTIVE"
    ]


def _definition(call: Call, namespaces: dict[str, Record], namespace: str, name: str) -> Record:
    owner = namespaces.get(namespace.lower())
    found = call.engine.store.get("identity.Tag", f"{owner.id}/{name}".lower()) if owner else None
    if (
        found is None
        or found.gone
        or found.body["isRetired"]
        or (owner and owner.body["isRetired"])
    ):
        text = (
            "The following tag namespaces / keys are not authorized or not found:"
            f" '{namespace}.{name}'"
        )
        raise errors.ServiceError(400, "RelatedResourceNotAuthorizedOrNotFound", text)
    for record in (owner, found):
        freshness.require_known(call, record, errors.invalid(freshness.TAGS))
    return found


def _check_value(definition: Record, name: str, value: Any) -> None:
    validator = definition.body.get("validator") or {}
    if validator.get("validatorType") == "ENUM" and value not in validator.get("values", []):
        raise errors.invalid(
            f"The value of the tag {name} must be one of {', '.join(validator['values'])}."
        )
    if len(str(value)) > LONGEST:
        raise errors.invalid(f"The value of the tag {name} is longer than {LONGEST} characters.")
