"""What the policies of the blueprint give, asked of a simulator that judges as OCI does."""

import pytest

from sandbox.oci.engine import Engine
from sandbox.oci.iam import judge
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
ALLOWED = {
    "api": {
        ("OBJECT_CREATE", "uploads"),
        ("OBJECT_OVERWRITE", "uploads"),
        ("OBJECT_READ", "exports"),
        ("REPOSITORY_READ", "api image"),
        ("SECRET_BUNDLE_READ", "url"),
        ("QUEUE_PRODUCE", "queue"),
        ("LOG_CONTENT_PUSH", "group of logs"),
    },
    "worker": {
        ("OBJECT_READ", "uploads"),
        ("OBJECT_OVERWRITE", "exports"),
        ("REPOSITORY_READ", "worker image"),
        ("SECRET_BUNDLE_READ", "url"),
        ("QUEUE_CONSUME", "queue"),
        ("LOG_CONTENT_PUSH", "group of logs"),
    },
    "deployers": {
        ("REPOSITORY_INSPECT", "api image"),
        ("REPOSITORY_UPDATE", "api image"),
        ("COMPUTE_CONTAINER_INSTANCE_CREATE", ""),
        ("LOAD_BALANCER_UPDATE", ""),
        ("POSTGRES_BACKUP_CREATE", ""),
        ("POSTGRES_BACKUP_DELETE", ""),
        ("COMPUTE_CONTAINER_INSTANCE_READ", ""),
    },
    "ops-readonly": {
        ("COMPUTE_CONTAINER_INSTANCE_READ", ""),
        ("REPOSITORY_INSPECT", "api image"),
        ("LOG_CONTENT_READ", "group of logs"),
    },
}
NEVER = {
    ("OBJECT_DELETE", "uploads"),
    ("OBJECT_READ", "backups"),
    ("SECRET_BUNDLE_READ", "password"),
    ("POLICY_CREATE", ""),
    ("POSTGRES_DB_SYSTEM_DELETE", ""),
    ("VCN_DELETE", ""),
}
GONE_IN_PROD = {
    ("COMPUTE_CONTAINER_INSTANCE_CREATE", ""),
    ("LOAD_BALANCER_UPDATE", ""),
    ("POSTGRES_BACKUP_DELETE", ""),
}
ASKED = sorted({*NEVER, *(one for each in ALLOWED.values() for one in each)})


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


@pytest.mark.parametrize("position", [1, 3])
@pytest.mark.parametrize("who", sorted(ALLOWED))
def test_each_may_exactly_what_its_row_of_the_matrix_says(who, position):
    engine = tenancy(position)
    expected = ALLOWED[who] - (GONE_IN_PROD if (who, position) == ("deployers", 3) else set())
    things = {
        word: Record(kind=kind, id=f"ocid1.{IDS.get(word, word)}.oc1..x", body=body)
        for word, (kind, body) in THINGS.items()
    }
    given = {
        (permission, word)
        for permission, word in ASKED
        if judge.may(engine, caller(engine, who), permission, COMPARTMENT, things[word])
    }
    engine.close()
    assert given & NEVER == set()
    shared = {("REPOSITORY_READ", "api image"), ("REPOSITORY_READ", "worker image")}
    reads = {
        one
        for one in given
        if one[0] in {"OBJECT_READ", "REPOSITORY_INSPECT", "LOG_CONTENT_READ"} or one in shared
    }
    assert given - reads == expected - reads
    assert expected <= given
