"""Lifecycle rules of buckets at work: once a simulated day, as Object Storage runs them."""

from __future__ import annotations

from fnmatch import fnmatchcase

from sandbox.oci.clock import moment
from sandbox.oci.engine import Engine
from sandbox.oci.service import Body
from sandbox.oci.services import objects
from sandbox.oci.store import Record

POLICY, BUCKET = "object_storage.ObjectLifecyclePolicy", "object_storage.Bucket"
LOOK_SECONDS = 0.5  # real seconds between looks at the simulated date


def start(engine: Engine) -> None:
    """Look at the simulated date for ever."""
    engine.every(LOOK_SECONDS, run, "oci-lifecycle")


def today(engine: Engine) -> int:
    """Return the number of the simulated UTC day."""
    return int(engine.clock.now() // objects.DAY)


def run(engine: Engine) -> None:
    """Carry out each policy that has not run on this simulated day."""
    day = today(engine)
    if all(policy.hidden.get("ran", day) >= day for policy in engine.store.all(POLICY)):
        return
    with engine.transaction() as store:
        for policy in store.all(POLICY):
            bucket = store.get(BUCKET, policy.id)
            if bucket and policy.hidden.get("ran", day) < day:
                _carry_out(engine, bucket, policy.body["items"], day)
            policy.hidden["ran"] = day
            store.put(policy)


def chosen(rule: Body, name: str) -> bool:
    """Say whether a rule's filter takes an object: an exclusion wins over an inclusion."""
    given = rule.get("objectNameFilter") or {}
    prefixes = given.get("inclusionPrefixes") or []
    patterns = given.get("inclusionPatterns") or []
    if any(fnmatchcase(name, one) for one in given.get("exclusionPatterns") or []):
        return False
    if not prefixes and not patterns:
        return True
    return name.startswith(tuple(prefixes)) or any(fnmatchcase(name, one) for one in patterns)


def _carry_out(engine: Engine, bucket: Record, rules: list[Body], day: int) -> None:
    found = objects.objects_in(engine.store, objects.OBJECT, bucket)
    for rule in rules:
        if not rule["isEnabled"] or rule.get("target", "objects") != "objects":
            continue
        for record in found:
            # the age counts from the end of the UTC day of the last change
            changed = int(moment(record.body["timeModified"]) // objects.DAY) + 1
            old = (day - changed) * objects.DAY >= objects.seconds_of(rule)
            if old and chosen(rule, record.body["name"]):
                _act(engine, bucket, record, rule["action"])


def _act(engine: Engine, bucket: Record, record: Record, action: str) -> None:
    store = engine.store
    if store.get(objects.OBJECT, record.id) is None:
        return  # an earlier rule deleted it
    if action == "DELETE":
        objects.expire(engine, bucket, record)
    elif action == "INFREQUENT_ACCESS":
        record.body["storageTier"] = "InfrequentAccess"
        store.put(record)
    elif action == "ARCHIVE":
        record.body |= {"storageTier": "Archive", "archivalState": "Archived"}
        store.put(record)
