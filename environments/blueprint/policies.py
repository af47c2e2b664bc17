"""Policy statements: the least that each group and container needs. Pure: no database, no cloud."""

from environments import naming

HERE = "in compartment id ${compartment}"
METRICS = "conceptlens_app"

PUSH_PERMISSIONS = (
    "REPOSITORY_INSPECT",
    "REPOSITORY_READ",
    "REPOSITORY_UPDATE",
    "REPOSITORY_CREATE",
)
READ_OBJECTS = ("OBJECT_INSPECT", "OBJECT_READ")
OBJECTS = {  # image: bucket: what its containers may do with the objects
    # every step of a multipart upload asks for OBJECT_OVERWRITE too
    "api": {
        "uploads": (*READ_OBJECTS, "OBJECT_CREATE", "OBJECT_OVERWRITE"),
        "exports": READ_OBJECTS,
    },
    "worker": {
        "uploads": READ_OBJECTS,
        "exports": (*READ_OBJECTS, "OBJECT_CREATE", "OBJECT_OVERWRITE"),
    },
}
# `all-resources` would be one line, but it holds the values of the secrets too.
WATCHED = (
    "compute-container-family",
    "virtual-network-family",
    "load-balancers",
    "repos",
    "buckets",
    "vaults",
    "keys",
    "secrets",
    "metrics",
    "alarms",
    "ons-family",
    "queues",
    "log-groups",
    "postgres-db-systems",
    "postgres-backups",
    "postgres-work-requests",
    "postgres-configuration",
)
# Who deploys takes a backup before a migration and looks at the queue; systems are made and sized
# by the portal alone.
OPERATED = (
    ("read", "postgres-db-systems"),
    ("read", "postgres-work-requests"),
    ("read", "queues"),
)
DEPLOYING = (  # what deployers may do to containers and traffic, and in prod only look at
    ("manage", "compute-container-family"),
    ("use", "vnics"),
    ("use", "subnets"),
    ("use", "network-security-groups"),
    ("use", "load-balancers"),
)
READ_IN_PROD = (("read", "compute-container-family"), ("read", "load-balancers"))
BACKUP_PERMISSIONS = ("POSTGRES_BACKUP_INSPECT", "POSTGRES_BACKUP_READ", "POSTGRES_BACKUP_CREATE")
QUEUES = {"api": "queue-push", "worker": "queue-pull"}  # image: its end of the queue


def workload(prefix: str, slug: str, image: str) -> list[str]:
    """Return what the containers of one image may do."""
    who = f"Allow dynamic-group {naming.thing(prefix, slug, image)} to"
    repository = naming.repository(prefix, slug, image)
    secrets = [
        f"{who} read secret-bundles {HERE} where target.secret.id = '${{secret.{name}}}'"
        for name in naming.ALL_SECRETS
        if naming.reaches_containers(name)
    ]
    return [
        f"{who} read repos {HERE} where target.repo.name = '{repository}'",
        *secrets,
        *[
            line
            for which, may in OBJECTS[image].items()
            for line in _objects(who, naming.thing(prefix, slug, which), may)
        ],
        f"{who} use {QUEUES[image]} {HERE} where target.queue.id = '${{queue}}'",
        # without the second condition a container could read all logs of the group
        f"{who} use log-content {HERE} where all {{target.loggroup.id = '${{log_group}}', "
        "request.permission = 'LOG_CONTENT_PUSH'}",
        f"{who} use metrics {HERE} where target.metrics.namespace = '{METRICS}'",
    ]


def people(prefix: str, *, prod: bool = False) -> list[str]:
    """Return what deployers may do, and what those who watch over operations may see.

    In `prod` deployers push images, take backups and read: containers and
    traffic change by an approved release alone, and a backup is never deleted by hand.
    """
    deployers = f"Allow group {naming.group(prefix, 'deployers')} to"
    watchers = f"Allow group {naming.group(prefix, 'ops-readonly')} to"
    return [
        *[
            f"{deployers} {verb} {what} {HERE}"
            for verb, what in (READ_IN_PROD if prod else DEPLOYING)
        ],
        f"{deployers} manage repos {HERE} where {_permitted(PUSH_PERMISSIONS)}",
        f"{deployers} manage postgres-backups {HERE}"
        + (f" where {_permitted(BACKUP_PERMISSIONS)}" if prod else ""),
        *[f"{deployers} {verb} {what} {HERE}" for verb, what in OPERATED],
        *[f"{watchers} read {what} {HERE}" for what in WATCHED],
        f"{watchers} read log-content {HERE} where target.loggroup.id = '${{log_group}}'",
    ]


def services(region: str) -> list[str]:
    """Return what Object Storage may do by itself: without it no lifecycle rule runs."""
    return [f"Allow service objectstorage-{region} to manage object-family {HERE}"]


def containers() -> str:
    """Return the matching rule of the containers' dynamic groups."""
    return (
        "ALL {resource.type = 'computecontainerinstance', resource.compartment.id = "
        "'${compartment}'}"
    )


def _objects(who: str, bucket: str, may: tuple[str, ...]) -> list[str]:
    of_bucket = f"target.bucket.name = '{bucket}'"
    return [
        f"{who} read buckets {HERE} where {of_bucket}",
        f"{who} manage objects {HERE} where all {{{of_bucket}, {_permitted(may)}}}",
    ]


def _permitted(permissions: tuple[str, ...]) -> str:
    asked = ", ".join(f"request.permission = '{one}'" for one in permissions)
    return f"any {{{asked}}}"
