"""The database, and the buckets with what is kept and cleared away in them."""

from collections.abc import Sequence
from typing import Any

from environments import naming
from environments.blueprint.spec import HOME, EnvironmentSpec, resource
from environments.desired import Desired
from environments.kinds.db_system import PROTECTED, PROTECTION_TAG
from environments.settings.rules import EnvironmentSettings

UNSUITED_TO_VERSIONS = "backups"  # has a retention rule, and OCI takes either on a bucket
# The portal keeps the archives of frontend bundles there: what is live can be as old as it likes.
NEVER_DELETED = {"backups": ("bundles/*",)}
BACKUP_DAYS: dict[str, dict[str, Any]] = {
    "DAILY": {},
    "WEEKLY": {"daysOfTheWeek": ["SUNDAY"]},
    "MONTHLY": {"daysOfTheMonth": [1]},
}


def resources(spec: EnvironmentSpec) -> list[Desired]:
    """Return the database system, and the buckets with their rules."""
    return [_database(spec), *_buckets(spec), *_lifecycles(spec), _retention(spec)]


def _database(spec: EnvironmentSpec) -> Desired:
    # Storage is durable in the whole region, so no availability domain is named.
    settings = spec.settings
    # Also a part of the place: what is read of a system depends on it.
    secret = f"secret.{naming.DATABASE_PASSWORD}"
    login = {"login": f"${{{secret}}}@${{{secret}:version}}"}
    fields = {
        "description": f"{spec.prefix} {spec.slug}: application data and compute results",
        "dbVersion": settings["db_version"],
        "systemType": "OCI_OPTIMIZED_STORAGE",
        "storageDetails": {"systemType": "OCI_OPTIMIZED_STORAGE", "isRegionallyDurable": True},
        "shape": settings["db_shape"],
        "instanceOcpuCount": settings["db_ocpus"],
        "instanceMemorySizeInGBs": settings["db_memory_gb"],
        "instanceCount": settings["db_instances"],
        "networkDetails": {"nsgIds": ["${nsg.db}"]},
        "adminUsername": settings["db_user"],
        **login,
        "managementPolicy": _upkeep(settings),
        "freeformTags": {
            PROTECTION_TAG: PROTECTED if settings["db_deletion_protection"] else "allowed"
        },
    }
    return spec.named("db_system", "db", {**HOME, "subnetId": "${subnet.private}", **login}, fields)


def _upkeep(settings: EnvironmentSettings) -> dict[str, Any]:
    # Restoring any second takes the backups of as many days (StandardPitrPolicy).
    pitr = (
        {"kind": "STANDARD", "restoreDays": settings["db_backup_days"]}
        if settings["db_point_in_time"]
        else {"kind": "NONE"}
    )
    backup = {
        "kind": settings["db_backup_kind"],
        "backupStart": settings["db_backup_start"],
        "retentionDays": settings["db_backup_days"],
    }
    return {
        "maintenanceWindowStart": settings["db_maintenance"],
        "backupPolicy": {**backup, **BACKUP_DAYS[settings["db_backup_kind"]]},
        "pitrPolicy": pitr,
    }


def _buckets(spec: EnvironmentSpec) -> list[Desired]:
    public = {"frontend-static"} if spec.settings["frontend_public_read"] else set()
    versioned = _versioned(spec.settings)
    return [
        resource(
            f"bucket.{which}",
            spec.name(which),
            HOME,
            {
                # Also a field: one adopted elsewhere is moved to where the policies reach it.
                **HOME,
                "publicAccessType": (
                    "ObjectReadWithoutList" if which in public else "NoPublicAccess"
                ),
                "versioning": "Enabled" if which in versioned else "Disabled",
            },
        )
        for which in naming.BUCKETS
    ]


def _lifecycles(spec: EnvironmentSpec) -> list[Desired]:
    settings = spec.settings
    deleted = {"exports": settings["exports_days"], "backups": settings["backups_days"]}
    cheaper = {
        "uploads": settings["uploads_infrequent_days"],
        "backups": settings["backups_infrequent_days"],
    }
    versioned = _versioned(settings)
    return [
        resource(
            f"lifecycle.{which}",
            spec.name(which),
            {"bucket": f"${{bucket.{which}}}"},
            {
                "items": lifecycle_rules(
                    versioned=which in versioned,
                    days=deleted.get(which, 0),
                    cheaper=cheaper.get(which, 0),
                    spared=NEVER_DELETED.get(which, ()),
                )
            },
        )
        for which in naming.BUCKETS
    ]


def lifecycle_rules(
    *, versioned: bool, days: int, cheaper: int = 0, spared: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Return what Object Storage clears away by itself.

    Objects are kept for `days`, and move to the tier of infrequent access after `cheaper`; 0 is
    never. What the patterns of `spared` name is never deleted.
    """
    wanted = [("abort-uploads", "ABORT", "multipart-uploads", 7)]
    if versioned:
        wanted.append(("delete-previous-versions", "DELETE", "previous-object-versions", 30))
    if cheaper:
        wanted.append(("move-objects", "INFREQUENT_ACCESS", "objects", cheaper))
    if days:
        wanted.append(("delete-objects", "DELETE", "objects", days))
    spare = {"objectNameFilter": {"exclusionPatterns": [*spared]}} if spared else {}
    return [
        {
            "name": name,
            "action": action,
            "target": target,
            "timeAmount": amount,
            "timeUnit": "DAYS",
            "isEnabled": True,
            **(spare if name == "delete-objects" else {}),
        }
        for name, action, target, amount in wanted
    ]


def _retention(spec: EnvironmentSpec) -> Desired:
    # Backups cannot be deleted for a time; the rule is never locked, so the time can be changed.
    which = UNSUITED_TO_VERSIONS
    place = {"bucket": f"${{bucket.{which}}}", "bucketName": spec.name(which)}
    duration = {"timeAmount": spec.settings["backups_keep_days"], "timeUnit": "DAYS"}
    return Desired(
        f"retention.{which}",
        "retention_rule",
        "keep",
        place,
        {"displayName": "keep", "duration": duration},
    )


def _versioned(settings: EnvironmentSettings) -> set[str]:
    return {"frontend-static"} | ({"uploads"} if settings["versioned_uploads"] else set())
