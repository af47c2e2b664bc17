"""A bucket of Object Storage with its lifecycle rules and retention rules."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from environments.desired import Actual, Desired, Difference, refs
from environments.kinds.kind import TAGS, Kind, Reader, Wire, Writer
from environments.kinds.removals import ends, moves
from environments.kinds.terraform_form import Arguments, Form
from environments.kinds.update_cost import LOSS, UpdateCost
from environments.kinds.watched import all_unset, is_one_of
from portal.cloud.errors import NotFoundOrForbidden

if TYPE_CHECKING:
    from portal.cloud.client import CloudClient

SERVICE = "object_storage"
PAGE = 100  # versions of objects that are listed, or deleted, at a time
DAYS_OF = {"DAYS": 1, "YEARS": 365}  # units of rules
NEVER = 2**31  # days after which nothing is deleted
NAMESPACE = "${data.oci_objectstorage_namespace.this.namespace}"


def _shorter(want: Any, have: Any) -> Iterator[str]:
    """Yield that objects can be deleted sooner; without a duration they never can."""
    days, before = _days(want), _days(have) if have else NEVER
    if days < before:
        yield f"Objects can be changed and deleted after {days} days{_until_now(before)}."


class BucketKind(Kind):
    """Its name is unique in the tenancy's namespace and region, and is its only address."""

    name, group = "bucket", "Data"
    watched = {
        **all_unset("objectEventsEnabled", "kmsKeyId", "metadata", "isBucketKeyEnabled"),
        "autoTiering": is_one_of("Disabled"),
    }
    holds_data = True
    tenancy_wide = True
    in_place = TAGS | {"publicAccessType", "versioning", "objectEventsEnabled", "compartmentId"}
    removals = {
        "publicAccessType": ends("NoPublicAccess", "Reading without credentials ends."),
        "compartmentId": moves,
    }
    name_taken_hint = (
        "Bucket names are unique in the tenancy's namespace and region, and this one is taken in a "
        "compartment that the portal cannot see. Give the environment another prefix, or ask its "
        "owner to let the portal see it."
    )
    price = "bucket"
    console = "/object-storage/buckets/{namespace}/{name}/objects"
    not_exported = (
        "objects: from the `backups` bucket or from the copy in the disaster recovery region"
    )
    portal_rights = (
        "manage buckets in compartment id P",
        # to empty it and to set its lifecycle; what uploads and exports hold is not read
        "manage objects in compartment id P where request.permission != 'OBJECT_READ'",
    )
    terraform = Form(
        "oci_objectstorage_bucket",
        {"publicAccessType": "access_type"},
        name="name",
        fixed={"namespace": NAMESPACE},
        imported="n/{namespace}/b/{name}",
        id="name",
        kept=True,
    )

    def costs_of_update(
        self, actual: Actual, differing: Sequence[Difference]
    ) -> Iterator[UpdateCost]:
        """Add that versions are no longer kept."""
        yield from super().costs_of_update(actual, differing)
        for one in differing:
            if one.field == "versioning" and one.want != "Enabled":
                words = "What is overwritten or deleted from now on cannot be brought back."
                yield UpdateCost(LOSS, words)

    def read(self, reader: Reader, want: Desired, ocid: str = "") -> Actual | None:
        """Read by name in the tenancy's namespace."""
        place = (reader.client.namespace, want.name)
        return reader.get(SERVICE, "get_bucket", *place, make=_bucket_from_wire)

    def create(self, writer: Writer, want: Desired) -> Actual | None:
        """Create it; OCI takes no retry token here, the name stands in for one."""
        body = {**want.place, **want.fields, "name": want.name}
        answer = writer.change(SERVICE, "create_bucket", writer.client.namespace, body)
        return _bucket_from_wire(answer.data)

    def update(
        self, writer: Writer, want: Desired, actual: Actual, fields: dict[str, Any]
    ) -> Actual | None:
        """Change access, versioning, events or tags."""
        body = fields
        if fields.get("versioning") == "Disabled":
            # A bucket that ever kept versions can only be suspended (UpdateBucketDetails).
            body = {**fields, "versioning": "Suspended"}
        place = (writer.client.namespace, actual.name)
        answer = writer.change(SERVICE, "update_bucket", *place, body, target=actual.ocid)
        return _bucket_from_wire(answer.data)

    def delete(self, writer: Writer, actual: Actual) -> None:
        """Delete it; OCI refuses while there is an object in it."""
        place = (writer.client.namespace, actual.name)
        writer.change(SERVICE, "delete_bucket", *place, target=actual.ocid)

    def count_contents(self, reader: Reader, actual: Actual) -> int:
        """Count the versions of objects in it: OCI deletes no bucket that holds any."""
        return len(_versions(reader.client, actual))

    def delete_contents(self, writer: Writer, actual: Actual) -> bool:
        """Delete a page of versions of objects, for good."""
        versions = _versions(writer.client, actual)
        for version in versions:
            number = version.get("versionId")
            which = {"version_id": number} if number else {}
            place, apart = (
                (writer.client.namespace, actual.name, version["name"]),
                number or version["name"],
            )
            with suppress(NotFoundOrForbidden):  # an earlier try did it
                writer.change(SERVICE, "delete_object", *place, **which, apart=str(apart))
        return bool(versions)

    def foreign_hint(self, want: Desired, actual: Actual) -> str:
        """Say in which compartment the bucket of this name is and who made it."""
        where, who = actual.wire.get("compartmentId"), actual.wire.get("createdBy")
        here = where == want.place["compartmentId"]
        place = "this environment's compartment" if here else f"the compartment {where}"
        unique = "bucket names are unique in the tenancy's namespace and region."
        return f"It is in {place}, made by {who}; {unique}"


