"""What the policies of the blueprint give, asked of a simulator that judges as OCI does."""

from pathlib import Path

import pytest

from sandbox.oci.engine import Engine
from sandbox.oci.iam import judge, tables
from sandbox.oci.store import Record
from sandbox.oci.tenancy import Caller
from tests.environments.build import wanted

COMPARTMENT = "ocid1.compartment.oc1..environment"
THINGS = {  # word in the matrix: kind and body of a record
    "uploads": ("object_storage.Bucket", {"name": "conceptlens-dev-uploads"}),
    "exports": ("object_storage.Bucket", {"name": "conceptlens-dev-exports"}),
    "backups": ("object_storage.Bucket", {"name": "conceptlens-dev-backups"}),
    "api image": ("artifacts.ContainerRepository", {"displayName": "conceptlens-dev/api"}),
    "worker image": ("artifacts.ContainerRepository", {"displayName": "conceptlens-dev/worker"}),
    "url": ("vault.Secret", {"secretName": "DATABASE_URL"}),
    "password": ("vault.Secret", {"secretName": "DATABASE_PASSWORD"}),
    "queue": ("queue.Queue", {}),
    "group of logs": ("logging.LogGroup", {}),
    "": ("core.Vcn", {}),
}
IDS = {"url": "secret.DATABASE_URL", "queue": "queue", "group of logs": "log_group"}
PRINCIPALS = ("api", "worker", "deployers", "ops-readonly")
OF_THING = {  # what only the things with a name of their own are asked for
    "object_storage.Bucket": ("BUCKET_", "OBJECT_", "PAR_", "RETENTION_"),
    "artifacts.ContainerRepository": ("REPOSITORY_",),
    "vault.Secret": ("SECRET_",),
    "queue.Queue": ("QUEUE_",),
    "logging.LogGroup": ("LOG_",),
}
NAMED = tuple(prefix for prefixes in OF_THING.values() for prefix in prefixes)
NEVER = {  # whoever asks, wherever
    ("OBJECT_DELETE", "uploads"),
    ("OBJECT_READ", "backups"),
    ("SECRET_BUNDLE_READ", "password"),
    ("POLICY_CREATE", ""),
    ("POSTGRES_DB_SYSTEM_DELETE", ""),
    ("VCN_DELETE", ""),
}
GONE_IN_PROD = {  # what deployers may do in dev and stage alone
    "COMPUTE_CONTAINER_INSTANCE_CREATE",
    "COMPUTE_CONTAINER_LOG_RETRIEVE",
    "LOAD_BALANCER_UPDATE",
    "POSTGRES_BACKUP_DELETE",
    "SUBNET_ATTACH",
}
# every permission that each principal has on each thing: a line per thing, in both positions
MATRIX = Path(__file__).with_name("rights_matrix.txt")


def permissions_of(kind):
    """Return the permissions to ask about a thing: its own; of all without a name the rest."""
    own = OF_THING.get(kind)
    return sorted(one for one in tables.permissions() if one.startswith(own or NAMED) == bool(own))


def put(engine, kind, key, body, home=COMPARTMENT):
    record = Record(kind=kind, id=key, body={"id": key, "compartmentId": home, **body})
    return engine.store.put(record)


def tenancy(position):
    """Build a tenancy that has the groups and the policies of an environment, and its things."""
    engine = Engine(scale=0)
    put(engine, "identity.Compartment", COMPARTMENT, {"name": "env"}, engine.tenancy)
    ids = {"compartment": COMPARTMENT} | {key: f"ocid1.{key}.oc1..x" for key in IDS.values()}
    for want in wanted(position=position):
        name = {"name": want.name}
        found = ids.get(want.key, f"ocid1.{want.key}.oc1..x")
        if want.kind == "group":
            put(engine, "identity.Group", found, name, engine.tenancy)
            member = {"groupId": found, "userId": found}
            put(engine, "identity.UserGroupMembership", f"m{found}", member, engine.tenancy)
        elif want.kind == "dynamic_group":
            body = name | {"matchingRule": "resource.type = 'x'"}
            put(engine, "identity.DynamicGroup", found, body, engine.tenancy)
        elif want.kind == "policy":
            whole = want.resolved(lambda key, fact: ids.get(key, f"ocid1.{key}.oc1..x"))
            put(engine, "identity.Policy", found, name | {"statements": whole.fields["statements"]})
    return engine


def caller(engine, who):
    if who in {"api", "worker"}:
        groups = (f"ocid1.dynamic_group.{who}.oc1..x",)
        container = "ocid1.computecontainerinstance.oc1..c"
        return Caller(container, who, engine.tenancy, "resource", "", COMPARTMENT, groups)
    return Caller(f"ocid1.group.{who}.oc1..x", who, engine.tenancy)


def given(who, position):
    """Yield (permission, thing) for all that a principal may do."""
    engine = tenancy(position)
    asking = caller(engine, who)
    for word, (kind, body) in THINGS.items():
        thing = Record(kind=kind, id=f"ocid1.{IDS.get(word, word)}.oc1..x", body=body)
        for permission in permissions_of(kind):
            if judge.may(engine, asking, permission, COMPARTMENT, thing):
                yield permission, word
    engine.close()


def lines(who, position):
    """Return a principal's part of the matrix as text."""
    found = {}
    for permission, word in given(who, position):
        found.setdefault(word or "anything", []).append(permission)
    head = f"[{who} in {'prod' if position == 3 else 'dev'}]"
    return [head, *[f"{word}: {' '.join(may)}" for word, may in found.items()], ""]


def test_each_may_exactly_what_the_matrix_says():
    parts = ["\n".join(lines(who, position)) for who in PRINCIPALS for position in (1, 3)]
    assert "\n".join(parts) == MATRIX.read_text()


@pytest.mark.parametrize("position", [1, 3])
@pytest.mark.parametrize("who", PRINCIPALS)
def test_what_no_one_may_have_is_given_to_no_one(who, position):
    assert set(given(who, position)) & NEVER == set()


def test_deployers_cannot_go_round_an_approval_in_prod():
    may = {permission for permission, _ in given("deployers", 3)}
    assert may & GONE_IN_PROD == set()
    assert {permission for permission, _ in given("deployers", 1)} >= GONE_IN_PROD
    assert {"REPOSITORY_UPDATE", "POSTGRES_BACKUP_CREATE"} <= may
