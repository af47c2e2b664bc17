"""What the pages of an environment show, from the database alone."""

from typing import Any

from django.db.models import QuerySet

from environments.certificates.status import https_status
from environments.kinds import GROUPS, KINDS
from environments.models import Environment, ManagedResource
from environments.regions.read import dr_region_status
from portal.accounts.models import User
from portal.jobs.models import Job
from portal.jobs.states import JobState

SHOWN_JOBS = 8


def environment_context(environment: Environment, user: User) -> dict[str, Any]:
    """Return the context of an environment's page, by a fixed number of queries."""
    resources = list(environment.resources.all())
    return {
        "environment": environment,
        "facts": _facts(environment),
        "resources": _resource_groups(resources),
        "region": dr_region_status(environment),
        "can_subscribe_region": environment.can_subscribe_region(user),
        "https": https_status(environment, resources),
        "resource_count": len(resources),
        "plan": environment.plans.select_related("environment").first(),
        "drift": environment.drift_reports.first(),
        "secrets": environment.secrets.all(),
        "jobs": _jobs(environment)[:SHOWN_JOBS],
        "can_plan": environment.can_plan(user),
        "can_destroy": environment.can_destroy(user) and bool(resources),
        "can_export": environment.can_export(user),
        "can_change_settings": environment.can_change_settings(user),
        "can_set_secret": environment.can_set_secret(user),
    }


def _jobs(environment: Environment) -> QuerySet[Job]:
    """Return its jobs, newest first, but for what the portal did well by itself."""
    jobs = Job.objects.filter(environment=environment.slug).exclude(
        actor__startswith="system:", state=JobState.SUCCEEDED
    )
    return jobs.defer("spec", "result").order_by("-created_at")


def _facts(environment: Environment) -> list[tuple[str, Any]]:
    return [
        ("API", environment.api_url),
        ("Home region", environment.home_region),
        ("Disaster recovery", environment.dr_region),
        ("Owner", environment.owner),
        ("Cost centre", environment.cost_center),
        ("Compartment", environment.compartment_ocid),
        ("Network", environment.setting("vcn_cidr")),
        (
            "Protection",
            (
                "an admin applies, and types the name"
                if environment.protected
                else "a deployer applies"
            ),
        ),
    ]


def _resource_groups(resources: list[ManagedResource]) -> list[tuple[str, list[ManagedResource]]]:
    group_of = {kind.name: kind.group for kind in KINDS.values()}
    groups: dict[str, list[ManagedResource]] = {name: [] for name in GROUPS}
    for resource in resources:
        groups[group_of.get(resource.kind, GROUPS[-1])].append(resource)
    return [(name, found) for name, found in groups.items() if found]