class LifecycleKind(Kind):
    """What Object Storage deletes by itself once a day: one list of rules, written as a whole.

    Without a policy for the service OCI refuses it.
    """

    name, group = "lifecycle rules", "Data"
    deleted_with = "bucket"
    needs = ("policy.services",)
    in_place = frozenset({"items"})
    tagged = False
    price = "free"
    portal_rights = BucketKind.portal_rights
    terraform = Form(
        "oci_objectstorage_object_lifecycle_policy",
        {"items": "rules"},
        fixed={"namespace": NAMESPACE},
        imported="n/{namespace}/b/{name}/l",
    )

    def costs_of_update(
        self, actual: Actual, differing: Sequence[Difference]
    ) -> Iterator[UpdateCost]:
        """Add what the rules delete sooner than before."""
        yield from super().costs_of_update(actual, differing)
        for one in differing:
            yield from _costs_of_rules(one.want, one.have or [])

    def costs_of_creation(self, want: Desired) -> Iterator[UpdateCost]:
        """Yield what the rules delete of a bucket that is there already, with what it holds."""
        if not refs(want.place):
            yield from _costs_of_rules(want.fields["items"], [])

    def read(self, reader: Reader, want: Desired, ocid: str = "") -> Actual | None:
        """Read by the name of its bucket."""
        place, make = (reader.client.namespace, want.name), partial(_rules_from_wire, want)
        return reader.get(SERVICE, "get_object_lifecycle_policy", *place, make=make)

    def create(self, writer: Writer, want: Desired) -> Actual | None:
        """Write the rules."""
        return self._put(writer, want)

    def update(
        self, writer: Writer, want: Desired, actual: Actual, fields: dict[str, Any]
    ) -> Actual | None:
        """Write the rules again, all of them, unless somebody else did so since they were read."""
        return self._put(writer, want, **({"if_match": actual.etag} if actual.etag else {}))

    def delete(self, writer: Writer, actual: Actual) -> None:
        """Remove the rules: everything is kept."""
        place = (writer.client.namespace, actual.name)
        writer.change(SERVICE, "delete_object_lifecycle_policy", *place, target=actual.ocid)

    def terraform_arguments(self, want: Desired) -> Arguments:
        """Write amounts as text, as Terraform takes them."""
        made = super().terraform_arguments(want)
        rules = [{**rule, "time_amount": str(rule["time_amount"])} for rule in made["rules"]]
        return {**made, "rules": rules}

    def _put(self, writer: Writer, want: Desired, **guard: str) -> Actual:
        place = (writer.client.namespace, want.name)
        answer = writer.change(SERVICE, "put_object_lifecycle_policy", *place, want.fields, **guard)
        return _rules_from_wire(want, answer.data)


