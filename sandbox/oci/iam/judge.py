"""Decides each call by the policies of the tenancy, before its operation runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sandbox.oci import errors
from sandbox.oci.iam import cases, conditions, grants, places, tables, variables
from sandbox.oci.store import Record

if TYPE_CHECKING:
    from sandbox.oci.call import Call
    from sandbox.oci.engine import Engine
    from sandbox.oci.tenancy import Caller

_DENIED = "Authorization failed or requested resource not found."
_RELATED = "Authorization failed or related resource not found."
_RELATED_SERVICES = {"core", "container_instances"}
_OWN_KEYS = {"identity.upload_api_key", "identity.delete_api_key"}  # everybody's own, by no policy


class Principal:
    """A caller with its groups, asked permission by permission."""

    def __init__(self, engine: Engine, caller: Caller) -> None:
        self.caller = caller
        self.index = grants.index(engine)
        self._now, self._delay = engine.clock.now(), engine.clock.scaled(grants.DELAY)
        members = self.index.members.get(caller.id, []) if _is_person(caller) else []
        self._members = [one for one in members if self._counts(one.since, one.until)]
        self._groups = {name for one in self._members for name in (one.group, one.name)}
        dynamic = [one for one in caller.groups if one in self.index.dynamic]
        self._dynamic = {name for one in dynamic for name in (one, self.index.dynamic[one])}
        self.variables = variables.of_caller(caller, [one.group for one in self._members])

    def may(self, permission: str, compartment: str, target: dict[str, tuple[str, ...]]) -> bool:
        """Say whether a statement gives the permission in a compartment."""
        return any(True for _ in self.givers(permission, compartment, target))

    def givers(
        self, permission: str, compartment: str, target: dict[str, tuple[str, ...]]
    ) -> Iterator[str]:
        """Yield each statement that gives the permission in a compartment."""
        given = self.index.grants.get(permission)
        if not given:
            return
        chain = self.index.chain(compartment)
        own: dict[str, tuple[str, ...]] = {"request.permission": (permission,)}
        lookup = variables.lookup(own, target, self.variables)
        for grant in given:
            if (
                grant.compartment in chain
                and self._counts(grant.since, grant.until)
                and self._is_subject(grant)
                and (
                    grant.statement.condition is None
                    or conditions.holds(grant.statement.condition, lookup)
                )
            ):
                yield grant.text

    def _counts(self, since: float, until: float) -> bool:
        return since + self._delay <= self._now < until + self._delay

    def _is_subject(self, grant: grants.Grant) -> bool:
        statement = grant.statement
        if statement.subject == "any-user":
            return True
        if statement.subject == "any-group":
            return bool(self._groups or self._dynamic)
        if statement.subject == "service":
            return self.caller.kind == "service" and self.caller.name in statement.names
        held = {"group": self._groups, "dynamic-group": self._dynamic}.get(statement.subject, set())
        return any(_plain(name) in held for name in statement.names) or any(
            one in held for one in statement.ids
        )


def check(call: Call) -> None:
    """Refuse a call that no statement allows, as OCI refuses it."""
    if call.caller.kind in {"anonymous", "par"}:
        return  # the operation itself decides about public buckets and addresses with a secret
    row = tables.operations().get(call.operation.key) or _added(call)
    if row is None:
        raise errors.not_found()
    principal = Principal(call.engine, call.caller)
    own_key = call.operation.key in _OWN_KEYS and call.path.get("userId") == call.caller.id
    filled: dict[int, dict[str, tuple[str, ...]]] = {}
    for requirement in () if own_key else row.requirements:
        if requirement.when and not cases.counts(requirement.when, call):
            continue
        _judge(call, principal, requirement, filled)
    _check_tags(call, principal)


def _added(call: Call) -> tables.Row | None:
    """Return the row that a service brings with it."""
    text = call.service.rights.get(call.operation.name)
    return tables.row(call.service.name, call.operation.name, text) if text else None


def may(
    engine: Engine, caller: Caller, permission: str, compartment: str, record: Record | None = None
) -> bool:
    """Say whether a principal has one permission on a resource, outside of a call of its own: a
    container that pulls its image, a service that works by itself.
    """
    target: dict[str, tuple[str, ...]] = {"target.compartment.id": (compartment,)}
    target |= variables.of_record(record) if record else {}
    return Principal(engine, caller).may(permission, compartment, target)


def _judge(
    call: Call,
    principal: Principal,
    requirement: tables.Requirement,
    filled: dict[int, dict[str, tuple[str, ...]]],
) -> None:
    if call.engine.decisions.recording:
        _record(call, principal, requirement, filled)
    missing: list[tuple[str, places.Target]] = []
    for need in requirement.options:
        lacking = None
        for target in places.find(call, need.place):
            known = _filled(call, target, filled)
            if not principal.may(need.permission, target.compartment, known):
                lacking = (need.place, target)
                break
        if lacking is None:
            return
        missing.append(lacking)
    raise _refusal(call, *missing[0])


def _record(
    call: Call,
    principal: Principal,
    requirement: tables.Requirement,
    filled: dict[int, dict[str, tuple[str, ...]]],
) -> None:
    alternatives = []
    for need in requirement.options:
        givers = []
        for target in places.find(call, need.place):
            known = _filled(call, target, filled)
            givers.append(sorted(principal.givers(need.permission, target.compartment, known)))
        alternatives.append(givers)
    name, permission = principal.caller.name, requirement.options[0].permission
    call.engine.decisions.add(name, call.operation.key, permission, alternatives)


def _filled(
    call: Call, target: places.Target, filled: dict[int, dict[str, tuple[str, ...]]]
) -> dict[str, tuple[str, ...]]:
    key = id(target.record) if target.record else hash(target.compartment)
    if key not in filled:
        filled[key] = variables.of_target(call, target)
    return filled[key]


def _refusal(call: Call, place: str, target: places.Target) -> errors.ServiceError:
    if target.related and call.service.name in _RELATED_SERVICES:
        return errors.ServiceError(400, "RelatedResourceNotAuthorizedOrNotFound", _RELATED)
    if call.service.name == "object_storage" and "bucketName" in call.path:
        name, namespace = call.path["bucketName"], call.path.get("namespaceName")
        return errors.ServiceError(
            404,
            "BucketNotFound",
            f"The bucket '{name}' does not exist in the namespace '{namespace}' or you are not"
            " authorized to access it.",
        )
    if call.service.name == "object_storage":  # API Errors: no right, or no such namespace
        return errors.ServiceError(404, "NamespaceNotFound", _DENIED)
    return errors.ServiceError(404, "NotAuthorizedOrNotFound", _DENIED)


def _check_tags(call: Call, principal: Principal) -> None:
    """Setting, changing or removing a defined tag needs the use of its namespace."""
    if not call.operation.mutates or not isinstance(call.body, dict):
        return
    given = call.body.get("definedTags")
    if given is None:
        return
    record = places.own_record(call) if not call.operation.name.startswith("create_") else None
    before = (record.body.get("definedTags") or {}) if record else {}
    changed = {name.lower() for name in {*given, *before} if given.get(name) != before.get(name)}
    for namespace in call.engine.store.living("identity.TagNamespace") if changed else ():
        if namespace.body["name"].lower() in changed:
            home, known = namespace.body["compartmentId"], variables.of_record(namespace)
            if call.engine.decisions.recording:
                givers = sorted(principal.givers("TAG_NAMESPACE_USE", home, known))
                name = principal.caller.name
                call.engine.decisions.add(name, call.operation.key, "TAG_NAMESPACE_USE", [[givers]])
            if not principal.may("TAG_NAMESPACE_USE", home, known):
                raise errors.ServiceError(404, "NotAuthorizedOrNotFound", _DENIED)


def _plain(name: str) -> str:
    return name.removeprefix("default/")


def _is_person(caller: Caller) -> bool:
    return caller.kind in {"user", "session"}
