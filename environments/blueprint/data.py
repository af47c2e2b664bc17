"""The database, and the buckets with what is kept and cleared away in them."""

from collections.abc import Mapping
from typing import Any

from environments import naming
from environments.blueprint import bucket_lifecycle
from environments.blueprint.spec import HOME, Order, named
from environments.desired import Desired
from environments.kinds.db_system import PROTECTED, PROTECTION_TAG

UNSUITED_TO_VERSIONS = "backups"  # has a retention rule, and OCI takes either on a bucket
BACKUP_DAYS: dict[str, dict[str, Any]] = {
    "DAILY": {},
    "WEEKLY": {"daysOfTheWeek": ["SUNDAY"]},
    "MONTHLY": {"daysOfTheMonth": [1]},
}


def wanted(order: Order) -> list[Desired]:
    """Return the database system, and the buckets with their rules."""
    of = order.complete()
    return [_database(order, of), *_buckets(order, of), *_cleaned(order, of), _kept(order, of)]


def _database(order: Order, of: Mapping[str, Any]) -> Desired:
    """Storage is durable in the whole region, so no availability domain is named; its size follows the data."""
    # Also a part of the place: what is read of a system depends on it.
    login = {"login": f"${{secret.{naming.DATABASE_PASSWORD}}}@${{secret.{naming.DATABASE_PASSWORD}:version}}"}
    fields = {
        "description": f"{order.prefix} {order.slug}: application data and compute results",
        "dbVersion": of["db_version"],
        "systemType": "OCI_OPTIMIZED_STORAGE",
        "storageDetails": {"systemType": "OCI_OPTIMIZED_STORAGE", "isRegionallyDurable": True},
        "shape": of["db_shape"],
        "instanceOcpuCount": of["db_ocpus"],
        "instanceMemorySizeInGBs": of["db_memory_gb"],
        "instanceCount": of["db_instances"],
        "networkDetails": {"nsgIds": ["${nsg.db}"]},
        "adminUsername": of["db_user"],
        **login,
        "managementPolicy": _upkeep(of),
        "freeformTags": {PROTECTION_TAG: PROTECTED if of["db_deletion_protection"] else "allowed"},
    }
    return named(order, "db_system", "db_system", "db", {**HOME, "subnetId": "${subnet.private}", **login}, fields)


def _upkeep(of: Mapping[str, Any]) -> dict[str, Any]:
    # Restoring any second takes the backups of as many days (StandardPitrPolicy).
    pitr = {"kind": "STANDARD", "restoreDays": of["db_backup_days"]} if of["db_point_in_time"] else {"kind": "NONE"}
    backup = {"kind": of["db_backup_kind"], "backupStart": of["db_backup_start"], "retentionDays": of["db_backup_days"]}
    return {
        "maintenanceWindowStart": of["db_maintenance"],
        "backupPolicy": {**backup, **BACKUP_DAYS[of["db_backup_kind"]]},
        "pitrPolicy": pitr,
    }


def _buckets(order: Order, of: Mapping[str, Any]) -> list[Desired]:
    public = {"frontend-static"} if of["frontend_public_read"] else set()
    versioned = _versioned(of)
    return [
        Desired(
            f"bucket.{which}",
            "bucket",
            naming.thing(order.prefix, order.slug, which),
            HOME,
            {
                "publicAccessType": "ObjectReadWithoutList" if which in public else "NoPublicAccess",
                "versioning": "Enabled" if which in versioned else "Disabled",
            },
        )
        for which in naming.BUCKETS
    ]


def _cleaned(order: Order, of: Mapping[str, Any]) -> list[Desired]:
    deleted = {"exports": of["exports_days"], "backups": of["backups_days"]}
    cheaper = {"uploads": of["uploads_infrequent_days"], "backups": of["backups_infrequent_days"]}
    versioned = _versioned(of)
    return [
        Desired(
            f"lifecycle.{which}",
            "lifecycle",
            naming.thing(order.prefix, order.slug, which),
            {"bucket": f"${{bucket.{which}}}"},
            {
                "items": bucket_lifecycle.rules(
                    versioned=which in versioned, days=deleted.get(which, 0), cheaper=cheaper.get(which, 0)
                )
            },
        )
        for which in naming.BUCKETS
    ]


def _kept(order: Order, of: Mapping[str, Any]) -> Desired:
    """Keep backups from everybody for a time; the rule is never locked, so the time can be changed."""
    which = UNSUITED_TO_VERSIONS
    place = {"bucket": f"${{bucket.{which}}}", "bucketName": naming.thing(order.prefix, order.slug, which)}
    duration = {"timeAmount": of["backups_keep_days"], "timeUnit": "DAYS"}
    return Desired(f"retention.{which}", "retention_rule", "keep", place, {"displayName": "keep", "duration": duration})


def _versioned(of: Mapping[str, Any]) -> set[str]:
    return {"frontend-static"} | ({"uploads"} if of["versioned_uploads"] else set())