class RetentionRuleKind(Kind):
    """What may be neither changed nor deleted for a time.

    It is never locked: a locked one cannot be shortened or removed by anybody, Oracle included.
    """

    name, group = "retention rule", "Data"
    protects = "bucket"
    in_place = frozenset({"duration"})
    removals = {"duration": _shorter}
    tagged = False
    price = "free"
    portal_rights = BucketKind.portal_rights
    terraform = Form(
        "retention_rules", left_out=frozenset({"bucket", "bucketName"}), part_of="bucket"
    )

    def read(self, reader: Reader, want: Desired, ocid: str = "") -> Actual | None:
        """Read by its name among the rules of its bucket."""
        place = (reader.client.namespace, want.place["bucketName"])
        make = partial(_retention_from_wire, want)
        return reader.search(want, SERVICE, "list_retention_rules", *place, make=make)

    def create(self, writer: Writer, want: Desired) -> Actual | None:
        """Create it; OCI refuses while the bucket keeps versions."""
        place = (writer.client.namespace, want.place["bucketName"])
        answer = writer.change(SERVICE, "create_retention_rule", *place, want.fields)
        return _retention_from_wire(want, answer.data)

    def update(
        self, writer: Writer, want: Desired, actual: Actual, fields: dict[str, Any]
    ) -> Actual | None:
        """Change for how long; OCI refuses to shorten a rule that somebody locked."""
        place = (writer.client.namespace, want.place["bucketName"], actual.facts["rule"])
        answer = writer.change(SERVICE, "update_retention_rule", *place, fields, target=actual.ocid)
        return _retention_from_wire(want, answer.data)

    def delete(self, writer: Writer, actual: Actual) -> None:
        """Remove it: what it kept can be deleted."""
        place = (writer.client.namespace, actual.facts["bucketName"], actual.facts["rule"])
        writer.change(SERVICE, "delete_retention_rule", *place, target=actual.ocid)

    def terraform_arguments(self, want: Desired) -> Arguments:
        """Write the amount as text, as Terraform takes it."""
        made = super().terraform_arguments(want)
        duration = {**made["duration"], "time_amount": str(made["duration"]["time_amount"])}
        return {**made, "duration": duration}


def _versions(client: "CloudClient", actual: Actual) -> list[dict[str, Any]]:
    place = (client.namespace, actual.name)
    answer = client.read(SERVICE, "list_object_versions", *place, limit=PAGE)
    items: list[dict[str, Any]] = answer.data.get("items", [])
    return items


def _bucket_from_wire(wire: Wire) -> Actual:
    """Take "Suspended" for "Disabled": neither keeps new versions, and there is no way back."""
    if wire.get("versioning") == "Suspended":
        wire = {**wire, "versioning": "Disabled"}
    return Actual.from_wire(wire, name="name", namespace=wire.get("namespace"))


def _rules_from_wire(want: Desired, wire: Wire) -> Actual:
    """Name rules after their bucket: they have no OCID."""
    own = {"id": f"{want.place['bucket']}/lifecycle", "displayName": want.name}
    return Actual.from_wire({**wire, **own})


def _retention_from_wire(want: Desired, wire: Wire) -> Actual:
    """Put the bucket before the rule's id, which means nothing outside its bucket."""
    number, bucket = wire.get("id", ""), want.place["bucketName"]
    own = {"id": f"{want.place['bucket']}/retention/{number}"}
    return Actual.from_wire({**wire, **own}, rule=number, bucketName=bucket)


def _costs_of_rules(
    want: Sequence[Mapping[str, Any]], have: Sequence[Mapping[str, Any]]
) -> Iterator[UpdateCost]:
    """Yield the deletions that begin, or come sooner: they are made within a day."""
    for rule in want:
        if not _deletes(rule):
            continue
        days = _days(rule)
        before = min((_days(one) for one in have if _covers(one, rule)), default=NEVER)
        if days < before:
            what = _target(rule).replace("-", " ")
            words = f"All {what} older than {days} days are deleted within a day, for good"
            yield UpdateCost(LOSS, f"{words}{_until_now(before)}.")


def _covers(found: Mapping[str, Any], rule: Mapping[str, Any]) -> bool:
    """Say whether a rule deletes whatever the other one would; one with a filter may not."""
    narrow = _filter(found)
    return (
        _deletes(found)
        and _target(found) == _target(rule)
        and (not narrow or narrow == _filter(rule))
    )


def _target(rule: Mapping[str, Any]) -> str:
    return str(rule.get("target") or "objects")


def _filter(rule: Mapping[str, Any]) -> dict[str, Any]:
    patterns = rule.get("objectNameFilter") or {}
    return {name: value for name, value in patterns.items() if value}


def _days(found: Mapping[str, Any]) -> int:
    """Return a period in days, whatever its unit."""
    return int(found["timeAmount"]) * DAYS_OF[found["timeUnit"]]


def _until_now(days: int) -> str:
    return f" (now {days})" if days < NEVER else ""


def _deletes(rule: Mapping[str, Any]) -> bool:
    return rule["action"] == "DELETE" and bool(rule.get("isEnabled"))
