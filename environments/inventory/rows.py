"""The rows of an inventory: resources narrowed by what a person remembers, each with its
links and its last change.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from environments.inventory.console import console_url, parent_keys
from environments.models import DriftItem, Environment, ManagedResource
from portal.jobs.models import Job


@dataclass(frozen=True, slots=True)
class InventoryQuery:
    """What a person asks the inventory for."""

    text: str = ""
    kind: str = ""
    state: str = ""

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> "InventoryQuery":
        """Read it from the query of a page; what is not there narrows nothing."""
        plain = {
            name: query.get(name, "").replace("\x00", "")[:200].strip()
            for name in ("q", "kind", "state")
        }
        return cls(plain["q"], plain["kind"], plain["state"])

    def narrow(self, resources: "QuerySet[ManagedResource]") -> "QuerySet[ManagedResource]":
        """Keep the resources that fit: every word in key, name, kind, OCID or a tag."""
        for word in self.text.split()[:8]:
            resources = resources.filter(
                Q(key__icontains=word)
                | Q(name__icontains=word)
                | Q(kind__icontains=word)
                | Q(ocid__icontains=word)
                | Q(tags__icontains=word)
            )
        given = {
            name: value for name, value in (("kind", self.kind), ("state", self.state)) if value
        }
        return resources.filter(**given)


@dataclass(frozen=True, slots=True)
class InventoryRow:
    """One line of the inventory."""

    resource: ManagedResource
    environment: Environment
    console: str
    changed_by: str  # "" while nobody is known; an actor of the portal, or a name from OCI Audit
    changed_at: datetime | None
    in_oci: bool  # the last change was made past the portal

    @property
    def tags(self) -> list[tuple[str, str]]:
        """Return the tags that tell people something: neither marks of the portal or OCI, nor
        the cost centre beside them.
        """
        told = [
            pair
            for pair in flat(self.resource.tags)
            if not pair[0].startswith(("portal-", "Oracle-Tags."))
        ]
        return [pair for pair in told if not pair[0].endswith(".costCenter")]


def flat(tags: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return tags as pairs, defined ones as `namespace.key`."""
    pairs: list[tuple[str, str]] = []
    for name, value in sorted(tags.items()):
        inner = sorted(value.items()) if isinstance(value, Mapping) else None
        pairs += (
            [(f"{name}.{key}", str(one)) for key, one in inner]
            if inner is not None
            else [(name, str(value))]
        )
    return pairs


def rows(
    resources: Sequence[ManagedResource], environments: Iterable[Environment]
) -> list[InventoryRow]:
    """Return the lines of resources; three queries however many there are."""
    by_id = {environment.pk: environment for environment in environments}
    jobs = {
        job.pk: job
        for job in Job.objects.filter(pk__in={one.job for one in resources if one.job}).defer(
            "spec", "result"
        )
    }
    keys = {one.key for one in resources}
    foreign = {(row.environment_id, row.key): row for row in _foreign(by_id, keys)}
    places = _places(by_id)
    return [
        _row(one, by_id[one.environment_id], jobs, foreign, places.get(one.environment_id, {}))
        for one in resources
    ]


def _foreign(environments: Mapping[int, Environment], keys: set[str]) -> Iterable[DriftItem]:
    """Return what was changed past the portal, the latest of a key last."""
    found = (
        DriftItem.objects.filter(environment__in=environments, key__in=keys)
        .exclude(who="")
        .exclude(origin__has_key="portal")
    )
    return found.order_by("first_seen")


def _places(environments: Mapping[int, Environment]) -> dict[int, dict[str, str]]:
    """Return the OCIDs that addresses of others are made of, by environment."""
    within = ManagedResource.objects.filter(environment__in=environments, key__in=parent_keys())
    found: dict[int, dict[str, str]] = {}
    for environment, key, ocid in within.values_list("environment_id", "key", "ocid"):
        found.setdefault(environment, {})[key] = ocid
    return found


def _row(
    one: ManagedResource,
    environment: Environment,
    jobs: Mapping[Any, Job],
    foreign: Mapping[tuple[int, str], DriftItem],
    places: Mapping[str, str],
) -> InventoryRow:
    about = {"ocid": one.ocid, "name": one.name, "namespace": one.facts.get("namespace")}
    job, other = jobs.get(one.job), foreign.get((one.environment_id, one.key))
    by, at, in_oci = (
        (job.actor, job.ended_at or job.created_at, False) if job else ("", None, False)
    )
    if other and (at is None or other.first_seen > at):
        by, at, in_oci = other.who, other.changed_at or other.first_seen, True
    return InventoryRow(
        one,
        environment,
        console_url(one.group, about, places, environment.home_region),
        by,
        at,
        in_oci,
    )
